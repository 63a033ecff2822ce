"""Cells: attempts of one base, benchmark and period reduced to a few order statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.registry import Registry
from leakbound.evidence.rows import COLUMNS, knowable_on
from leakbound.evidence.technique import channel, joined

PERIODS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
QUANTILES = (0.5, 0.75, 0.9, 1.0)
Array = npt.NDArray[Any]
SHARED_NUMBERS = (
    "base_pretraining_flop",
    "base_posttraining_fraction",
    "base_items",
    "compute_fraction",
    "posttraining_flop",
)
CELL_KEYS = ("base_model", "benchmark", "base_score", "source", "actor", "channel", "period")


def cells(
    attempts: pd.DataFrame,
    *,
    period: str = "half-year",
    quantiles: Sequence[float] = QUANTILES,
    registry: Registry | None = None,
) -> pd.DataFrame:
    """Return order statistics of attempts, by `CELL_KEYS` with `period` of the attempt's date.

    Of n attempts the ranks ceil(q n) of `quantiles` are kept, each once, so a cell of one keeps
    its one score. Where kept ranks tie, the highest stays: a continuous density has no ties.
    `released` is the cell's median date, `known` the last day on which one of its scores became
    known. What all attempts of a cell share (compute, technique, items) is kept; technique becomes
    "mixed" and numbers unknown where they differ. The result depends only on the set of rows, not
    on their order.

    Parameters
    ----------
    attempts
        Rows with attempts = rank = 1.
    registry
        If given, scores at or below chance tie, as they do on the link scale.

    Raises
    ------
    InputError
        A row is no single attempt, the period is unknown, or a quantile lies outside (0, 1].
    """
    _check(attempts, period, quantiles)
    frame = attempts.reset_index(drop=True).assign(
        channel=channel(attempts["technique"]).to_numpy(),
        period=_period(attempts["released"], period).to_numpy(),
    )
    number = frame.groupby(list(CELL_KEYS), sort=False, dropna=False).ngroup().to_numpy()
    score = frame["score"].to_numpy()
    order = np.lexsort((score, number))
    number = number[order]
    n = np.bincount(number) if len(number) else np.zeros(0, dtype=np.int64)
    rank = np.arange(len(order)) - (np.cumsum(n) - n)[number] + 1
    keep = _kept_ranks(rank, n[number], quantiles)
    keep &= ~_tied_with_next_kept(_on_link(frame, registry)[order], number, keep)
    out = frame.iloc[order[keep]].assign(rank=rank[keep].astype(float))
    out["attempts"] = n[number[keep]].astype(float)
    shared = _shared(frame.iloc[order], number).iloc[number[keep]]
    out[shared.columns] = shared.set_axis(out.index)
    out["cell"] = _names(out, period)
    return out.sort_values([*CELL_KEYS, "rank"], ignore_index=True)[list(COLUMNS)]


def _check(attempts: pd.DataFrame, period: str, quantiles: Sequence[float]) -> None:
    if period not in PERIODS:
        todo = did_you_mean(period, list(PERIODS))
        raise InputError("period", "must be a known period", found=period, todo=todo)
    if not quantiles or not all(0.0 < q <= 1.0 for q in quantiles):
        raise InputError("quantiles", "must lie above 0 and at most 1", found=tuple(quantiles))
    single = (attempts["attempts"] == 1) & (attempts["rank"] == 1)
    if not single.all():
        line = attempts.index[~single.to_numpy()][0]
        rule = "cells are made of single attempts (attempts = rank = 1)"
        raise InputError(f"row {line}", rule, found=attempts.loc[line, "attempts"])


def _period(dates: pd.Series, period: str) -> pd.Series:
    """Return year * 100 + number of the period in its year, 1 being the first."""
    months = PERIODS[period]
    codes: pd.Series = dates.dt.year * 100 + (dates.dt.month - 1) // months + 1
    return codes.astype("int64")


def _kept_ranks(rank: Array, n: Array, quantiles: Sequence[float]) -> Array:
    keep = np.zeros(len(rank), dtype=bool)
    for q in quantiles:
        keep |= rank == np.clip(np.ceil(np.round(q * n, 9)), 1, n)
    return keep


def _on_link(frame: pd.DataFrame, registry: Registry | None) -> Array:
    """Return scores, those below chance raised to chance, where the link cannot tell them apart."""
    score: Array = frame["score"].to_numpy()
    if registry is None:
        return score
    guesses = {key: registry[key].guess for key in frame["benchmark"].unique()}
    chance: Array = frame["benchmark"].map(guesses).to_numpy(dtype=float)
    return np.asarray(np.maximum(score, chance))


def _tied_with_next_kept(score: Array, number: Array, keep: Array) -> Array:
    at = np.flatnonzero(keep)
    tied = np.zeros(len(score), dtype=bool)
    tied[at[:-1]] = (number[at[:-1]] == number[at[1:]]) & (score[at[:-1]] == score[at[1:]])
    return tied


def _shared(frame: pd.DataFrame, number: Array) -> pd.DataFrame:
    """Return what each cell says of its attempts: dates, and what all of them share."""
    groups = frame.groupby(number, sort=True)
    out = pd.DataFrame({"known": knowable_on(frame).groupby(number, sort=True).max()})
    out["base_released"] = groups["base_released"].min()
    ticks = frame["released"].astype("int64").groupby(number, sort=True)
    middle = np.floor(ticks.median().to_numpy()).astype("int64").view(str(frame["released"].dtype))
    out["released"] = pd.Series(middle, out.index).dt.normalize()
    for column in SHARED_NUMBERS:
        values = frame[column].fillna(-1.0).groupby(number, sort=True)
        low = values.min()
        out[column] = low.where((low == values.max()) & (low >= 0.0))
    out["technique"] = shared_technique(frame, number)
    censored = (frame["censored"] == "lower").groupby(number, sort=True).all()
    out["censored"] = censored.map({True: "lower", False: ""}).astype("str")
    return out


def shared_technique(frame: pd.DataFrame, number: Array) -> pd.Series:
    """Return the technique of each cell: the common one, the union of inference words, or mixed.

    `number` is the cell of each row of `frame`, of which `technique` and `channel` are read.
    """
    words = frame["technique"].drop_duplicates().sort_values(ignore_index=True)
    codes = frame["technique"].map({text: code for code, text in enumerate(words)})
    groups = codes.astype("int64").groupby(number, sort=True)
    low, high = groups.min(), groups.max()
    out = low.map(dict(enumerate(words))).where(low == high, "mixed").astype("str")
    several = out.index[low != high]
    inference = (frame["channel"] == "inference").to_numpy() & np.isin(number, several)
    texts = frame.loc[inference, "technique"].groupby(number[inference])
    union = texts.agg(lambda given: joined("+".join(given.unique()).split("+")))
    return union.astype("str").reindex(out.index).fillna(out)


def _names(rows: pd.DataFrame, period: str) -> pd.Series:
    """Return a cell name from its keys; cells that differ only in base score are numbered."""
    letter = {"month": "M", "quarter": "Q", "half-year": "H", "year": "Y"}[period]
    when = {code: f"{code // 100}-{letter}{code % 100}" for code in rows["period"].unique()}
    name = rows["base_model"].astype("str")
    actor = rows["actor"].where(rows["actor"] != "", "any actor")
    for part in (rows["benchmark"], rows["period"].map(when), rows["source"], actor):
        name = name.str.cat(part.astype("str"), sep=" | ")
    name = name.where(rows["channel"] == "training", name + " | inference")
    variant = rows["base_score"].groupby(name, sort=False).rank("dense").astype(int)
    return name.where(variant == 1, name + " | base score " + variant.astype("str"))
