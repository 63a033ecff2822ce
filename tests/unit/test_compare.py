"""Comparisons of made-up posteriors; what fits them is a stand-in that copies one into the cache."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from tests.unit.conftest import PASSED, checks_with

from leakbound.candidate import read_candidate
from leakbound.checks import Check
from leakbound.compare import DEFAULTS, Question, all_structures, compare, reliable
from leakbound.errors import FitError, InputError
from leakbound.fit import FitRecord, fit_digest, load, store, versions
from leakbound.priors import STRUCTURE, models_folder, read_specification
from leakbound.scenario import load_scenarios
from leakbound.structures.cell_scores import keep_scores
from leakbound.structures.loo import Loo, loo_of
from leakbound.structures.stack import read_stack, stack_file, stacked, write_stack

ROOT = Path(__file__).parents[2]
CANDIDATE = ROOT / "experiments/candidates/deepseek-v3.toml"
MODELS = ("default", "power-linear-logistic", "saturating-linear-gumbel")
FAILED = Check("R-hat of parameters", False, 1.7, 1.01, "rate", "raise sampler.tune")


@pytest.fixture(scope="module")
def cache(tmp_path_factory, evidence, scored_prior):
    folder = tmp_path_factory.mktemp("models")
    for name in MODELS:
        scored_prior(folder, evidence, read_specification(name))
    return folder


@pytest.fixture(scope="module")
def question(evidence):
    scenarios = load_scenarios()
    one = read_candidate(CANDIDATE, evidence.registry, until=None, scenarios=scenarios)
    return Question(one, scenarios)


@pytest.fixture(scope="module")
def compared(cache, evidence, question):
    """The three models compared, and what was told on the way."""
    told = []
    found = compare(
        MODELS, evidence, folder=cache, work=refuse, question=question,
        fitted=lambda *said: told.append(said),
    )  # fmt: skip
    return found, told


def refuse(one):
    raise AssertionError(f"{one.name} was fitted again")


@pytest.fixture
def own_cache(cache, tmp_path):
    """A copy of the cache to change."""
    return shutil.copytree(cache, tmp_path / "cache")


def scored(folder, evidence, name, likelihood, checks=None):
    """Put a model with these checks into a folder, and scores from `likelihood` (chain, draw, cell)."""
    one = read_specification(name)
    digest = fit_digest(evidence, one, one.sampler.seed)
    place = folder / f"{digest[:32]}.nc"
    with xr.open_datatree(place, engine="h5netcdf") as tree:
        kept = tree.load()
    checks = checks_with(FAILED) if checks is None else checks
    store(kept, place, FitRecord(digest, checks, versions(), one.sampler.seed))
    told = likelihood(kept["log_likelihood"]["cell"].values)
    keep_scores(loo_of(told), place, digest)


def test_every_shipped_model_reads_and_there_is_one_for_every_structure():
    shipped = {path.stem for path in models_folder().glob("*.toml")}
    assert shipped == set(all_structures())
    found = {name: read_specification(name) for name in shipped}
    structures = {(one.dose, one.time, one.attempts) for one in found.values()}
    assert len(structures) == len(shipped) == 27
    assert len(structures) == np.prod([len(known) for known in STRUCTURE.values()])
    for name, one in found.items():
        if name != "default":
            assert name == f"{one.dose}-{one.time}-{one.attempts}"
            words = one.title.lower()
            assert all(word in words for word in (one.dose, one.time, one.attempts)), name
    assert len({one.title for one in found.values()}) == 27


def test_the_default_set_changes_one_part_at_a_time():
    default = read_specification()
    parts = ("dose", "time", "attempts")
    for name in DEFAULTS[1:]:
        one = read_specification(name)
        assert sum(getattr(one, part) != getattr(default, part) for part in parts) == 1
    assert len(DEFAULTS) == 7


@pytest.mark.parametrize("name", all_structures())
def test_structures_agree_at_the_reference_effort(name):
    """Prior medians of U and V at 1 % of the compute and after one year lie near the default's."""
    from leakbound.distributions import draw
    from leakbound.model.surface import Surface

    def medians(model):
        one = read_specification(model)
        rng = np.random.default_rng(1)
        d = {k: draw(p.distribution, dict(p.parameters), rng, 4000) for k, p in one.priors.items()}
        surface = Surface(one.dose, one.time)
        curve = {"slope": d["dose_slope"], "midpoint": d["dose_midpoint"]}
        dose = {
            (c, t): surface.dose_at(np.log10(c), t, efficiency=d["efficiency"], **curve, xp=np)
            for c, t in ((1e-2, 0.0), (1.0, 0.0), (1e-2, 1.0))
        }
        kind = {"ceiling": d["ceiling"], "rate": d["rate"], "xp": np}
        found = [np.median(surface.training(h, t, **kind)) for (_, t), h in dose.items()]
        inferred = surface.inference(1.0, start=d["inference"], rate=d["inference_rate"], xp=np)
        return np.array([*found, np.median(inferred)])

    assert medians(name) == pytest.approx(medians("default"), rel=0.25)


def test_cached_models_are_not_fitted_again_and_each_is_told_once(compared):
    found, told = compared
    assert told == [(name, "") for name in MODELS]
    assert sum(row.weight for row in found.models) == pytest.approx(1.0)
    assert [row.behind for row in found.models] == sorted(
        (row.behind for row in found.models), reverse=True
    )
    assert found.models[0].behind == 0.0
    assert all(row.behind <= 0.0 for row in found.models)
    assert len({row.cells for row in found.models}) == 1
    assert found.models[0].cells - found.stack.cells >= max(row.doubtful for row in found.models)


def test_a_missing_model_is_fitted_and_one_that_cannot_be_is_listed(
    evidence, own_cache, scored_prior
):

    def work(one):
        if one.name == "saturating-linear-student-t":
            return "RuntimeError: the sampler gave up"
        scored_prior(own_cache, evidence, one)
        return ""

    names = (*MODELS, "log-linear-linear-logistic", "saturating-linear-student-t")
    found = compare(names, evidence, folder=own_cache, work=work, processes=1)
    out = [row for row in found.models if row.failed]
    assert [row.model for row in out] == ["saturating-linear-student-t"]
    assert out == [found.models[-1]]
    assert out[0].failed == "RuntimeError: the sampler gave up"
    assert out[0].weight == 0.0
    assert np.isnan(out[0].elpd)
    assert "saturating-linear-student-t" not in {entry.model for entry in found.stack.entries}


def test_a_fit_that_failed_its_checks_gets_no_weight_however_well_it_scores(evidence, own_cache):
    scored(own_cache, evidence, MODELS[1], lambda told: 100.0 + 0.01 * told)
    found = compare(MODELS, evidence, folder=own_cache, work=refuse)
    bad = next(row for row in found.models if row.model == MODELS[1])
    assert "R-hat of parameters" in bad.failed
    assert bad.weight == 0.0
    assert {entry.model for entry in found.stack.entries} == set(MODELS) - {MODELS[1]}


def test_a_likelihood_that_is_not_finite_takes_a_model_out(evidence, own_cache):
    scored(own_cache, evidence, MODELS[2], lambda told: np.full(told.shape, np.nan), PASSED)
    found = compare(MODELS, evidence, folder=own_cache, work=refuse)
    bad = next(row for row in found.models if row.model == MODELS[2])
    assert "not finite" in bad.failed


def test_doubtful_cells_of_any_model_count_for_none():
    cells = np.zeros(4)
    one = Loo(cells, np.array([0.1, 0.9, 0.1, 0.1]), cells, 0.7)
    other = Loo(cells, np.array([0.1, 0.1, np.nan, 0.1]), cells, 0.7)
    assert reliable([one, other]).tolist() == [True, False, False, True]
    with pytest.raises(FitError, match="reliable under every model"):
        reliable([one, replace(other, pareto_k=np.array([1.0, 0.1, 1.0, 1.0]))])


def test_the_doubtful_cells_do_not_move_the_weights(evidence, own_cache):
    """One cell with a wild likelihood under one model decides the weights only if all cells count."""
    before = compare(MODELS[:2], evidence, folder=own_cache, work=refuse)

    def wild(told):
        told = told.copy()
        told[:, :, 3] = np.random.default_rng(1).standard_cauchy(told.shape[:2])
        return told

    scored(own_cache, evidence, MODELS[1], wild, PASSED)
    after = compare(MODELS[:2], evidence, folder=own_cache, work=refuse)
    assert after.stack.cells == before.stack.cells - 1
    weights = {row.model: row.weight for row in before.models}
    for row in after.models:
        assert row.weight == pytest.approx(weights[row.model], abs=0.02)


def test_without_any_model_that_passed_there_is_no_stack(evidence, own_cache):
    scored(own_cache, evidence, "default", lambda told: 0.01 * told)
    with pytest.raises(FitError, match="no model passed the checks of its fit; default"):
        compare(["default"], evidence, folder=own_cache, work=refuse)
    with pytest.raises(InputError, match="shipped model"):
        compare(["defualt"], evidence, folder=own_cache, work=refuse)
    with pytest.raises(ValueError, match="at least one model"):
        compare([], evidence, folder=own_cache, work=refuse)


def test_the_bound_of_the_mixture_lies_between_those_of_its_parts(compared):
    found, _ = compared
    for i, row in enumerate(found.mixture):
        weighty = [one.verdicts[i] for one in found.models if one.weight >= 0.005]
        bounds = [one.bound_score for one in weighty]
        slack = 3.0 * max(row.bound_mcse, *(one.bound_mcse for one in weighty)) + 1e-6
        assert min(bounds) - slack <= row.bound_score <= max(bounds) + slack
        assert {one.scenario for one in weighty} == {row.scenario}


def test_a_stack_comes_back_as_it_was_written(cache, evidence, compared):
    found, _ = compared
    write_stack(found.stack, stack_file(evidence, None, cache))
    assert '"schema": "leakbound.stack/2"' in stack_file(evidence, None, cache).read_text()
    assert read_stack(evidence, None, cache) == found.stack
    posterior, specification = stacked(found.stack, evidence, cache)
    assert specification.name == "stack"
    used = found.stack.used()
    assert sum(entry.weight for entry in used) == pytest.approx(1.0)
    assert len(posterior.checks) == len(used) * len(PASSED)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: told.update(schema="other"), "schema, evidence or seed differ"),
        (lambda told: told.update(evidence_digest="x"), "schema, evidence or seed differ"),
        (lambda told: told.update(seed=4), "schema, evidence or seed differ"),
        (lambda told: told.pop("entries"), "damaged"),
        (lambda told: told["entries"][0].update(weight=2.0), "no shares that sum to one"),
        (lambda told: told["entries"][0].update(weight=float("nan")), "no shares"),
    ],
)
def test_a_damaged_stack_is_refused_in_one_line(compared, evidence, tmp_path, change, says):
    found, _ = compared
    place = stack_file(evidence, None, tmp_path)
    write_stack(found.stack, place)
    told = json.loads(place.read_text())
    change(told)
    place.write_text(json.dumps(told))
    with pytest.raises(InputError, match=says) as problem:
        read_stack(evidence, None, tmp_path)
    assert "\n" not in str(problem.value)
    assert "run leakbound compare" in str(problem.value)


def test_a_stack_is_refused_without_its_posteriors_and_absent_ones_say_what_to_do(
    cache, compared, evidence, tmp_path
):
    with pytest.raises(InputError, match="run leakbound compare with the same --until"):
        read_stack(evidence, None, tmp_path)
    with pytest.raises(InputError, match="run leakbound compare --seed 7"):
        read_stack(evidence, 7, tmp_path)
    stack = compared[0].stack
    with pytest.raises(InputError, match="changed or left the cache"):
        stacked(stack, evidence, tmp_path)
    stale = replace(stack, entries=(replace(stack.entries[0], posterior_digest="0" * 64),))
    stale = replace(stale, entries=(replace(stale.entries[0], weight=1.0),))
    with pytest.raises(InputError, match="changed or left the cache"):
        stacked(stale, evidence, cache)


def test_a_stack_of_one_gives_that_models_own_answers(cache, evidence, question):
    found = compare(["default"], evidence, folder=cache, work=refuse, question=question)
    for row, other in zip(found.mixture, found.models[0].verdicts, strict=True):
        assert row.release_ceiling_z == other.release_ceiling_z
        unnamed = {"release_ceiling_score": 0.0}  # NaN where no score is low enough
        assert replace(row, **unnamed) == replace(other, **unnamed)
    one = read_specification()
    digest = fit_digest(evidence, one, one.sampler.seed)
    alone = load(cache / f"{digest[:32]}.nc", digest)
    mixture, _ = stacked(found.stack, evidence, cache)
    assert mixture.digest == alone.digest


def test_two_copies_of_a_model_say_what_it_says(cache, evidence, question):
    from leakbound.assessment import verdicts_of
    from leakbound.structures.mixture import Member, mixture_of

    one = read_specification()
    digest = fit_digest(evidence, one, one.sampler.seed)
    alone = load(cache / f"{digest[:32]}.nc", digest)
    twice = mixture_of([(Member(one, 0.5), alone), (Member(one, 0.5), alone)])
    args = (question.scenarios,)
    single, _ = verdicts_of(question.candidate, evidence, alone, one, *args)
    double, _ = verdicts_of(question.candidate, evidence, twice, one, *args)
    for row, other in zip(single, double, strict=True):
        error = 4.0 * (row.bound_mcse + other.bound_mcse) + 1e-6
        assert other.bound_score == pytest.approx(row.bound_score, abs=error)
        assert other.exceedance == pytest.approx(row.exceedance, abs=0.08)
