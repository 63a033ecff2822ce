"""Luck of a calibration's truths: what their own places in the posterior they come from explain.

In the posterior variant each truth is a draw of one known posterior. Where the truths of a calibration
happen to lie there is a control variate of what its fits find (Glasserman 2003, section 4.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leakbound.units import Array


@dataclass(frozen=True)
class Expected:
    """Mean of a quantity over all draws of the posterior of truths, and its standard error."""

    mean: float
    error: float = 0.0


@dataclass(frozen=True)
class Luck:
    """What fits found, and what is left of it without the luck of the truths.

    Attributes
    ----------
    found, truths
        Mean over simulations in the fits, and in the posterior that the truths come from.
    expected
        Mean in that posterior over all of its draws.
    adjusted
        What the fits would have found, had their truths been average ones.
    z
        Its distance from `nominal` in standard errors.
    """

    quantity: str
    nominal: float
    found: float
    truths: float
    expected: float
    adjusted: float
    z: float


def luck(
    quantity: str,
    found: Array,
    truths: Array,
    *,
    nominal: float,
    expected: Expected,
    effective: float,
) -> Luck:
    """Return what is left of (simulation) findings less the regression on the truths' own.

    `effective` is the number of independent draws in the posterior of truths, whose error all
    simulations share. Truths that do not differ explain nothing.
    """
    spread = truths.var(ddof=1)
    slope = float(np.cov(truths, found)[0, 1] / spread) if spread > 0.0 else 0.0
    left = found - slope * (truths - expected.mean)
    common = slope**2 * (expected.error**2 + spread / effective)
    error = np.sqrt(left.var(ddof=1) / len(left) + common)
    means = (
        found.mean(),
        truths.mean(),
        expected.mean,
        left.mean(),
        (left.mean() - nominal) / error,
    )
    return Luck(quantity, nominal, *(round(float(x), 4) for x in means))
