"""A picture of a report: SVG text, a title, and in words what it shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """SVG text, a title, and in words what it shows (for who cannot see it).

    `note` stands under it: the confidence of its bounds and what the backtest found of that level.
    """

    svg: str
    title: str
    alt: str
    note: str = ""
