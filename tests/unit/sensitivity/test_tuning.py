from dataclasses import replace

import numpy as np
import pytest

from leakbound.prior_statement import with_statements
from leakbound.sensitivity.tuning import tune
from leakbound.sensitivity.weighted import answer, cases_of


@pytest.fixture
def tuned(given):
    candidate, evidence, posterior, specification, scenarios = given

    def of(*statements, fit=None):
        new = with_statements(specification, statements)
        return tune(candidate, evidence, posterior, specification, new, scenarios, fit=fit)

    return of


def test_a_faster_rate_raises_bounds_without_a_fit(tuned):
    found = tuned("rate=LogNormal(-0.6, 0.5)")
    assert not found.refitted
    assert found.changed == ("rate",)
    assert found.k <= found.limit
    assert 50 < found.effective < 400
    for old, new in zip(found.old, found.new, strict=True):
        if old.scenario == "open-weights":
            assert new.bound_z > old.bound_z + 0.2
            assert new.exceedance > old.exceedance


def test_priors_left_as_they_are_change_nothing(tuned, specification):
    mu, sigma = specification.priors["rate"].parameters.values()
    found = tuned(f"rate=LogNormal({mu!r}, {sigma!r})")
    assert found.changed == ()
    assert found.old == found.new


def test_where_k_is_too_high_the_new_fit_answers(tuned, given):
    said = []
    posterior = given[2]
    moved = {**posterior.draws, "distillation": posterior.draws["distillation"] + 1.0}

    def other(specification, reason):
        from dataclasses import replace

        said.append((specification.priors["rate"].parameters["mu"], reason))
        return replace(posterior, draws=moved)

    found = tuned("rate=LogNormal(2.5, 0.1)", fit=other)
    assert found.refitted
    ((mu, reason),) = said
    assert mu == 2.5
    assert "Pareto k" in reason
    assert reason == found.reason
    moves = [new.bound_z - old.bound_z for old, new in zip(found.old, found.new, strict=True)]
    assert min(moves) > -1e-6
    assert max(moves) > 0.1


def test_where_few_draws_carry_the_weights_the_new_fit_answers(tuned, given):
    found = tuned("rate=LogNormal(0.2, 0.15)", fit=lambda *_: given[2])
    assert found.k <= found.limit
    assert found.effective < 50
    assert found.refitted
    assert found.reason == f"{int(found.effective)} effective draws, of 50 needed"
    assert all(np.isfinite(new.bound_mcse) for new in found.new)


def test_what_enters_before_the_fit_is_fitted(tuned, given):
    said = []

    def other(specification, reason):
        said.append(reason)
        return given[2]

    found = tuned("dose_midpoint=Normal(-3, 0.5)", "rate=LogNormal(-1, 0.5)", fit=other)
    assert found.refitted
    assert np.isnan(found.k)
    assert said == [found.reason]
    assert "dose_midpoint enters the expected dose" in found.reason


def test_a_new_fit_is_read_with_the_new_priors(given):
    """What a raw base has had is the expected dose, which its priors tell before any fit."""
    candidate, evidence, posterior, specification, scenarios = given
    raw = replace(candidate, posttraining_fraction_spent=0.0, base_model=None)
    new = with_statements(specification, ["dose_midpoint=Normal(-3, 0.5)"])
    found = tune(raw, evidence, posterior, specification, new, scenarios, fit=lambda *_: posterior)
    expected = [answer(case) for case in cases_of(raw, evidence, posterior, new, scenarios)]
    assert [one.bound_z for one in found.new] == [one.bound_z for one in expected]
    assert [one.bound_z for one in found.new] != [one.bound_z for one in found.old]
