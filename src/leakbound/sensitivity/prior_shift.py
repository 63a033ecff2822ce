"""The smallest shift of one prior that changes a decision, found by reweighting.

The whole prior moves by multiples of its own standard deviation (`prior_change`). The search goes
out from zero until the verdict becomes clear, or is clear no more, or the weights can no longer be
trusted. On the way the bound meets its threshold; within the Monte-Carlo error of the fit nothing is
clear.

Of many priors, rows and directions the smallest change that draws happen to show is mostly chance. So
all draws are searched, then disjoint parts of them with new effects of their own (`levels`): a flip
counts only if every part shows it as well, more than two of its errors from zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from leakbound.assessment import FORECAST_DRAWS
from leakbound.posterior import Posterior
from leakbound.prior_change import shifts_of
from leakbound.priors import Prior
from leakbound.reweight import Weights, smooth
from leakbound.sensitivity.bound_curve import BoundCurve
from leakbound.sensitivity.flips import Crossing, PriorFlip, Why, smallest
from leakbound.sensitivity.levels import Levels
from leakbound.sensitivity.weighted import is_inside, weighted_error
from leakbound.units import Array

STEP = 0.5
FARTHEST = 3.0
PRECISION = 0.01
CLEAR = "clear"
CLEARS, MEETS = 0, 1
ALL = 0


def prior_flips(
    posterior: Posterior, prior: Prior, curves: Sequence[BoundCurve], levels: Levels
) -> tuple[PriorFlip, ...]:
    """Return for each curve the smallest shift of `prior` that changes its decision.

    `levels` are those of the curves on all draws of the posterior.
    """
    search = _Search(posterior, prior, curves, levels)
    up, down = search.path(1.0), search.path(-1.0)
    return tuple(search.flip(row, up, down) for row in range(len(curves)))


@dataclass(frozen=True)
class _Path:
    """Shifts in one direction from zero that weights can be trusted for."""

    shifts: tuple[float, ...]
    limited: bool


@dataclass(frozen=True)
class _Stand:
    """What draws say under one shift.

    `spare` (level, sample, row) is the probability below less the confidence; the first sample is of
    all draws, the others are its parts.
    """

    weights: Weights
    spare: Array


class _Search:
    def __init__(
        self, posterior: Posterior, prior: Prior, curves: Sequence[BoundCurve], levels: Levels
    ) -> None:
        self.name, self.chains, self.curves = prior.name, posterior.chains, curves
        self.levels = levels
        self.drawn, self.shifts = posterior.draws[prior.name], shifts_of(prior)
        self.stated = self.shifts.log_density(self.drawn, 0.0)
        self.confidence = np.array([curve.case.limit.confidence for curve in curves])
        self.known: dict[float, _Stand] = {}

    def at(self, shift: float) -> _Stand:
        """Return what the draws say under a shift, computed once."""
        if shift not in self.known:
            weights = self.weights(shift)
            spare = self.levels.means(weights.values) - self.confidence
            self.known[shift] = _Stand(weights, spare)
        return self.known[shift]

    def weights(self, shift: float) -> Weights:
        if shift == 0.0:
            return smooth(np.zeros_like(self.stated), self.chains)
        ratio = self.shifts.log_density(self.drawn, shift) - self.stated
        return smooth(ratio, self.chains)

    def path(self, sign: float) -> _Path:
        tried = [0.0]
        for shift in sign * np.arange(STEP, FARTHEST + STEP / 2, STEP):
            if not self.at(float(shift)).weights.thinned(FORECAST_DRAWS).reliable:
                return _Path(tuple(tried), True)
            tried.append(float(shift))
        return _Path(tuple(tried), False)

    def holds(self, level: int, sample: int, row: int, shift: float) -> bool:
        """Return whether a sample's bound is clear under a shift, or does not meet its threshold."""
        above = bool(self.at(shift).spare[level, sample, row] > 0.0)
        return above and (level == MEETS or self.inside(sample, row, shift))

    def inside(self, sample: int, row: int, shift: float) -> bool:
        """Return whether what drives a bound stays inside the evidence, or need not."""
        curve, weights = self.curves[row], self.at(shift).weights
        if curve.case.threshold.extrapolate:
            return True
        thin = weights.thinned(FORECAST_DRAWS).values
        gain = curve.gain(thin)
        if sample == ALL:
            return is_inside(curve.case, gain, thin)
        mine, own = np.zeros_like(weights.values), self.levels.parts[sample - 1]
        mine[own] = weights.values[own]
        return is_inside(self.levels.cases[row], gain, mine / mine.sum())

    def changed(self, level: int, sample: int, row: int, path: _Path) -> float | None:
        """Return the far side of the first change of a sample along a path; None without one.

        A sample that does not begin as the fit does has no change of its own to tell.
        """
        now = self.now(level, row)
        if self.holds(level, sample, row, 0.0) != now:
            return None
        for near, far in pairwise(path.shifts):
            if self.holds(level, sample, row, far) == now:
                continue
            while abs(far - near) > PRECISION:
                middle = 0.5 * (near + far)
                same = self.holds(level, sample, row, middle) == now
                near, far = (middle, far) if same else (near, middle)
            return far
        return None

    def now(self, level: int, row: int) -> bool:
        """Return what the fit itself says, on the draws of an assessment."""
        curve = self.curves[row]
        if level == MEETS:
            return bool(curve.at_threshold.mean() > curve.case.limit.confidence)
        return curve.now.verdict == CLEAR

    def crossing(self, level: int, row: int, path: _Path) -> tuple[Crossing | None, bool]:
        """Return the change along a path if every part shows it, and whether there may be any.

        Its error is the larger of two: that of the level at the change, over its slope there, and what
        the parts differ by.
        """
        shift = self.changed(level, ALL, row, path)
        if shift is None:
            differs = self.holds(level, ALL, row, 0.0) != self.now(level, row)
            return None, differs
        parts = [self.changed(level, k, row, path) for k in range(1, 1 + len(self.levels.parts))]
        told = [part for part in parts if part is not None]
        if len(told) < len(parts):
            return None, True
        spread = float(np.std(told, ddof=1) / len(told) ** 0.5)
        found = Crossing(shift, float(np.maximum(spread, self.error(level, row, shift, path))))
        return (found, False) if found.sure else (None, True)

    def error(self, level: int, row: int, shift: float, path: _Path) -> float:
        """Return the Monte-Carlo standard error of a change in shifts, NaN where it is not known.

        The change is where the level itself reaches the confidence, so its error is that of a weighted
        mean, not of the difference to the plain one, which is nothing near zero. It is zero where no
        level is crossed and drivers leave the evidence: what the parts differ by tells that error.
        """
        start, there = (self.at(one).spare[level, ALL, row] for one in (0.0, shift))
        if (start > 0.0) == (there > 0.0):
            return 0.0
        low, high = sorted((0.0, path.shifts[-1]))
        ends = np.clip([shift - STEP / 2, shift + STEP / 2], low, high)
        first, last = (self.at(float(end)).spare[level, ALL, row] for end in ends)
        slope = abs(last - first) / (ends[1] - ends[0])
        if not first * last <= 0.0 or not slope > 0.0:
            return float("nan")
        values = self.levels.once[level, row]
        return float(weighted_error(values, self.at(shift).weights.values, self.chains) / slope)

    def smallest(self, level: int, row: int, paths: Sequence[_Path]) -> tuple[Crossing | None, Why]:
        """Return the smallest change of a row that is told apart from chance, or why there is none."""
        found = [self.crossing(level, row, path) for path in paths]
        least = smallest(crossing for crossing, _ in found if crossing is not None)
        if least is not None:
            return least, ""
        chance = any(may for _, may in found)
        return None, "none told apart from chance" if chance else "none found"

    def flip(self, row: int, up: _Path, down: _Path) -> PriorFlip:
        curve = self.curves[row]
        at: Crossing | None = None
        why: Why = "undecided by Monte-Carlo error alone"
        if not curve.undecided_by_chance:
            at, why = self.smallest(CLEARS, row, (up, down))
        return PriorFlip(
            threshold=curve.case.threshold.name,
            scenario=curve.case.scenario.key,
            parameter=self.name,
            at=at,
            meets=self.smallest(MEETS, row, (up, down))[0],
            median=self.shifts.median(0.0),
            median_then=None if at is None else self.shifts.median(at.shift),
            then="" if at is None else self.then(row),
            low=down.shifts[-1],
            high=up.shifts[-1],
            limited=up.limited or down.limited,
            why_none=why,
        )

    def then(self, row: int) -> str:
        """Return the verdict beyond a change: a bound just not clear is not told from its threshold."""
        if not self.now(CLEARS, row):
            return CLEAR
        return "undecided" if self.curves[row].error > 0.0 else "crosses"
