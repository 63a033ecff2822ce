"""Split-conformal adjustment: shift a bound until it would have covered the latest data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakbound.competitors.frame import best_cells
from leakbound.competitors.predictor import Competitor, Predictor
from leakbound.competitors.reference import by_benchmark
from leakbound.units import Array

CALIBRATION_SHARE = 0.25


def conformal_quantile(excess: Array, level: float) -> float:
    """Return the ceil((n + 1) level)-th smallest of n scores, the largest where that passes n.

    Adding it to the bound covers one exchangeable new outcome with probability at least `level`
    when n >= level/(1 - level) (Vovk et al. 2005; Lei et al. 2018, arXiv 1604.04173). An empty
    array gives 0: no adjustment.
    """
    if excess.size == 0:
        return 0.0
    k = min(int(np.ceil((excess.size + 1) * level - 1e-9)), excess.size)
    return float(np.partition(excess, k - 1)[k - 1])


@dataclass(frozen=True)
class Shifted(Predictor):
    """A predictor plus the conformal shift of its calibration rows, per benchmark where enough.

    `attempts` and `cells` are calibration rows for single attempts and for best-of-n.
    """

    predictor: Predictor
    attempts: pd.DataFrame
    cells: pd.DataFrame

    def uppers(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return the shifted bounds; the shift is pooled where a benchmark has too few rows."""
        bound = self.predictor.uppers(test, levels)
        single = test["attempts"].to_numpy() == 1
        for rows, of_kind in ((self.attempts, single), (self.cells, ~single)):
            if of_kind.any() and len(rows):
                excess = rows["z"].to_numpy()[:, None] - self.predictor.uppers(rows, levels)
                bound[of_kind] += self._shift(test[of_kind], rows, excess, levels)
        return bound

    def _shift(
        self, test: pd.DataFrame, rows: pd.DataFrame, excess: Array, levels: Sequence[float]
    ) -> Array:
        out = np.empty((len(test), len(levels)))
        benchmark = rows["benchmark"].to_numpy()
        for row, at in by_benchmark(test):
            own = excess[benchmark == row["benchmark"]]
            for j, level in enumerate(levels):
                enough = len(own) >= level / (1.0 - level)
                out[at, j] = conformal_quantile((own if enough else excess)[:, j], level)
        return out


def conformal(competitor: Competitor) -> Competitor:
    """Return the split-conformal version of a competitor.

    Fitted to attempts before the date that leaves the latest quarter of training attempts for
    calibration; the shift is per benchmark (Mondrian) where it has rows enough for the level.
    Exchangeability is an assumption here, not a fact: attempts share lineages and time moves on.
    """

    def fit(train: pd.DataFrame, bases: pd.DataFrame | None = None) -> Predictor:
        cut = train["released"].quantile(1.0 - CALIBRATION_SHARE)
        proper, latest = train[train["released"] < cut], train[train["released"] >= cut]
        if proper.empty:
            return competitor.fit(train, bases)
        return Shifted(competitor.fit(proper, bases), latest, best_cells(latest))

    return Competitor(
        f"{competitor.name}+conformal",
        f"{competitor.title}, split-conformal",
        f"{competitor.source}; conformal shift on the latest quarter of training attempts",
        fit,
    )
