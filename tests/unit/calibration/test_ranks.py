import numpy as np
import pytest
from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands
from scipy import stats

from leakbound.calibration.ranks import (
    band,
    binomial_interval,
    counts_below,
    holm,
    p_value,
    rank_among,
    stays_inside,
    uniformity,
)

LEVELS = 49


def conjugate_ranks(simulations, *, widen=1.0, shift=0.0, seed=0):
    """Ranks of a normal mean, prior N(0, 1), five observations of sd 1; the posterior is exact."""
    rng = np.random.default_rng(seed)
    ranks = []
    for _ in range(simulations):
        truth = rng.normal()
        mean = rng.normal(truth, 1.0, 5).sum() / 6.0
        draws = rng.normal(mean + shift, widen / np.sqrt(6.0), LEVELS)
        ranks.append(rank_among(truth, draws))
    return np.array(ranks)


def test_ranks_of_a_conjugate_posterior_are_uniform():
    ranks = conjugate_ranks(400)
    assert stays_inside(ranks, LEVELS)
    assert stats.chisquare(np.histogram(ranks, bins=10, range=(0, 50))[0]).pvalue > 0.01


@pytest.mark.parametrize("wrong", [{"widen": 0.6}, {"widen": 1.7}, {"shift": 0.25}])
def test_ranks_of_a_wrong_posterior_leave_the_band(wrong):
    ranks = conjugate_ranks(400, **wrong)
    assert not stays_inside(ranks, LEVELS)
    assert p_value(ranks, LEVELS) < 0.01


@pytest.mark.parametrize("simulations", [40, 200])
def test_the_band_is_simultaneous_at_its_level(simulations):
    rng = np.random.default_rng(1)
    low, high = band(simulations, LEVELS)
    inside, small = 0, 0
    for _ in range(2000):
        ranks = rng.integers(0, LEVELS + 1, simulations)
        below = counts_below(ranks, LEVELS) / simulations
        within = bool(((below >= low - 1e-12) & (below <= high + 1e-12)).all())
        assert within == stays_inside(ranks, LEVELS)
        inside += within
        small += p_value(ranks, LEVELS) <= 0.05
    assert inside / 2000 == pytest.approx(0.955, abs=0.015)
    assert small / 2000 == pytest.approx(0.045, abs=0.015)


def test_the_band_is_that_of_arviz_but_for_one_rank_of_discreteness():
    n, share = 200, np.arange(1, LEVELS + 1) / (LEVELS + 1)
    rng = np.random.default_rng(1)
    level = simulate_confidence_bands(n, 1, share, 0.95, 2000, rng)
    expected = get_pointwise_confidence_band(level, n, share)
    for mine, theirs in zip(band(n, LEVELS), expected, strict=True):
        assert np.abs(mine - theirs).max() * n <= 1.0 + 1e-9


def test_the_ends_of_the_band_mirror_each_other():
    low, high = band(100, LEVELS)
    np.testing.assert_allclose(low, 1.0 - high[::-1], atol=1e-12)


def test_counts_below():
    assert counts_below([0, 0, 1, 3], 3).tolist() == [2, 3, 3]


def test_holm_is_the_textbook_procedure():
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]


def test_uniformity_says_which_quantity_is_off():
    good = conjugate_ranks(200)
    bad = conjugate_ranks(200, shift=0.3)
    found = {one.name: one for one in uniformity({"good": good, "bad": bad}, LEVELS)}
    assert found["good"].inside
    assert not found["bad"].inside
    assert found["bad"].p_all <= 2.0 * found["bad"].p
    assert found["bad"].mean < 0.42
    assert found["good"].spread == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (190, 200)])
def test_the_binomial_interval_is_clopper_and_pearson(k, n):
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    assert binomial_interval(k, n) == pytest.approx((expected.low, expected.high))
