"""The sensitivity figure: how far each bound moves with each prior and each source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from leakbound.report.figures import look, save_figure
from leakbound.sensitivity.influence import Change, Influence, Sensitivity

STRONGER = 1.25
MOST_PRIORS = 20
Row = tuple[str, Influence, float]


def sensitivity_figure(found: Sensitivity, path: Path, *, title: str = "") -> None:
    """Draw how far each bound moves when a belief is strengthened or a source left out, as SVG.

    A row is a prior or a source with its density to the power 1.25, or a source left out, in the order
    of the table; a column is a threshold and scenario. Numbers are logits (log units or OOM on other
    scales); the colour is the move as a share of the margin between bound and threshold, full at the
    whole margin. Grey and without colour is what lies within two Monte-Carlo errors of zero. A dot
    marks a verdict that changes, a dash a number that would need a fit; below it stands how many priors
    are not shown. The same bytes each time.
    """
    with look(8.5):
        _draw(found, path, title)


def _draw(found: Sensitivity, path: Path, title: str) -> None:
    from matplotlib.figure import Figure

    rows = _rows(found)
    size = (4.4 + 0.56 * len(found.answers), max(4.6, 2.2 + 0.24 * len(rows)))
    figure = Figure(figsize=size, layout="constrained")
    panel = figure.subplots()
    shares = np.array([_shares(one, power, found) for _, one, power in rows])
    image = panel.imshow(
        np.ma.masked_invalid(shares), cmap="RdBu_r", vmin=-1.0, vmax=1.0, aspect="auto"
    )
    _label(panel, found, [name for name, _, _ in rows])
    for i, (_, one, power) in enumerate(rows):
        _numbers(panel, i, one.at(power), len(found.answers))
    figure.colorbar(
        image,
        ax=panel,
        label="share of the margin; red: higher",
        shrink=0.6,
        extend="both",
    )
    panel.set_title(f"{title}: change of the bound {_scale(found)}", loc="left")
    panel.set_xlabel(_legend(found))
    save_figure(figure, path)


def _scale(found: Sensitivity) -> str:
    changes = [change for one in found.influences for change in one.changes]
    links = {move.link for change in changes for move in change.moves}
    return "in logits" if links <= {"logit"} else "in logits, log units or OOM"


def _legend(found: Sensitivity) -> str:
    hidden = len(found.of("prior")) - MOST_PRIORS
    verb = "prior is" if hidden == 1 else "priors are"
    left = f"\n{hidden} less important {verb} not shown" if hidden > 0 else ""
    signs = "●: the verdict changes; –: a fit would be needed; grey: not told from zero"
    return signs + left


def _rows(found: Sensitivity) -> list[Row]:
    priors = found.of("prior")[:MOST_PRIORS]
    rows: list[Row] = [(f"prior {one.name}, stronger", one, STRONGER) for one in priors]
    for word, power in (("stronger", STRONGER), ("left out", 0.0)):
        rows += [(f"{one.name}, {word}", one, power) for one in found.of("source")]
    return rows


def _shares(one: Influence, power: float, found: Sensitivity) -> list[float]:
    change = one.at(power)
    moves = change.moves if change else ()
    signed = [
        float(np.copysign(move.of_margin, move.logits)) if move.told else float("nan")
        for move in moves
    ]
    return signed or [float("nan")] * len(found.answers)


def _label(panel: Any, found: Sensitivity, names: list[str]) -> None:
    columns = [f"{one.threshold}\n{one.scenario}: {one.verdict}" for one in found.answers]
    panel.set_xticks(range(len(columns)), columns, rotation=60, ha="right")
    panel.set_yticks(range(len(names)), names)


def _numbers(panel: Any, row: int, change: Change | None, columns: int) -> None:
    moves = change.moves if change else ()
    for column in range(columns):
        if not moves or not np.isfinite(moves[column].logits):
            panel.text(column, row, "–", ha="center", va="center", color="grey")
            continue
        move = moves[column]
        colour = "white" if abs(move.of_margin) > 0.6 else "black"
        colour = colour if move.told else "grey"
        dot = "" if move.verdict == move.was else " ●"
        text = f"{move.logits:+.2f}{dot}"
        panel.text(column, row, text, ha="center", va="center", color=colour, fontsize=6.5)
