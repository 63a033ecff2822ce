import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.curves import DOSE_CURVES, TIME_CURVES, TOP, softplus

X = np.linspace(-8.0, TOP, 200)


@given(y=st.floats(-700.0, 700.0))
def test_softplus_is_log_of_one_plus_exp_without_overflow(y):
    assert float(softplus(y, np)) == pytest.approx(np.logaddexp(0.0, y), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("name", DOSE_CURVES)
def test_every_dose_curve_reaches_one_half_at_its_midpoint(name):
    for slope, midpoint in ((0.5, -2.3), (2.0, 0.0), (4.0, -5.0)):
        assert float(DOSE_CURVES[name](midpoint, slope, midpoint, np)) == pytest.approx(0.5)


@pytest.mark.parametrize("name", DOSE_CURVES)
def test_every_dose_curve_rises_and_stays_positive(name):
    share = DOSE_CURVES[name](X, 2.0, -2.3, np)
    assert (share > 0.0).all()
    assert (np.diff(share) > 0.0).all()


@pytest.mark.parametrize("name", DOSE_CURVES)
def test_dose_curves_of_an_arrays_module_agree_with_numpy(name):
    import xarray as xr

    class Module:
        exp, log1p = staticmethod(np.exp), staticmethod(np.log1p)
        maximum, minimum, abs = map(staticmethod, (np.maximum, np.minimum, np.abs))

    found = DOSE_CURVES[name](xr.DataArray(X), 2.0, -2.3, Module)
    np.testing.assert_array_equal(np.asarray(found), DOSE_CURVES[name](X, 2.0, -2.3, np))


def test_the_saturating_curve_is_the_scaling_law_of_rl():
    slope, midpoint, compute = 2.5, -2.3, 10.0**X
    exponent = slope / np.log(10.0)
    ratio = (compute / 10.0**midpoint) ** exponent
    found = DOSE_CURVES["saturating"](X, slope, midpoint, np)
    np.testing.assert_allclose(found, ratio / (1.0 + ratio), rtol=1e-10)
    assert found.max() < 1.0


def test_the_power_curve_is_a_power_of_the_compute_fraction():
    found = DOSE_CURVES["power"](X, 2.0, -2.3, np)
    steps = np.diff(np.log(found)) / np.diff(X)
    np.testing.assert_allclose(steps, 1.0, rtol=1e-9)


def test_the_log_linear_curve_ends_in_a_constant_step():
    high = DOSE_CURVES["log-linear"](np.array([-1.0, 0.0, 1.0]), 8.0, -7.0, np)
    steps = np.diff(high)
    assert steps[1] == pytest.approx(steps[0], rel=1e-6)
    assert steps[0] == pytest.approx(8.0 / (4.0 * np.log(2.0)), rel=1e-6)


@pytest.mark.parametrize("name", ["log-linear", "power"])
def test_curves_without_a_ceiling_are_cut_off_above_a_hundredfold_training(name):
    here, beyond = DOSE_CURVES[name](np.array([TOP, TOP + 3.0]), 2.0, -2.3, np)
    assert here == beyond


@pytest.mark.parametrize("name", TIME_CURVES)
def test_every_time_curve_starts_at_zero_with_pace_one_and_rises(name):
    curve = TIME_CURVES[name]
    assert float(curve(np.float64(0.0), np)) == 0.0
    assert float(curve(np.float64(1e-6), np)) == pytest.approx(1e-6, rel=1e-5)
    assert (np.diff(curve(np.linspace(0.0, 8.0, 50), np)) > 0.0).all()


def test_time_curves_are_ordered_by_their_bend():
    t = np.linspace(0.1, 8.0, 50)
    slow, even, fast = (TIME_CURVES[k](t, np) for k in ("decelerating", "linear", "accelerating"))
    assert (slow < even).all()
    assert (even < fast).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("linear", 4.0), ("decelerating", np.log(5.0)), ("accelerating", 2.0 * (np.e**2 - 1.0))],
)
def test_every_time_curve_is_its_closed_form_after_four_years(name, expected):
    assert float(TIME_CURVES[name](np.float64(4.0), np)) == pytest.approx(expected)
