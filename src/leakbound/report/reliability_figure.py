"""The reliability figure: how often bounds held, against how often they said they would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from leakbound.report.figures import look, save_figure

SUBSETS = ("known", "new")
QUANTITIES = ("attempt", "best")
COLOURS = ("#0b3d91", "#b5651d", "#3c7a3c", "#8b8b8b", "#7b2d7b")


def reliability_figure(
    rows: pd.DataFrame, methods: Sequence[str], path: Path, *, title: str = ""
) -> None:
    """Draw observed coverage against the stated level as SVG, the same bytes each time.

    One panel per quantity and subset, a line per method and cut over all benchmarks; the first
    method carries its 95 % interval over bases. On or above the diagonal is conservative.
    """
    with look(9):
        _draw(rows, methods, path, title)


def _draw(rows: pd.DataFrame, methods: Sequence[str], path: Path, title: str) -> None:
    from matplotlib.figure import Figure

    at = rows[(rows["benchmark"] == "all") & (rows["group"] == "")]
    figure = Figure(figsize=(8.0, 7.0), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True, squeeze=False)
    for i, quantity in enumerate(QUANTITIES):
        for j, subset in enumerate(SUBSETS):
            here = at[(at["quantity"] == quantity) & (at["subset"] == subset)]
            _panel(panels[i, j], here, methods)
            panels[i, j].set_title(f"{quantity}, {subset} bases")
    for panel in panels[-1]:
        panel.set_xlabel("stated level")
    for panel in panels[:, 0]:
        panel.set_ylabel("share of outcomes covered")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 3))
    figure.suptitle(title)
    save_figure(figure, path)


def _panel(panel: Any, rows: pd.DataFrame, methods: Sequence[str]) -> None:
    panel.plot([0.5, 1.0], [0.5, 1.0], color="black", linewidth=0.8, linestyle=":")
    for method, colour in zip(methods, COLOURS, strict=False):
        label: str | None = method
        for _, line in rows[rows["method"] == method].groupby(["data", "cut"]):
            line = line.sort_values("level")
            panel.plot(
                line["level"],
                line["coverage"],
                color=colour,
                label=label,
                marker="o",
                markersize=2.5,
            )
            if method == methods[0]:
                panel.fill_between(
                    line["level"],
                    line["coverage_low"],
                    line["coverage_high"],
                    color=colour,
                    alpha=0.12,
                )
            label = None
    panel.set_xlim(0.48, 1.0)
    panel.set_ylim(0.2, 1.02)
