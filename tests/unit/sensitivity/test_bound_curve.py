from dataclasses import replace

import numpy as np
import pytest

from leakbound.sensitivity.bound_curve import curve_of
from leakbound.sensitivity.weighted import answer, cases_of, even_weights, verdict_on


@pytest.fixture(scope="module")
def case(given):
    return cases_of(*given)[0]


def at_distance(case, points):
    """The case with its threshold so far above its bound, free to extrapolate."""
    limit = replace(case.limit, score=answer(case).bound_score + points)
    return replace(case, limit=limit, threshold=replace(case.threshold, extrapolate=True))


def test_the_highest_clear_gain_leaves_two_errors_to_the_threshold(case):
    curve = replace(curve_of(at_distance(case, 0.01)), error=0.03)
    for step, verdict in ((-1e-6, "clear"), (1e-6, "undecided")):
        gain = curve.clear_gain + step
        told = verdict_on(curve.case, gain, curve.error, exceedance=0.0, inside=True)
        assert told.verdict == verdict
    left = curve.case.z_threshold - curve.case.best.z_today - curve.clear_gain
    assert left == pytest.approx(2.0 * curve.error, rel=0.1)
    wide = replace(curve, error=2.0 * curve.error)
    assert wide.clear_gain < curve.clear_gain


def test_no_gain_is_clear_where_the_error_is_not_known_or_today_is_too_much(case):
    curve = curve_of(at_distance(case, 0.06))
    assert np.isnan(replace(curve, error=float("nan")).clear_gain)
    unchecked = replace(curve.case, checks_passed=False)
    assert np.isnan(replace(curve, case=unchecked).clear_gain)
    low = replace(case, limit=replace(case.limit, score=0.3))
    assert np.isnan(curve_of(low).clear_gain)


def test_only_a_bound_that_its_error_takes_over_the_threshold_is_undecided_by_chance(case):
    near, far, over = (curve_of(at_distance(case, points)) for points in (0.005, 0.2, -0.05))
    assert [one.now.verdict for one in (near, far, over)] == ["undecided", "clear", "crosses"]
    assert [one.undecided_by_chance for one in (near, far, over)] == [True, False, False]
    unchecked = replace(near, case=replace(near.case, checks_passed=None))
    assert unchecked.now.verdict == "undecided"
    assert not unchecked.undecided_by_chance


def test_the_gain_is_that_of_the_answer(case):
    curve = curve_of(case)
    weights = even_weights(len(curve.at_bound))
    assert case.best.z_today + curve.gain(weights) == pytest.approx(curve.now.bound_z, abs=5e-3)
