"""Axes of a picture: scales from data to pixels, their ticks, and a frame that shows both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
import numpy.typing as npt

from leakbound.report.drawing import Canvas, Point, fitted, width_of

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
TICKS = 5
Tick = tuple[float, str]


@dataclass(frozen=True)
class Scale:
    """Maps `low` .. `high` of the data to pixels `start` .. `end`; `log` in equal ratios."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values outside, and NaN, end at the nearer edge."""
        low, high, at = self.low, self.high, float(value)
        if self.log:
            low, high, at = log10(low), log10(high), log10(max(at, 1e-300))
        share = (at - low) / (high - low) if at == at else 0.0
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, most: int = TICKS) -> list[Tick]:
        """Return at most about `most` round values with their labels."""
        if self.log:
            powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
            values = [m * 10.0**p for p in powers for m in (1.0, 3.0)]
        else:
            step = _step((self.high - self.low) / most)
            first = ceil(self.low / step - 1e-9)
            values = [step * k for k in range(first, floor(self.high / step + 1e-9) + 1)]
        return [(v, f"{v:.6g}") for v in values if self.low <= v * 1.0000001 and v <= self.high]


def _step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return power * next(step for step in STEPS if step * power >= rough * 0.999)


@dataclass(frozen=True)
class Plot:
    """A canvas with an x and a y scale; y grows upwards."""

    canvas: Canvas
    x: Scale
    y: Scale

    def at(self, x: float, y: float) -> Point:
        """Return the pixel of a data point."""
        return self.x(x), self.y(y)

    def curve(
        self, x: npt.ArrayLike, y: npt.ArrayLike, colour: str, *, width: float = 2.0, dash: str = ""
    ) -> None:
        """Draw a line through data points; those that are not finite are left out."""
        pairs = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
        shown = pairs[np.isfinite(pairs).all(axis=1)]
        points = [self.at(*pair) for pair in shown]
        self.canvas.line(points, colour, width=width, dash=dash)

    def frame(
        self,
        x_title: str,
        y_title: str = "",
        *,
        x_ticks: Sequence[Tick] | None = None,
        y_ticks: Sequence[Tick] | None = None,
    ) -> None:
        """Draw grid, axes, tick labels, the x title below and the y title above on the left."""
        left, right, bottom = self.x.start, self.x.end, self.y.start
        draw = self.canvas
        for value, label in self.x.ticks() if x_ticks is None else x_ticks:
            x = self.x(value)
            draw.line([(x, bottom), (x, bottom + 4)], "soft", width=1)
            draw.text((x, bottom + 13), label, colour="soft", anchor="middle")
        for value, label in self.y.ticks() if y_ticks is None else y_ticks:
            y = self.y(value)
            draw.line([(left, y), (right, y)], "line", width=1)
            draw.text((left - 6, y), label, colour="soft", anchor="end")
        draw.line([(left, bottom), (right, bottom)], "soft", width=1)
        self._below(x_title, (left + right) / 2, bottom + 29)
        if y_title:
            draw.text((4, 9), fitted(y_title, draw.width - 8), colour="soft")

    def _below(self, title: str, middle: float, y: float) -> None:
        """Write the x title centred under the axis, or at the edge when it is too long for that."""
        edge = self.canvas.width - 3
        title = fitted(title, edge)
        if middle + width_of(title) / 2 <= edge:
            self.canvas.text((middle, y), title, colour="soft", anchor="middle")
        else:
            self.canvas.text((edge, y), title, colour="soft", anchor="end")


def plot_of(
    size: Point,
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    left: float = 46.0,
    right: float = 12.0,
    top: float = 24.0,
    bottom: float = 40.0,
    log: tuple[bool, bool] = (False, False),
) -> Plot:
    """Return an empty plot of `size` pixels over the data ranges `x` and `y`."""
    width, height = size
    across = Scale(*x, left, width - right, log[0])
    return Plot(Canvas(width, height), across, Scale(*y, height - bottom, top, log[1]))


def spread(wanted: Iterable[float], low: float, high: float, gap: float) -> list[float]:
    """Return places near the wanted ones, in `low` .. `high`, at least `gap` apart if they fit."""
    given = list(wanted)
    order = sorted(range(len(given)), key=lambda i: given[i])
    gap = min(gap, (high - low) / max(len(given) - 1, 1))
    at = [0.0] * len(given)
    free = low
    for i in order:
        at[i] = max(given[i], free)
        free = at[i] + gap
    limit = high
    for i in reversed(order):
        at[i] = min(at[i], limit)
        limit = at[i] - gap
    return at
