import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leakbound.forecast import (
    Best,
    batch_error,
    best_of,
    crossing_years,
    exceedance_at,
    upper_bound,
)
from leakbound.model.attempts import ATTEMPTS


def best(location=0.4, scale=0.2, attempts=50.0, bins=4, draws=400, spread=0.0, seed=1):
    rng = np.random.default_rng(seed)
    place = location + spread * rng.standard_normal(draws) + np.zeros((2, bins, draws))
    return Best(
        location=place, scale=np.full(draws, scale),
        attempts=np.full((2, bins, 1), attempts / (2 * bins)),
        edges=np.linspace(0.0, 1.0, bins + 1), z_today=-0.3, family="logistic", chains=4,
    )  # fmt: skip


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_the_bound_is_the_closed_form_quantile_of_the_best_of_n(confidence):
    expected = -0.3 + stats.logistic.ppf(confidence ** (1 / 50.0), loc=0.4, scale=0.2)
    found = upper_bound(best(), confidence)
    assert found.z == pytest.approx(expected, abs=1e-5)
    assert found.mcse == pytest.approx(0.0, abs=1e-9)


def test_the_bound_over_draws_is_within_its_monte_carlo_error_of_the_analytic_one():
    wide = replace(best(draws=4000, spread=0.3, attempts=1.0), attempts=np.full((2, 4, 1), 1 / 8))
    found = upper_bound(wide, 0.95)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)

    def below(z):
        return (stats.logistic.cdf(z + 0.3, 0.4 + 0.3 * nodes, 0.2) @ weights) / weights.sum()

    grid = np.linspace(-1.0, 3.0, 4001)
    analytic = np.interp(0.95, [below(z) for z in grid], grid)
    assert 0.0 < found.mcse < 0.03
    assert abs(found.z - analytic) < 4.0 * found.mcse


def test_the_mcse_is_that_of_repeated_runs():
    found = [
        upper_bound(best(draws=800, spread=0.4, attempts=8.0, seed=seed), 0.95)
        for seed in range(40)
    ]
    spread = np.std([one.z for one in found], ddof=1)
    assert np.mean([one.mcse for one in found]) == pytest.approx(spread, rel=0.35)


@given(
    attempts=st.floats(0.1, 1e4), more=st.floats(1.0, 100.0), confidence=st.floats(0.55, 0.98),
    effort=st.floats(0.0, 2.0),
)  # fmt: skip
def test_the_bound_never_falls_with_attempts_confidence_or_location(
    attempts, more, confidence, effort
):
    base = best(draws=80, spread=0.2, attempts=attempts)
    bound = upper_bound(base, confidence).z
    assert upper_bound(replace(base, attempts=base.attempts * more), confidence).z >= bound - 1e-6
    assert upper_bound(base, min(0.999, confidence + 0.01)).z >= bound - 1e-6
    assert upper_bound(replace(base, location=base.location + effort), confidence).z >= bound - 1e-6


def test_a_longer_horizon_never_lowers_bound_or_exceedance():
    whole = best(draws=200, spread=0.3)
    bounds = [upper_bound(whole.until(years), 0.95).z for years in (0.25, 0.5, 0.75, 1.0)]
    assert bounds == sorted(bounds)
    exceedance = whole.exceedance_by(0.6)
    assert (np.diff(exceedance) >= 0.0).all()
    assert (exceedance >= 0.0).all()
    assert (exceedance <= 1.0).all()


def test_bound_and_exceedance_are_inverse():
    some = best(draws=500, spread=0.3)
    bound = upper_bound(some, 0.9)
    assert some.exceedance_by(bound.z)[-1] == pytest.approx(0.1, abs=1e-5)


def test_crossing_years_are_those_of_the_closed_form_inside_a_bin_too():
    """Fifty attempts a year, made evenly: one of them has reached z by t with chance 1 - F(z)^(50 t)."""
    z, shares = 0.9, (0.01, 0.05, 0.5)
    log_below = stats.logistic.logcdf(z + 0.3, loc=0.4, scale=0.2)
    expected = [np.log1p(-share) / (50.0 * log_below) for share in shares]
    assert crossing_years(best(bins=4), z, shares) == pytest.approx(expected, rel=1e-6)
    assert expected[0] < 0.02
    assert crossing_years(best(bins=4), 2.5, (0.9,)) == [None]


def test_crossing_years_do_not_depend_on_how_fine_the_bins_are():
    """A chance that rises steeply in the first days: a straight line to the edge is far too late."""
    coarse, fine = (best(bins=bins, spread=0.5, attempts=2000.0) for bins in (2, 400))
    fine = replace(fine, location=np.broadcast_to(coarse.location[:, :1], fine.location.shape))
    coarse = replace(
        coarse, location=np.broadcast_to(coarse.location[:, :1], coarse.location.shape)
    )
    for z, shares in ((1.2, (0.05, 0.3, 0.6)), (2.0, (0.01, 0.05))):
        told = crossing_years(coarse, z, shares)
        assert told == pytest.approx(crossing_years(fine, z, shares), rel=1e-9)
        straight = 0.5 * shares[0] / coarse.exceedance_by(z)[0]
        assert told[0] < 0.5 * straight


def test_the_chance_by_any_year_is_that_of_the_attempts_made_by_then():
    some, years = best(spread=0.4), np.array([0.0, 0.013, 0.25, 0.6, 1.0])
    told = exceedance_at(some, 1.1, years)
    each = stats.logistic.cdf(1.4, some.location[0, 0], 0.2)
    assert told == pytest.approx([1.0 - (each ** (50.0 * t)).mean() for t in years], abs=1e-9)
    assert (exceedance_at(some, -0.3, years) == 1.0).all()


def test_a_threshold_that_is_reached_today_is_crossed_at_once():
    assert crossing_years(best(), -0.3, (0.05, 0.5, 0.95)) == [0.0, 0.0, 0.0]


def test_the_shares_of_risk_sum_to_one():
    assert best(spread=0.2).shares(0.8).sum() == pytest.approx(1.0)


def test_the_batch_error_of_independent_values_is_that_of_their_mean():
    values = np.random.default_rng(3).standard_normal(8000)
    assert batch_error(values, 4) == pytest.approx(1 / np.sqrt(8000), rel=0.3)
    assert np.isnan(batch_error(values[:10], 4))


def test_no_bound_lies_below_todays_score():
    low = best(location=-3.0, attempts=5.0)
    found = upper_bound(low, 0.95)
    assert found.z == low.z_today
    assert found.mcse == 0.0
    assert upper_bound(best(location=-3.0, attempts=0.0), 0.95).z == low.z_today


def test_a_score_that_is_there_today_has_been_reached():
    some = best()
    assert (some.exceedance_by(some.z_today) == 1.0).all()
    assert (some.exceeds(some.z_today - 0.1) == 1.0).all()


def test_a_chance_just_at_the_confidence_has_an_unknown_error():
    """Whether the bound is today's score or more is then a matter of the draws."""
    share = np.where(np.arange(400) % 20 == 0, 5.0, -5.0)
    mixed = replace(best(), location=share + np.zeros((2, 4, 400)))
    assert upper_bound(mixed, 0.949).z == mixed.z_today
    assert np.isnan(upper_bound(mixed, 0.949).mcse)


@pytest.mark.parametrize("width", [50.0, 500.0])
def test_a_population_as_wide_as_this_still_has_its_bound(width):
    rng = np.random.default_rng(3)
    wide = replace(best(), location=width * rng.standard_normal(400) + np.zeros((2, 4, 400)))
    found = upper_bound(wide, 0.95)
    assert wide.below(found.z - wide.z_today).mean() == pytest.approx(0.95, abs=1e-4)


def test_an_infinite_bound_has_no_error_and_no_shares():
    hopeless = replace(best(), location=np.full((2, 4, 400), np.inf))
    with np.errstate(invalid="ignore"):
        found = upper_bound(hopeless, 0.95)
    assert not np.isfinite(found.z)
    assert np.isnan(found.mcse)
    assert hopeless.shares(np.inf).sum() == 0.0


@pytest.mark.parametrize("family", ["gumbel", "logistic", "student-t"])
def test_log_below_is_the_sum_over_groups_and_bins(family):
    some = replace(best(spread=0.3, bins=11), family=family)
    y = (0.7 - some.location) / some.scale
    expected = some.attempts * ATTEMPTS[family].log_cdf(y, np)
    assert some.log_below(0.7) == pytest.approx(expected.sum(axis=0), rel=1e-9)
    assert some.log_below_all(0.7) == pytest.approx(expected.sum(axis=(0, 1)), rel=1e-9)


def test_scores_far_below_any_attempt_are_surely_exceeded():
    assert best().below(-1e4) == pytest.approx(0.0, abs=1e-12)
    assert best().below(1e4) == pytest.approx(1.0)


@pytest.mark.parametrize("lost", [slice(None), slice(0, 1)])
def test_attempts_that_are_no_number_are_not_left_out(lost):
    attempts = np.full((2, 4, 1), 5.0)
    attempts[lost] = np.nan
    found = upper_bound(replace(best(spread=0.3), attempts=attempts), 0.95)
    assert not (found.z < 1e9 and found.mcse < 1e9)


def test_a_group_that_is_idle_in_some_draws_works_in_the_others():
    attempts = np.broadcast_to(np.where(np.arange(400) < 100, 0.0, 5.0), (2, 4, 400))
    some = replace(best(spread=0.3), attempts=attempts)
    y = (0.7 - some.location) / some.scale
    expected = (attempts * ATTEMPTS["logistic"].log_cdf(y, np)).sum(axis=(0, 1))
    assert some.log_below_all(0.7) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("channels", list(itertools.product((False, True), repeat=3)))
def test_an_attempt_gains_by_the_channels_its_group_has(make_job, channels):
    """Whoever leaves the weights as they are closes no elicitation gap."""
    job = make_job()
    standing, effort = job.standing("gpqa-diamond"), job.effort(job.scenarios["theft-oc2"], 0.25)
    training, inference, distilled = channels
    groups = len(effort.groups)
    told = {"training": training, "inference": inference, "distillation": distilled}
    effort = replace(effort, **{name: np.full(groups, on) for name, on in told.items()})
    shocks = np.zeros((2, job.posterior.samples))
    found = best_of(job.posterior, standing, effort, shocks).location[0, 0]
    lag = np.full((len(found), 1), effort.lag_years[0, 0])
    trained = standing.trained(effort.log10_compute[:, 0], lag) if training else 0.0
    oom = standing.oom(trained=trained, lag=lag, inference=inference, distilled=distilled)[:, 0]
    start = standing.location if training else standing.fixed
    np.testing.assert_allclose(found, start + standing.response * oom, atol=1e-9)


def test_bins_that_end_in_one_half_year_share_its_shock(make_job):
    job = make_job()
    standing, effort = job.standing("gpqa-diamond"), job.effort(job.scenarios["theft-oc2"], 1.0)
    shocks = np.repeat(np.arange(1.0, 43.0)[:, None], job.posterior.samples, axis=1)
    calm, moved = (
        best_of(job.posterior, standing, effort, some).location for some in (0.0 * shocks, shocks)
    )
    told = ((moved - calm) / standing.shock)[0, :, 0]
    assert told == pytest.approx([1.0, 1.0, 2.0, 2.0])
