import numpy as np
import pytest

from leakbound.calibration.luck import Expected, luck

HALF = Expected(0.5)


def many(shift, fault, n=400, seed=3):
    rng = np.random.default_rng(seed)
    truths = np.clip(rng.random(n) + shift, 0.0, 1.0)
    return np.clip(truths + 0.05 * rng.standard_normal(n) + fault, 0.0, 1.0), truths


def test_unlucky_truths_are_told_from_a_fault_of_the_fits():
    found, truths = many(0.1, 0.0)
    unlucky = luck("rate", found, truths, nominal=0.5, expected=HALF, effective=1e4)
    assert unlucky.found > 0.58
    assert unlucky.adjusted == pytest.approx(0.5, abs=0.01)
    assert abs(unlucky.z) < 3.0
    found, truths = many(0.0, 0.08)
    faulty = luck("rate", found, truths, nominal=0.5, expected=HALF, effective=1e4)
    assert faulty.adjusted == pytest.approx(0.57, abs=0.02)
    assert faulty.z > 8.0


def test_what_the_posterior_expects_is_not_luck():
    found, truths = many(0.1, 0.0)
    expected = Expected(float(truths.mean()), 0.001)
    left = luck("bound", found, truths, nominal=0.5, expected=expected, effective=1e4)
    assert left.adjusted == pytest.approx(left.found)
    assert left.z > 3.0


def test_the_error_of_the_posterior_of_truths_counts():
    found, truths = many(0.0, 0.02)
    many_draws = luck("gap", found, truths, nominal=0.5, expected=HALF, effective=1e6)
    few_draws = luck("gap", found, truths, nominal=0.5, expected=HALF, effective=100.0)
    assert few_draws.adjusted == many_draws.adjusted
    assert abs(few_draws.z) < abs(many_draws.z) / 3.0
    error = np.hypot(0.05 / 20.0, 0.29 / 10.0)
    assert few_draws.z == pytest.approx((few_draws.adjusted - 0.5) / error, rel=0.1)


def test_truths_that_do_not_differ_explain_nothing():
    found = np.array([0.0, 1.0, 1.0, 1.0])
    same = luck("held", found, np.ones(4), nominal=0.95, expected=Expected(0.9), effective=100.0)
    assert same.adjusted == same.found == 0.75
