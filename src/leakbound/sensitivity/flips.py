"""Where a shift of a prior changes a decision: the records, and which of many is the smallest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Why = Literal[
    "", "none found", "none told apart from chance", "undecided by Monte-Carlo error alone"
]


@dataclass(frozen=True)
class Crossing:
    """A shift of a prior, in its own sds, with its Monte-Carlo standard error."""

    shift: float
    error: float

    @property
    def sure(self) -> bool:
        """Whether it lies more than two standard errors from zero; nearer it may be chance."""
        return abs(self.shift) > 2.0 * self.error

    @property
    def reach(self) -> float:
        """The shift, two standard errors further from zero: there the change is all but certain."""
        return abs(self.shift) + 2.0 * self.error


@dataclass(frozen=True)
class PriorFlip:
    """The smallest shift of a prior at which a verdict becomes clear, or is clear no more.

    `at` is None where no flip is told apart from chance over `low` .. `high`, the shifts that weights
    can be trusted for; `why_none` says why, and `limited` that weights, not the end of the search at
    three sds, closed that range. `then` is the verdict there, "" without a flip; `meets` is where the
    bound meets its threshold, which alone decides nothing, None unless that is told apart from chance.
    `median` and `median_then` are the prior's, before and after.
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
    why_none: Why = ""


def smallest(crossings: Iterable[Crossing]) -> Crossing | None:
    """Return the crossing of least `reach`, so that a lucky one of a large error does not win."""
    return min(crossings, key=lambda one: one.reach, default=None)


def nearest(flips: Iterable[PriorFlip]) -> PriorFlip | None:
    """Return the flip of least `reach`, if there is one."""
    found = _least((flip, flip.at) for flip in flips)
    return None if found is None else found[0]


def meeting(flips: Iterable[PriorFlip]) -> tuple[PriorFlip, Crossing] | None:
    """Return the shift of least `reach` at which a bound meets its threshold."""
    return _least((flip, flip.meets) for flip in flips)


def why_none(flips: Iterable[PriorFlip]) -> Why:
    """Return why flips without a shift have none: what some of them may have, if any."""
    said = {flip.why_none for flip in flips}
    reasons: tuple[Why, ...] = (
        "none told apart from chance",
        "none found",
        "undecided by Monte-Carlo error alone",
    )
    return next((why for why in reasons if why in said), "none found")


def _least(
    told: Iterable[tuple[PriorFlip, Crossing | None]],
) -> tuple[PriorFlip, Crossing] | None:
    found = [(flip, crossing) for flip, crossing in told if crossing is not None]
    return min(found, key=lambda one: one[1].reach, default=None)
