"""What the evidence covers in compute and years, and where the scenarios lie against it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leakbound.assessment import Assessment
from leakbound.effort import effort_grid
from leakbound.report.coverage_figure import COLOURS, LAG_BIN_YEARS, Mark
from leakbound.report.drawing import Canvas
from leakbound.report.picture import Picture
from leakbound.report.plot import Plot, Scale, plot_of, spread

SIZE = (360.0, 350.0)
TOP, BOTTOM = 36.0, 76.0
LOWEST = -6.5
STRIPS = (("training", 36.0, 86.0), ("inference", 96.0, 146.0))
PLANE = (156.0, 344.0)
POWERS = (-5, -3, -1)
ASIDE = 7.0


def evidence_pictures(found: Assessment) -> list[Picture]:
    """Return the picture, if the evidence has attempts."""
    from leakbound.evidence.table import prepare

    rows = prepare(found.evidence.rows, found.evidence.registry)
    cells = rows[rows["attempts"] > 0].drop_duplicates("cell")
    if cells.empty:
        return []
    marks = scenario_marks(found)
    title = "What the evidence covers, and where the scenarios lie"
    note = (
        "Left: attempts whose compute is unknown, by years after the base's release, for training "
        "and for inference techniques. Right: attempts with known compute, a dot for each cell. "
        "Stars: the group that drives each scenario's bound, at its horizon."
    )
    return [Picture(_draw(cells, marks).svg(), title, _alt(cells, marks), note)]


def scenario_marks(found: Assessment) -> list[Mark]:
    """Return where the group that drives each scenario's bound stands at the longest horizon."""
    marks = {}
    for row in sorted(found.verdicts, key=lambda row: row.horizon_years):
        effort = effort_grid(
            found.scenarios[row.scenario],
            pretraining_flop=found.candidate.pretraining_flop,
            released=found.candidate.released,
            years=row.horizon_years,
        )
        driver = next((name for name in row.drivers if name in effort.groups), None)
        if driver is None:
            continue
        k = effort.groups.index(driver)
        fraction = float(10.0 ** effort.log10_compute[0, k, -1])
        marks[row.scenario] = Mark(row.scenario, fraction or None, float(effort.lag_years[k, -1]))
    return list(marks.values())


def _draw(cells: pd.DataFrame, marks: list[Mark]) -> Canvas:
    known = cells[cells["log_compute_fraction"].notna()]
    unknown = cells[cells["log_compute_fraction"].isna()]
    tall = float(np.nanmax([1.0, cells["lag"].max(), *(mark.lag for mark in marks)]))
    frame = plot_of(SIZE, (LOWEST, 0.5), (0.0, 1.05 * tall), top=TOP, bottom=BOTTOM)
    canvas = frame.canvas
    plane = Plot(canvas, Scale(LOWEST, 0.5, *PLANE), frame.y)
    ticks = [(float(p), f"{100 * 10.0**p:.12g} %") for p in POWERS]
    plane.frame("compute, share of pre-training", x_ticks=ticks, y_ticks=())
    canvas.text((4, 9), "years after the base's release", colour="soft")
    _strips(canvas, frame.y, unknown)
    _dots(plane, known)
    _marks(plane, marks)
    _legend(canvas, sorted(known["domain"].unique()))
    return canvas


def _strips(canvas: Canvas, y: Scale, unknown: pd.DataFrame) -> None:
    """Draw attempts of unknown compute per quarter-year as bars, on a square-root scale."""
    for value, label in y.ticks():
        canvas.line([(36, y(value)), (PLANE[1], y(value))], "line", width=1)
        canvas.text((30, y(value)), label, colour="soft", anchor="end")
    for channel, left, right in STRIPS:
        mine = unknown[unknown["channel"] == channel]
        bins = (mine["lag"].clip(lower=0) // LAG_BIN_YEARS).astype(int)
        counts = mine.groupby(bins)["attempts"].sum()
        most = float(counts.max()) if len(counts) else 1.0
        for k, count in counts.items():
            low, high = (y(LAG_BIN_YEARS * (int(str(k)) + side)) for side in (0.0, 0.9))
            width = (right - left) * float(np.sqrt(count / most))
            canvas.box(left, high, width, low - high, "closed-1")
        canvas.line([(left, y.start), (right, y.start)], "soft", width=1)
        middle = (left + right) / 2
        canvas.text((middle, y.start + 13), f"{int(mine['attempts'].sum()):,}", colour="soft",
                    anchor="middle")  # fmt: skip
        canvas.text((middle, TOP - 10), channel, colour="soft", size=10, anchor="middle")
    canvas.text((91, y.start + 29), "compute unknown", colour="soft", anchor="middle")
    canvas.text((sum(PLANE) / 2, TOP - 10), "compute known", colour="soft", size=10,
                anchor="middle")  # fmt: skip


def _dots(plane: Plot, known: pd.DataFrame) -> None:
    """Draw a dot for each place, those of several domains at one place side by side."""
    keys = ["log_compute_fraction", "lag", "domain"]
    places = known.groupby(keys, as_index=False)["attempts"].sum()
    side = places.groupby(keys[:2]).cumcount()
    for i, (x, lag, domain, attempts) in enumerate(places.itertuples(index=False)):
        size = round(2.2 + 1.2 * float(np.log10(attempts)), 1)
        across, up = plane.at(x, lag)
        plane.canvas.mark((across + ASIDE * side[i], up), COLOURS[str(domain)], size=size)


def _marks(plane: Plot, marks: list[Mark]) -> None:
    """Draw each scenario's star, inference ones at the left edge, with their names apart."""
    points = [
        plane.at(np.log10(m.compute_fraction) if m.compute_fraction else LOWEST, m.lag)
        for m in marks
    ]
    places = spread([y for _, y in points], plane.y.end, plane.y.start, 12.0)
    for mark, (x, y), place in zip(marks, points, places, strict=True):
        right = x < sum(PLANE) / 2
        at = (x + 10 if right else x - 10, place)
        plane.canvas.line([(x, y), at], "open-1", width=0.8)
        plane.canvas.mark((x, y), "open-1", shape="star", size=6)
        plane.canvas.text(at, mark.label, colour="open-1", size=10,
                          anchor="start" if right else "end", halo=True)  # fmt: skip


def _legend(canvas: Canvas, domains: list[str]) -> None:
    for i, domain in enumerate(domains):
        x, y = 46 + 84 * (i % 4), SIZE[1] - 26 + 15 * (i // 4)
        canvas.mark((x, y), COLOURS[domain], size=4)
        canvas.text((x + 8, y), domain, colour="soft", size=10)


def _alt(cells: pd.DataFrame, marks: list[Mark]) -> str:
    known = cells["log_compute_fraction"].notna()
    count = cells["attempts"].sum()
    with_compute = cells.loc[known, "attempts"].sum()
    said = "; ".join(f"{mark.label} at {mark.lag:.2g} years" for mark in marks)
    return (
        f"{int(count):,} attempts by years after the base's release and share of training "
        f"compute, {int(with_compute):,} of them with known compute. Scenarios: {said}."
    )
