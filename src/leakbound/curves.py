"""Dose and time curves of the surface, each a pure function in an explicit dict.

Every function takes the array module `xp` (numpy or pytensor.tensor), so that the fit and the
forecast share one definition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LOG2 = 0.6931471805599453
TOP = 2.0


def softplus(y: Any, xp: Any) -> Any:
    """Return log(1 + exp(y)) without overflow."""
    return xp.maximum(y, 0.0) + xp.log1p(xp.exp(-xp.abs(y)))


def saturating(x: Any, slope: Any, midpoint: Any, xp: Any) -> Any:
    """Return the share of the ceiling reached at log10 compute fraction `x`: a logistic.

    `slope` is per order of magnitude, `midpoint` in log10 compute fraction. The form of ScaleRL
    (Khatri et al. 2025, arXiv 2510.13786), (C/Cmid)^B/(1 + (C/Cmid)^B) with slope = B ln 10.
    """
    return xp.exp(-softplus(-slope * (x - midpoint), xp))


def log_linear(x: Any, slope: Any, midpoint: Any, xp: Any) -> Any:
    """Return a share that grows without a ceiling, by a constant step per order of magnitude above.

    One half at the midpoint, as the logistic; softplus(slope (x - midpoint)/2)/(2 log 2). It stays where
    it is beyond 10^TOP, a hundred times the base's pre-training compute.
    """
    return softplus(0.5 * slope * (xp.minimum(x, TOP) - midpoint), xp) / (2.0 * LOG2)


def power(x: Any, slope: Any, midpoint: Any, xp: Any) -> Any:
    """Return a power law of the compute fraction, one half at the midpoint and with its slope.

    exp(slope (x - midpoint)/2)/2: the form of Hernandez et al. 2021 (arXiv 2102.01293). It stays where
    it is beyond 10^TOP, a hundred times the base's pre-training compute.
    """
    return 0.5 * xp.exp(0.5 * slope * (xp.minimum(x, TOP) - midpoint))


def linear(t: Any, xp: Any) -> Any:
    """Return technique progress after `t` years that keeps its pace."""
    return t + 0.0 * t


def decelerating(t: Any, xp: Any) -> Any:
    """Return technique progress that slows down: log(1 + t), with the pace of `linear` at 0."""
    return xp.log1p(t)


def accelerating(t: Any, xp: Any) -> Any:
    """Return technique progress that gains pace: 2 (exp(t/2) - 1), with the pace of `linear` at 0."""
    return 2.0 * xp.expm1(0.5 * t)


DOSE_CURVES: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "saturating": saturating,
    "log-linear": log_linear,
    "power": power,
}
TIME_CURVES: dict[str, Callable[[Any, Any], Any]] = {
    "linear": linear,
    "decelerating": decelerating,
    "accelerating": accelerating,
}
