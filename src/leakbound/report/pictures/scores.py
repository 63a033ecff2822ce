"""What pictures of scores share: the score axis, colours of scenarios, guessing shaded."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from leakbound.assessment import Assessment
from leakbound.evidence.registry import Benchmark
from leakbound.report import palette
from leakbound.report.plot import Plot


def score_range(benchmark: Benchmark, values: Iterable[float]) -> tuple[float, float]:
    """Return the range of a score axis: 0 to 1 for accuracies, else what holds all values."""
    if benchmark.link == "logit":
        return 0.0, 1.0
    known = [value for value in values if isfinite(value) and value > 0.0] or [1.0]
    return min(known) / 1.5, max(known) * 1.5


def colours_of(found: Assessment) -> dict[str, str]:
    """Return the colour of each scenario."""
    pairs = ((key, scenario.release) for key, scenario in found.scenarios.items())
    return palette.scenario_colours(pairs)


def shade_guessing(plot: Plot, benchmark: Benchmark) -> None:
    """Shade scores on the x axis that guessing reaches."""
    if benchmark.link != "logit" or not benchmark.guess:
        return
    left, right = plot.x.start, plot.x(benchmark.guess)
    top, height = plot.y.end, plot.y.start - plot.y.end
    plot.canvas.box(left, top, right - left, height, "line", opacity=0.45)
    if right - left > 40:
        at = ((left + right) / 2, plot.y.end - 7)
        plot.canvas.text(at, "guessing", colour="soft", size=9, anchor="middle")
