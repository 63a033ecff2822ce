"""The calibration figure: one panel per quantity, its rank ECDF less the diagonal, in its band."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from leakbound.calibration.ranks import BAND, Uniformity, band, counts_below
from leakbound.proof.outcome import BOUND, Calibration
from leakbound.report.figures import look, save_figure

COLUMNS = 6
INSIDE, OUTSIDE, FOCUS = "#0b3d91", "#a3122a", "#fdf1d8"


def calibration_figure(found: Calibration, path: Path) -> None:
    """Draw the ranks of every quantity, as SVG or PNG by the suffix; the same bytes each time.

    A line inside the grey band is what uniform ranks look like; the band is simultaneous over the
    whole line at 95 %, for one panel alone. A line that leaves it is red. The bound's own panels come
    first, on a tinted ground. An S says that truths lie too high or too low, an arch that posteriors
    are too narrow or too wide.
    """
    with look(8):
        _draw(found, path)


def _draw(found: Calibration, path: Path) -> None:
    from matplotlib.figure import Figure

    ordered = sorted(found.quantities, key=_place)
    rows = -(-len(ordered) // COLUMNS)
    figure = Figure(figsize=(2.0 * COLUMNS, 1.45 * rows + 0.8), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    for panel, one in zip(panels.flat, ordered, strict=False):
        _panel(panel, one, found)
    for panel in panels.flat[len(ordered) :]:
        panel.axis("off")
    figure.supxlabel("rank of the truth, as a share")
    figure.supylabel("share of simulations below, less the diagonal")
    figure.suptitle(headline(found))
    save_figure(figure, path, dpi=110)


def _place(one: Uniformity) -> int:
    return 0 if one.name.startswith(BOUND) else 1 if _of_bound(one) else 2


def _of_bound(one: Uniformity) -> bool:
    return one.name.startswith((BOUND, "location"))


def headline(found: Calibration) -> str:
    """Return what the calibration says, in one line."""
    outside = sum(not one.inside for one in found.quantities)
    return (
        f"{found.variant} calibration of {found.model}: {found.simulations} simulations, "
        f"{outside} of {len(found.quantities)} quantities outside their {BAND:.0%} band "
        f"({(1.0 - BAND) * len(found.quantities):.0f} expected by chance), "
        f"{len(found.unconverged)} fits not converged"
    )


def _panel(panel: Any, one: Uniformity, found: Calibration) -> None:
    levels = found.levels
    share = np.arange(1, levels + 1) / (levels + 1)
    low, high = band(one.ranks, levels)
    below = counts_below(found.ranks[one.name], levels) / one.ranks
    ends = np.concatenate([[0.0], share, [1.0]])
    panel.fill_between(share, low - share, high - share, color="#d5d9df", step="mid", linewidth=0)
    line = np.concatenate([[0.0], below - share, [0.0]])
    panel.plot(ends, line, color=INSIDE if one.inside else OUTSIDE, linewidth=1.2)
    panel.axhline(0.0, color="black", linewidth=0.5, linestyle=":")
    panel.set_title(f"{one.name}  p={one.p:.2g}", fontsize=7.5)
    if _of_bound(one):
        panel.set_facecolor(FOCUS)
