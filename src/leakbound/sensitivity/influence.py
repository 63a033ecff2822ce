"""What a prior or a source does to the bounds: moves, changes, influences, in order of importance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from leakbound.sensitivity.flips import Crossing, PriorFlip, Why, meeting, nearest, why_none
from leakbound.sensitivity.weighted import Answer

LOCAL_POWERS = (0.8, 1.25)
How = Literal["reweighted", "refitted", "refit needed", "refit failed", "no such prior"]
Kind = Literal["prior", "source"]


@dataclass(frozen=True)
class Move:
    """One bound after a change: how far it moved, on its link scale and in score, and its verdict then.

    `logits` are log units or OOM where the `link` says so. `error` is their Monte-Carlo standard error:
    that of the weights, after a new fit that of both fits. `of_margin` is the move as a share of the way
    to the threshold, with its error: 1 takes the bound there, a negative share takes it further away.
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
    of_margin_error: float = 0.0
    link: str = "logit"

    @property
    def told(self) -> bool:
        """Whether it lies more than two standard errors from zero; an unknown error tells nothing."""
        return abs(self.logits) > 2.0 * self.error

    @property
    def least(self) -> float:
        """The share of the margin that it takes at least: less two standard errors, not below zero."""
        if not self.told or not np.isfinite(self.of_margin):
            return 0.0
        return max(abs(self.of_margin) - 2.0 * self.of_margin_error, 0.0)


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
    def local_moves(self) -> tuple[Move, ...]:
        """The moves at powers 0.8 and 1.25 whose share of the margin is known."""
        return tuple(
            move
            for change in self.changes
            if change.power in LOCAL_POWERS
            for move in change.moves
            if np.isfinite(move.of_margin)
        )

    @property
    def importance(self) -> float:
        """Largest share of a margin at powers 0.8 and 1.25; -1 when none is known."""
        return max((abs(move.of_margin) for move in self.local_moves), default=-1.0)

    @property
    def least_importance(self) -> float:
        """The same, each share less two of its standard errors: what is told apart from chance."""
        return max((move.least for move in self.local_moves), default=-1.0)

    @property
    def order(self) -> tuple[bool, float, float]:
        """Sorts the most important first: those that weights cannot tell, by psense, then the others.

        That weights fail at powers near one is itself a sign of much influence. The others go by what
        they move at least, so that the largest error does not come first.
        """
        if self.importance < 0.0:
            return False, -self.psense if self.psense == self.psense else 0.0, 0.0
        return True, -self.least_importance, -self.importance

    @property
    def nearest_flip(self) -> PriorFlip | None:
        """The smallest shift that changes any decision."""
        return nearest(self.flips)


@dataclass(frozen=True)
class Sensitivity:
    """Answers as they are, and the influences on them, the most important first of each kind.

    `asked` names the priors and sources that were looked at, none when all were.
    """

    answers: tuple[Answer, ...]
    influences: tuple[Influence, ...]
    asked: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[Influence, ...]:
        """Return the influences of one kind, in order."""
        return tuple(one for one in self.influences if one.kind == kind)

    def nearest_flip(self, row: Answer) -> PriorFlip | None:
        """Return the smallest shift of any prior that changes this row's decision."""
        return nearest(self._flips(row))

    def meeting(self, row: Answer) -> tuple[PriorFlip, Crossing] | None:
        """Return the smallest shift of any prior at which this row's bound meets its threshold."""
        return meeting(self._flips(row))

    def why_no_flip(self, row: Answer) -> Why:
        """Return why this row has no flip, where it has none."""
        return why_none(self._flips(row))

    def _flips(self, row: Answer) -> list[PriorFlip]:
        key = (row.threshold, row.scenario)
        flips = [flip for one in self.influences for flip in one.flips]
        return [flip for flip in flips if (flip.threshold, flip.scenario) == key]
