"""The frame every forecaster is fitted on and scored on: order statistics of attempts, one a row.

Columns (years, link scale of the row's benchmark, FLOP):

| column | meaning |
|---|---|
| base_model, benchmark, domain | keys of the lineage and of the benchmark registry |
| link, guess | scale of the score and its chance level |
| base_score, score, z_base, z, gain | scores, the same on the link scale, gain = z - z_base |
| base_released, released, lag | dates, and years between them, at least 0 |
| base_pretraining_flop | NaN where unknown |
| cell, attempts, rank | the row is the rank-th lowest of `attempts` in its cell |

A single attempt has attempts = rank = 1, the best of a cell rank = attempts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from leakbound.evidence.cells import shared_technique
from leakbound.evidence.registry import Registry
from leakbound.evidence.rows import knowable_on
from leakbound.evidence.table import prepare
from leakbound.units import LINKS, Array

FRAME_COLUMNS = (
    "base_model",
    "benchmark",
    "domain",
    "link",
    "guess",
    "base_score",
    "score",
    "z_base",
    "z",
    "gain",
    "base_released",
    "released",
    "lag",
    "base_pretraining_flop",
    "cell",
    "attempts",
    "rank",
)
EFFORT: dict[str, str | float] = {
    "actor": "",
    "compute_fraction": np.nan,
    "posttraining_flop": np.nan,
    "log_compute_fraction": np.nan,
}


def attempt_level(frame: pd.DataFrame, level: float) -> Array:
    """Return per row the attempt quantile u whose value is the row's `level` quantile.

    The r-th lowest of n independent attempts with distribution F is below y with probability
    I_F(y)(r, n - r + 1), the regularised incomplete beta; so u inverts it at `level`. For single
    attempts u = level, for the best of n u = level^(1/n) (David and Nagaraja, *Order Statistics*,
    2003, section 2.1).
    """
    from scipy.special import betaincinv

    attempts = frame["attempts"].to_numpy(dtype=float)
    rank = frame["rank"].to_numpy(dtype=float)
    return np.asarray(betaincinv(rank, attempts - rank + 1.0, level), dtype=np.float64)


def to_scores(frame: pd.DataFrame, z: Array) -> Array:
    """Return link-scale values as scores, each row through the link and chance of its benchmark."""
    scores = np.full(len(frame), np.nan)
    guess = frame["guess"].to_numpy(dtype=float)
    for name, at in frame.groupby("link").indices.items():
        scores[at] = LINKS[str(name)].inverse(z[at], guess[at])
    return scores


def best_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the best of each base x benchmark x calendar half-year; `attempts` = how many.

    Takes single attempts; `released` and `lag` become the cell's medians, the best guess of when, and
    `known` the last day on which one of its scores became known. Effort is kept where all attempts
    share it: what the best of them took is known only with hindsight. Attempts on another score of the
    same base (another harness, another channel) are other cells.
    """
    if frame.empty:
        return frame.copy()
    dates = frame["released"].dt
    half = dates.year.astype(str) + "H" + (dates.month.gt(6) + 1).astype(str)
    parts = [
        frame["base_model"],
        frame["benchmark"],
        frame["base_score"].map("{:.6g}".format),
        half,
    ]
    parts += [frame["channel"]] if "channel" in frame else []
    frame = frame.assign(cell=parts[0].astype(str).str.cat(parts[1:], sep=" | "))
    groups = frame.groupby("cell", sort=True)
    best = frame.loc[groups["z"].idxmax()].reset_index(drop=True)
    counts = groups.size().to_numpy()
    return best.assign(
        released=groups["released"].median().to_numpy(),
        lag=groups["lag"].median().to_numpy(),
        attempts=counts,
        rank=counts,
        **_shared_effort(frame),
    )


def known_on(frame: pd.DataFrame) -> pd.Series:
    """Return the day on which each row could be known, as `knowable_on`; `known` may be no column."""
    return knowable_on(frame) if "known" in frame else frame["released"]


def _shared_effort(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return per cell, in order, the last day it became known on and what its attempts share."""
    number = frame.groupby("cell", sort=True).ngroup().to_numpy()
    out = {"known": known_on(frame).groupby(number).max()}
    for column, unknown in EFFORT.items():
        if column in frame:
            values = frame[column].fillna(unknown)
            first = values.groupby(number).transform("first")
            unlike = (values != first) & ~(values.isna() & first.isna())
            differs = unlike.groupby(number).any()
            out[column] = first.groupby(number).first().where(~differs, unknown)
    if {"technique", "channel"} <= set(frame):
        out["technique"] = shared_technique(frame, number)
    return out


def single_attempts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return single attempts; a cell known by its order statistics becomes as many as it had.

    The r-th lowest of n stands at probability (r - 1/2)/n and the quantile function is linear in
    between. Below a lowest known rank at or under the median it mirrors the upper half about that
    rank, above it stays level; neither moves upper quantiles. A cell known by a single rank, such
    as a best-of-n fact, stays one row: its other attempts are unknown, and pretending to know them
    would lower every quantile.
    """
    rows = measured(frame)
    several = (rows["attempts"] > 1) & rows.duplicated("cell", keep=False)
    if not several.any():
        return rows.assign(attempts=1, rank=1)
    cells = rows[several].sort_values(["cell", "rank"])
    spread = [_spread(cell) for _, cell in cells.groupby("cell", sort=True)]
    first = cells.drop_duplicates("cell")
    out = first.iloc[np.repeat(np.arange(len(first)), [len(z) for z in spread])]
    z = np.concatenate(spread)
    out = out.assign(z=z, gain=z - out["z_base"], score=to_scores(out, z))
    return pd.concat([rows[~several], out], ignore_index=True).assign(attempts=1, rank=1)


def _spread(cell: pd.DataFrame) -> Array:
    n = int(cell["attempts"].iloc[0])
    p, z = (cell["rank"].to_numpy(dtype=float) - 0.5) / n, cell["z"].to_numpy(dtype=float)
    at = (np.arange(n) + 0.5) / n
    spread: Array = np.interp(at, p, z)
    below = (at < p[0]) & (p[0] <= 0.5)
    spread[below] = 2.0 * z[0] - np.interp(2.0 * p[0] - at[below], p, z)
    return spread


def evidence_frame(rows: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Return evidence rows as this frame, all of them, their other columns kept.

    A base without a release date is taken to be as old as its first attempt.
    """
    first = rows.groupby("base_model")["released"].transform("min")
    rows = rows.assign(base_released=rows["base_released"].fillna(first))
    frame = prepare(rows, registry)
    entries = [registry[key] for key in frame["benchmark"]]
    frame["link"] = [entry.link for entry in entries]
    frame["guess"] = [entry.guess for entry in entries]
    return frame.astype({"attempts": int, "rank": int}).reset_index(drop=True)


def measured(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that state a dated gain: neither base-only nor a mere lower bound."""
    keep = (frame["attempts"] > 0) & frame["gain"].notna() & frame["released"].notna()
    if "censored" in frame:
        keep &= frame["censored"] == ""
    return frame[keep].reset_index(drop=True)
