"""From evidence to the arrays of the model: what every row says, as indices and numbers.

A *pair* is one base on one benchmark in one source (two harnesses are two pairs); a *cell* is a set
of attempts on a pair; an *entry* is one known order statistic. Only pairs, lineages and cells that
were tried often enough to tell an effect from an attempt's scatter have an effect of their own; the
others point to the slot -1, which holds zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.errors import InputError
from leakbound.evidence.registry import Registry
from leakbound.evidence.table import Evidence, prepare
from leakbound.evidence.technique import uses_inference
from leakbound.model.attempts import ranks_of
from leakbound.model.effects import scattered
from leakbound.model.noise import link_error
from leakbound.model.portable import portable
from leakbound.model.response import estimate_response
from leakbound.model.told import (
    SEEN_ATTEMPTS,
    Arrays,
    domain_of,
    told_by_scatter,
    told_of_benchmarks,
    told_of_domains,
    told_of_pairs,
)
from leakbound.model.unknown import expected_dose
from leakbound.priors import Specification
from leakbound.units import DAYS_PER_YEAR, Array

REFERENCE_DATE = pd.Timestamp("2024-01-01")
ERAS_PER_YEAR = 2
FIRST_ERA_YEAR = -1.5
SCALE_FLOOR = 0.02
FIXED_ATTEMPTS = 2
SEEN_PAIRS = 2
FAILURE = 1.0


@dataclass(frozen=True)
class Sizes:
    """Lengths of the dims that depend on the rows."""

    entry: int
    cell: int
    shock: int
    seen: int
    lineage: int
    era: int


@dataclass(frozen=True)
class Design:
    """Arrays of the model by name, and the labels that a forecast needs to find its way.

    Attributes
    ----------
    arrays
        Named as in `build`, floats of 30 bits (`portable`); the prefix `entry_`, `inner_`, `cell_`,
        `trained_`, `inferred_`, `pair_`, `seen_`, `lineage_`, `benchmark_` or `domain_` tells the
        last dim. `pair_slot`, `pair_lineage` and `cell_shock` point to effects, -1 to none;
        `trained_cell` and `inferred_cell` to the cells in which each channel is at work.
    benchmarks, domains, lineages
        Labels; lineages are those with an effect of their own.
    pairs
        One row per pair: base_model, benchmark, source, base_score, z_base, slot.
    centres
        Mean base score on the link scale by benchmark, over its pairs.
    newest
        Release of the newest base, in years since 2024-01-01, from which the drift counts.
    sizes
        Lengths of the dims that depend on the rows.
    """

    arrays: Arrays
    benchmarks: tuple[str, ...]
    domains: tuple[str, ...]
    lineages: tuple[str, ...]
    pairs: pd.DataFrame
    centres: Mapping[str, float]
    newest: float
    sizes: Sizes


def vintage(released: pd.Series | pd.Timestamp) -> npt.NDArray[np.float64]:
    """Return years from 2024-01-01 to a base's release."""
    days = pd.to_timedelta(released - REFERENCE_DATE) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64) / DAYS_PER_YEAR


def era_of(years: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the half-year of release, counted from mid-2022; earlier releases count as the first."""
    steps = np.floor((np.asarray(years, dtype=np.float64) - FIRST_ERA_YEAR) * ERAS_PER_YEAR)
    return np.maximum(steps, 0).astype(np.int64)


def design_of(evidence: Evidence, specification: Specification) -> Design:
    """Return the design of `evidence`, over the benchmarks it names.

    Raises
    ------
    InputError
        No attempt is left to learn from.
    """
    rows = prepare(evidence.rows, evidence.registry)
    attempts = rows[rows["attempts"] > 0].copy()
    if attempts.empty:
        raise InputError(
            "evidence", "must hold at least one attempt", found=0, todo="choose a later date"
        )
    labels = tuple(sorted(rows["benchmark"].unique()))
    domains = tuple(sorted({evidence.registry[key].domain for key in labels}))
    pairs = _pairs(attempts, evidence.registry)
    attempts, cells = _cells(attempts, pairs)
    pairs, lineages = _told_apart(pairs, cells)
    attempts = _failures_censored(attempts)
    of_pairs = _pair_arrays(pairs, labels, lineages, expected_dose(specification, "", 0.0))
    eras = int(np.asarray(of_pairs["pair_era"]).max()) + 1
    by_scatter = scattered(specification)
    arrays = _portable_floats({
        **_entry_arrays(attempts),
        **_cell_arrays(cells, evidence.registry, specification),
        **of_pairs,
        **_effect_arrays(pairs, cells, lineages, by_scatter=by_scatter),
        **_benchmark_arrays(
            rows, pairs, cells, labels, domains, evidence.registry, by_scatter=by_scatter
        ),
        **_usual_bases(of_pairs, len(labels), eras),
    })  # fmt: skip
    arrays["domain_told"] = portable(told_of_domains(arrays, domains))
    arrays |= _known_efforts(arrays, len(domains))
    sizes = Sizes(
        entry=len(attempts),
        cell=len(cells),
        shock=int(arrays["cell_shock"].max()) + 1,
        seen=len(arrays["seen_pair"]),
        lineage=len(lineages),
        era=eras,
    )
    centres = pairs.groupby("benchmark")["z_base"].mean()
    known = {str(key): float(value) for key, value in centres.items()}
    newest = float(vintage(pairs["base_released"]).max())
    return Design(arrays, labels, domains, lineages, pairs, known, newest, sizes)


def _portable_floats(arrays: Arrays) -> dict[str, npt.NDArray[np.generic]]:
    return {
        name: portable(values) if values.dtype.kind == "f" else values
        for name, values in arrays.items()
    }


def _pairs(attempts: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    keys = ["base_model", "benchmark", "source", "base_score"]
    pairs = attempts.drop_duplicates(keys).sort_values(keys, ignore_index=True)
    own = pairs["z_base"] - pairs.groupby("benchmark")["z_base"].transform("mean")
    comparable = pairs["benchmark"].map(lambda key: registry[str(key)].link == "logit")
    pairs["own"] = own.where(comparable)
    pairs["ability"] = pairs.groupby("base_model")["own"].transform("mean").fillna(0.0)
    pairs["own"] = pairs["own"].fillna(0.0) - pairs["ability"]
    pairs["log_spent"] = np.log10(pairs["base_posttraining_fraction"].where(lambda f: f > 0))
    pairs["error"] = [
        link_error(registry[str(key)], score, items)
        for key, score, items in zip(
            pairs["benchmark"], pairs["base_score"], pairs["base_items"], strict=True
        )
    ]
    return pairs


def _cells(attempts: pd.DataFrame, pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    keys = ["base_model", "benchmark", "source", "base_score"]
    index = pairs[keys].assign(pair=np.arange(len(pairs)))
    attempts = attempts.merge(index, on=keys, how="left", validate="many_to_one")
    single = attempts["attempts"] == 1
    name = attempts["cell"].fillna("").astype(str)
    alone = pd.Series(np.arange(len(attempts)).astype(str), index=attempts.index)
    attempts["cell_key"] = name.where((name != "") & ~single, "row " + alone)
    attempts["begun"] = attempts.groupby(["pair", "cell_key"])["released"].transform("min")
    order = ["pair", "begun", "cell_key", "rank"]
    attempts = attempts.sort_values(order, ignore_index=True, kind="stable")
    attempts["cell_index"] = attempts.groupby(["pair", "cell_key"], sort=False).ngroup()
    cells = attempts.drop_duplicates("cell_index").reset_index(drop=True)
    return attempts, cells


def _told_apart(pairs: pd.DataFrame, cells: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return pairs with `trained`, `attempts` and the `slot` of their effect, and the lineages.

    Where no weights were trained attempts differ little: two of them tell the pair's effect from their
    scatter. Two fine-tunes do not.
    """
    trained = (cells["channel"] == "training").groupby(cells["pair"]).any()
    every = range(len(pairs))
    pairs = pairs.assign(
        trained=trained.reindex(every).to_numpy(),
        attempts=cells.groupby("pair")["attempts"].sum().reindex(every).to_numpy(),
    )
    enough = np.where(pairs["trained"], SEEN_ATTEMPTS, FIXED_ATTEMPTS)
    seen = (pairs["attempts"] >= enough).to_numpy()
    pairs["slot"] = np.where(seen, np.cumsum(seen) - 1, -1)
    counts = pairs.loc[seen, "base_model"].value_counts()
    return pairs, tuple(sorted(str(name) for name in counts.index[counts >= SEEN_PAIRS]))


def _failures_censored(attempts: pd.DataFrame) -> pd.DataFrame:
    """Return the entries with every failed cell told by one: its best lies below the failure limit.

    An attempt that loses a whole logit lost the format that the benchmark asks for, not what the base
    can do; how much more it lost says nothing of what others reach. Gain and `censored` say so.
    """
    best = (attempts["rank"] == attempts["attempts"]) & (attempts["censored"] != "lower")
    lost = attempts.loc[best & (attempts["gain"] < -FAILURE), "cell_index"]
    failed = attempts["cell_index"].isin(lost)
    kept = attempts[~failed | best].reset_index(drop=True)
    failed = kept["cell_index"].isin(lost)
    return kept.assign(
        gain=kept["gain"].where(~failed, -FAILURE),
        censored=kept["censored"].where(~failed, "upper"),
    )


def _entry_arrays(attempts: pd.DataFrame) -> dict[str, npt.NDArray[np.generic]]:
    cell = attempts["cell_index"].to_numpy(dtype=np.int64)
    known = attempts["censored"]
    counts = attempts["attempts"].to_numpy()
    ranks = ranks_of(
        cell, counts, attempts["rank"].to_numpy(), exceeded=(known == "lower").to_numpy(),
        failed=(known == "upper").to_numpy(),
    )  # fmt: skip
    return {
        "entry_gain": attempts["gain"].to_numpy(dtype=np.float64),
        "entry_cell": cell,
        "entry_constant": ranks.log_constant,
        "entry_exact": ranks.exact,
        "entry_below": ranks.below,
        "entry_above": ranks.above,
        "inner_index": ranks.inner_index,
        "inner_count": ranks.inner_count,
    }


def anonymous(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return where a raw base was trained with unknown compute: most of what leaderboards list.

    Such attempts say what a base's community does with it and how that changes; what more effort
    would do they cannot say, and must not (their short-answer harness hardly sees long reasoning).
    """
    unknown = rows["log_compute_fraction"].isna() & (rows["channel"] == "training")
    return raw_bases(rows) & unknown.to_numpy(dtype=bool)


def raw_bases(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return where the base had no post-training; where nobody says, it counts as raw."""
    return ~(rows["base_posttraining_fraction"] > 0.0).to_numpy(dtype=bool)


def _cell_arrays(
    cells: pd.DataFrame, registry: Registry, specification: Specification
) -> dict[str, npt.NDArray[np.generic]]:
    training = (cells["channel"] == "training").to_numpy(dtype=np.float64)
    words = cells["technique"].fillna("").astype(str)
    inference = uses_inference(cells["technique"])
    error = [
        link_error(registry[str(key)], score, items)
        for key, score, items in zip(
            cells["benchmark"], cells["base_score"], cells["base_items"], strict=True
        )
    ]
    known = cells["log_compute_fraction"].notna().to_numpy()
    n = cells["attempts"].to_numpy(dtype=np.float64)
    several = n >= SEEN_ATTEMPTS
    lag = cells["lag"].to_numpy(dtype=np.float64)
    nameless = anonymous(cells)
    dose = np.zeros(len(cells))
    for actor, index in cells.groupby(cells["actor"].fillna("")).indices.items():
        dose[index] = expected_dose(specification, str(actor), lag[index])
    return {
        "cell_pair": cells["pair"].to_numpy(dtype=np.int64),
        "cell_share": 1.0 / cells.groupby("pair")["pair"].transform("size").to_numpy(dtype=float),
        "cell_lag": lag,
        "cell_training": training,
        "cell_inference": inference.to_numpy(dtype=np.float64),
        "cell_distillation": words.str.contains("distillation").to_numpy(dtype=np.float64),
        "cell_known": known.astype(np.float64),
        "cell_compute": cells["log_compute_fraction"].fillna(0.0).to_numpy(dtype=np.float64),
        "cell_dose": dose,
        "cell_anonymous": nameless.astype(np.float64),
        "cell_shock": np.where(several, np.cumsum(several) - 1, -1),
        "cell_error": np.maximum(np.asarray(error, dtype=np.float64), SCALE_FLOOR),
        "trained_cell": np.flatnonzero((training > 0.0) & ~nameless),
        "inferred_cell": np.flatnonzero(inference.to_numpy(dtype=bool)),
    }


def _pair_arrays(
    pairs: pd.DataFrame, benchmarks: tuple[str, ...], lineages: tuple[str, ...], raw: Array
) -> dict[str, npt.NDArray[np.generic]]:
    years = vintage(pairs["base_released"])
    return {
        "pair_lineage": _index(lineages, pairs["base_model"]),
        "pair_benchmark": _index(benchmarks, pairs["benchmark"]),
        "pair_own": pairs["own"].to_numpy(dtype=np.float64),
        "pair_ability": pairs["ability"].to_numpy(dtype=np.float64),
        "pair_vintage": years - years.max(),
        "pair_era": era_of(years),
        "pair_compute": pairs["log_spent"].fillna(0.0).to_numpy(dtype=np.float64),
        "pair_posttrained": pairs["log_spent"].notna().to_numpy(dtype=np.float64),
        "pair_dose": np.full(len(pairs), float(raw)),
        "pair_trained": pairs["trained"].to_numpy(dtype=np.float64),
        "pair_error": pairs["error"].to_numpy(dtype=np.float64),
        "pair_slot": pairs["slot"].to_numpy(dtype=np.int64),
    }


def _effect_arrays(
    pairs: pd.DataFrame, cells: pd.DataFrame, lineages: tuple[str, ...], *, by_scatter: bool
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the pairs that have effects, and how far pairs and lineages are told."""
    seen = pairs[pairs["slot"] >= 0]
    found = told_of_pairs(seen, lineages)
    if by_scatter:
        found |= told_by_scatter(_with_scatter(seen, cells), found["seen_told"])
    return {"seen_pair": seen.index.to_numpy(dtype=np.int64), **found}


def _with_scatter(seen: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return `seen` with its number of `cells`, their `mean_gain`, and more of its scores.

    That is whether an effort is known, and whether any is `exact`, no limit. A cell is the row of its
    lowest known attempt, which lies nearest to the location.
    """
    at = cells["pair"]
    found = {
        "cells": at.groupby(at).size(),
        "mean_gain": cells["gain"].clip(lower=-FAILURE).groupby(at).mean(),
        "known_effort": cells["log_compute_fraction"].notna().groupby(at).any(),
        "exact": (cells["censored"] == "").groupby(at).any(),
    }
    return seen.assign(**{name: of.reindex(seen.index) for name, of in found.items()})


def _benchmark_arrays(
    rows: pd.DataFrame,
    pairs: pd.DataFrame,
    cells: pd.DataFrame,
    benchmarks: tuple[str, ...],
    domains: tuple[str, ...],
    registry: Registry,
    *,
    by_scatter: bool,
) -> dict[str, npt.NDArray[np.generic]]:
    index = [domains.index(registry[key].domain) for key in benchmarks]
    in_oom = [float(registry[key].link == "oom") for key in benchmarks]
    response = _response_arrays(rows, benchmarks)
    known = np.asarray(response["benchmark_response_weight"], dtype=np.float64)
    trending = cells[anonymous(cells) & (cells["attempts"] >= SEEN_ATTEMPTS)]
    told = told_of_benchmarks(
        pairs[pairs["slot"] >= 0], trending, benchmarks, known,
        in_oom=np.asarray(in_oom), by_scatter=by_scatter,
    )  # fmt: skip
    return {
        **response,
        "benchmark_domain": np.asarray(index, dtype=np.int64),
        "benchmark_in_oom": np.asarray(in_oom),
        "benchmark_told": told,
    }


def _known_efforts(arrays: Arrays, domains: int) -> dict[str, Array]:
    """Return by domain whether the effort of some training is known, and the mean of such efforts.

    The efforts as log10 compute fraction and lag in years, zero for a domain without one.
    """
    trained = arrays["trained_cell"]
    cells = trained[arrays["cell_known"][trained] > 0.0]
    at = domain_of(arrays, arrays["cell_pair"][cells])
    found = {"domain_known": np.isin(np.arange(domains), at).astype(np.float64)}
    for name in ("compute", "lag"):
        found[f"domain_{name}"] = portable(_means(arrays[f"cell_{name}"][cells], at, domains))
    return found


def _usual_bases(of_pairs: Arrays, benchmarks: int, eras: int) -> dict[str, Array]:
    """Return the mean vintage, own score and ability of each benchmark's pairs with effects.

    And their shares by half-year. Zero for a benchmark without such a pair.
    """
    seen = np.asarray(of_pairs["pair_slot"], dtype=np.int64) >= 0
    at = np.asarray(of_pairs["pair_benchmark"], dtype=np.int64)[seen]
    era = np.asarray(of_pairs["pair_era"], dtype=np.int64)[seen]
    count = np.zeros((benchmarks, eras))
    np.add.at(count, (at, era), 1.0)
    found = {"era_share": count / np.maximum(count.sum(axis=1), 1.0)[:, None]}
    for name in ("vintage", "own", "ability"):
        found[f"benchmark_{name}"] = _means(of_pairs[f"pair_{name}"][seen], at, benchmarks)
    return found


def _means(values: npt.NDArray[np.generic], at: npt.NDArray[np.int64], groups: int) -> Array:
    """Return the mean of `values` by the group each is `at`, zero for a group without one."""
    total = np.bincount(at, np.asarray(values, dtype=np.float64), groups)
    return np.asarray(total / np.maximum(np.bincount(at, minlength=groups), 1))


def _response_arrays(
    rows: pd.DataFrame, benchmarks: tuple[str, ...]
) -> dict[str, npt.NDArray[np.generic]]:
    """Return estimate and error of the response by benchmark; weight 0 where there is none."""
    known = rows[(rows["attempts"] == 0) & rows["log_flop"].notna()]
    found = {
        str(key): estimate_response(part["log_flop"], part["z_base"])
        for key, part in known.groupby("benchmark")
    }
    estimates = [found.get(key) for key in benchmarks]
    return {
        "benchmark_response": np.array([0.0 if e is None else e.value for e in estimates]),
        "benchmark_response_error": np.array([1.0 if e is None else e.error for e in estimates]),
        "benchmark_response_weight": np.array([float(e is not None) for e in estimates]),
    }


def _index(labels: tuple[str, ...], values: pd.Series) -> npt.NDArray[np.int64]:
    return pd.Index(labels).get_indexer(pd.Index(values)).astype(np.int64)
