"""Scores are kept beside the posterior they are of, and made anew where they are not whole."""

import json

import numpy as np
import pytest

from leakbound.fit import load, posterior_place
from leakbound.structures import cell_scores
from leakbound.structures.cell_scores import keep_scores, scores_of
from leakbound.structures.loo import Loo, loo_of


@pytest.fixture
def posterior(tmp_path, small, specification, stored_prior):
    stored_prior(tmp_path, small, specification)
    return load(*posterior_place(small, specification, None, tmp_path))


def made_up(posterior, seed=0):
    cells = len(posterior.cell_sources)
    return loo_of(np.random.default_rng(seed).standard_normal((4, 100, cells)))


def equal(one, other):
    arrays = ("elpd_cells", "pareto_k", "parameters_cells")
    return all((getattr(one, a) == getattr(other, a)).all() for a in arrays)


def test_scores_come_back_from_the_cache_and_are_not_made_again(posterior, small, specification):
    kept = made_up(posterior)
    keep_scores(kept, posterior.path, posterior.digest)
    said = []
    found = scores_of(posterior, small, specification, say=said.append)
    assert equal(found, kept)
    assert found.k_limit == kept.k_limit
    assert not said


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(digest="other"),
        lambda told: told.update(version=0),
        lambda told: told.pop("pareto_k"),
        lambda told: told.update(elpd_cells=told["elpd_cells"][:-1]),
        lambda told: told.update(k_limit="high"),
        lambda told: told.update(elpd_cells=None),
    ],
)
def test_scores_that_are_not_whole_or_of_another_fit_are_made_again(
    posterior, small, specification, monkeypatch, change
):
    keep_scores(made_up(posterior), posterior.path, posterior.digest)
    place = posterior.path.with_suffix(".loo.json")
    told = json.loads(place.read_text())
    change(told)
    place.write_text(json.dumps(told))
    fresh = made_up(posterior, seed=1)
    monkeypatch.setattr(cell_scores, "_scored", lambda *given: fresh)
    said = []
    assert equal(scores_of(posterior, small, specification, say=said.append), fresh)
    assert said == ["scoring on cells left out ..."]
    assert equal(scores_of(posterior, small, specification), fresh)


def test_a_file_that_is_no_json_is_made_again(posterior, small, specification, monkeypatch):
    posterior.path.with_suffix(".loo.json").write_text("{")
    fresh = made_up(posterior)
    monkeypatch.setattr(cell_scores, "_scored", lambda *given: fresh)
    assert equal(scores_of(posterior, small, specification), fresh)


def test_scores_of_a_posterior_are_finite_for_every_cell(posterior, small, specification):
    found = scores_of(posterior.thinned(40), small, specification)
    assert isinstance(found, Loo)
    assert found.elpd_cells.shape == (len(posterior.cell_sources),)
    assert np.isfinite(found.elpd_cells).all()
