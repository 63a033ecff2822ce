"""The ASL-3 1 % rule at its best: test the model with the post-training of the day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leakbound.competitors.predictor import Competitor, FixedRule, Predictor
from leakbound.competitors.reference import fill, speaking_for
from leakbound.units import Array

EARLY_YEARS = 0.25


def fit_elicited(train: pd.DataFrame, bases: pd.DataFrame | None = None) -> Predictor:
    """Return the rule z_base + the best early gain, at least 0.

    Early means within a quarter of a year of the base's release. Most published finetunes cost
    below 1 % of pre-training (Epoch: median 0.84 %), so the best early attempt stands for what a
    careful 1 % effort shows at release. A base with early attempts has its own best; any other
    the median over bases of theirs, on that benchmark; with no early attempt anywhere, 0.
    """
    early = train[train["lag"] <= EARLY_YEARS]
    best = early.groupby(["base_model", "benchmark"], as_index=False).agg(
        gain=("gain", "max"), domain=("domain", "first"), link=("link", "first")
    )
    own = best.set_index(["base_model", "benchmark"])["gain"]

    def typical(row: pd.Series) -> float:
        return float(speaking_for(row, best)["gain"].median()) if len(best) else 0.0

    def bound(test: pd.DataFrame) -> Array:
        keys = pd.MultiIndex.from_frame(test[["base_model", "benchmark"]])
        gain = own.reindex(keys).to_numpy(dtype=float)
        gain = np.where(np.isnan(gain), fill(test, typical), gain)
        return np.asarray(test["z_base"].to_numpy(dtype=float) + np.maximum(gain, 0.0))

    return FixedRule(bound)


ELICITED = Competitor(
    "asl3-1pct-elicited",
    "ASL-3: 1 % of training cost, best attempt of the first three months",
    "Anthropic RSP v1.0 (2023), read as a test with the post-training techniques of the day",
    fit_elicited,
)
