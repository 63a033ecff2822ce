"""Colours of a report on light and on dark ground, told apart by colour-blind readers too.

Release modes differ in hue (blue, orange, purple-red) *and* lightness, thefts by lightness alone,
and every line also carries its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LIGHT = {
    "ink": "#1b1f24",
    "soft": "#57606a",
    "paper": "#ffffff",
    "tint": "#f5f6f8",
    "line": "#d5d9df",
    "link": "#0b57d0",
    "clear": "#12652f",
    "clear-tint": "#e3f4e8",
    "crosses": "#a3122a",
    "crosses-tint": "#fde8eb",
    "undecided": "#7a4b00",
    "undecided-tint": "#fdf1d8",
    "closed-1": "#0072b2",
    "closed-2": "#004c78",
    "closed-3": "#3f8fc4",
    "theft-1": "#d08a1d",
    "theft-2": "#b8650a",
    "theft-3": "#8c4107",
    "theft-4": "#5a2505",
    "open-1": "#a8174f",
    "open-2": "#6d28d9",
    "open-3": "#d13c86",
}
DARK = {
    "ink": "#e6e8eb",
    "soft": "#a7afb9",
    "paper": "#14171b",
    "tint": "#1e2329",
    "line": "#39414b",
    "link": "#8ab4f8",
    "clear": "#83d89f",
    "clear-tint": "#16331f",
    "crosses": "#ff9aa9",
    "crosses-tint": "#431a22",
    "undecided": "#f0c674",
    "undecided-tint": "#3a2d12",
    "closed-1": "#56b4e9",
    "closed-2": "#9ad4f5",
    "closed-3": "#2f8fc7",
    "theft-1": "#ffe8c8",
    "theft-2": "#f7bc66",
    "theft-3": "#e39430",
    "theft-4": "#bd6c17",
    "open-1": "#ff7fb5",
    "open-2": "#b79bff",
    "open-3": "#ffb3d2",
}
HEAT = ("#00204d", "#1b396d", "#414d6b", "#606174", "#7d7c78", "#a09875", "#c8b765", "#f3db4f")
FAMILIES = {"closed-api": "closed", "theft": "theft", "open-weights": "open"}
SHADES = {"closed-api": 3, "theft": 4, "open-weights": 3}


def paint(colour: str) -> str:
    """Return a CSS colour: a palette name as a variable with its light value as the fallback."""
    return f"var(--{colour},{LIGHT[colour]})" if colour in LIGHT else colour


def variables(colours: dict[str, str]) -> str:
    """Return the CSS declarations of a palette."""
    return " ".join(f"--{name}: {value};" for name, value in colours.items())


def fixed(svg: str) -> str:
    """Return a picture in its light colours, for a place without the page's variables."""
    return re.sub(r"var\(--[\w-]+,(#\w+)\)", r"\1", svg)


def release_colour(release: str) -> str:
    """Return the colour of a release mode's limit."""
    return f"{FAMILIES[release]}-{'2' if release == 'theft' else '1'}"


def scenario_colours(releases: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a colour name for each (scenario, release mode): one hue per mode."""
    counts: dict[str, int] = {}
    colours = {}
    for key, release in releases:
        k = counts.get(release, 0)
        colours[key] = f"{FAMILIES[release]}-{k % SHADES[release] + 1}"
        counts[release] = k + 1
    return colours
