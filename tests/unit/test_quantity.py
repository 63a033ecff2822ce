import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.errors import InputError
from leakbound.quantity import between, fixed

positive = st.floats(1e-6, 1e6)


def test_fixed_number_has_no_spread() -> None:
    quantity = fixed(20)
    assert quantity.median == 20.0
    assert quantity.log_sd == 0.0
    assert quantity.statement == "20"
    assert quantity.at([-3.0, 0.0, 3.0]).tolist() == [20.0, 20.0, 20.0]


def test_interval_holds_its_stated_mass() -> None:
    quantity = between(10, 1000, mass=0.9)
    draws = quantity.draws(np.random.default_rng(1), 200_000)
    inside = np.mean((draws >= 10) & (draws <= 1000))
    assert abs(inside - 0.9) < 4 * math.sqrt(0.9 * 0.1 / 200_000)
    assert abs(np.mean(draws < 10) - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 200_000)
    assert quantity.median == pytest.approx(100.0)
    assert quantity.statement == "90 % between 10 and 1000"


def test_ends_are_the_quantiles() -> None:
    quantity = between(2, 8, mass=0.5)
    assert quantity.at(0.6744897501960817) == pytest.approx(8.0)
    assert quantity.at(-0.6744897501960817) == pytest.approx(2.0)


@given(low=positive, ratio=st.floats(1.01, 1e4), lower=st.floats(-6, 6), step=st.floats(0, 6))
def test_value_never_falls_with_its_score(
    low: float, ratio: float, lower: float, step: float
) -> None:
    quantity = between(low, low * ratio)
    assert quantity.at(lower + step) >= quantity.at(lower)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_impossible_number_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="finite and not negative"):
        fixed(value)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (2, 1), (1, 1), (1, math.inf), (math.nan, 1)])
def test_impossible_interval_is_refused(low: float, high: float) -> None:
    with pytest.raises(InputError, match="0 < low < high"):
        between(low, high)


@pytest.mark.parametrize("mass", [0.0, 1.0, 90.0, math.nan, 1e-17, 1.0 - 1e-16])
def test_impossible_mass_is_refused(mass: float) -> None:
    with pytest.raises(InputError, match=r"mass must lie between 0\.01 and 0\.999"):
        between(1, 2, mass=mass)
