"""Units and scales: years between dates, orders of magnitude, and the benchmark links.

A link turns a score into a scale on which gains add. `logit` smooths near chance and ceiling,
so that a score of exactly chance or exactly one stays finite (DESIGN section 3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

DAYS_PER_YEAR = 365.25
SMOOTHING = 0.02


def years_between(start: dt.date, end: dt.date) -> float:
    """Return years from `start` to `end`, negative when `end` comes first."""
    return (end - start).days / DAYS_PER_YEAR


def oom(ratio: npt.ArrayLike) -> Array:
    """Return log10 of a positive ratio: orders of magnitude."""
    return np.log10(np.asarray(ratio, dtype=np.float64))


def logit_link(score: npt.ArrayLike, guess: npt.ArrayLike = 0.0) -> Array:
    """Return log((p + d)/(1 - p + d)): p = (score - guess)/(1 - guess) in 0..1, d = 0.02."""
    chance = np.asarray(guess, dtype=np.float64)
    raw = (np.asarray(score, dtype=np.float64) - chance) / (1.0 - chance)
    p = np.clip(raw, 0.0, 1.0)
    return np.asarray(np.log((p + SMOOTHING) / (1.0 - p + SMOOTHING)), dtype=np.float64)


def logit_unlink(z: npt.ArrayLike, guess: npt.ArrayLike = 0.0) -> Array:
    """Invert `logit_link`; values beyond its range return chance or one exactly."""
    z = np.asarray(z, dtype=np.float64)
    chance = np.asarray(guess, dtype=np.float64)
    odds = np.exp(np.clip(z, -30.0, 30.0))
    p = np.clip((odds * (1.0 + SMOOTHING) - SMOOTHING) / (1.0 + odds), 0.0, 1.0)
    p = np.where(np.isnan(z), np.nan, p)
    return np.asarray(chance + (1.0 - chance) * p, dtype=np.float64)


def log_link(score: npt.ArrayLike, guess: npt.ArrayLike = 0.0) -> Array:
    """Return the natural logarithm of a positive score such as minutes; `guess` is unused."""
    return np.asarray(np.log(np.asarray(score, dtype=np.float64)), dtype=np.float64)


def log_unlink(z: npt.ArrayLike, guess: npt.ArrayLike = 0.0) -> Array:
    """Invert `log_link`."""
    return np.asarray(np.exp(np.asarray(z, dtype=np.float64)), dtype=np.float64)


def oom_link(score: npt.ArrayLike, guess: npt.ArrayLike = 0.0) -> Array:
    """Return log10 of a compute-equivalent gain; `guess` is unused."""
    return oom(score)


def oom_unlink(z: npt.ArrayLike, guess: npt.ArrayLike = 0.0) -> Array:
    """Invert `oom_link`."""
    return np.asarray(10.0 ** np.asarray(z, dtype=np.float64), dtype=np.float64)


LinkFunction = Callable[..., Array]


@dataclass(frozen=True)
class Link:
    """A score scale: forward and inverse functions, the unit of the score, its valid range."""

    forward: LinkFunction
    inverse: LinkFunction
    unit: str
    low: float
    high: float


LINKS: dict[str, Link] = {
    "logit": Link(logit_link, logit_unlink, "fraction correct", 0.0, 1.0),
    "log": Link(log_link, log_unlink, "minutes", 0.0, np.inf),
    "oom": Link(oom_link, oom_unlink, "compute multiplier", 0.0, np.inf),
}
