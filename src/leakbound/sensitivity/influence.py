"""What a prior or a source does to the bounds: moves, changes, influences, in order of importance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from leakbound.sensitivity.prior_shift import Crossing, PriorFlip, meeting, nearest
from leakbound.sensitivity.weighted import Answer

LOCAL_POWERS = (0.8, 1.25)
How = Literal["reweighted", "refitted", "refit needed", "refit failed", "no such prior"]
Kind = Literal["prior", "source"]


@dataclass(frozen=True)
class Move:
    """One bound after a change: how far it moved, in logits and in score, and its verdict then.

    `error` is the Monte-Carlo standard error of `logits`, NaN after a new fit. `of_margin` is the
    move as a share of the way to the threshold: 1 takes the bound there, a negative share takes it
    further away.
    """

    threshold: str
    scenario: str
    logits: float
    error: float
    points: float
    of_margin: float
    bound_score: float
    exceedance: float
    was: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Change:
    """One change of a prior or a source: a power of its density, or left out (power 0).

    `moves` has one entry per threshold and scenario; it is empty when a fit would be needed or failed
    its checks, as `failed` says, or when the prior's density to that power is none that could be fitted.
    """

    power: float
    how: How
    k: float
    effective: float
    moves: tuple[Move, ...]
    failed: str = ""


@dataclass(frozen=True)
class Influence:
    """What one prior or one source does to the bounds.

    `psense` is ArviZ's power-scaling sensitivity of the draw-wise risk at each bound, the largest of
    all; over 0.05 counts as sensitive. `flips` concern priors only. `note` says why weights cannot
    serve, "" where they may.
    """

    name: str
    kind: Kind
    changes: tuple[Change, ...]
    psense: float
    flips: tuple[PriorFlip, ...]
    note: str

    def at(self, power: float) -> Change | None:
        """Return the change to that power, if it was asked for."""
        return next((change for change in self.changes if change.power == power), None)

    @property
    def importance(self) -> float:
        """Largest share of a margin at powers 0.8 and 1.25; -1 when none is known."""
        found = [
            abs(move.of_margin)
            for change in self.changes
            if change.power in LOCAL_POWERS
            for move in change.moves
            if np.isfinite(move.of_margin)
        ]
        return max(found, default=-1.0)

    @property
    def order(self) -> tuple[bool, float]:
        """Sorts the most important first: those that weights cannot tell, by psense, then the others.

        That weights fail at powers near one is itself a sign of much influence.
        """
        if self.importance < 0.0:
            return False, -self.psense if self.psense == self.psense else 0.0
        return True, -self.importance

    @property
    def nearest_flip(self) -> PriorFlip | None:
        """The smallest shift that changes any decision, sure ones first."""
        return nearest(self.flips)


@dataclass(frozen=True)
class Sensitivity:
    """Answers as they are, and the influences on them, the most important first of each kind."""

    answers: tuple[Answer, ...]
    influences: tuple[Influence, ...]

    def of(self, kind: Kind) -> tuple[Influence, ...]:
        """Return the influences of one kind, in order."""
        return tuple(one for one in self.influences if one.kind == kind)

    def nearest_flip(self, row: Answer) -> PriorFlip | None:
        """Return the smallest shift of any prior that changes this row's decision, sure ones first."""
        return nearest(self._flips(row))

    def meeting(self, row: Answer) -> tuple[PriorFlip, Crossing] | None:
        """Return the smallest shift of any prior at which this row's bound meets its threshold."""
        return meeting(self._flips(row))

    def _flips(self, row: Answer) -> list[PriorFlip]:
        key = (row.threshold, row.scenario)
        flips = [flip for one in self.influences for flip in one.flips]
        return [flip for flip in flips if (flip.threshold, flip.scenario) == key]
