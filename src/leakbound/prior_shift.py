"""The smallest shift of one prior that carries a bound across its threshold, found by reweighting.

The whole prior moves by multiples of its own standard deviation (`prior_change`). The search goes
out from zero until the bound has crossed or the weights can no longer be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from leakbound.assessment import FORECAST_DRAWS
from leakbound.bound_curve import BoundCurve
from leakbound.posterior import Posterior
from leakbound.prior_change import shifts_of
from leakbound.priors import Prior
from leakbound.reweight import Weights, smooth
from leakbound.units import Array
from leakbound.weighted import change_error

STEP = 0.5
FARTHEST = 3.0
PRECISION = 0.01


@dataclass(frozen=True)
class PriorFlip:
    """The smallest shift of a prior, in its own sds, at which a bound crosses its threshold.

    `shift` is None when the bound stays on its side of the threshold over `low` .. `high`, the
    shifts that weights can be trusted for; `limited` says that k, not the end of the search at
    three sds, closed that range. `error` is the shift's Monte-Carlo standard error: a flip nearer to
    zero than twice that may be chance. `then` is "crosses", or "below" when the bound crosses today.
    """

    threshold: str
    scenario: str
    parameter: str
    shift: float | None
    error: float | None
    median: float
    median_then: float | None
    then: str
    low: float
    high: float
    limited: bool

    @property
    def sure(self) -> bool:
        """Whether there is a shift, more than two standard errors from zero."""
        return self.shift is not None and abs(self.shift) > 2.0 * (self.error or 0.0)


def nearest(flips: Iterable[PriorFlip]) -> PriorFlip | None:
    """Return the smallest flip: of the sure ones, else of all that have a shift."""
    found = [flip for flip in flips if flip.shift is not None]
    sure = [flip for flip in found if flip.sure]
    return min(sure or found, key=lambda flip: abs(flip.shift or 0.0), default=None)


def prior_flips(
    posterior: Posterior, prior: Prior, curves: Sequence[BoundCurve]
) -> tuple[PriorFlip, ...]:
    """Return for each curve the smallest shift of `prior` that flips its side of the threshold."""
    search = _Search(posterior, prior, curves)
    up, down = search.path(1.0), search.path(-1.0)
    return tuple(search.flip(row, up, down) for row in range(len(curves)))


@dataclass(frozen=True)
class _Path:
    """Shifts in one direction with (shift, row) probability below less confidence."""

    shifts: tuple[float, ...]
    spare: Array
    limited: bool

    def bracket(self, row: int) -> tuple[float, float] | None:
        """Return the two shifts between which a row's bound first crosses."""
        there = np.flatnonzero((self.spare[:, row] > 0.0) != (self.spare[0, row] > 0.0))
        return (self.shifts[there[0] - 1], self.shifts[there[0]]) if len(there) else None


class _Search:
    def __init__(self, posterior: Posterior, prior: Prior, curves: Sequence[BoundCurve]) -> None:
        self.name, self.chains, self.curves = prior.name, posterior.chains, curves
        self.drawn, self.shifts = posterior.draws[prior.name], shifts_of(prior)
        self.stated = self.shifts.log_density(self.drawn, 0.0)
        self.below = np.stack([curve.at_threshold for curve in curves])
        self.confidence = np.array([curve.case.limit.confidence for curve in curves])

    def weights(self, shift: float) -> Weights:
        ratio = self.shifts.log_density(self.drawn, shift) - self.stated
        return smooth(ratio, self.chains).thinned(FORECAST_DRAWS)

    def path(self, sign: float) -> _Path:
        tried, spare = [0.0], [self.below.mean(axis=1) - self.confidence]
        for shift in sign * np.arange(STEP, FARTHEST + STEP / 2, STEP):
            weights = self.weights(float(shift))
            if not weights.reliable:
                return _Path(tuple(tried), np.array(spare), True)
            tried.append(float(shift))
            spare.append(self.below @ weights.values - self.confidence)
        return _Path(tuple(tried), np.array(spare), False)

    def crossing(self, row: int, bracket: tuple[float, float]) -> float:
        """Return the shift inside the bracket at which the bound meets the threshold."""

        def spare(shift: float) -> float:
            return float(self.below[row] @ self.weights(shift).values - self.confidence[row])

        return float(brentq(spare, *bracket, xtol=PRECISION))

    def error(self, row: int, shift: float, bracket: tuple[float, float]) -> float:
        """Return the Monte-Carlo standard error of a crossing inside the bracket."""
        low, high = (self.below[row] @ self.weights(end).values for end in bracket)
        slope = abs(high - low) / abs(bracket[1] - bracket[0])
        weights, chains = self.weights(shift).values, self.curves[row].case.best.chains
        error = change_error(self.below[row], weights, chains)
        return float(error / slope) if slope > 0.0 else float("nan")

    def flip(self, row: int, up: _Path, down: _Path) -> PriorFlip:
        brackets = [found for path in (up, down) if (found := path.bracket(row)) is not None]
        shifts = [(self.crossing(row, bracket), bracket) for bracket in brackets]
        shift, bracket = min(shifts, key=lambda one: abs(one[0]), default=(None, (0.0, 0.0)))
        case = self.curves[row].case
        return PriorFlip(
            threshold=case.threshold.name,
            scenario=case.scenario.key,
            parameter=self.name,
            shift=shift,
            error=None if shift is None else self.error(row, shift, bracket),
            median=self.shifts.median(0.0),
            median_then=None if shift is None else self.shifts.median(shift),
            then="crosses" if up.spare[0, row] > 0.0 else "below",
            low=down.shifts[-1],
            high=up.shifts[-1],
            limited=up.limited or down.limited,
        )
