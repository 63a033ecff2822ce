"""Conformal recalibration of a bound from earlier cuts, never from the one being scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from leakbound.backtest.run import LEVELS, Forecasted
from leakbound.backtest.split import known_before
from leakbound.competitors.conformal import conformal_quantile
from leakbound.units import Array

LEVELS_OF_SPREAD = (0.5, 0.95)
SMALLEST_SPREAD = 0.05
HEADLINE_LEVEL = 0.95


def spread(bounds: Array, levels: Sequence[float] = LEVELS) -> Array:
    """Return per row the distance from the median to the 0.95 bound, at least 0.05 logits.

    `bounds` is rows x `levels`. The unit in which a recalibration moves a bound, so that a wide
    forecast moves further than a narrow one (locally weighted conformal prediction, Lei et al.
    2018, arXiv 1604.04173, section 5.2).
    """
    low, high = (list(levels).index(level) for level in LEVELS_OF_SPREAD)
    return np.maximum(bounds[:, high] - bounds[:, low], SMALLEST_SPREAD)


@dataclass(frozen=True)
class Recalibration:
    """How far to move the bound at each level, in spreads; learnt from `rows` past outcomes.

    `moves` holds one value per level of `levels`, positive upwards; `until` is the date before
    which all those outcomes lie.
    """

    levels: tuple[float, ...]
    moves: tuple[float, ...]
    rows: int
    bases: int
    until: dt.date

    def apply(self, bounds: Array) -> Array:
        """Return moved bounds, rows x levels, rising with the level."""
        moved = bounds + spread(bounds, self.levels)[:, None] * np.asarray(self.moves)
        return np.sort(moved, axis=1)

    @property
    def at_headline(self) -> float:
        """The move of the 0.95 bound, in spreads."""
        return self.moves[self.levels.index(HEADLINE_LEVEL)]

    def shift(self, median: Array, bound: Array) -> Array:
        """Return by how many logits 0.95 bounds move, given them and their medians on the link scale."""
        return np.asarray(self.at_headline * np.maximum(bound - median, SMALLEST_SPREAD))

    def __str__(self) -> str:
        return (
            f"0.95 bound moved by {self.at_headline:+.2f} of its distance from the median, "
            f"from {self.rows} outcomes of {self.bases} bases before {self.until}"
        )


def learn(past: Iterable[tuple[pd.DataFrame, Array]], *, until: dt.date) -> Recalibration | None:
    """Return what past forecasts teach, or None without any outcome before `until`.

    `past` pairs the rows forecast at an earlier cut with their bounds (rows x `LEVELS`). Outcomes
    not known before `until` are ignored, whatever cut forecast them; so is a cell begun before that
    date and finished on or after it. Per level the move is the
    conformal quantile of (outcome - bound) / spread, which covers an exchangeable new outcome
    with at least that probability.
    """
    excess, bases = [], set[str]()
    for frame, bounds in past:
        seen = known_before(frame, until).to_numpy()
        outcome = frame["z"].to_numpy(dtype=float)
        excess.append(((outcome[:, None] - bounds) / spread(bounds)[:, None])[seen])
        bases |= set(frame.loc[seen, "base_model"])
    scores = np.concatenate(excess) if excess else np.empty((0, len(LEVELS)))
    if not len(scores):
        return None
    moves = [conformal_quantile(scores[:, i], level) for i, level in enumerate(LEVELS)]
    return Recalibration(LEVELS, tuple(moves), len(scores), len(bases), until)


def recalibrated(
    results: Sequence[Forecasted],
) -> list[tuple[Forecasted, dict[str, Recalibration]]]:
    """Return one method's results on one data set again, each adjusted by the cuts before it.

    Per quantity; results without an earlier cut, or with none of its outcomes in yet, are left
    out. `quantiles` stay as they were: only bounds are adjusted.
    """
    dated = sorted((r for r in results if r.split.cut is not None), key=lambda r: str(r.split.cut))
    out = []
    for i, result in enumerate(dated):
        cut = result.split.cut
        learnt = {}
        for quantity in result.split.tests:
            past = [
                (earlier.split.tests[quantity], earlier.bounds[quantity])
                for earlier in dated[:i]
                if earlier.split.cut != cut and quantity in earlier.split.tests
            ]
            found = learn(past, until=cut) if cut is not None else None
            if found is not None:
                learnt[quantity] = found
        if learnt:
            out.append((_applied(result, learnt), learnt))
    return out


def _applied(result: Forecasted, learnt: dict[str, Recalibration]) -> Forecasted:
    tests = {name: rows for name, rows in result.split.tests.items() if name in learnt}
    return replace(
        result,
        method=f"{result.method}+recalibrated",
        title=f"{result.title}, recalibrated on earlier cuts",
        split=replace(result.split, tests=tests),
        bounds={name: learnt[name].apply(result.bounds[name]) for name in tests},
        quantiles={name: result.quantiles[name] for name in tests},
    )
