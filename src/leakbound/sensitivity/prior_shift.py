"""The smallest shift of one prior that changes a decision, found by reweighting.

The whole prior moves by multiples of its own standard deviation (`prior_change`). The search goes
out from zero until the verdict becomes clear, or is clear no more, or the weights can no longer be
trusted. On the way the bound meets its threshold; within the Monte-Carlo error of the fit nothing is
clear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from leakbound.assessment import FORECAST_DRAWS
from leakbound.posterior import Posterior
from leakbound.prior_change import shifts_of
from leakbound.priors import Prior
from leakbound.reweight import Weights, smooth
from leakbound.sensitivity.bound_curve import BoundCurve
from leakbound.sensitivity.weighted import change_error, even_weights
from leakbound.units import Array

STEP = 0.5
FARTHEST = 3.0
PRECISION = 0.01
CLEAR = "clear"
Find = Callable[[int, tuple[float, float]], float]


@dataclass(frozen=True)
class Crossing:
    """A shift of a prior, in its own sds, with its Monte-Carlo standard error."""

    shift: float
    error: float

    @property
    def sure(self) -> bool:
        """Whether it lies more than two standard errors from zero; nearer it may be chance."""
        return abs(self.shift) > 2.0 * self.error


@dataclass(frozen=True)
class PriorFlip:
    """The smallest shift of a prior at which a verdict becomes clear, or is clear no more.

    `at` is None when the decision stays over `low` .. `high`, the shifts that weights can be trusted
    for; `limited` says that they, not the end of the search at three sds, closed that range. `then` is
    the verdict there, "" without a flip; `meets` is where the bound meets its threshold, which alone
    decides nothing. `median` and `median_then` are the prior's, before and after.
    """

    threshold: str
    scenario: str
    parameter: str
    at: Crossing | None
    meets: Crossing | None
    median: float
    median_then: float | None
    then: str
    low: float
    high: float
    limited: bool


def nearest(flips: Iterable[PriorFlip]) -> PriorFlip | None:
    """Return the smallest flip: of the sure ones, else of all that there are."""
    found = _smallest((flip, flip.at) for flip in flips)
    return None if found is None else found[0]


def meeting(flips: Iterable[PriorFlip]) -> tuple[PriorFlip, Crossing] | None:
    """Return the smallest shift at which a bound meets its threshold, chosen as `nearest`."""
    return _smallest((flip, flip.meets) for flip in flips)


def _smallest(
    told: Iterable[tuple[PriorFlip, Crossing | None]],
) -> tuple[PriorFlip, Crossing] | None:
    found = [(flip, crossing) for flip, crossing in told if crossing is not None]
    sure = [one for one in found if one[1].sure]
    return min(sure or found, key=lambda one: abs(one[1].shift), default=None)


def prior_flips(
    posterior: Posterior, prior: Prior, curves: Sequence[BoundCurve]
) -> tuple[PriorFlip, ...]:
    """Return for each curve the smallest shift of `prior` that changes its decision."""
    search = _Search(posterior, prior, curves)
    up, down = search.path(1.0), search.path(-1.0)
    return tuple(search.flip(row, up, down) for row in range(len(curves)))


@dataclass(frozen=True)
class _Path:
    """Shifts in one direction: (shift, row) probability below less confidence, and what is clear."""

    shifts: tuple[float, ...]
    spare: Array
    clear: npt.NDArray[np.bool_]
    limited: bool

    def bracket(self, states: npt.NDArray[np.bool_]) -> tuple[float, float] | None:
        """Return the two shifts between which the (shift) states first change."""
        there = np.flatnonzero(states != states[0])
        return (self.shifts[there[0] - 1], self.shifts[there[0]]) if len(there) else None


class _Search:
    def __init__(self, posterior: Posterior, prior: Prior, curves: Sequence[BoundCurve]) -> None:
        self.name, self.chains, self.curves = prior.name, posterior.chains, curves
        self.drawn, self.shifts = posterior.draws[prior.name], shifts_of(prior)
        self.stated = self.shifts.log_density(self.drawn, 0.0)
        self.below = np.stack([curve.at_threshold for curve in curves])
        self.confidence = np.array([curve.case.limit.confidence for curve in curves])
        self.start = self.at(even_weights(self.below.shape[1]))

    def weights(self, shift: float) -> Weights:
        ratio = self.shifts.log_density(self.drawn, shift) - self.stated
        return smooth(ratio, self.chains).thinned(FORECAST_DRAWS)

    def path(self, sign: float) -> _Path:
        tried, found, limited = [0.0], [self.start], False
        for shift in sign * np.arange(STEP, FARTHEST + STEP / 2, STEP):
            weights = self.weights(float(shift))
            if not weights.reliable:
                limited = True
                break
            tried.append(float(shift))
            found.append(self.at(weights.values))
        spare, clear = (np.array(part) for part in zip(*found, strict=True))
        return _Path(tuple(tried), spare, clear, limited)

    def at(self, weights: Array) -> tuple[Array, list[bool]]:
        """Return (row) probability below less confidence, and whether each verdict is clear."""
        spare = self.below @ weights - self.confidence
        return spare, [
            bool(above > 0.0) and self.judged(curve, weights) == CLEAR
            for above, curve in zip(spare, self.curves, strict=True)
        ]

    def met(self, row: int, bracket: tuple[float, float]) -> float:
        """Return the shift inside the bracket at which the bound meets the threshold."""

        def spare(shift: float) -> float:
            return float(self.below[row] @ self.weights(shift).values - self.confidence[row])

        return float(brentq(spare, *bracket, xtol=PRECISION))

    def changed(self, row: int, bracket: tuple[float, float]) -> float:
        """Return the shift at the far side of the change of decision inside the bracket."""
        near, far = bracket
        before = self.verdict(row, near) == CLEAR
        while abs(far - near) > PRECISION:
            middle = 0.5 * (near + far)
            same = (self.verdict(row, middle) == CLEAR) == before
            near, far = (middle, far) if same else (near, middle)
        return far

    def verdict(self, row: int, shift: float) -> str:
        """Return the verdict under a shift."""
        return self.judged(self.curves[row], self.weights(shift).values)

    def judged(self, curve: BoundCurve, weights: Array) -> str:
        """Return the verdict under weights, the bound as exact as that of the fit.

        The weights' own error grows with the shift; a fit of the shifted prior would not have it.
        """
        known = curve.error if np.isfinite(curve.error) else None
        return curve.answer(weights, mcse=known).verdict

    def error(self, row: int, shift: float, bracket: tuple[float, float]) -> float:
        """Return the Monte-Carlo standard error of a crossing inside the bracket."""
        low, high = (self.below[row] @ self.weights(end).values for end in bracket)
        slope = abs(high - low) / abs(bracket[1] - bracket[0])
        weights, chains = self.weights(shift).values, self.curves[row].case.best.chains
        error = change_error(self.below[row], weights, chains)
        return float(error / slope) if slope > 0.0 else float("nan")

    def nearest(
        self, row: int, brackets: Iterable[tuple[float, float] | None], find: Find
    ) -> Crossing | None:
        """Return the crossing nearest to zero that `find` tells inside the brackets there are."""
        found = [(find(row, bracket), bracket) for bracket in brackets if bracket is not None]
        if not found:
            return None
        shift, bracket = min(found, key=lambda one: abs(one[0]))
        return Crossing(shift, self.error(row, shift, bracket))

    def flip(self, row: int, up: _Path, down: _Path) -> PriorFlip:
        paths = (up, down)
        at = self.nearest(row, [one.bracket(one.clear[:, row]) for one in paths], self.changed)
        meets = self.nearest(row, [one.bracket(one.spare[:, row] > 0) for one in paths], self.met)
        case = self.curves[row].case
        return PriorFlip(
            threshold=case.threshold.name,
            scenario=case.scenario.key,
            parameter=self.name,
            at=at,
            meets=meets,
            median=self.shifts.median(0.0),
            median_then=None if at is None else self.shifts.median(at.shift),
            then="" if at is None else self.verdict(row, at.shift),
            low=down.shifts[-1],
            high=up.shifts[-1],
            limited=up.limited or down.limited,
        )
