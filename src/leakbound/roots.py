"""Roots of rising probability curves: a bracket that widens, then secant steps kept inside it.

Heights are compared on the scale -log(-log p), on which the distribution of a best of many is all
but straight, so that few evaluations are needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leakbound.units import Array

REACH = 1e4
MOST_STEPS = 60
TOLERANCE = 1e-6
BEYOND = 1.2
SHORTEST, LONGEST = 1e-3, 4.0
RESOLUTION, STEEPEST, COARSER = 0.2, 4.0, 0.05
TINY = 1e-300
NEARLY_ONE = 1.0 - 1e-16


@dataclass(frozen=True)
class Root:
    """Where a curve reaches its level: -inf when it never lies below, inf when it never rises to it.

    `slope` is the curve's there and `values` (draw) what it is the mean of; `x` and `slope` are NaN
    when the curve is.
    """

    x: float
    slope: float
    values: Array


def rising_root(
    curve: Callable[[float], Array], level: float, *, start: float = 0.0, width: float = 1.0
) -> Root:
    """Return where the mean over draws of `curve`, a probability that rises, reaches `level`.

    The search begins at `start` and steps by `width` per unit of height first, a guess that may be
    wrong: the step is doubled until the root is passed.
    """
    search = _Search(curve, level)
    found = search.bracket(start, width)
    if found is None:
        return search.end()
    return search.close(*found)


class _Search:
    """One search: evaluations are kept, so that slope and values at the root cost nothing."""

    def __init__(self, curve: Callable[[float], Array], level: float) -> None:
        self.curve, self.level = curve, level
        self.aim = _stretched(level)
        self.last: list[tuple[float, float]] = []
        self.values: Array = np.empty(0)

    def height(self, x: float) -> float:
        self.values = self.curve(x)
        height = _stretched(float(self.values.mean())) - self.aim
        self.last = [*self.last[-1:], (x, height)]
        return height

    def bracket(self, x: float, width: float) -> tuple[float, float, float, float] | None:
        """Return two points with heights of different sign; None when there are none."""
        height = self.height(x)
        side = -1.0 if height > 0.0 else 1.0
        step = max(min(BEYOND * abs(height) * width, LONGEST), SHORTEST)
        while abs(step) <= REACH and height == height:
            other = x + side * step
            further = self.height(other)
            if further * side >= 0.0:
                return x, height, other, further
            x, height, step = other, further, 2.0 * step
        return None

    def close(self, a: float, at_a: float, b: float, at_b: float) -> Root:
        """Return the root between `a` and `b` by the Illinois variant of false position."""
        for _ in range(MOST_STEPS):
            if at_b == 0.0 or abs(b - a) < TOLERANCE:
                break
            x = b - at_b * (b - a) / (at_b - at_a)
            height = self.height(x)
            if abs(height) < TOLERANCE * max(1.0, abs(at_a - at_b)):
                b = x
                break
            if height * at_b < 0.0:
                a, at_a = b, at_b
            else:
                at_a *= 0.5
            b, at_b = x, height
        return Root(b, self.slope(), self.values)

    def slope(self) -> float:
        """Return dp/dx = p (-log p) dh/dx at the root, from the last two evaluations."""
        (x0, h0), (x1, h1) = self.last
        p = self.level
        return p * -math.log(p) * (h1 - h0) / (x1 - x0) if x1 != x0 else float("nan")

    def end(self) -> Root:
        height = self.last[-1][1]
        x = float("nan") if height != height else (-math.inf if height > 0.0 else math.inf)
        return Root(x, float("nan"), self.values)


def stretched(p: npt.ArrayLike) -> Array:
    """Return -log(-log p), finite also at zero and one; NaN stays NaN."""
    inside = np.clip(np.asarray(p, dtype=np.float64), TINY, NEARLY_ONE)
    return np.asarray(-np.log(-np.log(inside)))


def _stretched(p: float) -> float:
    return -math.log(-math.log(min(max(p, TINY), NEARLY_ONE))) if p == p else p


def first_spare(
    spare: Callable[[float], float], start: float, end: float, *, within: float
) -> float | None:
    """Return the point nearest to `start` on the way to `end` that has something to spare, or None.

    None of what lies `within` nearer has any left; what is no number has none. The way is looked at every
    `RESOLUTION`, less often where much is lacking, as if a curve rose by at most `STEEPEST` per unit, and
    far from the start: a narrower stretch may be passed over. `end` is finite.
    """
    x, left = start, spare(start)
    while not left >= 0.0:
        if x == end:
            return None
        lacking = -left if left == left else 0.0
        step = max(RESOLUTION, lacking / STEEPEST, COARSER * abs(x - start))
        before, room = (x, left), end - x
        x = end if step >= abs(room) else x + math.copysign(step, room)
        left = spare(x)
    return x if x == start else _closed(spare, (x, left), before, within)


def _closed(
    spare: Callable[[float], float],
    inside: tuple[float, float],
    outside: tuple[float, float],
    within: float,
) -> float:
    """Return the inner end of a bracket narrowed by chords, each kept a tenth away from the ends."""
    (a, spare_a), (b, spare_b) = inside, outside
    for _ in range(MOST_STEPS):
        if abs(b - a) <= within:
            break
        share = spare_a / (spare_a - spare_b) if np.isfinite([spare_a, spare_b]).all() else 0.5
        x = a + min(max(share, 0.1), 0.9) * (b - a)
        left = spare(x)
        if left >= 0.0:
            a, spare_a = x, left
        else:
            b, spare_b = x, left
    return a
