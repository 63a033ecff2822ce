"""Release ceilings: the highest score today that stays within the allowance, and the offset."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

from leakbound.assessment import Assessment, Offset
from leakbound.evidence.registry import Benchmark
from leakbound.report import wording
from leakbound.report.drawing import width_of
from leakbound.report.offset_words import amounts
from leakbound.report.order import by_release
from leakbound.report.picture import Picture
from leakbound.report.pictures.scores import colours_of, score_range, shade_guessing
from leakbound.report.plot import Plot, plot_of
from leakbound.report.table import benchmark_of, today_of

WIDTH, ROW = 360.0, 22.0
LEFT = 94.0


def offset_pictures(found: Assessment) -> list[Picture]:
    """Return ceilings of all scenarios at one limit and horizon, one picture per threshold."""
    return [_offset(found, one) for one in found.offsets if one.ceilings]


def ceiling_pictures(found: Assessment) -> list[Picture]:
    """Return ceilings of each scenario at its own limit and horizon, one picture per threshold."""
    names = dict.fromkeys(row.threshold for row in found.verdicts)
    return [_own(found, name) for name in names]


def _offset(found: Assessment, one: Offset) -> Picture:
    benchmark = benchmark_of(found, one.benchmark)
    today = today_of(found, one.benchmark)
    both = {"closed-api", "open-weights"} <= set(one.ceilings)
    spare = {key: 1.0 - one.confidence - chance for key, chance in one.exceedance.items()}
    plot = _dots(found, benchmark, one.ceilings, spare, today, extra=1 if both else 0)
    said = amounts(one, benchmark)
    if both:
        _bracket(plot, one, benchmark, said)
    shown = "; ".join(
        f"{key} {wording.ceiling(value, benchmark, riskier_below=key in one.riskier_below)}"
        for key, value in one.ceilings.items()
    )
    title = f"{wording.plain(one.threshold)}: how high may today's score be?"
    alt = (
        f"Dot plot. Today's score {wording.score(today, benchmark)}. Ceilings at the same limit "
        f"{wording.limit(one.threshold_score)} within {wording.years(one.horizon_years)}: {shown}."
    )
    if said:
        alt += f" Offset between open weights and the API: {said}."
    note = (
        f"All scenarios at one limit ({wording.limit(one.threshold_score)} on "
        f"{wording.plain(benchmark.title)} within {wording.years(one.horizon_years)}). Filled: "
        "today's score is low enough."
    )
    return Picture(plot.canvas.svg(), title, alt, note)


def _own(found: Assessment, name: str) -> Picture:
    rows = [row for row in found.verdicts if row.threshold == name]
    benchmark, today = benchmark_of(found, rows[0].benchmark), rows[0].today_score
    ceilings = {row.scenario: row.release_ceiling_score for row in rows}
    spare = {row.scenario: 1.0 - row.confidence - row.exceedance for row in rows}
    plot = _dots(found, benchmark, ceilings, spare, today)
    riskier = {key for threshold, key in found.riskier_below if threshold == name}
    shown = "; ".join(
        f"{key} {wording.ceiling(value, benchmark, riskier_below=key in riskier)}"
        for key, value in ceilings.items()
    )
    title = f"{wording.plain(name)}: release ceilings, each at its own limit and horizon"
    alt = f"Dot plot. Today's score {wording.score(today, benchmark)}. Release ceilings: {shown}."
    return Picture(
        plot.canvas.svg(),
        title,
        alt,
        f"Scores on {wording.plain(benchmark.title)}. Filled: today's score is low enough.",
    )


def _dots(
    found: Assessment,
    benchmark: Benchmark,
    values: Mapping[str, float],
    spare: Mapping[str, float],
    today: float,
    *,
    extra: int = 0,
) -> Plot:
    values = {key: _place(values[key], benchmark) for key in by_release(found, values)}
    rows = len(values) + extra
    plot = plot_of(
        (WIDTH, 62.0 + ROW * rows + 8), score_range(benchmark, [today, *values.values()]),
        (rows - 0.5, -0.5), left=LEFT, log=(benchmark.link != "logit", False),
    )  # fmt: skip
    shade_guessing(plot, benchmark)
    ticks = [(float(i), key) for i, key in enumerate(values)]
    plot.frame("highest score today", y_ticks=ticks)
    x = plot.x(today)
    plot.canvas.line([(x, plot.y.end), (x, plot.y.start)], "ink", width=1.2)
    said = f"today {wording.score(today, benchmark)}"
    at = min(max(x, plot.x.start + 30), plot.x.end - width_of(said) / 2)
    plot.canvas.text((at, plot.y.end - 8), said, anchor="middle", halo=True)
    colours = colours_of(found)
    for i, (key, value) in enumerate(values.items()):
        plot.curve([today, value], [i, i], colours[key], width=1.4)
        enough = wording.low_enough(today, value, benchmark, spare=spare[key])
        plot.canvas.mark(plot.at(value, i), colours[key], filled=enough)
    return plot


def _place(ceiling: float, benchmark: Benchmark) -> float:
    """Return where a ceiling is drawn: at chance where no score is low enough."""
    none = isnan(ceiling) and benchmark.link == "logit"
    return benchmark.guess if none else ceiling


def _bracket(plot: Plot, one: Offset, benchmark: Benchmark, said: str) -> None:
    """Draw the offset as an arrow from the closed ceiling to the open one, its size beside it."""
    row = len(one.ceilings)
    low, high = (
        plot.x(_place(one.ceilings[key], benchmark)) for key in ("open-weights", "closed-api")
    )
    y = plot.y(row)
    plot.canvas.line([(low, y), (high, y)], "ink", width=1.4)
    for x in (low, high):
        plot.canvas.line([(x, y - 5), (x, y + 5)], "ink", width=1.4)
    first = said.split(", ")[0]
    right = high + 8 + width_of(first) < plot.x.end
    at = (high + 8, y) if right else (low - 8, y)
    plot.canvas.text(at, first, anchor="start" if right else "end", halo=True, bold=True)
