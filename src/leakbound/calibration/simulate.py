"""Evidence from a truth: the gains that a design's cells would have shown.

The story is the model's own, its conventions included: lineages and pairs too rare to have an effect
scatter their attempts instead, and a score that passes its limit is reported as that limit. It is
written from the equations and uses no code of `model.build`, so that a slip in either shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.calibration.centring import centred_for_copies
from leakbound.calibration.truth import Truth
from leakbound.curves import DOSE_CURVES, TIME_CURVES
from leakbound.evidence.table import Evidence, prepare
from leakbound.model.attempts import ATTEMPTS
from leakbound.model.design import Design, design_of
from leakbound.priors import Specification
from leakbound.units import Array

Swap = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Template:
    """A design whose gains are to be filled in, with what each of its entries is about.

    Attributes
    ----------
    attempts, rank
        (entry) attempts of the cell and rank among them, taken from the rows.
    limit
        (entry) gain beyond which a score is only known to be exceeded; inf for none.
    observed
        (entry) gain in the evidence.
    copy
        (entry) 0 for the evidence's own rows, 1 for those of a second, equal set.
    """

    design: Design
    attempts: Array
    rank: Array
    limit: Array
    observed: Array
    copy: npt.NDArray[np.int64]


def template_of(evidence: Evidence, specification: Specification, *, copies: int = 1) -> Template:
    """Return the template of `evidence`, its attempts `copies` times.

    The rows are found again in the design by scores that code for them, so that what the design makes
    of cells, ranks and order is under test too.
    """
    rows = _copied(evidence.rows, copies)
    coded = replace(evidence, rows=_coded(rows, evidence))
    design = design_of(coded, specification)
    if copies > 1:
        design = replace(design, arrays={**design.arrays, **centred_for_copies(design.arrays)})
    gains = prepare(coded.rows, evidence.registry)["gain"].to_numpy(dtype=np.float64)
    at = np.where(rows["attempts"].to_numpy() > 0)[0]
    if len(np.unique(gains[at])) < len(at):
        raise ValueError("two rows have the same code; the template cannot tell them apart")
    order = at[np.argsort(gains[at], kind="stable")]
    entry_gain = np.asarray(design.arrays["entry_gain"], dtype=np.float64)
    row = np.empty(len(order), dtype=np.int64)
    row[np.argsort(entry_gain, kind="stable")] = order
    real = prepare(rows, evidence.registry).iloc[row]
    gain = real["gain"].to_numpy(dtype=np.float64)
    censored = (real["censored"] == "lower").to_numpy()
    return Template(
        design=design,
        attempts=real["attempts"].to_numpy(dtype=np.float64),
        rank=real["rank"].to_numpy(dtype=np.float64),
        limit=np.where(censored, gain, np.inf),
        observed=gain,
        copy=real["copy"].to_numpy(dtype=np.int64),
    )


def _copied(rows: pd.DataFrame, copies: int) -> pd.DataFrame:
    parts = [rows.assign(copy=0)]
    for i in range(1, copies):
        again = rows[rows["attempts"] > 0].assign(copy=i)
        parts.append(again.assign(cell=again["cell"].astype(str) + f" copy {i}"))
    return pd.concat(parts, ignore_index=True)


def _coded(rows: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return the rows with scores, all above chance, that give every attempt a gain of its own."""
    code = 0.6 + 0.35 * np.random.default_rng(0).permutation(len(rows)) / len(rows)
    return rows.assign(score=np.where(rows["attempts"] > 0, code, rows["score"]))


@dataclass(frozen=True)
class Scatter:
    """Location and scale of the attempts of each cell on the link scale, dim (cell)."""

    location: Array
    scale: Array


def scatter_of(
    design: Design, truth: Truth, specification: Specification, rng: np.random.Generator
) -> Scatter:
    """Return how the attempts of each cell scatter if `truth` holds, shocks drawn anew."""
    a: Mapping[str, Any] = design.arrays
    pair = a["cell_pair"]
    b, raw = a["pair_benchmark"][pair], a["pair_posttrained"][pair] == 0.0
    in_oom = a["benchmark_in_oom"][b] > 0.0
    response = np.where(in_oom, 1.0, truth["response_by"][b])
    walk = np.vstack([truth["walk"], np.zeros((1, len(design.benchmarks)))])
    gap = truth["gap_by"][b] + truth["vintage_drift"] * a["pair_vintage"][pair]
    gap = gap + truth["gap_own_by"][b] * a["pair_own"][pair] + walk[a["pair_era"][pair], b]
    gap = gap + truth["gap_ability_by"][b] * a["pair_ability"][pair]
    gap = gap * np.where(raw, 1.0, truth["spent_share"]) * a["pair_trained"][pair]
    log_scale = truth["scale_by"][b] + truth["scale_own"] * a["pair_own"][pair]
    log_scale = log_scale + truth["scale_ability"] * a["pair_ability"][pair]
    lineage, slot = a["pair_lineage"][pair], a["pair_slot"][pair]
    own_scale = np.exp(
        log_scale
        + _of("scale_lineage_effect", truth, lineage)
        + _of("scale_pair_effect", truth, slot) * np.append(a["seen_scaled"], 0.0)[slot]
    )
    location = np.where(in_oom, 0.0, gap) + response * _of("lineage_effect", truth, lineage)
    location = location + _of("pair_effect", truth, slot)
    location = location + _effort(design, truth, specification, response)
    shock = truth["shock_share"] * own_scale
    alone = a["cell_shock"] < 0
    location = location + np.where(alone, 0.0, shock * rng.standard_normal(len(pair)))
    variance = a["cell_error"] ** 2 + np.where(alone, shock, 0.0) ** 2
    unpaired = truth["pair_spread_by"][b] ** 2 + a["pair_error"][pair] ** 2
    unpaired = unpaired + np.where(lineage < 0, response * truth["lineage_spread"], 0.0) ** 2
    variance = variance + np.where(slot < 0, unpaired, 0.0)
    sd = ATTEMPTS[specification.attempts].sd
    return Scatter(location, np.sqrt(own_scale**2 + variance / sd**2))


def _of(name: str, truth: Truth, index: npt.NDArray[np.int64]) -> Array:
    """Return effects by index, zero where it is -1."""
    return np.append(truth[name], 0.0)[index]


def _effort(design: Design, truth: Truth, specification: Specification, response: Array) -> Array:
    """Return (cell) gain on the link scale by effort and time, beyond what the base had."""
    a: Mapping[str, Any] = design.arrays
    pair, lag = a["cell_pair"], a["cell_lag"]
    b = a["pair_benchmark"][pair]
    d = a["benchmark_domain"][b]
    curve, years = DOSE_CURVES[specification.dose], TIME_CURVES[specification.time](lag, np)
    shape = (truth["dose_slope"], truth["dose_midpoint"], np)
    dose = curve(a["cell_compute"] + truth["efficiency"] * years, *shape)
    dose = np.where(a["cell_known"] > 0.0, dose, a["cell_dose"])
    posttrained = a["pair_posttrained"][pair] > 0.0
    had = np.where(posttrained, curve(a["pair_compute"][pair], *shape), a["pair_dose"][pair])
    trained = (truth["ceiling_by"][d] + truth["rate_by"][d] * years) * dose
    trained = trained - truth["ceiling_by"][d] * had
    trained = trained + truth["distillation"] * a["cell_distillation"]
    start = truth["inference_by"][d]
    elicited = np.where(posttrained, truth["elicited_share"] * start, 0.0)
    inferred = start + truth["inference_rate_by"][d] * years - elicited
    nameless = a["cell_anonymous"] > 0.0
    oom = np.where(nameless, 0.0, a["cell_training"] * trained) + a["cell_inference"] * inferred
    return np.asarray(response * oom + np.where(nameless, truth["trend_by"][b] * lag, 0.0))


SURVIVAL_QUANTILES: dict[str, Callable[[Array], Array]] = {
    "gumbel": lambda s: -np.log(-np.log1p(-s)),
    "logistic": lambda s: np.log1p(-s) - np.log(s),
    "student-t": lambda s: _student(s),
}
"""Standardised score by the probability of a higher one, by attempt distribution."""


def _student(s: Array) -> Array:
    from scipy import stats

    return np.asarray(stats.t.isf(s, 4))


def survivals(
    cell: npt.NDArray[np.int64], attempts: Array, rank: Array, rng: np.random.Generator
) -> Array:
    """Return (entry) probability of a higher score than each order statistic's, drawn exactly.

    Of n uniforms the rank-r one leaves Beta(n - r + 1, r) above it, and each higher rank R leaves
    Beta(n - R + 1, R - r) of that (David and Nagaraja 2003, section 2.5). Entries are sorted by cell,
    then rank.
    """
    left = np.empty(len(cell))
    for i in range(len(cell)):
        again = i > 0 and cell[i] == cell[i - 1]
        before, above = (rank[i - 1], left[i - 1]) if again else (0.0, 1.0)
        left[i] = above * rng.beta(attempts[i] - rank[i] + 1.0, rank[i] - before)
    return left


def simulated(
    template: Template, truth: Truth, specification: Specification, rng: np.random.Generator
) -> Swap:
    """Return the arrays of a design whose attempts, and measured responses, follow from `truth`."""
    design = template.design
    scatter = scatter_of(design, truth, specification, rng)
    cell = np.asarray(design.arrays["entry_cell"], dtype=np.int64)
    left = survivals(cell, template.attempts, template.rank, rng)
    y = SURVIVAL_QUANTILES[specification.attempts](left)
    gain = scatter.location[cell] + scatter.scale[cell] * y
    error = np.asarray(design.arrays["benchmark_response_error"], dtype=np.float64)
    measured = truth["response_by"] + error * rng.standard_normal(len(error))
    return {**reported(template, gain), "benchmark_response": measured}


def reported(template: Template, gain: Array) -> Swap:
    """Return the arrays that say (entry) gains, those beyond their limit as that limit."""
    arrays: Mapping[str, Any] = template.design.arrays
    limited, beyond = np.isfinite(template.limit), gain > template.limit
    return {
        "entry_gain": np.where(beyond, template.limit, gain),
        "entry_exact": np.where(beyond, 0.0, 1.0),
        "entry_above": np.where(limited, beyond.astype(np.float64), arrays["entry_above"]),
    }


def first_set(template: Template) -> Swap:
    """Return the arrays of the observed evidence alone, the second set of rows left out."""
    arrays: Mapping[str, Any] = template.design.arrays
    observed = np.where(np.isfinite(template.limit), np.inf, template.observed)
    swap = reported(template, observed)
    own = template.copy == 0
    for name in ("entry_exact", "entry_above", "entry_below", "entry_constant"):
        swap[name] = np.where(own, swap.get(name, arrays[name]), 0.0)
    swap["inner_count"] = np.where(own[arrays["inner_index"]], arrays["inner_count"], 0.0)
    return swap


def both_sets(template: Template, second: Swap) -> Swap:
    """Return the arrays of the observed evidence and a simulated second set of the same rows."""
    first, own = first_set(template), template.copy == 0
    return {
        name: np.where(own, first[name], second[name])
        for name in ("entry_gain", "entry_exact", "entry_above")
    }
