"""Six months of enhancements: the benchmark's frontier moved on along its linear trend."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leakbound.competitors.predictor import Competitor, FixedRule, Predictor
from leakbound.competitors.reference import fill
from leakbound.units import DAYS_PER_YEAR, Array

TREND_YEARS = 0.5
MINIMUM_MONTHS = 6


def frontier_slope(rows: pd.DataFrame) -> float:
    """Return the frontier's slope in logits a year, NaN with fewer than six months of attempts.

    The frontier is the best z among all attempts so far at each month's end; the slope is least
    squares on the date.
    """
    best = rows.set_index("released")["z"].resample("ME").max().cummax().ffill()
    if len(best) < MINIMUM_MONTHS:
        return float("nan")
    years = (best.index - best.index[0]).days.to_numpy() / DAYS_PER_YEAR
    return float(np.polyfit(years, best.to_numpy(), 1)[0])


def fit_trend(train: pd.DataFrame, bases: pd.DataFrame | None = None) -> Predictor:
    """Return the rule z_base + half a year of the benchmark's frontier slope.

    A benchmark never seen, or seen for less than six months, takes the median slope of the others;
    with none at all the rule adds nothing. A best so far never falls, so no slope is negative.
    """
    slopes = {str(name): frontier_slope(rows) for name, rows in train.groupby("benchmark")}
    seen = {name: slope for name, slope in slopes.items() if np.isfinite(slope)}
    typical = float(np.median(list(seen.values()))) if seen else 0.0

    def bound(test: pd.DataFrame) -> Array:
        slope = fill(test, lambda row: seen.get(row["benchmark"], typical))
        return np.asarray(test["z_base"].to_numpy(dtype=float) + TREND_YEARS * slope)

    return FixedRule(bound)


TREND = Competitor(
    "trend-6-months",
    "Six months of linear trend",
    "Anthropic RSP v2.0 (2024): six months of accumulated post-training enhancements",
    fit_trend,
)
