from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakbound.explain.worth import EVALUATIONS, _worth, expected_given, measurements, worths
from leakbound.scenario import load_scenarios

SHIPPED = load_scenarios()


@pytest.fixture(scope="module")
def job(make_job, deepseek):
    thresholds = tuple(replace(one, extrapolate=True) for one in deepseek.thresholds)
    return make_job(thresholds=thresholds)


@pytest.fixture(scope="module")
def found(job):
    return list(worths(job))


def test_every_evaluation_is_weighed_for_every_verdict(found):
    assert len(found) == 12 * len(EVALUATIONS)


def test_worth_is_a_difference_of_chances_and_never_below_zero(found):
    for one in found:
        assert 0.0 <= one.chance_wrong_after <= one.chance_wrong <= 1.0
        assert one.worth == pytest.approx(one.chance_wrong - one.chance_wrong_after)
        assert f"{one.chance_wrong:.1%}" in one.text
    assert max(one.worth for one in found) > 0.01


def test_the_chance_of_a_wrong_hold_by_hand(job, found):
    for threshold, scenario in job.pairs():
        case, judgement = job.judged(threshold, scenario)
        spare = case.best.exceeds(case.z_threshold) - case.limit.allowance
        clear = judgement.verdict.verdict == "clear"
        wrong = spare > 0.0 if clear else spare < 0.0
        one = next(w for w in found if (w.threshold, w.scenario) == (threshold.name, scenario.key))
        expected = np.abs(spare)[wrong].sum() / np.abs(spare).sum()
        assert one.chance_wrong == pytest.approx(expected)


def test_outside_the_evidence_no_evaluation_is_worth_anything(make_job):
    job = make_job({"open-weights": SHIPPED["open-weights"]})
    job.span = replace(job.span, training_years=-1.0, inference_years=-1.0)
    found = list(worths(job))
    assert found
    assert {one.worth for one in found} == {0.0}


def test_without_passed_checks_no_evaluation_is_worth_anything(make_job):
    found = list(worths(make_job({"theft-oc2": SHIPPED["theft-oc2"]}, checks_passed=None)))
    assert {one.worth for one in found} == {0.0}


def test_a_perfect_measurement_tells_the_truth_and_a_blind_one_the_mean():
    rng = np.random.default_rng(1)
    truth = rng.uniform(size=2000)
    perfect = expected_given(truth, truth[:, None])
    assert np.abs(perfect - truth).mean() < 0.02
    blind = expected_given(truth, rng.standard_normal((2000, 1)))
    assert blind.std() < 0.06
    assert blind.mean() == pytest.approx(truth.mean(), abs=0.02)


def test_the_expectation_given_a_noisy_measurement_is_the_normal_ones():
    """For y ~ N(0,1) measured with error s, E[y | x] = x/(1 + s^2)."""
    rng = np.random.default_rng(2)
    y = rng.standard_normal(6000)
    x = y + 0.5 * rng.standard_normal(6000)
    inner = np.abs(x) < 1.5
    assert expected_given(y, x[:, None])[inner] == pytest.approx(x[inner] / 1.25, abs=0.35)
    assert np.abs(expected_given(y, x[:, None]) - x / 1.25)[inner].mean() < 0.08


@given(noise=st.floats(0.01, 5.0), more=st.floats(1.5, 20.0))
@settings(max_examples=20, deadline=None)
def test_a_noisier_measurement_explains_no_more(noise, more):
    rng = np.random.default_rng(3)
    y, error = rng.uniform(size=(2, 3000))
    error = error - 0.5
    sharp = expected_given(y, (y + noise * error)[:, None]).var()
    blurred = expected_given(y, (y + noise * more * error)[:, None]).var()
    assert blurred <= sharp + 0.003


def test_measurements_have_the_spread_of_what_they_measure(job):
    case, _ = next(job.judged(*pair) for pair in job.pairs())
    found = dict(zip(("score", "one", "many"), measurements(job, case).values(), strict=True))
    assert found["score"].shape == found["one"].shape == (job.posterior.samples, 1)
    assert found["many"].shape == (job.posterior.samples, 2)
    error = case.standing.error
    assert found["score"].std() == pytest.approx(np.hypot(error, error / 2.0), rel=0.2)
    sd = np.pi / np.sqrt(3.0)
    relative = np.exp(found["many"][:, 1]) / (case.standing.scale * sd)
    assert np.median(relative) == pytest.approx(1.0, abs=0.08)


def test_attempts_are_made_today_with_a_hundredth_of_the_compute(job):
    """The mean of 30 scatters about where one lands, by a shock and by their spread over sqrt(30).

    The shock is their own: that of what others do in the first half-year is none of theirs.
    """
    case, _ = next(job.judged(*pair) for pair in job.pairs())
    standing = case.standing
    n = job.posterior.samples
    compute = np.log10(0.01 + job.base.fraction_spent)
    share = 1.0 / (1.0 + np.exp(-standing.slope_dose * (compute - standing.midpoint)))
    oom = standing.ceiling * share - standing.spent + standing.start - standing.elicited
    place = standing.location + standing.response * oom
    many = measurements(job, case)["make 30 such attempts and measure their spread"]
    error = np.hypot(standing.scale * np.pi / np.sqrt(3.0 * 30.0), standing.shock)
    off = (many[:, 0] - place) / error
    theirs = job.shocks(standing.benchmark.key)[0]
    assert np.corrcoef(off, theirs)[0, 1] == pytest.approx(0.0, abs=4.0 / np.sqrt(n))
    assert off.mean() == pytest.approx(0.0, abs=4.0 / np.sqrt(n))
    assert off.std() == pytest.approx(1.0, abs=0.12)


def test_of_too_few_draws_no_expectation_is_told(make_job):
    job = make_job({"theft-oc2": SHIPPED["theft-oc2"]})
    for threshold, scenario in job.pairs():
        case, judgement = job.judged(threshold, scenario)
        few = case.best.every(3)
        job._judged[threshold.name, scenario.key] = replace(case, best=few), judgement
    assert list(worths(job)) == []


def test_a_score_measured_again_is_told_from_what_is_known_of_the_pair(job):
    """Noise about the pair's effect: sd of what x tells is that of the error given the effect."""
    case, _ = next(job.judged(*pair) for pair in job.pairs())
    again = measurements(job, case)["measure today's score on four times the items"][:, 0]
    error, spread = case.standing.error, case.standing.pair_spread
    within = 1.0 / (1.0 / error**2 + 1.0 / spread**2)
    off = (again - case.standing.noise) / np.sqrt(within + error**2 / 4.0)
    assert off.std() == pytest.approx(1.0, abs=0.12)


def test_a_worth_below_half_a_thousandth_is_told_as_none(found):
    small = [one for one in found if one.worth < 5e-4]
    large = [one for one in found if one.worth >= 5e-4]
    assert small
    assert large
    assert all("leaves the share at stake that is decided wrongly" in one.text for one in small)
    assert all(f"to {one.chance_wrong_after:.1%}." in one.text for one in large)


def test_to_measure_the_exceedance_itself_leaves_little_to_be_wrong_about(job):
    for pair in job.pairs():
        case, judgement = job.judged(*pair)
        exceeds = case.best.exceeds(case.z_threshold)
        one = _worth("look", exceeds[:, None], exceeds, case, judgement)
        assert one.chance_wrong_after <= 0.01


def test_an_evaluation_that_tells_nothing_is_ignored(job):
    blind = np.random.default_rng(4).standard_normal((job.posterior.samples, 1))
    for pair in job.pairs():
        case, judgement = job.judged(*pair)
        one = _worth("look away", blind, case.best.exceeds(case.z_threshold), case, judgement)
        assert 0.0 <= one.worth < 0.02
