"""Empirical quantiles of past gains: the reference every other forecaster is compared with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leakbound.competitors.predictor import AttemptDistribution, Competitor, Predictor
from leakbound.competitors.reference import by_benchmark, speaking_for
from leakbound.units import Array

MINIMUM_LINEAGE = 20
"""Fewest attempts whose 95 % quantile lies inside the sample."""


def quantile_of(gains: Array, u: Array) -> Array:
    """Return quantiles of sorted values, linear between them (Hyndman and Fan type 7)."""
    return np.interp(u * (len(gains) - 1), np.arange(len(gains)), gains)


def fit_benchmark(train: pd.DataFrame, bases: pd.DataFrame | None = None) -> AttemptDistribution:
    """Return z_base + the quantile of all training gains on the benchmark.

    A benchmark never seen takes the gains of its domain, else of its link. Best-of-n reads the
    quantile at level^(1/n), so it never passes the largest gain seen.
    """
    speaking: dict[str, Array] = {}

    def quantile(test: pd.DataFrame, u: Array) -> Array:
        gain = np.empty(len(test))
        for row, at in by_benchmark(test):
            name = str(row["benchmark"])
            if name not in speaking:
                speaking[name] = np.sort(speaking_for(row, train)["gain"].to_numpy(dtype=float))
            gain[at] = quantile_of(speaking[name], u[at])
        return np.asarray(test["z_base"].to_numpy(dtype=float) + gain)

    return AttemptDistribution(quantile)


def fit_lineage(train: pd.DataFrame, bases: pd.DataFrame | None = None) -> Predictor:
    """Return z_base + the quantile of the lineage's own training gains on the benchmark.

    Lineages with fewer than `MINIMUM_LINEAGE` attempts on the benchmark fall back to
    `fit_benchmark`.
    """
    lineages = {
        key: np.sort(rows["gain"].to_numpy(dtype=float))
        for key, rows in train.groupby(["base_model", "benchmark"])
        if len(rows) >= MINIMUM_LINEAGE
    }
    fallback = fit_benchmark(train)

    def quantile(test: pd.DataFrame, u: Array) -> Array:
        bound = fallback.quantile(test, u)
        z_base = test["z_base"].to_numpy(dtype=float)
        places = test.groupby(["base_model", "benchmark"]).indices
        for key, at in places.items():
            if key in lineages:
                bound[at] = z_base[at] + quantile_of(lineages[key], u[at])
        return bound

    return AttemptDistribution(quantile)


EMPIRICAL_BENCHMARK = Competitor(
    "empirical-benchmark",
    "Empirical quantile per benchmark",
    "Quantile of past gains on the link scale; the reference of the ratios",
    fit_benchmark,
)
EMPIRICAL_LINEAGE = Competitor(
    "empirical-lineage",
    "Empirical quantile per lineage",
    "Quantile of the lineage's past gains, per benchmark below 20 attempts",
    fit_lineage,
)
