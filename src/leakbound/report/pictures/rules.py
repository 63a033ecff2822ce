"""Published rules against our bounds and against what was reached."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from leakbound.assessment import Assessment
from leakbound.bound import BoundRow
from leakbound.candidate.types import Outcome
from leakbound.evidence.registry import Benchmark
from leakbound.report import palette, wording
from leakbound.report.order import by_release
from leakbound.report.past import Coverage
from leakbound.report.picture import Picture
from leakbound.report.pictures.scores import colours_of, score_range, shade_guessing
from leakbound.report.plot import Plot, plot_of
from leakbound.report.table import benchmark_of

WIDTH, ROW, LEFT = 360.0, 20.0, 156.0
LONGEST = 22
SHORT = {
    "asl3-1pct": "1 % test (ASL-3)",
    "six-months": "1 % test + 6 months",
    "eu-third": "test with 1/3 (EU)",
    "buffer-2x": "2x buffer",
    "buffer-4x": "4x buffer",
    "buffer-6x": "6x buffer",
}


def rule_pictures(found: Assessment, coverage: Coverage) -> list[Picture]:
    """Return what published rules expect against the bounds, one picture per threshold."""
    names = dict.fromkeys(row.threshold for row in found.comparators)
    return [_picture(found, name, coverage) for name in names]


def _picture(found: Assessment, name: str, coverage: Coverage) -> Picture:
    mine = {row.scenario: row for row in found.verdicts if row.threshold == name}
    bounds = [mine[key] for key in by_release(found, mine)]
    benchmark = benchmark_of(found, bounds[0].benchmark)
    rules = {
        SHORT.get(row.comparator, shortened(row.title)): row.bound_score
        for row in found.comparators
        if row.threshold == name
    }
    reached = [row.outcome for row in found.outcomes if row.outcome.benchmark == benchmark.key]
    best = max(reached, key=lambda one: one.score, default=None)
    plot = _draw(found, benchmark, rules, bounds, best)
    said = _listed(rules, benchmark)
    ours = _listed({row.scenario: row.bound_score for row in bounds}, benchmark)
    alt = f"Dot plot. Published rules expect: {said}. Bounds: {ours}."
    if best is not None:
        alt += f" Reached later: {wording.plain(best.name)} {wording.score(best.score, benchmark)}."
    title = f"{wording.plain(name)}: published rules against the bounds"
    note = "Squares: what a rule expects; circles: our bound; dotted: limits; solid: today"
    note += ". " if best is None else "; star: reached later. "
    note += coverage.notes(bounds)
    return Picture(plot.canvas.svg(), title, alt, note)


def _draw(
    found: Assessment,
    benchmark: Benchmark,
    rules: Mapping[str, float],
    bounds: list[BoundRow],
    best: Outcome | None,
) -> Plot:
    labels = list(rules)
    labels += [f"bound, {row.scenario}" for row in bounds]
    if best is not None:
        labels.append(shortened(best.name, 19))
    values = [*rules.values(), *(row.bound_score for row in bounds)]
    plot = plot_of(
        (WIDTH, 66.0 + ROW * len(labels)), score_range(benchmark, values), (len(labels) - 0.4, -0.6),
        left=LEFT, log=(benchmark.link != "logit", False),
    )  # fmt: skip
    shade_guessing(plot, benchmark)
    ticks = [(float(i), label) for i, label in enumerate(labels)]
    plot.frame(f"score on {wording.plain(benchmark.title)}", y_ticks=ticks)
    _verticals(plot, bounds)
    for i, value in enumerate(rules.values()):
        if isfinite(value):
            plot.canvas.mark(plot.at(value, i), "soft", shape="square", size=4.5)
    colours = colours_of(found)
    for i, row in enumerate(bounds, start=len(rules)):
        plot.canvas.mark(plot.at(row.bound_score, i), colours[row.scenario])
    if best is not None:
        plot.canvas.mark(plot.at(best.score, len(labels) - 1), "ink", shape="star", size=6)
    return plot


def _verticals(plot: Plot, bounds: list[BoundRow]) -> None:
    limits = dict.fromkeys((row.release, row.threshold_score) for row in bounds)
    for release, limit in limits:
        x = plot.x(limit)
        colour = palette.release_colour(release)
        plot.canvas.line([(x, plot.y.start), (x, plot.y.end)], colour, width=1.5, dash="1.5 2.5")
    x = plot.x(bounds[0].today_score)
    plot.canvas.line([(x, plot.y.start), (x, plot.y.end)], "ink", width=1.1)


def _listed(scores: Mapping[str, float], benchmark: Benchmark) -> str:
    shown = (f"{wording.plain(name)} {wording.score(v, benchmark)}" for name, v in scores.items())
    return "; ".join(shown)


def shortened(title: str, limit: int = LONGEST) -> str:
    """Return a title that fits beside an axis."""
    shown = wording.plain(title)
    return shown if len(shown) <= limit else f"{shown[: limit - 1].rstrip()}…"
