import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leakbound.scoring import GRID, coverage, crps, pinball, pit_counts, sharpness

finite = st.floats(-10, 10)


@given(finite, finite, st.floats(0.01, 0.99))
def test_pinball_is_the_quantile_score(y: float, q: float, level: float) -> None:
    np.testing.assert_allclose(
        pinball(y, q, level), scoringrules.quantile_score(y, q, level), atol=1e-12
    )


def test_pinball_charges_a_low_bound_nineteen_times_a_high_one() -> None:
    np.testing.assert_allclose(pinball(1.0, 0.0, 0.95), 0.95)
    np.testing.assert_allclose(pinball(0.0, 1.0, 0.95), 0.05)


def test_pinball_is_smallest_at_the_quantile() -> None:
    y = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    bounds = np.linspace(1.0, 2.5, 151)
    losses = [pinball(y, bound, 0.95).mean() for bound in bounds]
    assert bounds[int(np.argmin(losses))] == pytest.approx(stats.norm.ppf(0.95), abs=0.01)


def test_crps_from_quantiles_is_that_of_the_normal() -> None:
    y = np.linspace(-2.0, 2.0, 9)
    quantiles = np.broadcast_to(stats.norm.ppf(GRID), (9, len(GRID)))
    exact = scoringrules.crps_normal(y, 0.0, 1.0)
    np.testing.assert_allclose(crps(y, quantiles), exact, rtol=0.06)
    assert crps(y, quantiles).mean() == pytest.approx(exact.mean(), rel=0.04)


def test_crps_of_one_stated_value_is_its_absolute_error() -> None:
    quantiles = np.full((2, len(GRID)), 1.0)
    np.testing.assert_allclose(crps(np.array([1.0, 3.0]), quantiles), [0.0, 2.0 * 0.95])


def test_pit_is_flat_for_the_true_distribution() -> None:
    y = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    counts = pit_counts(y, np.broadcast_to(stats.norm.ppf(GRID), (2000, len(GRID))))
    assert counts.tolist() == [100] * 20


def test_pit_piles_up_at_the_end_when_forecasts_are_too_low() -> None:
    y = np.full(7, 5.0)
    counts = pit_counts(y, np.broadcast_to(stats.norm.ppf(GRID), (7, len(GRID))))
    assert counts[-1] == 7
    assert counts.sum() == 7


def test_an_outcome_equal_to_its_bound_is_inside() -> None:
    counts = pit_counts(np.array([0.3]), np.full((1, len(GRID)), 0.3))
    assert counts[0] == 1


def test_sharpness_is_the_mean_distance_above_the_truth() -> None:
    assert sharpness([0.0, 1.0], [1.0, 1.5]) == pytest.approx(0.75)


def half_covered(bases: int, copies: int) -> tuple[np.ndarray, np.ndarray]:
    covered = np.repeat(np.arange(bases) % 2 == 0, copies)
    return covered[:, None], np.repeat(np.arange(bases), copies)


def test_the_coverage_interval_counts_bases_not_rows() -> None:
    few = coverage(*half_covered(20, 1), draws=4000)
    many = coverage(*half_covered(20, 50), draws=4000)
    np.testing.assert_allclose([many.low, many.high], [few.low, few.high])
    assert many.share[0] == 0.5
    half = 1.96 * np.sqrt(0.25 / 20)
    assert many.high[0] - many.low[0] == pytest.approx(2 * half, rel=0.1)
    assert (many.rows, many.clusters) == (1000, 20)


def test_rows_as_their_own_clusters_give_the_binomial_interval() -> None:
    covered, _ = half_covered(20, 50)
    alone = coverage(covered, np.arange(1000), draws=4000)
    assert alone.high[0] - alone.low[0] == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 1000), rel=0.1)


def test_one_base_says_nothing_about_the_next() -> None:
    told = coverage(np.ones((40, 1), dtype=bool), np.zeros(40))
    assert told.share[0] == 1.0
    assert told.low[0] == pytest.approx(0.025)


@pytest.mark.parametrize("value", [True, False])
def test_where_all_rows_agree_the_open_side_is_exact(value: bool) -> None:
    told = coverage(np.full((12, 1), value), np.arange(12))
    expected = (0.025 ** (1 / 12), 1.0) if value else (0.0, 1.0 - 0.025 ** (1 / 12))
    np.testing.assert_allclose((told.low[0], told.high[0]), expected)


def test_coverage_is_repeatable_and_holds_one_value_per_level() -> None:
    rng = np.random.default_rng(3)
    covered = rng.uniform(size=(60, 3)) < [0.5, 0.9, 0.95]
    first, again = (coverage(covered, np.arange(60) % 9) for _ in range(2))
    np.testing.assert_array_equal(first.low, again.low)
    np.testing.assert_allclose(first.share, covered.mean(axis=0))
    assert ((first.low <= first.share) & (first.share <= first.high)).all()


def test_bases_of_different_size_give_an_interval_of_shares() -> None:
    """A base drawn twice brings its rows twice: no share of rows covered is more than one."""
    told = coverage((np.arange(104) < 100)[:, None], np.r_[np.zeros(100), 1:5])
    assert 0.0 <= told.low[0] <= told.share[0] <= told.high[0] <= 1.0
