from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from leakbound.model.attempts import (
    ATTEMPTS,
    TIE_WIDTH,
    add_numpy,
    gumbel_log_cdf,
    gumbel_log_survival,
    order_statistic_log_density,
    ranks_of,
)

REFERENCE = {"gumbel": stats.gumbel_r, "logistic": stats.logistic, "student-t": stats.t(4)}


def log_density(name, gains, n, ranks, location=0.3, scale=0.7, tie_width=0.0):
    cell = np.zeros(len(gains), dtype=np.int64)
    counts = np.full(len(gains), n)
    entries = order_statistic_log_density(
        ATTEMPTS[name], np.asarray(gains, dtype=float), np.full(len(gains), location),
        np.full(len(gains), scale), ranks_of(cell, counts, ranks), np, add_numpy, tie_width,
    )  # fmt: skip
    return float(entries.sum())


@pytest.mark.parametrize("name", ATTEMPTS)
def test_families_are_those_of_scipy(name):
    y = np.linspace(-2.9, 14.0, 60)
    family, reference = ATTEMPTS[name], REFERENCE[name]
    np.testing.assert_allclose(family.log_cdf(y, np), reference.logcdf(y), atol=1e-12)
    np.testing.assert_allclose(family.log_survival(y, np), reference.logsf(y), atol=1e-9)
    np.testing.assert_allclose(family.log_density(y, np), reference.logpdf(y), atol=1e-12)
    assert family.sd == pytest.approx(reference.std())


@pytest.mark.parametrize("name", ATTEMPTS)
@pytest.mark.parametrize("width", [1e-3, 0.3, 5.0, 60.0])
def test_an_interval_holds_the_difference_of_the_cdf_at_its_ends(name, width):
    lower = np.linspace(-2.9, 12.0, 40)
    reference = REFERENCE[name]
    nodes, weights = np.polynomial.legendre.leggauss(400)
    inside = lower[:, None] + width * (nodes + 1.0) / 2.0
    expected = np.log((reference.pdf(inside) * weights).sum(axis=1) * width / 2.0)
    found = ATTEMPTS[name].log_interval(lower, lower + width, np)
    np.testing.assert_allclose(found, expected, atol=2e-7)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_one_attempt_has_the_plain_density(name):
    x = 1.1
    expected = REFERENCE[name].logpdf((x - 0.3) / 0.7) - np.log(0.7)
    assert log_density(name, [x], 1, [1]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ATTEMPTS)
@pytest.mark.parametrize(("n", "rank"), [(1, 1), (5, 5), (5, 3), (40, 36), (40, 1)])
def test_the_density_of_one_rank_integrates_to_one(name, n, rank):
    points = np.linspace(-15.0, 60.0, 40_001)
    density = np.array([np.exp(log_density(name, [x], n, [rank])) for x in points[::20]])
    total = integrate.simpson(density, x=points[::20])
    assert total == pytest.approx(1.0, abs=2e-3)


def test_the_joint_density_of_two_ranks_integrates_to_the_single_one():
    x_top = 1.9
    lower = np.linspace(-9.0, x_top, 4001)
    joint = [np.exp(log_density("logistic", [x, x_top], 7, [4, 7])) for x in lower]
    single = np.exp(log_density("logistic", [x_top], 7, [7]))
    assert integrate.simpson(joint, x=lower) == pytest.approx(single, rel=1e-4)


def test_all_ranks_known_give_n_factorial_times_the_product_of_densities():
    x = [-0.4, 0.2, 0.9, 1.7]
    plain = sum(stats.gumbel_r.logpdf((v - 0.3) / 0.7) - np.log(0.7) for v in x)
    assert log_density("gumbel", x, 4, [1, 2, 3, 4]) == pytest.approx(plain + np.log(24.0))


def test_ties_are_finite_and_the_density_falls_with_more_attempts_between():
    tied = [log_density("logistic", [0.5, 0.5], n, [1, n], tie_width=0.01) for n in (3, 6, 12)]
    assert np.isfinite(tied).all()
    assert all(later < earlier for earlier, later in pairwise(tied))


@pytest.mark.parametrize("name", ATTEMPTS)
@pytest.mark.parametrize("width", [0.01, 0.2])
def test_between_tied_scores_lies_the_interval_of_the_tie_width(name, width):
    """Of 4 attempts the first and last score .5: two lie within half a width on either side."""
    family = REFERENCE[name]
    middle, half = (0.5 - 0.3) / 0.7, width / 2.0 / 0.7
    inside = family.cdf(middle + half) - family.cdf(middle - half)
    ends = 2.0 * (family.logpdf(middle) - np.log(0.7))
    expected = np.log(12.0) + ends + 2.0 * np.log(inside)
    assert log_density(name, [0.5, 0.5], 4, [1, 4], tie_width=width) == pytest.approx(expected)


def test_cells_side_by_side_have_the_densities_they_have_alone():
    gains = np.array([0.1, 0.4, 1.2, -0.3, 0.9, 0.5])
    cell, n, rank = np.array([0, 0, 0, 1, 1, 2]), [9, 9, 9, 6, 6, 4], [3, 6, 9, 2, 5, 4]
    place, scale, ranks = np.full(6, 0.3), np.full(6, 0.7), ranks_of(cell, n, rank)
    family = ATTEMPTS["gumbel"]
    found = order_statistic_log_density(family, gains, place, scale, ranks, np, add_numpy, 0.0)
    for at in (slice(0, 3), slice(3, 5), slice(5, 6)):
        alone = log_density("gumbel", gains[at], n[at.start], rank[at])
        assert found[at].sum() == pytest.approx(alone)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_limit_is_the_probability_beyond_it(name):
    cell = np.array([0, 1])
    ranks = ranks_of(
        cell, [1, 7], [1, 7], exceeded=np.array([True, False]), failed=np.array([False, True])
    )
    gain, place, scale = np.array([0.9, -1.0]), np.full(2, 0.3), np.full(2, 0.7)
    found = order_statistic_log_density(ATTEMPTS[name], gain, place, scale, ranks, np, add_numpy)
    y = (gain - 0.3) / 0.7
    assert found[0] == pytest.approx(REFERENCE[name].logsf(y[0]), abs=1e-9)
    assert found[1] == pytest.approx(7 * REFERENCE[name].logcdf(y[1]), abs=1e-9)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_gradients_are_finite_however_far_an_attempt_lies(name):
    """XLA differentiates branches that are not taken: an overflow there would count as a divergence."""
    jax = pytest.importorskip("jax")
    import pytensor
    import pytensor.tensor as pt

    family = ATTEMPTS[name]
    y, width = pt.dvector(), pt.dscalar()
    far = np.array([-3000.0, -720.0, -40.0, -3.5, 0.0, 3.0, 35.0, 38.0, 40.0, 720.0, 3000.0])
    functions = [f(y, pt) for f in (family.log_cdf, family.log_survival, family.log_density)]
    for value in (*functions, family.log_interval(y - width, y, pt)):
        total = pytensor.function([y, width], value.sum(), mode="JAX", on_unused_input="ignore")
        gradient = jax.grad(lambda x, w, of=total.vm.jit_fn: of(x, w)[0])
        for between in (1e-3, 1.0, 2000.0):
            assert np.isfinite(gradient(far, between)).all(), (value, between)


def test_the_tail_of_gumbel_survival_goes_on_where_it_was():
    y = np.array([29.9, 30.0, 30.1, 40.0, 500.0])
    np.testing.assert_allclose(gumbel_log_survival(y, np), -y, rtol=1e-12)


def test_below_minus_three_the_log_of_the_gumbel_cdf_is_a_straight_line():
    """From -exp(3) with the slope exp(3), both those of -exp(-y) at -3."""
    y = np.array([-3.0, -3.5, -4.0, -60.0])
    np.testing.assert_allclose(gumbel_log_cdf(y, np), -np.exp(3.0) * (1.0 - (y + 3.0)), rtol=1e-12)


def test_the_tail_of_student_t_falls_by_the_fourth_power():
    """F(-y) = 3/y^4 to within 1/y^2."""
    found = ATTEMPTS["student-t"].log_cdf(np.array([-1e4, -1e7]), np)
    np.testing.assert_allclose(found, np.log(3.0) - 4.0 * np.log([1e4, 1e7]), rtol=1e-8)


def test_the_tie_width_is_what_rounding_to_a_tenth_of_a_percent_leaves_open():
    """In logits a step of .001 is .001/(p (1 - p)): from 50 % down to 5 %."""
    assert 0.001 / 0.25 < TIE_WIDTH < 0.001 / (0.05 * 0.95)
