"""Where a forecaster was wrong: its largest misses by name, with what it had known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from leakbound.backtest.rows import HEADLINE, scored
from leakbound.backtest.run import Forecasted
from leakbound.backtest.split import ATTEMPT
from leakbound.competitors.frame import measured
from leakbound.scoring import TIE

COLUMNS = (
    "method",
    "data",
    "cut",
    "base_model",
    "benchmark",
    "subset",
    "released",
    "base_score",
    "score",
    "bound",
    "excess_logits",
    "misses",
    "forecasts",
    "attempts_known",
)


def largest_misses(
    results: Iterable[Forecasted], *, count: int = 10, quantity: str = ATTEMPT
) -> pd.DataFrame:
    """Return the outcomes furthest above their 0.95 bound, one per base x benchmark, worst first.

    `bound` and `score` are scores, `excess_logits` the distance between them on the link scale;
    `misses` of `forecasts` of that base x benchmark passed the bound at that cut, when
    `attempts_known` attempts on it had been fitted on.
    """
    frames = [_misses(result, quantity) for result in results if quantity in result.split.tests]
    found = [frame for frame in frames if len(frame)]
    if not found:
        return pd.DataFrame(columns=list(COLUMNS))
    worst = pd.concat(found).sort_values("excess_logits", ascending=False, kind="stable")
    worst = worst.drop_duplicates(["method", "base_model", "benchmark"])
    return worst.groupby("method", sort=False).head(count)[list(COLUMNS)].reset_index(drop=True)


def misses_by_base(results: Iterable[Forecasted]) -> pd.DataFrame:
    """Return how many outcomes passed their 0.95 bound, by base and benchmark of every forecast."""
    frames = []
    keys = ["subset", "benchmark", "base_model"]
    for result in results:
        for quantity in result.split.tests:
            told = scored(result, quantity)
            missed = ~told.covered[:, HEADLINE]
            groups = told.frame.assign(missed=missed).groupby(keys)["missed"]
            found = groups.agg(misses="sum", forecasts="size").reset_index()
            cut = {"data": result.split.data, "method": result.method, "cut": result.split.cut_name}
            frames.append(found.assign(**cut, quantity=quantity))
    columns = ["data", "method", "cut", "quantity", *keys, "misses", "forecasts"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _misses(result: Forecasted, quantity: str) -> pd.DataFrame:
    told = scored(result, quantity)
    lineage = ["base_model", "benchmark"]
    excess = told.outcome - told.bounds[:, HEADLINE]
    train = measured(result.split.train)
    known = train.drop_duplicates(["cell", "attempts"]).groupby(lineage)["attempts"].sum()
    frame = told.frame.assign(
        method=result.method,
        data=result.split.data,
        cut=result.split.cut_name,
        bound=told.points[:, HEADLINE],
        excess_logits=excess,
        missed=excess > TIE,
    )
    groups = frame.groupby(lineage)["missed"]
    frame = frame.assign(misses=groups.transform("sum"), forecasts=groups.transform("size"))
    keys = pd.MultiIndex.from_frame(frame[lineage])
    attempts = np.nan_to_num(known.reindex(keys).to_numpy(dtype=float)).astype(int)
    return frame.assign(attempts_known=attempts)[frame["missed"]]
