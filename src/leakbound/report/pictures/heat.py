"""Heat maps: the bound over compute fraction and years, limits as contours, evidence as points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from leakbound.assessment import Assessment
from leakbound.evidence.registry import Benchmark
from leakbound.explain.surfacemap import BoundMap
from leakbound.report import wording
from leakbound.report.drawing import width_of
from leakbound.report.palette import HEAT
from leakbound.report.past import Coverage
from leakbound.report.picture import Picture
from leakbound.report.plot import Plot, Tick, plot_of
from leakbound.report.table import benchmark_of
from leakbound.units import Array

SIZE = (360.0, 356.0)
BOTTOM = 82.0
SMALL = 10.5
FINER = 4
DARK_LETTERS, LIGHT_LETTERS = "#111111", "#ffffff"


def heat_pictures(found: Assessment, coverage: Coverage) -> list[Picture]:
    """Return a heat map for each map of the assessment."""
    return [_picture(found, one, coverage) for one in found.maps]


def _picture(found: Assessment, one: BoundMap, coverage: Coverage) -> Picture:
    benchmark = benchmark_of(found, one.benchmark)
    levels = _levels(one, benchmark)
    plot = _frame(one)
    _cells(plot, one, levels)
    _points(plot, one)
    for name, score in one.thresholds.items():
        what = "limit" if len(one.thresholds) == 1 else f"{wording.plain(name)}:"
        _contour(plot, one, score, f"{what} {wording.limit(score)}")
    _key(plot, levels, benchmark)
    title = wording.plain(benchmark.title)
    note = (
        f"Bound on the best of {one.attempts:,.0f} attempts, all made at that effort by that "
        f"year. White line: the strictest limit. {_evidence(one)} "
        f"{coverage.sentences([(benchmark.domain, one.confidence)])}"
    )
    return Picture(
        plot.canvas.svg(), f"{title}: effort and years, {one.scenario}", _alt(one, benchmark), note
    )


def _evidence(one: BoundMap) -> str:
    count = len(one.points_label)
    if not count:
        return "The evidence has no attempt with known compute in this domain."
    return f"Dots: the {count} attempts of this domain whose compute is known."


def _levels(one: BoundMap, benchmark: Benchmark) -> Array:
    """Return the edges of the colour bands: equal steps of score, or of its logarithm."""
    finite = one.bound[np.isfinite(one.bound)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if benchmark.link == "logit":
        low, high = np.floor(100 * low) / 100, max(np.ceil(100 * high), 100 * low + 1) / 100
        return np.linspace(low, high, len(HEAT) + 1)
    return np.geomspace(low, max(high, low * 1.01), len(HEAT) + 1)


def _edges(values: Array) -> Array:
    """Return cell edges half way between values, the outermost at the values' ends."""
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([values[:1], middle, values[-1:]])


def _frame(one: BoundMap) -> Plot:
    x = (float(one.log10_compute[0]), float(one.log10_compute[-1]))
    y = (float(one.years[0]), float(one.years[-1]))
    plot = plot_of(SIZE, x, y, bottom=BOTTOM, right=26.0)
    plot.frame(
        "compute of the attempt, share of pre-training",
        "years after release",
        x_ticks=_shares(*x),
        y_ticks=plot.y.ticks(),
    )
    return plot


def _finer(one: BoundMap) -> tuple[Array, Array, Array]:
    """Return compute, years and bound with `FINER` steps for one, filled in linearly."""
    axes = [
        np.linspace(values[0], values[-1], FINER * (len(values) - 1) + 1)
        for values in (one.log10_compute, one.years)
    ]
    rows = np.stack([np.interp(axes[1], one.years, row) for row in one.bound])
    columns = [np.interp(axes[0], one.log10_compute, column) for column in rows.T]
    return axes[0], axes[1], np.stack(columns, axis=1)


def _cells(plot: Plot, one: BoundMap, levels: Array) -> None:
    """Fill the map; neighbours of one colour along the years are one box."""
    compute, years, bound = _finer(one)
    across, up = _edges(compute), _edges(years)
    band = np.clip(np.searchsorted(levels, bound, side="right") - 1, 0, len(HEAT) - 1)
    for i, column in enumerate(band):
        left, right = plot.x(across[i]), plot.x(across[i + 1])
        ends = [0, *(np.flatnonzero(np.diff(column)) + 1), len(column)]
        for start, end in pairwise(ends):
            top, bottom = plot.y(up[end]), plot.y(up[start])
            colour = HEAT[int(column[start])]
            plot.canvas.box(left, top, right - left + 0.5, bottom - top + 0.5, colour, crisp=True)


def _shares(low: float, high: float) -> list[Tick]:
    """Return ticks at powers of ten as percentages, every second one where there are many."""
    powers = range(int(np.ceil(low - 1e-9)), int(np.floor(high + 1e-9)) + 1)
    kept = [p for p in powers if len(powers) < 5 or p % 2 == 0]
    return [(float(p), f"{100 * 10.0**p:.12g} %") for p in kept]


def _points(plot: Plot, one: BoundMap) -> None:
    inside = (one.points_log10_compute >= plot.x.low) & (one.points_log10_compute <= plot.x.high)
    inside &= (one.points_years >= plot.y.low) & (one.points_years <= plot.y.high)
    points = zip(one.points_log10_compute[inside], one.points_years[inside], strict=True)
    for x, y in points:
        at = plot.at(float(x), float(y))
        plot.canvas.mark(at, LIGHT_LETTERS, size=3.2, edge=DARK_LETTERS)


def _contour(plot: Plot, one: BoundMap, score: float, name: str) -> None:
    """Draw where the bound first reaches a limit: for each compute the year it does."""
    at = [(x, crossing(one.years, column, score)) for x, column in _columns(one)]
    line = [plot.at(x, year) for x, year in at if year == year]
    if not line or all(year <= plot.y.low for _, year in at if year == year):
        side = "below" if not line else "above"
        said = f"{name}: {'not reached' if side == 'below' else 'reached everywhere'}"
        _write(plot, (plot.x.start + 8, plot.y.end + 12), said, right=True)
        return
    missing = next((i for i, (_, year) in enumerate(at) if year == year), 0)
    if missing:
        line.insert(0, (line[0][0], plot.y.end))
    plot.canvas.line(line, DARK_LETTERS, width=5)
    plot.canvas.line(line, LIGHT_LETTERS, width=2.4)
    x, y = line[len(line) // 2]
    right = x + 18 + width_of(name, SMALL) < plot.x.end
    _write(plot, (x + 10 if right else x - 10, min(y + 14, plot.y.start - 9)), name, right=right)


def _columns(one: BoundMap) -> Sequence[tuple[float, Array]]:
    return list(zip(map(float, one.log10_compute), one.bound, strict=True))


def crossing(years: Array, bound: Array, score: float) -> float:
    """Return the first year at which a bound over years reaches a score; NaN when it never does."""
    above = np.flatnonzero(bound >= score)
    if not above.size:
        return float("nan")
    k = int(above[0])
    if k == 0:
        return float(years[0])
    return float(np.interp(score, bound[k - 1 : k + 1], years[k - 1 : k + 1]))


def _write(plot: Plot, at: tuple[float, float], text: str, *, right: bool) -> None:
    """Write on the map: white letters on a dark plate read on every colour."""
    width = width_of(text, SMALL) + 12
    left = max(at[0] - 4 if right else at[0] + 4 - width, plot.x.start + 2)
    plot.canvas.box(left, at[1] - 8, width, 16, DARK_LETTERS, opacity=0.75)
    plot.canvas.text((left + 5, at[1]), text, colour=LIGHT_LETTERS, size=SMALL, bold=True)


def _key(plot: Plot, levels: Array, benchmark: Benchmark) -> None:
    """Draw the colours with the scores they stand for, under the axis."""
    y, left = plot.y.start + 46, plot.x.start
    width = (plot.x.end - left) / len(HEAT)
    for i, colour in enumerate(HEAT):
        plot.canvas.box(left + i * width, y, width, 10, colour, crisp=True)
    for i, level in enumerate(levels):
        said = f"{level:.2f}" if benchmark.link == "logit" else f"{level:.3g}"
        x = left + i * width
        plot.canvas.text((x, y + 18), said, colour="soft", size=9.5, anchor="middle")
    plot.canvas.text((left - 6, y + 5), "bound", colour="soft", size=10, anchor="end")


def _alt(one: BoundMap, benchmark: Benchmark) -> str:
    """Say the corners of the map, and when each limit is reached at little and at much compute."""
    corners = (
        f"least compute, first year {wording.score(float(one.bound[0, 0]), benchmark)}; "
        f"least compute, last year {wording.score(float(one.bound[0, -1]), benchmark)}; "
        f"most compute, first year {wording.score(float(one.bound[-1, 0]), benchmark)}; "
        f"most compute, last year {wording.score(float(one.bound[-1, -1]), benchmark)}"
    )
    said = [
        f"the limit {wording.limit(score)} ({wording.plain(name)}) is reached at least compute "
        f"{_when(crossing(one.years, one.bound[0], score))} and at most compute "
        f"{_when(crossing(one.years, one.bound[-1], score))}"
        for name, score in one.thresholds.items()
    ]
    low, high = 100 * 10 ** one.log10_compute[0], 100 * 10 ** one.log10_compute[-1]
    return (
        f"Heat map of the bound at {wording.level(one.confidence)} for compute from {low:.2g} % to "
        f"{high:.3g} % of pre-training and years {one.years[0]:.2g} to {one.years[-1]:.2g}. "
        f"{corners}; {'; '.join(said)}. {_evidence(one)}"
    )


def _when(year: float) -> str:
    return f"after {wording.years(year)}" if year == year else "not in these years"
