"""Scores of forecasts: pinball loss, CRPS, one-sided coverage, sharpness and PIT.

Outcomes and bounds share one scale, logits unless said otherwise. Lower pinball and CRPS are
better; coverage should equal the level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.units import Array

GRID = np.arange(1, 20) / 20.0
"""Levels at which a whole predictive distribution is read off: 0.05 to 0.95."""

BOOTSTRAP_DRAWS = 1000
TIE = 1e-9


def pinball(outcome: npt.ArrayLike, bound: npt.ArrayLike, level: npt.ArrayLike) -> Array:
    """Return max(level (y - q), (level - 1)(y - q)), proper for the `level` quantile q.

    Source: Koenker and Bassett (1978). Broadcasts.
    """
    u = np.asarray(outcome, dtype=np.float64) - np.asarray(bound, dtype=np.float64)
    level = np.asarray(level, dtype=np.float64)
    return np.asarray(np.maximum(level * u, (level - 1.0) * u))


def crps(outcome: Array, quantiles: Array) -> Array:
    """Return the continuous ranked probability score per row, from the quantiles at `GRID`.

    CRPS = 2 int_0^1 pinball_a da, by the trapezoid rule with nothing at 0 and 1 (Berrisch and
    Ziel 2023, arXiv 2102.00968). `quantiles` is rows x len(GRID). A forecast without spread
    scores its absolute error, times 19/20 for the two ends left out.
    """
    from scoringrules import crps_quantile

    mean = crps_quantile(outcome, quantiles, GRID, backend="numpy")
    return np.asarray(mean * len(GRID) / (len(GRID) + 1.0), dtype=np.float64)


def pit_counts(outcome: Array, quantiles: Array) -> npt.NDArray[np.int64]:
    """Return how many outcomes fall in each twentieth of their predictive distribution.

    The probability integral transform's histogram, edges 0, `GRID`, 1; flat when calibrated.
    `quantiles` is rows x len(GRID). Many outcomes in the last bins mean bounds that are too low.
    """
    passed = (outcome[:, None] > quantiles + TIE).sum(axis=1)
    return np.bincount(passed, minlength=len(GRID) + 1).astype(np.int64)


def sharpness(outcome: npt.ArrayLike, bound: npt.ArrayLike) -> float:
    """Return how far bounds lie above outcomes on average; the smaller the sharper."""
    return float(np.mean(np.asarray(bound, dtype=float) - np.asarray(outcome, dtype=float)))


@dataclass(frozen=True)
class Coverage:
    """Shares of outcomes at or below their bounds, with a `confidence` interval over clusters.

    `share`, `low` and `high` hold one value per level.
    """

    share: Array
    low: Array
    high: Array
    rows: int
    clusters: int
    confidence: float


def coverage(
    covered: npt.NDArray[np.bool_],
    cluster: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
) -> Coverage:
    """Return the share covered per level, its interval from resampling whole clusters.

    `covered` is rows x levels, `cluster` names each row's base model: rows of one base succeed and
    fail together, so bases are drawn with replacement and the ratio of sums taken (percentile
    bootstrap; Davison and Hinkley 1997, section 3.8). Where every row agrees a bootstrap has no
    spread: the open side is then the exact binomial bound of as many trials as clusters,
    (alpha/2)^(1/clusters).
    """
    codes, names = pd.factorize(np.asarray(cluster))
    k, alpha = len(names), 1.0 - confidence
    totals = np.bincount(codes, minlength=k).astype(float)
    hits = np.array([np.bincount(codes, weights=column, minlength=k) for column in covered.T]).T
    counts = np.random.default_rng(seed).multinomial(k, np.full(k, 1.0 / k), size=draws)
    shares = (counts @ hits) / (counts @ totals)[:, None]
    low, high = np.quantile(shares, [alpha / 2.0, 1.0 - alpha / 2.0], axis=0)
    share = hits.sum(axis=0) / totals.sum()
    exact = (alpha / 2.0) ** (1.0 / k)
    low = np.where(share == 1.0, exact, low)
    high = np.where(share == 0.0, 1.0 - exact, high)
    return Coverage(share, low, high, len(codes), k, confidence)
