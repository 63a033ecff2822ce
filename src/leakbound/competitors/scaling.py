"""Base scaling: logits per order of magnitude of pre-training compute, read off base models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakbound.competitors.reference import fill
from leakbound.units import Array

DEFAULT_LOGITS_PER_OOM = 0.76
"""Common slope of nine benchmarks over 55 base models (ObsScaling, arXiv 2405.10938)."""

MINIMUM_BASES = 5
MINIMUM_SPREAD_OOM = 1.0


@dataclass(frozen=True)
class BaseScaling:
    """Link-scale gain per order of magnitude of pre-training compute, per benchmark and pooled."""

    by_benchmark: dict[str, float]
    pooled: float

    def slope(self, test: pd.DataFrame) -> Array:
        """Return logits per OOM for each row; the pooled slope where the benchmark is unknown."""
        return fill(test, lambda row: self.by_benchmark.get(row["benchmark"], self.pooled))


def fit_base_scaling(train: pd.DataFrame) -> BaseScaling:
    """Regress the bases' own z on log10 pre-training FLOP.

    Per benchmark where at least five bases over at least one OOM are known, else the common slope
    with an intercept per benchmark, else `DEFAULT_LOGITS_PER_OOM`. Slopes below 0 count as 0: more
    compute is never a reason for a lower bound.
    """
    bases = train[train["link"] == "logit"].drop_duplicates(["base_model", "benchmark"])
    bases = bases.dropna(subset=["base_pretraining_flop", "z_base"])
    bases = bases.assign(oom=np.log10(bases["base_pretraining_flop"].to_numpy(dtype=float)))
    centred = bases[["oom", "z_base"]] - bases.groupby("benchmark")[["oom", "z_base"]].transform(
        "mean"
    )
    slopes = {}
    for name, rows in centred.groupby(bases["benchmark"]):
        spread = rows["oom"].max() - rows["oom"].min()
        if len(rows) >= MINIMUM_BASES and spread >= MINIMUM_SPREAD_OOM:
            slopes[str(name)] = _slope(rows)
    enough = len(centred) >= MINIMUM_BASES and float(centred["oom"].abs().max()) > 0
    return BaseScaling(slopes, _slope(centred) if enough else DEFAULT_LOGITS_PER_OOM)


def _slope(centred: pd.DataFrame) -> float:
    x, z = centred["oom"].to_numpy(), centred["z_base"].to_numpy()
    return max(float(x @ z / (x @ x)), 0.0)
