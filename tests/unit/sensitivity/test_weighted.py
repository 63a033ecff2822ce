from dataclasses import replace

import numpy as np
import pytest

from leakbound.assessment import assess
from leakbound.forecast import batch_error, upper_bound
from leakbound.reweight import log_prior, smooth
from leakbound.sensitivity.bound_curve import curve_of
from leakbound.sensitivity.weighted import (
    answer,
    cases_of,
    change_error,
    even_weights,
    weighted_bound,
    weighted_error,
    weighted_shares,
)


@pytest.fixture(scope="module")
def cases(given):
    return cases_of(*given)


@pytest.fixture
def tilted(cases):
    """Weights that favour draws of steep benchmarks."""
    response = cases[0].standing.response
    weights = np.exp(0.8 * (np.log(response) - np.log(response).mean()))
    return weights / weights.sum()


def test_equal_weights_answer_as_the_assessment_does(given, cases):
    rows = assess(*given).verdicts
    found = [answer(case) for case in cases]
    assert len(rows) == len(found) == 12
    for row, one in zip(rows, found, strict=True):
        assert (one.threshold, one.scenario) == (row.threshold, row.scenario)
        assert one.bound_score == pytest.approx(row.bound_score, abs=1e-5)
        assert one.bound_mcse == pytest.approx(row.bound_mcse, rel=0.02, abs=1e-6)
        assert one.exceedance == pytest.approx(row.exceedance, abs=1e-9)
        assert one.verdict == row.verdict
        assert one.reason.split()[:3] == row.reason.split()[:3]


def test_weights_that_repeat_draws_are_those_draws_repeated(cases):
    best = cases[0].best
    counts = np.random.default_rng(2).integers(0, 4, len(best.scale))
    weights = counts / counts.sum()
    gain, _ = weighted_bound(best, weights, 0.9)
    inside = np.repeat(best.below(gain), counts)
    assert inside.mean() == pytest.approx(0.9, abs=1e-6)


def test_equal_weights_have_the_error_and_shares_of_the_forecast(cases):
    best = cases[1].best
    even = even_weights(len(best.scale))
    values = best.below(1.0)
    assert weighted_error(values, even, best.chains) == pytest.approx(
        batch_error(values, best.chains)
    )
    gain = upper_bound(best, 0.95).z - best.z_today
    np.testing.assert_allclose(weighted_shares(best, gain, even), best.shares(gain), atol=1e-12)


def test_the_error_of_a_weighted_mean_is_that_of_repeated_runs():
    means, errors = [], []
    for seed in range(60):
        x = np.random.default_rng(seed).normal(size=3000)
        weights = np.exp(0.8 * x)
        weights /= weights.sum()
        values = (x < 1.5).astype(float)
        means.append(weights @ values)
        errors.append(weighted_error(values, weights, 4))
    assert np.mean(errors) == pytest.approx(np.std(means, ddof=1), rel=0.25)


def test_the_table_answers_as_the_forecast_does(cases, tilted):
    for case in cases:
        exact, quick = answer(case, tilted), curve_of(case).answer(tilted)
        assert quick.bound_z == pytest.approx(exact.bound_z, abs=3e-3, rel=2e-3)
        assert quick.exceedance == pytest.approx(exact.exceedance, abs=1e-9)
        assert quick.bound_mcse == pytest.approx(exact.bound_mcse, rel=0.1, abs=1e-4)


def test_a_bound_beyond_the_table_is_asked_of_the_forecast(cases):
    case, curve = cases[0], curve_of(cases[0])
    highest = np.zeros(len(case.best.scale))
    highest[np.argmin(curve.below[:, -1])] = 1.0
    exact = answer(case, highest)
    assert exact.bound_z > case.best.z_today + curve.gains[-1]
    found = curve.answer(highest)
    assert np.isnan(exact.bound_mcse)
    assert replace(found, bound_mcse=0.0) == replace(exact, bound_mcse=0.0)


def test_favouring_steep_benchmarks_raises_every_bound(cases, tilted):
    for case in cases:
        assert answer(case, tilted).bound_z > answer(case).bound_z


def test_weights_on_a_few_draws_clear_nothing(cases):
    n = len(cases[0].best.scale)
    for few in (1, 40):
        w = np.zeros(n)
        w[:few] = 1.0 / few
        for case in cases:
            assert np.isnan(weighted_bound(case.best, w, case.limit.confidence)[1])
            assert answer(case, w).verdict != "clear"
            assert curve_of(case).answer(w).verdict != "clear"


def test_without_checks_nothing_is_clear(given):
    candidate, evidence, posterior, *rest = given
    for case in cases_of(candidate, evidence, replace(posterior, checks=()), *rest):
        assert answer(case).verdict == "undecided"


def test_the_error_of_a_change_is_that_of_repeated_runs_and_below_that_of_either_mean():
    changes, errors, apart = [], [], []
    for seed in range(60):
        x = np.random.default_rng(seed).normal(size=3000)
        weights = np.exp(0.2 * x)
        weights /= weights.sum()
        values = (x < 1.5).astype(float)
        changes.append(weights @ values - values.mean())
        errors.append(change_error(values, weights, 4))
        apart.append(weighted_error(values, weights, 4))
    assert np.mean(errors) == pytest.approx(np.std(changes, ddof=1), rel=0.25)
    assert np.mean(errors) < 0.5 * np.mean(apart)


def test_the_error_of_a_move_is_its_probability_s_over_the_slope(cases, tilted):
    curve = curve_of(cases[0])
    even = even_weights(len(tilted))
    assert curve.change_error(even) == 0.0
    moved = curve.answer(tilted).bound_z - curve.answer(even).bound_z
    assert 0.0 < curve.change_error(tilted) < abs(moved)


def test_which_groups_drive_the_bound_is_asked_anew_under_other_weights(cases, tilted, monkeypatch):
    even, asked = even_weights(len(tilted)), []

    def inside(case, gain, weights):
        asked.append(weights)
        return bool(np.ptp(weights) < 1e-12)

    limits = [replace(case.limit, score=1.0 - 1e-12, confidence=0.8) for case in cases]
    safe = [replace(case, limit=limit) for case, limit in zip(cases, limits, strict=True)]
    curves = [curve_of(case) for case in safe]
    monkeypatch.setattr("leakbound.sensitivity.bound_curve.is_inside", lambda *_: True)
    clear = [
        curve for curve in curves if {curve.answer(w).verdict for w in (even, tilted)} == {"clear"}
    ]
    assert clear
    monkeypatch.setattr("leakbound.sensitivity.bound_curve.is_inside", inside)
    monkeypatch.setattr("leakbound.sensitivity.weighted.is_inside", inside)
    for curve in clear:
        assert curve.answer(even).verdict == "clear"
        assert curve.answer(tilted).verdict == "undecided"
        assert asked[-1] is tilted


def test_the_table_and_the_forecast_give_the_same_verdicts(given, cases):
    posterior, specification = given[2], given[3]
    for name in ("rate", "response", "ceiling"):
        density = log_prior(posterior, specification.priors[name])
        weights = smooth(density, posterior.chains).values
        for case in cases:
            assert curve_of(case).answer(weights).verdict == answer(case, weights).verdict


def test_a_chance_just_at_the_confidence_has_an_unknown_error(cases):
    """Whether the bound is today's score or more is then a matter of the draws."""
    best = cases[0].best
    apart = np.where(np.arange(len(best.scale)) % 20 == 0, 50.0, -50.0)
    mixed = replace(best, location=apart + np.zeros_like(best.location))
    even = even_weights(len(apart))
    gain, error = weighted_bound(mixed, even, 0.949)
    assert gain == 0.0
    assert np.isnan(error)
    assert weighted_bound(mixed, even, 0.5) == (0.0, 0.0)


def test_where_no_gain_is_enough_the_bound_is_infinite_and_clears_nothing(cases):
    case = cases[0]
    hopeless = replace(case.best, location=np.full_like(case.best.location, 1e6))
    gain, error = weighted_bound(hopeless, even_weights(len(hopeless.scale)), 0.95)
    assert gain == np.inf
    assert np.isnan(error)
    with np.errstate(invalid="ignore"):
        assert answer(replace(case, best=hopeless)).verdict == "undecided"


def test_an_answer_is_inside_the_evidence_or_not_under_its_own_weights(cases, tilted, monkeypatch):
    asked = []

    def inside(case, gain, weights):
        asked.append(weights)
        return True

    monkeypatch.setattr("leakbound.sensitivity.weighted.is_inside", inside)
    answer(cases[0], tilted)
    (weights,) = asked
    np.testing.assert_array_equal(weights, tilted)


def test_the_error_of_a_move_in_logits_is_over_the_slope_at_the_bound(cases, tilted):
    for case in cases[:3]:
        best = case.best
        gain, _ = weighted_bound(best, even_weights(len(tilted)), case.limit.confidence)
        low, high = (best.below(gain + step).mean() for step in (-1e-3, 1e-3))
        expected = change_error(best.below(gain), tilted, best.chains) * 2e-3 / (high - low)
        assert curve_of(case).change_error(tilted) == pytest.approx(expected, rel=0.02)
