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
    """One demand on a method at one cut: what must hold, what was measured, whether it holds.

    `kind` is "coverage", "ratio" or "ahead"; quantity, subset, benchmark and rival say of what.
    """

    data: str
    cut: str
    demand: str
    measured: str
    met: bool
    kind: str
    quantity: str
    subset: str
    benchmark: str = "all"
    rival: str = ""


def targets(rows: pd.DataFrame, method: str) -> list[Target]:
    """Return every demand of the scoreboard on `method` that its rows can answer.

    On known bases the 0.95 bound covers 93 to 98 % of attempts and at least 93 % of best-of-n, on
    new ones the same within three points; no benchmark below 88 %; pinball at most 0.6 (known) and
    0.95 (new) of the empirical per-benchmark quantile's, and below that of every competitor (what needs
    no model of ours) that covers at least 90 %. A cut whose rows cannot answer a demand says nothing.
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
        quantity = str(row["quantity"])
        if quantity not in ("attempt", "best"):
            continue
        found.append(_coverage(row))
        if quantity == "attempt":
            found += [_ratio(row), _ahead(row, every)]
    single = own[(own["benchmark"] != "all") & (own["quantity"] == "attempt")]
    if len(single):
        worst = single.iloc[int(single["coverage"].argmin())]
        told = f"{worst['coverage']:.3f} ({worst['benchmark']}, {worst['subset']})"
        demand = f"every benchmark: coverage at least {BENCHMARK_LEAST}"
        met = bool(worst["coverage"] >= BENCHMARK_LEAST)
        found.append(_target(worst, demand, told, met, "coverage"))
    return found


def _target(
    row: pd.Series, demand: str, measured: str, met: bool, kind: str, rival: str = ""
) -> Target:
    names = [str(row[key]) for key in ("data", "cut", "quantity", "subset", "benchmark")]
    data, cut, quantity, subset, benchmark = names
    return Target(data, cut, demand, measured, met, kind, quantity, subset, benchmark, rival)


def _where(row: pd.Series) -> str:
    return f"{row['quantity']}, {row['subset']} bases"


def _coverage(row: pd.Series) -> Target:
    single = row["quantity"] == "attempt"
    slack = NEW_WITHIN if row["subset"] == "new" else 0.0
    low = (ATTEMPT_RANGE[0] if single else BEST_LEAST) - slack
    high = min(ATTEMPT_RANGE[1] + slack, 1.0) if single else 1.0
    demand = f"{_where(row)}: coverage {low:.2f} to {high:.2f}"
    share = row["coverage"]
    return _target(row, demand, f"{share:.3f}", bool(low <= share <= high), "coverage")


def _ratio(row: pd.Series) -> Target:
    ratio, most = row["pinball_ratio"], RATIO_MOST[str(row["subset"])]
    demand = f"{_where(row)}: pinball at most {most} of the empirical quantile's"
    return _target(row, demand, f"{ratio:.2f}", bool(ratio <= most), "ratio")


def _ahead(row: pd.Series, every: pd.DataFrame) -> Target:
    same = (every["benchmark"] == "all") & (every["subset"] == row["subset"])
    same &= (every["quantity"] == "attempt") & every["method"].isin(list(COMPETITORS))
    rivals = every[same & (every["coverage"] >= FAIR_COVERAGE)]
    demand = (
        f"{_where(row)}: pinball below every competitor that covers at least {FAIR_COVERAGE:.2f}"
    )
    if rivals.empty:
        return _target(row, demand, f"{row['pinball']:.4f}, no rival", True, "ahead")
    best = rivals.iloc[int(rivals["pinball"].argmin())]
    told = f"{row['pinball']:.4f} against {best['pinball']:.4f} ({best['method']})"
    met = bool(row["pinball"] < best["pinball"])
    return _target(row, demand, told, met, "ahead", str(best["method"]))
