"""A number the user knows, or an interval the user believes in, kept as it was stated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from leakbound.errors import InputError
from leakbound.units import Array

LEAST_MASS, MOST_MASS = 0.01, 0.999


@dataclass(frozen=True)
class Quantity:
    """A positive quantity: `low` to `high` holds central probability `mass`, lognormal between.

    `mass` = 1 with `low` = `high` is a plain number, which may be zero. Build one with `fixed` or
    `between`; the unit is that of the key it was written under.
    """

    mass: float
    low: float
    high: float

    @property
    def median(self) -> float:
        """Middle of the distribution: the geometric mean of `low` and `high`."""
        return self.low if self.low == self.high else math.sqrt(self.low) * math.sqrt(self.high)

    @property
    def log_sd(self) -> float:
        """Standard deviation of the natural logarithm; zero for a plain number."""
        if self.low == self.high:
            return 0.0
        width = math.log(self.high) - math.log(self.low)
        return width / (2.0 * NormalDist().inv_cdf(0.5 + self.mass / 2.0))

    @property
    def statement(self) -> str:
        """What was elicited, in words."""
        if self.low == self.high:
            return f"{self.low:g}"
        return f"{self.mass * 100:g} % between {self.low:g} and {self.high:g}"

    def at(self, z: npt.ArrayLike) -> Array:
        """Return the value at standard normal scores `z` (any shape): median exp(log_sd z)."""
        scores = np.asarray(z, dtype=np.float64)
        return np.asarray(self.median * np.exp(self.log_sd * scores), dtype=np.float64)

    def draws(self, rng: np.random.Generator, n: int) -> Array:
        """Return `n` independent draws, shape (n,)."""
        return self.at(rng.standard_normal(n))


def fixed(value: float) -> Quantity:
    """Return the quantity that is exactly `value`."""
    if not (math.isfinite(value) and value >= 0.0):
        raise InputError("quantity", "a plain number must be finite and not negative", found=value)
    return Quantity(1.0, float(value), float(value))


def between(low: float, high: float, *, mass: float = 0.9) -> Quantity:
    """Return the quantity whose central `mass` lies between `low` and `high`."""
    if not (0.0 < low < high < math.inf):
        raise InputError("quantity", "0 < low < high must hold", found=(low, high))
    if not LEAST_MASS <= mass <= MOST_MASS:
        rule = f"mass must lie between {LEAST_MASS:g} and {MOST_MASS:g}"
        raise InputError("quantity", rule, found=mass)
    return Quantity(float(mass), float(low), float(high))
