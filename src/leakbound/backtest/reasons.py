"""Why a demand was not met: what the rows of the backtest say, measured, in one sentence each."""

from __future__ import annotations

import pandas as pd

from leakbound.backtest.targets import ATTEMPT_RANGE, HEADLINE_LEVEL, Target

NAMED = 3
KEYS = ["data", "cut", "quantity", "subset"]


def reason(target: Target, rows: pd.DataFrame, by_base: pd.DataFrame, method: str) -> str:
    """Return why `target` was not met, "" for one that was.

    Parameters
    ----------
    rows
        Result rows as in `backtest.rows`, of all methods.
    by_base
        Misses by base and benchmark as in `misses.misses_by_base`.
    """
    if target.met:
        return ""
    every = _at(rows, target)
    own = every.loc[every["method"] == method]
    if target.kind == "ratio":
        return _loss(own)
    if target.kind == "ahead":
        return _rival(own, every, target.rival)
    share = float(target.measured.split()[0])
    if share > ATTEMPT_RANGE[0]:
        return _too_wide(rows, target, method)
    found = _at(by_base, target)
    return _bases(found.loc[found["method"] == method])


def _at(frame: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return the rows by benchmark that a target speaks of."""
    same = pd.Series(True, index=frame.index)
    for key in KEYS:
        same &= frame[key] == getattr(target, key)
    if "level" in frame:
        same &= (frame["level"] == HEADLINE_LEVEL) & (frame["group"] == "")
    if target.benchmark != "all":
        same &= frame["benchmark"] == target.benchmark
    return frame.loc[same & (frame["benchmark"] != "all")]


def _bases(found: pd.DataFrame) -> str:
    """Name the bases whose misses are most in excess of what the level allows."""
    total = found.groupby("base_model")[["misses", "forecasts"]].sum()
    allowed = (1.0 - HEADLINE_LEVEL) * total["forecasts"]
    worst = (total["misses"] - allowed).sort_values(ascending=False).index[:NAMED]
    told = [f"{name} {total.misses[name]} of {total.forecasts[name]}" for name in worst]
    rest = total.drop(worst)
    share = 1.0 - rest["misses"].sum() / max(1, rest["forecasts"].sum())
    left = f"; the other {len(rest)} bases are covered {share:.3f}" if len(rest) else ""
    return f"missed: {', '.join(told)}{left}"


def _too_wide(rows: pd.DataFrame, target: Target, method: str) -> str:
    same = (rows["benchmark"] == "all") & (rows["group"] == "") & (rows["method"] == method)
    for key in KEYS:
        same &= rows[key] == getattr(target, key)
    levels = rows[same].sort_values("level")
    told = [
        f"{level:.0%}: {share:.3f}" for level, share in levels[["level", "coverage"]].to_numpy()
    ]
    return f"too wide at every level, not in the tail alone ({', '.join(told)})"


def _loss(own: pd.DataFrame) -> str:
    loss = own["pinball"] * own["n"]
    order = loss.sort_values(ascending=False).index[:NAMED]
    told = [
        f"{own.benchmark[i]} {loss[i] / loss.sum():.0%} of the loss (ratio {own.pinball_ratio[i]:.2f})"
        for i in order
    ]
    return "; ".join(told)


def _rival(own: pd.DataFrame, every: pd.DataFrame, rival: str) -> str:
    theirs = every[every["method"] == rival].set_index("benchmark")["pinball"]
    mine = own.set_index("benchmark")["pinball"]
    share = (mine / theirs).dropna().sort_values()
    behind = [f"{name} {value:.2f}" for name, value in share[share >= 1.0][::-1].items()]
    ahead = [f"{name} {value:.2f}" for name, value in share[share < 1.0].items()]
    said = f"loss relative to {rival}: behind on {', '.join(behind) or 'none'}"
    return f"{said}; ahead on {', '.join(ahead) or 'none'}"
