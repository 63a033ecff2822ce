"""The main picture: what others could reach over years, per scenario, with limits and outcomes."""

from __future__ import annotations

from math import floor, isfinite

import numpy as np

from leakbound.assessment import Assessment, OutcomeRow
from leakbound.bound import PathOverYears
from leakbound.evidence.registry import Benchmark
from leakbound.report import palette, wording
from leakbound.report.drawing import width_of
from leakbound.report.past import Coverage
from leakbound.report.picture import Picture
from leakbound.report.pictures.naming import Box, write_names
from leakbound.report.pictures.scores import colours_of, score_range
from leakbound.report.plot import Plot, plot_of, spread
from leakbound.report.table import benchmark_of, today_of
from leakbound.units import Array

SIZE = (360.0, 340.0)
RIGHT = 104.0
OUTCOME_CONFIDENCE = 0.95


def years_pictures(found: Assessment, coverage: Coverage) -> list[Picture]:
    """Return score over years since release, one picture per benchmark."""
    keys = dict.fromkeys(path.benchmark for path in found.paths)
    return [_picture(found, key, coverage) for key in keys]


def _picture(found: Assessment, key: str, coverage: Coverage) -> Picture:
    benchmark = benchmark_of(found, key)
    paths = [path for path in found.paths if path.benchmark == key]
    outcomes = [row for row in found.outcomes if row.outcome.benchmark == key]
    name, title = wording.plain(found.candidate.name), wording.plain(benchmark.title)
    outside = any(row.extrapolates for row in found.verdicts if row.benchmark == key)
    note = (
        f"Solid: {_bound_at(paths)}; dashed: median; dotted: limit until its horizon; diamond: today"
        + ("; star: reached later. " if outcomes else ". ")
        + coverage.sentences(
            {(benchmark.domain, path.confidence) for path in paths}, outside=outside
        )
    )
    return Picture(
        _draw(found, benchmark, paths, outcomes),
        f"{title}: how far others could take {name}",
        _alt(found, benchmark, paths, outcomes),
        note,
    )


def _bound_at(paths: list[PathOverYears]) -> str:
    """Return which level the curves are, the strictest of the limits drawn: "bound at 95 %"."""
    by_level: dict[float, list[str]] = {}
    for path in paths:
        by_level.setdefault(path.confidence, []).append(path.scenario)
    each = (
        wording.level(level) + (f" ({wording.listed(names)})" if len(by_level) > 1 else "")
        for level, names in sorted(by_level.items())
    )
    return f"bound at {wording.listed([*each])}"


def _draw(
    found: Assessment,
    benchmark: Benchmark,
    paths: list[PathOverYears],
    outcomes: list[OutcomeRow],
) -> str:
    today = today_of(found, benchmark.key)
    colours = colours_of(found)
    span = max([*(float(path.years[-1]) for path in paths), *(row.years for row in outcomes)])
    shown = [today, *(path.bound[-1] for path in paths), *(r.outcome.score for r in outcomes)]
    plot = plot_of(SIZE, (0.0, span), _range(benchmark, shown), right=RIGHT,
                   log=(False, benchmark.link != "logit"))  # fmt: skip
    plot.frame("years since release", f"score on {wording.plain(benchmark.title)}")
    for path in paths:
        colour = colours[path.scenario]
        plot.curve([0.0, *path.years], [today, *path.median], colour, width=1.2, dash="4 3")
        plot.curve(*_with_outcomes(path, outcomes, today), colour, width=2.4)
    _name_lines(plot, paths, colours)
    taken = _limits(plot, found, benchmark.key)
    stars = [(*plot.at(row.years, row.outcome.score), row.outcome.name) for row in outcomes]
    x, y = plot.at(0.0, today)
    plot.canvas.mark((x, y), "ink", shape="diamond", size=4.5)
    write_names(plot, stars, taken=[*taken, (x - 5, y - 7, x + 68, y + 7)])
    plot.canvas.text((x + 9, y), f"today {wording.score(today, benchmark)}", halo=True)
    return plot.canvas.svg()


def _range(benchmark: Benchmark, shown: list[float]) -> tuple[float, float]:
    """Return the range of the score axis: for accuracies from below the lowest score to 1."""
    low, high = score_range(benchmark, shown)
    if benchmark.link != "logit":
        return low, high
    lowest = min((value for value in shown if isfinite(value)), default=0.0)
    return max(0.0, floor(10 * lowest - 0.3) / 10), high


def _with_outcomes(
    path: PathOverYears, outcomes: list[OutcomeRow], today: float
) -> tuple[Array, Array]:
    """Return the bound over years, with the bounds known for the days of outcomes put in."""
    years, bound = [0.0, *path.years], [today, *path.bound]
    if path.confidence == OUTCOME_CONFIDENCE:
        for row in outcomes:
            if path.scenario in row.bound_by_scenario and row.years < path.years[-1]:
                years.append(row.years)
                bound.append(row.bound_by_scenario[path.scenario])
    order = np.argsort(years, kind="stable")
    return np.asarray(years)[order], np.maximum.accumulate(np.asarray(bound)[order])


def _name_lines(plot: Plot, paths: list[PathOverYears], colours: dict[str, str]) -> None:
    """Write each scenario's name beside the end of its bound."""
    ends = [plot.y(path.bound[-1]) for path in paths]
    places = spread(ends, plot.y.end, plot.y.start, 13.0)
    for path, end, place in zip(paths, ends, places, strict=True):
        colour, x = colours[path.scenario], plot.x.end
        plot.canvas.line([(x + 1, end), (x + 10, place)], colour, width=1)
        plot.canvas.text((x + 12, place), path.scenario, colour=colour, bold=True)


def _limits(plot: Plot, found: Assessment, key: str) -> list[Box]:
    """Draw each release mode's limit up to its horizon; return the boxes of their names."""
    drawn, boxes = set(), []
    for row in found.verdicts:
        place = (row.release, row.threshold_score, row.horizon_years)
        if row.benchmark != key or place in drawn:
            continue
        drawn.add(place)
        colour = palette.release_colour(row.release)
        x, y = plot.at(row.horizon_years, row.threshold_score)
        plot.canvas.line([(plot.x.start, y), (x, y)], colour, width=1.4, dash="1.5 2.5")
        plot.canvas.line([(x, y - 6), (x, y + 6)], colour, width=2)
        inside = x + 90 < plot.x.end
        at, anchor = ((x + 4, y), "start") if inside else ((x - 4, y + 8), "end")
        said = f"limit, {row.release}"
        plot.canvas.text(at, said, colour=colour, size=10, anchor=anchor, halo=True)
        width = width_of(said, 10)
        left = at[0] if inside else at[0] - width
        boxes.append((left, at[1] - 6, left + width, at[1] + 6))
    return boxes


def _alt(
    found: Assessment,
    benchmark: Benchmark,
    paths: list[PathOverYears],
    outcomes: list[OutcomeRow],
) -> str:
    today = wording.score(today_of(found, benchmark.key), benchmark)
    ends = "; ".join(
        f"{path.scenario}: median {wording.score(path.median[-1], benchmark)}, bound "
        f"{wording.score(path.bound[-1], benchmark)} ({wording.level(path.confidence)})"
        for path in paths
    )
    reached = "; ".join(
        f"{wording.plain(row.outcome.name)} {wording.score(row.outcome.score, benchmark)} "
        f"after {wording.years(row.years)}"
        for row in outcomes
    )
    return (
        f"Line chart, score over years since release. Today {today}. "
        f"After {wording.years(float(paths[0].years[-1]))}: {ends}."
        + (f" Reached later: {reached}." if reached else "")
    )
