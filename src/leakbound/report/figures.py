"""Pictures of a report as SVG text, the same bytes each time, each with what it shows in words."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leakbound.assessment import Assessment, OutcomeRow
from leakbound.bound import PathOverYears
from leakbound.effort import effort_grid
from leakbound.evidence.registry import Benchmark
from leakbound.report import wording
from leakbound.report.coverage_figure import Mark
from leakbound.report.tables import benchmark_of
from leakbound.units import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RELEASE_COLOURS = {
    "closed-api": ("#0072b2", "#004c78", "#56b4e9"),
    "theft": ("#e8a33d", "#d97706", "#b45309", "#7c2d12"),
    "open-weights": ("#a8174f", "#6d28d9", "#be185d"),
}
SETTINGS: Any = {
    "svg.hashsalt": "leakbound",
    "svg.fonttype": "none",
    "font.size": 11,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
OUTCOME_CONFIDENCE = 0.95
LABEL_STEPS = (0.0, -0.05, 0.05, -0.065, 0.065, -0.08, 0.08, -0.1, 0.1, -0.15, 0.15)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """SVG text, a title, and in words what it shows (for who cannot see it)."""

    svg: str
    title: str
    alt: str


def main_pictures(found: Assessment) -> list[Picture]:
    """Return score over years since release, one picture per benchmark."""
    keys = dict.fromkeys(path.benchmark for path in found.paths)
    return [_picture(_over_years(found, key), f"years-{i}") for i, key in enumerate(keys)]


def ceiling_pictures(found: Assessment) -> list[Picture]:
    """Return today's score against the release ceilings, one picture per threshold."""
    names = dict.fromkeys(row.threshold for row in found.verdicts)
    return [_picture(_ceilings(found, name), f"ceiling-{i}") for i, name in enumerate(names)]


def comparator_pictures(found: Assessment) -> list[Picture]:
    """Return what published rules expect against the bounds, one picture per threshold."""
    names = dict.fromkeys(row.threshold for row in found.comparators)
    return [_picture(_rules(found, name), f"rules-{i}") for i, name in enumerate(names)]


def coverage_pictures(found: Assessment) -> list[Picture]:
    """Return what the evidence covers in compute and lag, driving groups marked, if it has attempts."""
    from leakbound.evidence.table import prepare
    from leakbound.report.coverage_figure import coverage_figure

    if "attempts" not in found.evidence.rows or found.evidence.rows.empty:
        return []
    rows = prepare(found.evidence.rows, found.evidence.registry)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        figure = coverage_figure(rows, _marks(found))
        svg = _svg(figure, "coverage")
    alt = "Attempts in the evidence by years of lag and share of training compute; " + "; ".join(
        f"{mark.label} at lag {mark.lag:.2g} years" for mark in _marks(found)
    )
    return [Picture(svg, "What the evidence covers, and where the scenarios lie", alt)]


def _marks(found: Assessment) -> list[Mark]:
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


def scenario_colours(found: Assessment) -> dict[str, str]:
    """Return a colour for each scenario: one hue per release mode."""
    counts: dict[str, int] = {}
    colours = {}
    for key, scenario in found.scenarios.items():
        shades = RELEASE_COLOURS[scenario.release]
        k = counts.get(scenario.release, 0)
        colours[key] = shades[k % len(shades)]
        counts[scenario.release] = k + 1
    return colours


Drawing = tuple[Callable[["Figure"], None], tuple[float, float], str, str]


def _picture(drawing: Drawing, prefix: str) -> Picture:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    draw, size, title, alt = drawing
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        return Picture(_svg(figure, prefix), title, alt)


def _svg(figure: Figure, prefix: str) -> str:
    import matplotlib as mpl

    metadata: Any = {"Date": None, "Creator": None}
    text = io.StringIO()
    with mpl.rc_context(SETTINGS):
        figure.savefig(text, format="svg", transparent=True, metadata=metadata)
    return inline_svg(text.getvalue(), prefix)


def inline_svg(text: str, prefix: str) -> str:
    """Return an SVG file's root element, ready to stand in a page.

    Its size follows the page, its ids carry `prefix`, and nothing in it points outside.
    """
    root = text[text.index("<svg") :]
    root = re.sub(r"<metadata>.*?</metadata>", "", root, count=1, flags=re.DOTALL)
    root = re.sub(r'<svg[^>]*?viewBox="([^"]+)"[^>]*>', _opening, root, count=1, flags=re.DOTALL)
    root = re.sub(r'(<[^<>]*?\s)id="', rf'\1id="{prefix}-', root)
    root = re.sub(r'(<[^<>]*?)xlink:href="#', rf'\1href="#{prefix}-', root)
    return re.sub(r"url\(#", f"url(#{prefix}-", root).strip()


def _opening(found: re.Match[str]) -> str:
    return f'<svg viewBox="{found.group(1)}" aria-hidden="true" focusable="false">'


def _over_years(found: Assessment, key: str) -> Drawing:
    benchmark = benchmark_of(found, key)
    paths = [path for path in found.paths if path.benchmark == key]
    today = next(row.today_score for row in found.verdicts if row.benchmark == key)
    colours = scenario_colours(found)
    outcomes = [row for row in found.outcomes if row.outcome.benchmark == key]
    span = max([float(paths[0].years[-1]), *(row.years for row in outcomes)])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for path in paths:
            years, bound = _with_outcomes(path, outcomes)
            colour = colours[path.scenario]
            axes.plot(years, bound, color=colour, linewidth=2.2, label=path.scenario)
            axes.plot(path.years, path.median, color=colour, linewidth=1.1, linestyle=(0, (4, 2)))
        _limits(axes, found, key, span)
        axes.plot([0], [today], marker="D", color="black", markersize=7, clip_on=False, zorder=5)
        axes.annotate(f"today {wording.score(today, benchmark)}", (0, today), xytext=(9, -4),
                      textcoords="offset points", fontsize=10)  # fmt: skip
        for row in outcomes:
            at = (row.years, row.outcome.score)
            axes.plot(*at, marker="*", color="black", markersize=12, zorder=6, linestyle="none")
        axes.set_xlim(0.0, span * 1.02)
        axes.set_xlabel("years since release")
        axes.set_ylabel(f"score on {wording.plain(benchmark.title)}")
        if benchmark.link == "logit":
            axes.set_ylim(0.0, 1.02)
        else:
            axes.set_yscale("log")
        axes.grid(alpha=0.2, linewidth=0.6)
        _label_outcomes(axes, outcomes, today)
        _legend(figure, axes)

    confidence = wording.level(paths[0].confidence)
    name = wording.plain(found.candidate.name)
    title = f"{wording.plain(benchmark.title)}: how far others could take {name}"
    ends = "; ".join(
        f"{path.scenario}: median {wording.score(path.median[-1], benchmark)}, "
        f"bound {wording.score(path.bound[-1], benchmark)}"
        for path in paths
    )
    reached = "; ".join(
        f"{wording.plain(row.outcome.name)} {wording.score(row.outcome.score, benchmark)} "
        f"after {wording.years(row.years)}"
        for row in outcomes
    )
    alt = (
        f"Line chart, score over years since release. Today {wording.score(today, benchmark)}. "
        f"After {wording.years(float(paths[0].years[-1]))}, with bounds at {confidence}: {ends}."
        + (f" Reached later: {reached}." if reached else "")
    )
    return draw, (6.4, 5.4), title, alt


def _with_outcomes(path: PathOverYears, outcomes: list[OutcomeRow]) -> tuple[Array, Array]:
    """Return the bound over years, with the bounds known for the days of outcomes put in."""
    years, bound = list(path.years), list(path.bound)
    if path.confidence == OUTCOME_CONFIDENCE:
        for row in outcomes:
            if path.scenario in row.bound_by_scenario and row.years < path.years[-1]:
                years.append(row.years)
                bound.append(row.bound_by_scenario[path.scenario])
    order = np.argsort(years)
    return np.asarray(years)[order], np.maximum.accumulate(np.asarray(bound)[order])


def _limits(axes: Axes, found: Assessment, key: str, span: float) -> None:
    drawn = set()
    for row in found.verdicts:
        place = (row.release, row.threshold_score, row.horizon_years)
        if row.benchmark != key or place in drawn:
            continue
        drawn.add(place)
        colour = RELEASE_COLOURS[row.release][0 if row.release != "theft" else 2]
        axes.plot([0, row.horizon_years], [row.threshold_score] * 2, color=colour, linewidth=1.4,
                  linestyle=":", zorder=3)  # fmt: skip
        axes.plot([row.horizon_years], [row.threshold_score], marker="|", color=colour,
                  markersize=14, markeredgewidth=2, zorder=3)  # fmt: skip
        inside = row.horizon_years < 0.75 * span
        style: Any = {"ha": "left" if inside else "right", "color": colour, "fontsize": 9}
        offset = (6, -3) if inside else (-6, 4)
        text = axes.annotate(f"limit, {row.release}", (row.horizon_years, row.threshold_score),
                             offset, textcoords="offset points", **style)  # fmt: skip
        _halo(text)


def _label_outcomes(axes: Axes, outcomes: list[OutcomeRow], today: float) -> None:
    """Write each outcome's name beside its star, where no other star or name stands."""
    to_share = axes.transData + axes.transAxes.inverted()
    stars = [to_share.transform((row.years, row.outcome.score)) for row in outcomes]
    taken = [(x - 0.015, x + 0.015, y - 0.02, y + 0.02) for x, y in stars]
    level = float(to_share.transform((0.0, today))[1])
    taken.append((0.0, 0.2, level - 0.03, level + 0.03))
    for row, (x, y) in zip(outcomes, stars, strict=True):
        name = wording.plain(row.outcome.name)
        width = 0.0165 * len(name)
        places = [(x + side, y + dy, side > 0) for dy in LABEL_STEPS for side in (0.02, -0.02)]
        boxes = [
            (at if right else at - width, at + width if right else at, up - 0.022, up + 0.022)
            for at, up, right in places
        ]
        free = [i for i, box in enumerate(boxes) if _inside(box) and not _hits(box, taken)]
        best = free[0] if free else 0
        taken.append(boxes[best])
        at, up, right = places[best]
        text = axes.text(at, up, name, transform=axes.transAxes, fontsize=9.5, zorder=7,
                         ha="left" if right else "right", va="center")  # fmt: skip
        _halo(text)


def _inside(box: Box) -> bool:
    return box[0] >= 0.0 and box[1] <= 1.0 and box[2] >= 0.0 and box[3] <= 1.0


def _hits(box: Box, others: list[Box]) -> bool:
    return any(
        box[0] < other[1] and other[0] < box[1] and box[2] < other[3] and other[2] < box[3]
        for other in others
    )


def _halo(text: Any) -> None:
    from matplotlib.patheffects import withStroke

    text.set_path_effects([withStroke(linewidth=3, foreground="white")])


def _legend(figure: Figure, axes: Axes) -> None:
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    grey: Any = {"color": "#555555"}
    handles += [
        Line2D([], [], linestyle=(0, (4, 2)), linewidth=1.1, **grey),
        Line2D([], [], linestyle="none", marker="*", markersize=10, color="black"),
    ]
    labels += ["median (bound: solid)", "reached later"]
    if not any(line.get_marker() == "*" for line in axes.get_lines()):
        handles, labels = handles[:-1], labels[:-1]
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=10)


def _ceilings(found: Assessment, name: str) -> Drawing:
    rows = [row for row in found.verdicts if row.threshold == name]
    benchmark = benchmark_of(found, rows[0].benchmark)
    colours = scenario_colours(found)
    today = rows[0].today_score

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for i, row in enumerate(rows):
            colour = colours[row.scenario]
            ceiling = row.release_ceiling_score
            axes.plot([today, ceiling], [i, i], color=colour, linewidth=1.5, alpha=0.6)
            filled = colour if today <= ceiling else "white"
            axes.plot([ceiling], [i], marker="o", markersize=10, color=colour,
                      markerfacecolor=filled, markeredgewidth=2)  # fmt: skip
        axes.axvline(today, color="black", linewidth=1.2)
        _score_axis(axes, benchmark, [row.scenario for row in rows])
        axes.set_title(f"line: today {wording.score(today, benchmark)}; filled: low enough",
                       fontsize=10, loc="left")  # fmt: skip
        axes.set_xlabel(f"highest score today on {wording.plain(benchmark.title)}")

    shown = "; ".join(
        f"{row.scenario} {wording.ceiling(row.release_ceiling_score, benchmark)}" for row in rows
    )
    title = f"{wording.plain(name)}: release ceilings"
    alt = f"Dot plot. Today's score {wording.score(today, benchmark)}. Release ceilings: {shown}."
    return draw, (6.4, 1.6 + 0.34 * len(rows)), title, alt


def _rules(found: Assessment, name: str) -> Drawing:
    bounds = [row for row in found.verdicts if row.threshold == name]
    benchmark = benchmark_of(found, bounds[0].benchmark)
    rules = {row.title: row.bound_score for row in found.comparators if row.threshold == name}
    colours = scenario_colours(found)
    reached = [row.outcome for row in found.outcomes if row.outcome.benchmark == benchmark.key]
    best = max(reached, key=lambda one: one.score, default=None)
    labels = [_shortened(title) for title in rules]
    labels += [f"bound, {row.scenario}" for row in bounds]
    if best is not None:
        labels.append(f"reached: {wording.plain(best.name)}")

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for i, value in enumerate(rules.values()):
            axes.plot([value], [i], marker="s", markersize=8, color="#555555")
        for i, row in enumerate(bounds, start=len(rules)):
            axes.plot([row.bound_score], [i], marker="o", markersize=9, color=colours[row.scenario])
        if best is not None:
            axes.plot([best.score], [len(labels) - 1], marker="*", markersize=13, color="black")
        for release, limit in {row.release: row.threshold_score for row in bounds}.items():
            shade = RELEASE_COLOURS[release][0 if release != "theft" else 2]
            style: Any = {"linestyle": ":", "linewidth": 1.6, "label": f"limit, {release}"}
            axes.axvline(limit, color=shade, **style)
        axes.axvline(bounds[0].today_score, color="black", linewidth=1, label="today")
        _score_axis(axes, benchmark, labels)
        axes.set_xlabel(f"score on {wording.plain(benchmark.title)}")
        figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=9.5)

    said = _listed(rules, benchmark)
    ours = _listed({row.scenario: row.bound_score for row in bounds}, benchmark)
    title = f"{wording.plain(name)}: published rules against the bounds"
    alt = f"Dot plot. Published rules expect: {said}. Bounds: {ours}."
    if best is not None:
        alt += f" Reached later: {wording.plain(best.name)} {wording.score(best.score, benchmark)}."
    return draw, (6.4, 1.5 + 0.34 * len(labels)), title, alt


def _listed(scores: Mapping[str, float], benchmark: Benchmark) -> str:
    shown = (f"{name} {wording.score(value, benchmark)}" for name, value in scores.items())
    return "; ".join(shown)


def _shortened(title: str, limit: int = 34) -> str:
    shown = wording.plain(title)
    return shown if len(shown) <= limit else f"{shown[: limit - 1].rstrip()}…"


def _score_axis(axes: Axes, benchmark: Benchmark, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), labels, fontsize=10)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="y", alpha=0.2, linewidth=0.6)
    if benchmark.link == "logit":
        axes.set_xlim(-0.02, 1.03)
        if benchmark.guess:
            axes.axvspan(-0.02, benchmark.guess, color="#000000", alpha=0.05, linewidth=0)
            _chance(axes, benchmark.guess, len(labels))
    else:
        axes.set_xscale("log")


def _chance(axes: Axes, guess: float, rows: int) -> None:
    style: Any = {"ha": "right", "fontsize": 8, "color": "#555555"}
    axes.annotate("chance", (guess, rows - 0.62), (-3, 0), textcoords="offset points", **style)
