"""What the bound must show on the scoreboard, each with what was measured."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from leakbound.competitors import COMPETITORS

HEADLINE_LEVEL = 0.95
ATTEMPT_RANGE = (0.93, 0.98)
BEST_LEAST = 0.93
NEW_WITHIN = 0.03
BENCHMARK_LEAST = 0.88
RATIO_MOST = {"known": 0.6, "new": 0.95}
FAIR_COVERAGE = 0.90


@dataclass(frozen=True)
class Target:
    """One demand on a method at one cut: what must hold, what was measured, whether it holds."""

    data: str
    cut: str
    demand: str
    measured: str
    met: bool


def targets(rows: pd.DataFrame, method: str) -> list[Target]:
    """Return every demand of the scoreboard on `method` that its rows can answer.

    On known bases the 0.95 bound covers 93 to 98 % of attempts and at least 93 % of best-of-n, on
    new ones the same within three points; no benchmark below 88 %; pinball at most 0.6 (known) and
    0.95 (new) of the empirical per-benchmark quantile's, and below that of every competitor that
    covers at least 90 %. A cut whose rows cannot answer a demand says nothing about it.
    """
    at = rows[(rows["level"] == HEADLINE_LEVEL) & (rows["group"] == "")]
    found = []
    for (data, cut), of_cut in at.groupby(["data", "cut"], sort=False):
        own = of_cut[of_cut["method"] == method]
        if len(own):
            found += _of_cut(str(data), str(cut), own, of_cut)
    return found


def _of_cut(data: str, cut: str, own: pd.DataFrame, every: pd.DataFrame) -> list[Target]:
    found = []
    for _, row in own[own["benchmark"] == "all"].iterrows():
        quantity, subset = str(row["quantity"]), str(row["subset"])
        if quantity not in ("attempt", "best"):
            continue
        slack = NEW_WITHIN if subset == "new" else 0.0
        low = (ATTEMPT_RANGE[0] if quantity == "attempt" else BEST_LEAST) - slack
        high = min(ATTEMPT_RANGE[1] + slack, 1.0) if quantity == "attempt" else 1.0
        share, where = row["coverage"], f"{quantity}, {subset} bases"
        demand = f"{where}: coverage {low:.2f} to {high:.2f}"
        found.append(Target(data, cut, demand, f"{share:.3f}", bool(low <= share <= high)))
        if quantity == "attempt":
            found.append(_ratio(data, cut, where, row, RATIO_MOST[subset]))
            found.append(_ahead(data, cut, where, row, every, subset))
    single = own[(own["benchmark"] != "all") & (own["quantity"] == "attempt")]
    if len(single):
        worst = single.iloc[int(single["coverage"].argmin())]
        told = f"{worst['coverage']:.3f} ({worst['benchmark']}, {worst['subset']})"
        demand = f"every benchmark: coverage at least {BENCHMARK_LEAST}"
        found.append(Target(data, cut, demand, told, bool(worst["coverage"] >= BENCHMARK_LEAST)))
    return found


def _ratio(data: str, cut: str, where: str, row: pd.Series, most: float) -> Target:
    ratio = row["pinball_ratio"]
    demand = f"{where}: pinball at most {most} of the empirical quantile's"
    return Target(data, cut, demand, f"{ratio:.2f}", bool(ratio <= most))


def _ahead(
    data: str, cut: str, where: str, row: pd.Series, every: pd.DataFrame, subset: str
) -> Target:
    same = (every["benchmark"] == "all") & (every["subset"] == subset)
    same &= (every["quantity"] == "attempt") & every["method"].isin(list(COMPETITORS))
    rivals = every[same & (every["coverage"] >= FAIR_COVERAGE)]
    demand = f"{where}: pinball below every competitor that covers at least {FAIR_COVERAGE:.2f}"
    if rivals.empty:
        return Target(data, cut, demand, f"{row['pinball']:.4f}, no rival", True)
    best = rivals.iloc[int(rivals["pinball"].argmin())]
    told = f"{row['pinball']:.4f} against {best['pinball']:.4f} ({best['method']})"
    return Target(data, cut, demand, told, bool(row["pinball"] < best["pinball"]))
