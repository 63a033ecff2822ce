"""What makes each bound wide: a table of shares, and bars, one picture per threshold."""

from __future__ import annotations

import math

from leakbound.assessment import Assessment
from leakbound.explain.shares import MEANINGS, NAMES, WidthShares
from leakbound.report import wording
from leakbound.report.picture import Picture
from leakbound.report.plot import Plot, plot_of
from leakbound.report.section import Section, folded
from leakbound.report.table import Table
from leakbound.structures.mixture import MixedPosterior

COLOURS = ("closed-1", "theft-1", "open-1", "soft", "open-2", "clear")
WIDTH, ROW, LEFT, TOP, BOTTOM = 360.0, 24.0, 92.0, 62.0, 44.0
COLUMNS = (4.0, 106.0, 198.0)
RIGHT = 26.0
THICK = 15.0


def shares_sections(found: Assessment) -> tuple[Section, ...]:
    """Return the section on the width of the bounds, none where no bound has one."""
    if not found.shares:
        return ()
    text = (
        "Each bound's distance from its median, split by what carries it from the one to the "
        "other. More evidence can narrow every share but that of the attempts, which is luck and "
        "numbers, and in a stack the tails of its structures. A negative share makes up for others."
    )
    bullets = tuple(f"{name}: {MEANINGS[name]}." for name in NAMES)
    names = dict.fromkeys(row.threshold for row in found.shares)
    pictures = tuple(_picture(found, name) for name in names)
    return (
        Section(
            "width", "What makes the bounds wide", (text, _structures(found)), bullets, pictures,
            folds=folded(shares_table(found)),
        ),
    )  # fmt: skip


def shares_table(found: Assessment) -> Table:
    """Return threshold x scenario: the width in logits, and each share with its Monte-Carlo error."""
    rows = tuple(
        (row.threshold, row.scenario, f"{row.width_z:.2f}", *(_share(row, name) for name in NAMES))
        for row in found.shares
    )
    columns = ("threshold", "scenario", "width, logits", *NAMES)
    return Table(columns, rows, "Shares of the width, in percent of it")


def _share(row: WidthShares, name: str) -> str:
    if not (math.isfinite(row.parts[name]) and math.isfinite(row.errors[name])):
        return "not known"
    percent = round(100 * row.parts[name])
    return f"{percent} ± {100 * row.errors[name]:.0f}"


def _structures(found: Assessment) -> str:
    posterior = found.posterior
    if not isinstance(posterior, MixedPosterior):
        return "One structure alone was used, so that its choice has no share here."
    told = ", ".join(
        f"{wording.plain(one.specification.title)} ({100 * one.weight:.0f} %)"
        for one in sorted(posterior.members, key=lambda one: -one.weight)
    )
    return f"The forecast is the mixture of these structures, by stacking weight: {told}."


def _picture(found: Assessment, threshold: str) -> Picture:
    rows = [row for row in found.shares if row.threshold == threshold and _known(row)]
    plot = plot_of(
        (WIDTH, TOP + BOTTOM + ROW * len(rows)), (0.0, 1.0), (len(rows) - 0.5, -0.5),
        left=LEFT, right=RIGHT, top=TOP, bottom=BOTTOM,
    )  # fmt: skip
    _legend(plot)
    labels = [(float(i), row.scenario) for i, row in enumerate(rows)]
    shown = [(k / 4, f"{25 * k} %") for k in range(5)]
    plot.frame("share of the distance from median to bound", x_ticks=shown, y_ticks=labels)
    for i, row in enumerate(rows):
        _bar(plot, i, row)
    said = "; ".join(f"{row.scenario}: {_said(row)}" for row in rows)
    title = f"{wording.plain(threshold)}: what makes the bound wide"
    note = "Negative shares are left out of the bars; the table has them."
    return Picture(plot.canvas.svg(), title, f"Stacked bars. {said}.", note)


def _known(row: WidthShares) -> bool:
    return all(map(math.isfinite, row.parts.values()))


def _bar(plot: Plot, place: int, row: WidthShares) -> None:
    seen = {name: max(row.parts[name], 0.0) for name in NAMES}
    total = sum(seen.values())
    start = 0.0
    for name, colour in zip(NAMES, COLOURS, strict=True):
        end = start + seen[name] / total
        left, right = plot.x(start), plot.x(end)
        plot.canvas.box(left, plot.y(place) - THICK / 2, right - left, THICK, colour)
        start = end


def _legend(plot: Plot) -> None:
    for i, (name, colour) in enumerate(zip(NAMES, COLOURS, strict=True)):
        x, y = COLUMNS[i % 3], 14.0 + 20.0 * (i // 3)
        plot.canvas.box(x, y - 5.0, 10.0, 10.0, colour)
        plot.canvas.text((x + 14.0, y), name)


def _said(row: WidthShares) -> str:
    order = sorted(NAMES, key=lambda name: -row.parts[name])
    return ", ".join(f"{name} {100 * row.parts[name]:.0f} %" for name in order[:3])
