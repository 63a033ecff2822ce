"""From evidence to the arrays of the model: what every row says, as indices and numbers.

A *pair* is one base on one benchmark in one source (two harnesses are two pairs); a *cell* is a set
of attempts on a pair; an *entry* is one known order statistic. Arrays may be padded, so that a
compiled model serves several cut dates.
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
from leakbound.model.noise import link_error
from leakbound.model.response import estimate_response
from leakbound.model.unknown import expected_dose
from leakbound.priors import Specification
from leakbound.units import DAYS_PER_YEAR, Array

REFERENCE_DATE = pd.Timestamp("2024-01-01")
ERAS_PER_YEAR = 2
FIRST_ERA_YEAR = -1.5
SCALE_FLOOR = 0.02
SEEN_ATTEMPTS = 3
SEEN_PAIRS = 2
INFORMED = 4.0
INFORMED_SCALE = 20.0

Arrays = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Sizes:
    """Lengths of the padded dims."""

    entry: int
    below: int
    inner: int
    above: int
    censored: int
    cell: int
    pair: int
    lineage: int
    era: int

    def union(self, other: Sizes) -> Sizes:
        """Return the larger of each."""
        return Sizes(*(max(a, b) for a, b in zip(self, other, strict=True)))

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(vars(self).values())


@dataclass(frozen=True)
class Design:
    """Arrays of the model by name, and the labels that a forecast needs to find its way.

    Attributes
    ----------
    arrays
        Named as in `build`; prefix `entry_`, `cell_`, `pair_`, `benchmark_` tells the dim.
    benchmarks, domains, lineages
        Labels; padded lineages are not listed.
    pairs
        One row per pair: base_model, benchmark, source, base_score, z_base.
    centres
        Mean base score on the link scale by benchmark, over its pairs.
    newest
        Release of the newest base, in years since 2024-01-01, from which the drift counts.
    sizes
        True lengths before padding.
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


def design_of(
    evidence: Evidence,
    specification: Specification,
    *,
    benchmarks: tuple[str, ...] | None = None,
    padded_to: Sizes | None = None,
) -> Design:
    """Return the design of `evidence`, over `benchmarks` (default: those it names), padded.

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
    labels = benchmarks or tuple(sorted(rows["benchmark"].unique()))
    domains = tuple(sorted({evidence.registry[key].domain for key in labels}))
    pairs = _pairs(attempts, evidence.registry)
    lineages = tuple(sorted(pairs["base_model"].unique()))
    attempts, cells = _cells(attempts, pairs)
    trained = (cells["channel"] == "training").groupby(cells["pair"]).any()
    pairs["trained"] = trained.reindex(range(len(pairs))).to_numpy()
    pairs["attempts"] = (
        cells.groupby("pair")["attempts"].sum().reindex(range(len(pairs))).to_numpy()
    )
    arrays = {
        **_entry_arrays(attempts),
        **_cell_arrays(cells, evidence.registry, specification),
        **_pair_arrays(pairs, labels, lineages, expected_dose(specification, "", 0.0)),
        **_benchmark_arrays(labels, domains, evidence.registry),
        **_response_arrays(rows, labels),
        "benchmark_informed": _share_informed(pairs, labels),
        "domain_informed": _domain_informed(attempts, domains),
    }
    sizes = Sizes(
        entry=len(attempts),
        **{dim: len(arrays[f"{dim}_index"]) for dim in ("below", "inner", "above", "censored")},
        cell=len(cells),
        pair=len(pairs),
        lineage=len(lineages),
        era=int(arrays["pair_era"].max()) + 1,
    )
    centres = pairs.groupby("benchmark")["z_base"].mean()
    known = {str(key): float(value) for key, value in centres.items()}
    wanted = sizes if padded_to is None else padded_to
    padded = {**_pad(arrays, sizes, wanted), **_dims(wanted)}
    newest = float(vintage(pairs["base_released"]).max())
    return Design(padded, labels, domains, lineages, pairs, known, newest, sizes)


def _pairs(attempts: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    keys = ["base_model", "benchmark", "source", "base_score"]
    pairs = attempts.drop_duplicates(keys).sort_values(keys, ignore_index=True)
    own = pairs["z_base"] - pairs.groupby("benchmark")["z_base"].transform("mean")
    comparable = pairs["benchmark"].map(lambda key: registry[str(key)].link == "logit")
    pairs["own"] = own.where(comparable, 0.0)
    pairs["ability"] = pairs.groupby("base_model")["own"].transform("mean")
    pairs["own"] -= pairs["ability"]
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
    order = ["pair", "released", "cell_key", "rank"]
    attempts = attempts.sort_values(order, ignore_index=True, kind="stable")
    attempts["cell_index"] = attempts.groupby(["pair", "cell_key"], sort=False).ngroup()
    cells = attempts.drop_duplicates("cell_index").reset_index(drop=True)
    return attempts, cells


def _entry_arrays(attempts: pd.DataFrame) -> dict[str, npt.NDArray[np.generic]]:
    cell = attempts["cell_index"].to_numpy(dtype=np.int64)
    censored = (attempts["censored"] == "lower").to_numpy()
    ranks = ranks_of(cell, attempts["attempts"].to_numpy(), attempts["rank"].to_numpy())
    return {
        "entry_gain": attempts["gain"].to_numpy(dtype=np.float64),
        "entry_cell": cell,
        "entry_constant": np.where(censored, 0.0, ranks.log_constant),
        "entry_exact": (~censored).astype(np.float64),
        "below_index": ranks.below,
        "below_count": ranks.below_count,
        "inner_index": ranks.inner,
        "inner_previous": ranks.previous,
        "inner_count": ranks.inner_count,
        "above_index": ranks.above,
        "above_count": ranks.above_count,
        "censored_index": np.flatnonzero(censored),
        "censored_weight": np.ones(int(censored.sum())),
    }


def anonymous(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return where a raw base was trained with unknown compute: most of what leaderboards list.

    Such attempts say what a base's community does with it and how that changes; what more effort
    would do they cannot say, and must not (their short-answer harness hardly sees long reasoning).
    """
    raw = ~(rows["base_posttraining_fraction"] > 0.0)
    unknown = rows["log_compute_fraction"].isna() & (rows["channel"] == "training")
    return (raw & unknown).to_numpy(dtype=bool)


def _cell_arrays(
    cells: pd.DataFrame, registry: Registry, specification: Specification
) -> dict[str, npt.NDArray[np.generic]]:
    training = (cells["channel"] == "training").to_numpy(dtype=np.float64)
    words = cells["technique"].fillna("").astype(str)
    inference = uses_inference(cells["technique"])
    error = [
        link_error(registry[str(key)], score, None)
        for key, score in zip(cells["benchmark"], cells["base_score"], strict=True)
    ]
    known = cells["log_compute_fraction"].notna().to_numpy()
    lag = cells["lag"].to_numpy(dtype=np.float64)
    dose = np.zeros(len(cells))
    for actor, index in cells.groupby(cells["actor"].fillna("")).indices.items():
        dose[index] = expected_dose(specification, str(actor), lag[index])
    return {
        "cell_pair": cells["pair"].to_numpy(dtype=np.int64),
        "cell_lag": lag,
        "cell_training": training,
        "cell_inference": inference.to_numpy(dtype=np.float64),
        "cell_distillation": words.str.contains("distillation").to_numpy(dtype=np.float64),
        "cell_known": known.astype(np.float64),
        "cell_compute": cells["log_compute_fraction"].fillna(0.0).to_numpy(dtype=np.float64),
        "cell_dose": dose,
        "cell_attempts": cells["attempts"].to_numpy(dtype=np.float64),
        "cell_anonymous": anonymous(cells).astype(np.float64),
        "cell_several": (cells["attempts"] >= SEEN_ATTEMPTS).to_numpy(dtype=np.float64),
        "cell_error": np.maximum(np.asarray(error, dtype=np.float64), SCALE_FLOOR),
    }


def _pair_arrays(
    pairs: pd.DataFrame, benchmarks: tuple[str, ...], lineages: tuple[str, ...], raw: Array
) -> dict[str, npt.NDArray[np.generic]]:
    years = vintage(pairs["base_released"])
    seen = pairs["attempts"] >= SEEN_ATTEMPTS
    counts = seen.groupby(pairs["base_model"]).sum().reindex(list(lineages)).to_numpy()
    return {
        "pair_lineage": _index(lineages, pairs["base_model"]),
        "pair_benchmark": _index(benchmarks, pairs["benchmark"]),
        "pair_own": pairs["own"].to_numpy(dtype=np.float64),
        "pair_ability": pairs["ability"].to_numpy(dtype=np.float64),
        "pair_vintage": years - years.max(),
        "pair_era": era_of(years),
        "pair_compute": pairs["log_spent"].fillna(0.0).to_numpy(dtype=np.float64),
        "pair_known": pairs["log_spent"].notna().to_numpy(dtype=np.float64),
        "pair_dose": np.full(len(pairs), float(raw)),
        "pair_posttrained": pairs["log_spent"].notna().to_numpy(dtype=np.float64),
        "pair_trained": pairs["trained"].to_numpy(dtype=np.float64),
        "pair_error": pairs["error"].to_numpy(dtype=np.float64),
        "pair_seen": seen.to_numpy(dtype=np.float64),
        "pair_informed": np.where(seen, pairs["attempts"] / (pairs["attempts"] + INFORMED), 0.0),
        "pair_scale_informed": np.where(
            seen, pairs["attempts"] / (pairs["attempts"] + INFORMED_SCALE), 0.0
        ),
        "lineage_seen": (counts >= SEEN_PAIRS).astype(np.float64),
        "lineage_informed": np.where(counts >= SEEN_PAIRS, counts / (counts + INFORMED), 0.0),
    }


def _benchmark_arrays(
    benchmarks: tuple[str, ...], domains: tuple[str, ...], registry: Registry
) -> dict[str, npt.NDArray[np.generic]]:
    index = [domains.index(registry[key].domain) for key in benchmarks]
    in_oom = [float(registry[key].link == "oom") for key in benchmarks]
    return {
        "benchmark_domain": np.asarray(index, dtype=np.int64),
        "benchmark_in_oom": np.asarray(in_oom),
    }


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


def _share_informed(pairs: pd.DataFrame, benchmarks: tuple[str, ...]) -> Array:
    seen = pairs[pairs["attempts"] >= SEEN_ATTEMPTS].groupby("benchmark").size()
    counts = seen.reindex(list(benchmarks)).fillna(0.0).to_numpy(dtype=np.float64)
    return np.asarray(counts / (counts + INFORMED), dtype=np.float64)


def _domain_informed(attempts: pd.DataFrame, domains: tuple[str, ...]) -> Array:
    fixed = attempts[attempts["channel"] == "inference"].groupby("domain").size()
    counts = fixed.reindex(list(domains)).fillna(0.0).to_numpy(dtype=np.float64)
    return np.asarray(counts / (counts + INFORMED), dtype=np.float64)


def _pad(
    arrays: dict[str, npt.NDArray[np.generic]], sizes: Sizes, target: Sizes
) -> dict[str, npt.NDArray[np.generic]]:
    out = {}
    for name, values in arrays.items():
        dim = name.partition("_")[0]
        wanted = vars(target).get(dim, len(values))
        out[name] = np.concatenate(
            [values, np.full(wanted - len(values), _filler(name), values.dtype)]
        )
    return out


def _dims(sizes: Sizes) -> dict[str, npt.NDArray[np.generic]]:
    named = {f"{dim}_dim": np.arange(getattr(sizes, dim)) for dim in ("lineage",)}
    return {**named, "era_count": np.asarray(sizes.era)}


def _filler(name: str) -> float:
    return {"cell_error": 1.0}.get(name, 0.0)
