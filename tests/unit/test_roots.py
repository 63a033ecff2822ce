import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leakbound.roots import first_spare, rising_root, stretched


@given(
    place=st.floats(-500, 500), scale=st.floats(0.01, 20), level=st.floats(0.01, 0.999),
    start=st.floats(-50, 50), width=st.floats(0.01, 10),
)  # fmt: skip
def test_the_root_is_the_quantile_wherever_the_search_begins(place, scale, level, start, width):
    curve = stats.logistic(place, scale)
    found = rising_root(lambda x: np.array([curve.cdf(x)]), level, start=start, width=width)
    assert found.x == pytest.approx(curve.ppf(level), abs=1e-4 * scale)
    assert found.slope == pytest.approx(curve.pdf(found.x), rel=0.05)
    assert found.values.mean() == pytest.approx(level, abs=1e-5)


@pytest.mark.parametrize(
    ("height", "expected"), [(0.2, math.inf), (0.99, -math.inf), (0.0, math.inf), (1.0, -math.inf)]
)
def test_a_curve_that_never_gets_there_has_its_root_at_infinity(height, expected):
    found = rising_root(lambda x: np.array([height]), 0.95)
    assert found.x == expected
    assert math.isnan(found.slope)


@pytest.mark.parametrize("bad", [lambda x: math.nan, lambda x: math.nan if x > 1 else 0.1])
def test_an_unknown_curve_has_no_root(bad):
    assert math.isnan(rising_root(lambda x: np.array([bad(x)]), 0.95).x)


def test_the_mean_over_draws_is_what_reaches_the_level():
    places = np.array([0.0, 5.0])
    found = rising_root(lambda x: stats.norm.cdf(x, places), 0.5)
    assert found.x == pytest.approx(2.5, abs=1e-4)
    assert found.values.shape == (2,)


def test_few_evaluations_are_enough():
    calls = []

    def curve(x):
        calls.append(x)
        return np.exp(-40.0 * np.exp(-(x - np.linspace(-0.5, 0.5, 9)) / 0.3))

    rising_root(curve, 0.95, start=1.5, width=0.3)
    assert len(calls) <= 6


@pytest.mark.parametrize(("p", "height"), [(math.exp(-1), 0.0), (math.exp(-math.e), -1.0)])
def test_heights(p, height):
    assert stretched(p) == pytest.approx(height)
    assert np.isfinite(stretched([0.0, 1.0])).all()
    assert math.isnan(stretched(math.nan))


@pytest.mark.parametrize(("start", "end"), [(2.0, -4.0), (0.31, -4.0), (-2.0, 4.0), (0.29, 4.0)])
@pytest.mark.parametrize("steep", [0.5, 3.0, 40.0])
def test_the_nearest_point_with_something_to_spare_is_found_either_way(start, end, steep):
    asked, side = [], math.copysign(1.0, end - start)

    def spare(x):
        asked.append(x)
        return float(np.tanh(steep * side * (x - 0.3)))

    found = first_spare(spare, start, end, within=0.01)
    assert spare(found) >= 0.0
    assert 0.0 <= side * (found - 0.3) <= 0.01
    assert len(asked) < 25
    assert min(asked) >= min(start, end)
    assert max(asked) <= max(start, end)


@pytest.mark.parametrize("far", [-1.0, -4.0])
def test_of_several_stretches_with_something_to_spare_the_nearest_is_found(far):
    """The nearer one ends again; what lies beyond it does not matter."""

    def spare(x):
        return max(0.3 - abs(x + 1.0), 0.5 - abs(x - far), -0.4)

    assert first_spare(spare, 1.0, -6.0, within=0.01) == pytest.approx(spare_ends(far), abs=0.01)


def spare_ends(far):
    return max(-0.7, far + 0.5)


def test_without_anything_to_spare_there_is_no_point():
    for start in (-4.0, 0.0, 2.0):
        assert first_spare(lambda x: -1.0, start, -4.0, within=0.01) is None
        assert first_spare(lambda x: math.nan, start, -4.0, within=0.01) is None
    assert first_spare(lambda x: 1.0, 0.0, -4.0, within=0.01) == 0.0


def test_where_much_is_lacking_the_way_is_looked_at_less_often():
    asked = []

    def spare(x):
        asked.append(x)
        return -x

    assert first_spare(spare, 8.0, -4.0, within=0.01) == pytest.approx(0.0, abs=0.01)
    assert len(asked) < 25


def test_what_is_no_number_is_nothing_to_spare():
    found = first_spare(lambda x: math.nan if x < 1.0 else 1.0, 0.0, 2.0, within=0.01)
    assert 1.0 <= found < 1.02
