"""First-crossing curves: the chance over years that a limit has been reached, per scenario."""

from __future__ import annotations

from leakbound.assessment import Assessment
from leakbound.explain.surfacemap import CrossingCurve
from leakbound.report import wording
from leakbound.report.picture import Picture
from leakbound.report.pictures.scores import colours_of
from leakbound.report.plot import Plot, Tick, plot_of, spread

SIZE = (360.0, 300.0)
RIGHT = 104.0
SHARES: list[Tick] = [(k / 4, f"{25 * k} %") for k in range(5)]


def crossing_pictures(found: Assessment) -> list[Picture]:
    """Return one picture per threshold that has curves."""
    names = dict.fromkeys(curve.threshold for curve in found.crossings)
    return [_picture(found, name) for name in names]


def _picture(found: Assessment, name: str) -> Picture:
    curves = [curve for curve in found.crossings if curve.threshold == name]
    colours = colours_of(found)
    span = max(float(curve.years[-1]) for curve in curves)
    plot = plot_of(SIZE, (0.0, span), (0.0, 1.0), right=RIGHT)
    plot.frame("years since release", "chance that the limit has been reached", y_ticks=SHARES)
    for allowance in dict.fromkeys(curve.allowance for curve in curves):
        _allowance(plot, allowance)
    for curve in curves:
        years, chance = [0.0, *curve.years], [0.0, *curve.exceedance]
        plot.curve(years, chance, colours[curve.scenario], width=2.2)
    ends = [plot.y(float(curve.exceedance[-1])) for curve in curves]
    places = spread(ends, plot.y.end, plot.y.start, 13.0)
    for curve, end, place in zip(curves, ends, places, strict=True):
        x, colour = plot.x(float(curve.years[-1])), colours[curve.scenario]
        plot.canvas.line([(x + 1, end), (plot.x.end + 10, place)], colour, width=1)
        plot.canvas.text((plot.x.end + 12, place), curve.scenario, colour=colour, bold=True)
    title = f"{wording.plain(name)}: chance over years that the limit has been reached"
    note = "Each scenario at its own limit; dotted: the allowance."
    return Picture(plot.canvas.svg(), title, _alt(curves), note)


def _allowance(plot: Plot, allowance: float) -> None:
    y = plot.y(allowance)
    plot.canvas.line([(plot.x.start, y), (plot.x.end, y)], "ink", width=1.4, dash="2 3")
    said = f"allowance {wording.level(allowance)}"
    plot.canvas.text((plot.x.end - 4, y - 7), said, size=10, anchor="end", halo=True)


def _alt(curves: list[CrossingCurve]) -> str:
    said = [
        f"{curve.scenario} (limit {wording.limit(curve.threshold_score)}) "
        f"{wording.chance(float(curve.exceedance[-1]))} after "
        f"{wording.years(float(curve.years[-1]))}, over the allowance "
        f"{_when(curve)}"
        for curve in curves
    ]
    return f"Line chart, chance of having reached the limit over years: {'; '.join(said)}."


def _when(curve: CrossingCurve) -> str:
    over = [year for year, p in zip(curve.years, curve.exceedance, strict=True)
            if p > curve.allowance]  # fmt: skip
    return f"within {wording.years(float(over[0]))}" if over else "never in these years"
