"""A case's bound under many weights at once: the probability below, tabulated over gains and draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from leakbound.bound import Case
from leakbound.forecast import Best
from leakbound.roots import stretched
from leakbound.sensitivity.weighted import (
    Answer,
    answer,
    below_threshold,
    change_error,
    even_weights,
    is_inside,
    verdict_on,
    weighted_bound,
    weighted_error,
)
from leakbound.units import Array

POINTS = 48
COARSE = 24
LOWEST_LEVEL = 0.5
BEYOND = 8.0
STEP = 0.01
HALVINGS = 40


@dataclass(frozen=True)
class BoundCurve:
    """A case with (draw, point) probabilities that the best stays below the gains of (point).

    `at_threshold` (draw) is the same at the threshold, `at_bound` (draw) at the bound of equal
    weights, where its mean rises by `slope` per logit; `error` is that bound's Monte-Carlo standard
    error in logits.
    """

    case: Case
    gains: Array
    below: Array
    at_threshold: Array
    at_bound: Array
    slope: float
    error: float

    def answer(self, weights: Array, *, mcse: float | None = None) -> Answer:
        """Return the answer under (draw) weights: that of `weighted.answer`, by interpolation.

        `mcse`, in logits, stands for the Monte-Carlo error of the bound where it is given. Where the
        bound leaves the table, `weighted.answer` is asked. Which groups drive the bound, and so whether
        the scenario is inside the evidence, depends on the weights; only `clear` hangs on it.
        """
        confidence = self.case.limit.confidence
        curve = np.maximum.accumulate(weights @ self.below)
        if not curve[0] < confidence < curve[-1]:
            return answer(self.case, weights, mcse=mcse)
        i, part = self._place(curve)
        gain = self._between(i, part)
        inside = (1.0 - part) * self.below[:, i] + part * self.below[:, i + 1]
        rise = float((curve[i + 1] - curve[i]) / (self.gains[i + 1] - self.gains[i]))
        if mcse is None:
            error = weighted_error(inside, weights, self.case.best.chains)
            mcse = error / rise if rise > 0.0 else float("nan")
        exceedance = float(1.0 - weights @ self.at_threshold)
        told = verdict_on(self.case, gain, mcse, exceedance=exceedance, inside=True)
        if told.verdict != "clear" or is_inside(self.case, gain, weights):
            return told
        return verdict_on(self.case, gain, mcse, exceedance=exceedance, inside=False)

    def gain(self, weights: Array) -> float:
        """Return the bound's gain under (draw) weights, by interpolation inside the table."""
        return self._between(*self._place(np.maximum.accumulate(weights @ self.below)))

    def _place(self, curve: Array) -> tuple[int, float]:
        """Return the point of the table below the confidence, and how far it lies towards the next."""
        aim = float(stretched(self.case.limit.confidence))
        place = float(np.interp(aim, stretched(curve), np.arange(len(curve))))
        i = min(int(place), len(curve) - 2)
        return i, place - i

    def _between(self, i: int, part: float) -> float:
        return float(self.gains[i] + part * (self.gains[i + 1] - self.gains[i]))

    @cached_property
    def clear_gain(self) -> float:
        """The highest gain of a bound that is clear with this bound's error; NaN where none is."""
        low, high = 0.0, self.case.z_threshold - self.case.best.z_today
        if not np.isfinite(self.error) or high <= low or not self._clears(low):
            return float("nan")
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self._clears(middle) else (low, middle)
        return low

    def _clears(self, gain: float) -> bool:
        told = verdict_on(self.case, gain, self.error, exceedance=0.0, inside=True)
        return told.verdict == "clear"

    @cached_property
    def now(self) -> Answer:
        """The answer under equal weights."""
        return self.answer(even_weights(len(self.at_threshold)))

    @cached_property
    def undecided_by_chance(self) -> bool:
        """Whether the verdict is undecided, and would not be if the bound had no Monte-Carlo error."""
        if self.now.verdict != "undecided":
            return False
        exact = self.answer(even_weights(len(self.at_threshold)), mcse=0.0)
        return exact.verdict != "undecided"

    def change_error(self, weights: Array) -> float:
        """Return the Monte-Carlo standard error of the bound's move by the weights, in logits."""
        error = change_error(self.at_bound, weights, self.case.best.chains)
        return error / self.slope if self.slope > 0.0 else float("nan")


def curve_of(case: Case) -> BoundCurve:
    """Return the table of a case, from its median or lower to well beyond its bound."""
    best, confidence = case.best, case.limit.confidence
    even = even_weights(len(best.scale))
    bound, error = weighted_bound(best, even, confidence)
    levels = (min(LOWEST_LEVEL, confidence / 2.0), 1.0 - (1.0 - confidence) / BEYOND)
    gains = _gains(best, *(weighted_bound(best, even, level)[0] for level in levels))
    return BoundCurve(
        case=case,
        gains=gains,
        below=np.stack([best.below(float(gain)) for gain in gains], axis=1),
        at_threshold=below_threshold(case),
        at_bound=best.below(bound) if np.isfinite(bound) else np.zeros(len(best.scale)),
        slope=_slope(best, bound),
        error=error,
    )


def _slope(best: Best, bound: float) -> float:
    """Return the rise of the mean probability below per logit at a bound; zero at infinity."""
    if not np.isfinite(bound):
        return 0.0
    low, high = (float(best.below(bound + step).mean()) for step in (-STEP, STEP))
    return (high - low) / (2.0 * STEP)


def _gains(best: Best, low: float, high: float) -> Array:
    """Return gains between which the probability below rises by equal steps of -log(-log p)."""
    if not (np.isfinite(high) and high > low):
        return np.linspace(low, low + 1.0, 2)
    coarse = np.linspace(low, high, COARSE)
    height = stretched([float(best.below(float(gain)).mean()) for gain in coarse])
    rising = np.maximum.accumulate(height) + 1e-9 * np.arange(COARSE)
    return np.interp(np.linspace(rising[0], rising[-1], POINTS), rising, coarse)
