"""Cells: attempts of one base, benchmark and period reduced to a few order statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.registry import Registry
from leakbound.evidence.rows import COLUMNS
from leakbound.evidence.technique import channel, joined

PERIODS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
QUANTILES = (0.5, 0.75, 0.9, 1.0)
Array = npt.NDArray[Any]
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
    `released` is the cell's median date, `known` its last. What all attempts of a cell share
    (compute, technique, items) is kept; technique becomes "mixed" and compute unknown where they
    differ. The result depends only on the set of rows, not on their order.

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
    frame = attempts.assign(
        channel=channel(attempts["technique"]), period=_period(attempts["released"], period)
    )
    frame = frame.sort_values([*CELL_KEYS, "score", "cell"], kind="stable", ignore_index=True)
    groups = frame.groupby(list(CELL_KEYS), sort=False, observed=True)
    number = groups.ngroup()
    rank = groups.cumcount().to_numpy() + 1
    n = np.bincount(number)[number]
    keep = _kept_ranks(rank, n, quantiles)
    keep &= ~_tied_with_next_kept(frame, number.to_numpy(), keep, registry)
    shared = _shared(frame, number)[keep]
    out = frame[keep].assign(attempts=n[keep].astype(float), rank=rank[keep].astype(float))
    out[shared.columns] = shared
    out["cell"] = _names(out, period)
    return out[list(COLUMNS)].reset_index(drop=True)


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


def _tied_with_next_kept(
    frame: pd.DataFrame, number: Array, keep: Array, registry: Registry | None
) -> Array:
    score = frame["score"].to_numpy()
    if registry is not None:
        guesses = {key: registry[key].guess for key in frame["benchmark"].unique()}
        score = np.maximum(score, frame["benchmark"].map(guesses).to_numpy(dtype=float))
    at = np.flatnonzero(keep)
    tied = np.zeros(len(score), dtype=bool)
    tied[at[:-1]] = (number[at[:-1]] == number[at[1:]]) & (score[at[:-1]] == score[at[1:]])
    return tied


def _shared(frame: pd.DataFrame, number: pd.Series) -> pd.DataFrame:
    """Return for each attempt what its cell says: dates, and what all its attempts share."""
    unit = str(frame["released"].dtype)
    ticks = frame["released"].astype("int64").groupby(number, sort=False)
    middle = np.floor(ticks.transform("median").to_numpy()).astype("int64").view(unit)
    out = pd.DataFrame({"released": middle}, index=frame.index)
    out["released"] = out["released"].dt.normalize()
    out["known"] = ticks.transform("max").to_numpy().astype("int64").view(unit)
    for column in ("base_items", "compute_fraction", "posttraining_flop"):
        values = frame[column].fillna(-1.0).groupby(number, sort=False)
        out[column] = frame[column].where(values.transform("min") == values.transform("max"))
    out["technique"] = _technique(frame, number)
    return out


def _technique(frame: pd.DataFrame, number: pd.Series) -> pd.Series:
    first = frame["technique"].groupby(number, sort=False).transform("first")
    differs = (frame["technique"] != first).groupby(number, sort=False).transform("any")
    out = frame["technique"].where(~differs, "mixed")
    inference = differs & (frame["channel"] == "inference")
    for _, texts in frame.loc[inference, "technique"].groupby(number[inference]):
        out.loc[texts.index] = joined("+".join(sorted(texts.unique())).split("+"))
    return out


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
