"""Rolling-origin splits: what was knowable before a cut, and what it has to forecast."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakbound.competitors.frame import best_cells, known_on, measured

ATTEMPT, BEST, RANK = "attempt", "best", "rank"


@dataclass(frozen=True)
class Split:
    """Rows to fit on, and rows to forecast by quantity, each marked `known` or `new` in `subset`.

    `cut` is None where all evidence is fitted on. Quantities: `attempt` single attempts, `best`
    the best of each base x benchmark x half-year, `rank` other order statistics, as of cells.
    """

    data: str
    cut: dt.date | None
    train: pd.DataFrame
    tests: dict[str, pd.DataFrame]

    @property
    def cut_name(self) -> str:
        """Return the cut's date, or `all-evidence`."""
        return "all-evidence" if self.cut is None else self.cut.isoformat()


def split_at(frame: pd.DataFrame, cut: dt.date, *, data: str) -> Split:
    """Split at a date: fitted on is what was knowable before it, forecast what came on or after.

    A cell begun before the cut and finished after it serves neither side.
    """
    train = knowable(frame, cut)
    after = measured(frame)
    return Split(data, cut, train, quantities(after[after["released"] >= pd.Timestamp(cut)], train))


def split_holdout(
    frame: pd.DataFrame, holdout: pd.DataFrame, cut: dt.date | None, *, data: str
) -> Split:
    """Fit on evidence (before `cut`, if given), forecast the holdout (on or after it, if given)."""
    train = frame if cut is None else knowable(frame, cut)
    rows = measured(holdout)
    later = rows if cut is None else rows[rows["released"] >= pd.Timestamp(cut)]
    return Split(data, cut, train, quantities(later, train))


def knowable(frame: pd.DataFrame, cut: dt.date) -> pd.DataFrame:
    """Return rows with `known` (else `released`, else the base's release) before the cut."""
    return frame[known_before(frame, cut)].reset_index(drop=True)


def known_before(frame: pd.DataFrame, cut: dt.date) -> pd.Series:
    """Return where a row could be known before the cut: of a cell, all of its scores."""
    return known_on(frame).fillna(frame["base_released"]) < pd.Timestamp(cut)


def quantities(rows: pd.DataFrame, train: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows to forecast by quantity, quantities without rows left out.

    A base is known when the training rows hold an attempt on it.
    """
    seen = train.loc[train["attempts"] > 0, "base_model"].unique()
    rows = rows.assign(subset=np.where(rows["base_model"].isin(seen), "known", "new"))
    single = rows["attempts"] == 1
    top = (rows["rank"] == rows["attempts"]) & ~single
    best = [best_cells(rows[single]), rows[top]]
    found = {
        ATTEMPT: rows[single],
        BEST: pd.concat([part for part in best if len(part)]) if (single | top).any() else rows[:0],
        RANK: rows[~single & ~top],
    }
    return {name: part.reset_index(drop=True) for name, part in found.items() if len(part)}


@dataclass(frozen=True)
class Overlap:
    """What a holdout shares with the evidence fitted on; none of it was kept from the fit or score.

    Counts of holdout rows: the same measurement (base, benchmark, score to three decimals and
    attempts), the same base x benchmark, the same base.
    """

    rows: int
    same_measurement: int
    same_lineage: int
    same_base: int


def overlap(train: pd.DataFrame, holdout: pd.DataFrame) -> Overlap:
    """Count what the holdout shares with the training rows."""
    train, holdout = measured(train), measured(holdout)
    lineage = ["base_model", "benchmark"]

    def shared(keys: list[str]) -> int:
        left, right = (
            pd.MultiIndex.from_frame(rows.assign(score=rows["score"].round(3))[keys])
            for rows in (holdout, train)
        )
        return int(left.isin(right).sum())

    return Overlap(
        len(holdout), shared([*lineage, "score", "attempts"]), shared(lineage), shared(lineage[:1])
    )
