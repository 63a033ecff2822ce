"""A small SVG canvas: lines, boxes, marks and text in pixels, escaped, the same bytes each time.

A picture of a report is a few hundred shapes; writing them directly takes a millisecond, a plotting
library a tenth of a second, and only so can a picture follow the page's light or dark colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import cos, pi, sin

from leakbound.report.palette import paint
from leakbound.report.wording import plain

LETTER = 0.6
FONT = 12.0
Point = tuple[float, float]


def width_of(text: str, size: float = FONT) -> float:
    """Return about how wide a text is drawn, in pixels."""
    return LETTER * size * len(text)


def fitted(text: str, width: float, size: float = FONT) -> str:
    """Return a text cut so that it is no wider than `width` pixels."""
    room = int(width / (LETTER * size))
    return text if len(text) <= room else f"{text[: max(room - 1, 0)].rstrip()}…"


class Canvas:
    """Shapes in the order drawn; coordinates in pixels from the top left corner.

    Colours are names of the palette or `#rrggbb`.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._shapes: list[str] = []

    def line(
        self,
        points: Iterable[Point],
        colour: str,
        *,
        width: float = 2.0,
        dash: str = "",
        opacity: float = 1.0,
    ) -> None:
        """Draw a line through points."""
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._shapes.append(
            f'<polyline points="{path}" fill="none" stroke="{paint(colour)}" '
            f'stroke-width="{width:g}" stroke-linejoin="round"{dashed}{_seen(opacity)}/>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        *,
        opacity: float = 1.0,
        crisp: bool = False,
    ) -> None:
        """Fill a rectangle whose top left corner is (x, y); crisp ones join without a seam."""
        sharp = ' shape-rendering="crispEdges"' if crisp else ""
        self._shapes.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
            f'fill="{paint(colour)}"{_seen(opacity)}{sharp}/>'
        )

    def mark(
        self,
        at: Point,
        colour: str,
        *,
        shape: str = "circle",
        size: float = 5.0,
        filled: bool = True,
        edge: str = "",
    ) -> None:
        """Draw a circle, square, diamond, star or triangle of radius `size`."""
        x, y = at
        inside = paint(colour) if filled else paint("paper")
        style = f'fill="{inside}" stroke="{paint(edge or colour)}" stroke-width="1.6"'
        if shape == "circle":
            self._shapes.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{size:g}" {style}/>')
        else:
            path = " ".join(f"{_n(x + size * u)},{_n(y + size * v)}" for u, v in SHAPES[shape])
            self._shapes.append(f'<polygon points="{path}" {style} stroke-linejoin="round"/>')

    def text(
        self,
        at: Point,
        text: object,
        *,
        colour: str = "ink",
        size: float = FONT,
        anchor: str = "start",
        halo: bool = False,
        bold: bool = False,
    ) -> None:
        """Write a line of text whose middle height is at y; with a halo it reads on any ground."""
        x, y = at
        said = f' text-anchor="{anchor}"' if anchor != "start" else ""
        said += ' font-weight="700"' if bold else ""
        if halo:
            said += f' stroke="{paint("paper")}" stroke-width="3" paint-order="stroke"'
        self._shapes.append(
            f'<text x="{_n(x)}" y="{_n(y + 0.35 * size)}" font-size="{size:g}" '
            f'fill="{paint(colour)}"{said}>{escape(plain(text))}</text>'
        )

    def svg(self) -> str:
        """Return the picture, ready to stand in a page whose width it takes."""
        inside = "\n".join(self._shapes)
        return (
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" aria-hidden="true" '
            f'focusable="false" font-family="system-ui, sans-serif">\n{inside}\n</svg>'
        )


def _n(value: float) -> str:
    """Return a coordinate to a tenth of a pixel."""
    return f"{round(float(value), 1) + 0.0:g}"


def _seen(opacity: float) -> str:
    return "" if opacity == 1.0 else f' opacity="{opacity:g}"'


def _star() -> Sequence[Point]:
    radii = [1.3 if i % 2 == 0 else 0.55 for i in range(10)]
    return [(r * sin(pi * i / 5), -r * cos(pi * i / 5)) for i, r in enumerate(radii)]


SHAPES: dict[str, Sequence[Point]] = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "diamond": ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)),
    "triangle": ((0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)),
    "star": _star(),
}
