"""Names beside points of a picture, where no other point or name stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leakbound.report.drawing import width_of
from leakbound.report.plot import Plot
from leakbound.report.wording import plain

STEPS = (0, 13, -13, 22, -22, 31, -31, 42, -42, 55, -55)
SIZE = 10.0
Box = tuple[float, float, float, float]


def write_names(
    plot: Plot, points: Sequence[tuple[float, float, str]], *, taken: Iterable[Box] = ()
) -> None:
    """Draw a star at each (x, y) in pixels and write its name where it hits nothing.

    `taken` are boxes (left, top, right, bottom) that names must leave free.
    """
    boxes = [*taken, *((x - 7, y - 7, x + 7, y + 7) for x, y, _ in points)]
    for x, y, name in points:
        said = plain(name)
        width = width_of(said, SIZE)
        places = [(x + side, y + dy, side > 0) for dy in STEPS for side in (9, -9)]
        found = [_box(place, width) for place in places]
        free = [i for i, box in enumerate(found) if _inside(plot, box) and not _hits(box, boxes)]
        best = free[0] if free else 0
        boxes.append(found[best])
        at, up, right = places[best]
        plot.canvas.text((at, up), said, size=SIZE, anchor="start" if right else "end", halo=True)
    for x, y, _ in points:
        plot.canvas.mark((x, y), "ink", shape="star", size=5.5)


def _box(place: tuple[float, float, bool], width: float) -> Box:
    x, y, right = place
    return (x if right else x - width, y - 6, x + width if right else x, y + 6)


def _inside(plot: Plot, box: Box) -> bool:
    left, top, right, bottom = box
    inside = left >= plot.x.start and right <= plot.x.end
    return inside and top >= plot.y.end and bottom <= plot.y.start


def _hits(box: Box, others: Iterable[Box]) -> bool:
    return any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in others
    )
