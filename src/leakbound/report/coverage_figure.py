"""The coverage picture: where evidence lies in compute fraction and lag, and where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    "knowledge": "#0072b2",
    "reasoning": "#e69f00",
    "maths": "#009e73",
    "code": "#cc79a7",
    "agentic": "#d55e00",
    "instruction": "#56b4e9",
    "biology": "#8c6d31",
    "chemistry": "#b5a800",
    "cyber": "#7f3c8d",
    "general": "#4d4d4d",
}
STRIPS = (("training,\ncompute unknown", "training"), ("inference,\nno training", "inference"))
LAG_BIN_YEARS = 0.25
DOMAIN_STEP = 0.07


@dataclass(frozen=True)
class Mark:
    """A scenario on the picture.

    `compute_fraction` of pre-training compute, None for no training; `lag` in years to the horizon.
    """

    label: str
    compute_fraction: float | None
    lag: float


def coverage_figure(rows: pd.DataFrame, marks: Sequence[Mark] = ()) -> Figure:
    """Return a figure of prepared evidence rows over log10 compute fraction and lag (years).

    Every attempt counts once per cell; dots grow with attempts, and dots of several domains at
    one place stand side by side. Attempts without a known compute fraction cannot stand on
    the compute axis: two strips at the left count them by lag, one for training, one for
    the inference channel. The shaded box spans the known-compute evidence; marks outside it
    extrapolate.

    Parameters
    ----------
    rows
        What `evidence.prepare` returns.
    marks
        Scenarios to mark.
    """
    from matplotlib.figure import Figure

    cells = rows[rows["attempts"] > 0].drop_duplicates("cell")
    known = cells[cells["log_compute_fraction"].notna()]
    unknown = cells[cells["log_compute_fraction"].isna()]
    figure = Figure(figsize=(9.0, 5.0), layout="constrained")
    axes = figure.subplots(1, 3, sharey=True, width_ratios=[1.0, 1.0, 3.2])
    for axis, (title, channel) in zip(axes, STRIPS, strict=False):
        _strip(axis, unknown[unknown["channel"] == channel], title)
    _plane(axes[2], known)
    _draw_marks(axes, marks)
    top = max([cells["lag"].max() if len(cells) else 0.0, *(mark.lag for mark in marks), 1.0])
    axes[0].set_ylim(-0.04 * top, 1.08 * top)
    axes[0].set_ylabel("lag: years from the base's release to the attempt")
    _legend(figure, known, unknown)
    return figure


def _strip(axis: Any, cells: pd.DataFrame, title: str) -> None:
    """Draw attempts per quarter-year of lag as bars, stacked by domain, on a square-root axis."""
    bins = int(cells["lag"].max() // LAG_BIN_YEARS) + 1 if len(cells) else 1
    left = np.zeros(bins)
    for domain, part in cells.groupby("domain", sort=True):
        counts = np.zeros(bins)
        np.add.at(counts, (part["lag"] // LAG_BIN_YEARS).astype(int), part["attempts"])
        height = 0.9 * LAG_BIN_YEARS
        at = (np.arange(bins) + 0.5) * LAG_BIN_YEARS
        axis.barh(at, counts, height, left=left, color=COLOURS[str(domain)], linewidth=0)
        left += counts
    for i in np.flatnonzero(left):
        place = (left[i], (i + 0.5) * LAG_BIN_YEARS)
        axis.annotate(f" {int(left[i]):,}", place, fontsize=7, va="center", annotation_clip=False)
    axis.set_title(f"{title}\n{int(cells['attempts'].sum()):,} attempts", fontsize=9)
    axis.set_xlabel("attempts")
    axis.tick_params(axis="x", labelsize=8)
    axis.set_xlim(0.0, 1.25 * max(left.max(), 1.0))


def _plane(axis: Any, known: pd.DataFrame) -> None:
    places = known.groupby(["log_compute_fraction", "lag", "domain"], as_index=False)["attempts"]
    counted = places.sum()
    step = counted.groupby(["log_compute_fraction", "lag"]).cumcount() * DOMAIN_STEP
    counted["x"] = counted["log_compute_fraction"] + step
    for domain, part in counted.groupby("domain", sort=True):
        size = 26.0 * part["attempts"]
        axis.scatter(part["x"], part["lag"], s=size, color=COLOURS[str(domain)], linewidths=0)
    if len(known):
        x, y = known["log_compute_fraction"], known["lag"]
        width, height = x.max() - x.min(), y.max() - y.min()
        from matplotlib.patches import Rectangle

        box = Rectangle((x.min(), y.min()), width, height, color="#000000", alpha=0.06, zorder=0)
        axis.add_patch(box)
    axis.set_title(f"compute known\n{int(known['attempts'].sum()):,} attempts", fontsize=9)
    axis.set_xlabel("compute fraction: post-training FLOP / pre-training FLOP of the base")
    ticks = np.arange(-8, 2)
    axis.set_xticks(ticks, [f"$10^{{{tick}}}$" for tick in ticks])
    low = min(-6.5, known["log_compute_fraction"].min() - 0.5) if len(known) else -6.5
    axis.set_xlim(low, 1.0)
    axis.grid(alpha=0.25, linewidth=0.5)


def _draw_marks(axes: Any, marks: Sequence[Mark]) -> None:
    for mark in marks:
        fraction = mark.compute_fraction or 0.0
        axis = axes[2] if fraction > 0 else axes[1]
        low, high = axis.get_xlim()
        x = float(np.clip(np.log10(fraction), low, high)) if fraction > 0 else (low + high) / 2.0
        axis.plot([x, x], [0.0, mark.lag], color="#b00020", linewidth=1.0, linestyle=":")
        axis.plot([x], [mark.lag], marker="*", markersize=14, color="#b00020", clip_on=False)
        right = fraction == 0 or x > -1.0
        axis.annotate(
            mark.label,
            (x, mark.lag),
            xytext=(22 if fraction == 0 else -9 if right else 9, 9),
            textcoords="offset points",
            ha="right" if right else "left",
            fontsize=9,
            color="#b00020",
        )


def _legend(figure: Figure, known: pd.DataFrame, unknown: pd.DataFrame) -> None:
    from matplotlib.patches import Patch

    domains = sorted({*known["domain"], *unknown["domain"]})
    handles = [Patch(color=COLOURS[domain], label=domain) for domain in domains]
    figure.legend(handles=handles, loc="outside lower center", ncols=8, frameon=False, fontsize=9)
