"""What better security is worth: total exceedance at every security level, against release."""

from __future__ import annotations

from leakbound.assessment import Assessment
from leakbound.report import wording
from leakbound.report.picture import Picture
from leakbound.report.pictures.crossings import SHARES
from leakbound.report.plot import Plot, plot_of
from leakbound.risk import TotalRisk

SIZE = (360.0, 236.0)


def security_pictures(found: Assessment) -> list[Picture]:
    """Return one small picture per threshold that has a total risk."""
    return [_picture(one) for one in found.risks if one.steps]


def _picture(one: TotalRisk) -> Picture:
    plot = plot_of(SIZE, (0.4, len(one.steps) + 0.6), (0.0, 1.0), top=42.0)
    levels = [(i + 1.0, f"SL{step.level}") for i, step in enumerate(one.steps)]
    plot.frame("security level", "total chance", x_ticks=levels, y_ticks=SHARES)
    y = plot.y(one.released)
    plot.canvas.line([(plot.x.start, y), (plot.x.end, y)], "open-1", width=2, dash="6 3")
    said = f"released: {wording.chance(one.released)}"
    plot.canvas.text((plot.x.end, 9), said, colour="open-1", anchor="end", bold=True)
    y = plot.y(one.unleaked)
    plot.canvas.line([(plot.x.start, y), (plot.x.end, y)], "closed-1", width=1.6, dash="2 3")
    for i, step in enumerate(one.steps):
        _bar(plot, i + 1.0, step.total, mine=step.level == one.level)
    return Picture(plot.canvas.svg(), _title(one), _alt(one), _note(one))


def _bar(plot: Plot, x: float, total: float, *, mine: bool) -> None:
    left, right = plot.x(x - 0.32), plot.x(x + 0.32)
    top = plot.y(total)
    colour = "theft-4" if mine else "theft-2"
    plot.canvas.box(left, top, right - left, plot.y.start - top, colour, opacity=1 if mine else 0.7)
    said = wording.chance(total).replace("over", ">").replace("under", "<")
    plot.canvas.text(((left + right) / 2, top - 8), said, anchor="middle", halo=True, bold=mine)


def _title(one: TotalRisk) -> str:
    return f"{wording.plain(one.threshold)}: what security is worth if the weights are kept"


def _note(one: TotalRisk) -> str:
    stated = "the candidate's level" if one.stated else "the default level"
    mine = f" Bold: {stated}, SL{one.level}." if one.level is not None else ""
    return (
        f"Chance to reach {wording.limit(one.threshold_score)} within "
        f"{wording.years(one.horizon_years)}.{mine} Dashed: published. Dotted: the "
        f"API alone, without a theft ({wording.chance(one.unleaked)})."
    )


def _alt(one: TotalRisk) -> str:
    bars = "; ".join(f"SL{step.level} {wording.chance(step.total)}" for step in one.steps)
    return (
        f"Bar chart of the total chance by security level: {bars}. Released: "
        f"{wording.chance(one.released)}. API without a theft: {wording.chance(one.unleaked)}."
    )
