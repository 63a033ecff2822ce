"""The bound over compute fraction and years, and the chance over years of having crossed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakbound.bound import farthest_gain
from leakbound.effort import Effort
from leakbound.evidence.registry import Registry
from leakbound.forecast import exceedance_at
from leakbound.job import Job
from leakbound.roots import rising_root, stretched
from leakbound.units import DAYS_PER_YEAR, Array

MAP_ATTEMPTS = 10.0
LOG10_COMPUTE = np.linspace(-6.0, 0.0, 13)
MAP_YEARS = 3.0
EARLY = (0.02, 0.1, 0.3, 0.6)
"""Shares of the first bin at which curves are told too: chances rise steeply in the first days."""
YEARS = 9
DRAW_STEP = 3
GAINS = 12
FIRST_YEAR = 1e-3


@dataclass(frozen=True)
class BoundMap:
    """Bound of the best of `attempts` attempts made at one compute fraction by one lag.

    Attributes
    ----------
    log10_compute, years, bound
        Dims (compute), (year), (compute, year); the bound in units of score.
    thresholds
        Strictest score by threshold name.
    points_log10_compute, points_years, points_label
        Dims (point): evidence of known compute in the benchmark's domain.
    """

    benchmark: str
    scenario: str
    confidence: float
    attempts: float
    log10_compute: Array
    years: Array
    bound: Array
    thresholds: Mapping[str, float]
    points_log10_compute: Array
    points_years: Array
    points_label: tuple[str, ...]


@dataclass(frozen=True)
class CrossingCurve:
    """Probability that the threshold has been reached by each year; dims (year)."""

    threshold: str
    benchmark: str
    scenario: str
    threshold_score: float
    allowance: float
    years: Array
    exceedance: Array


def crossing_curves(job: Job) -> Iterator[CrossingCurve]:
    """Yield how likely each threshold has been reached by when, in each scenario."""
    for threshold, scenario in job.pairs():
        case, _ = job.judged(threshold, scenario)
        best = job.best(threshold.benchmark, scenario, job.farthest(case.limit))
        years = np.concatenate([best.edges[:1], best.edges[1] * np.array(EARLY), best.edges[1:]])
        yield CrossingCurve(
            threshold=threshold.name,
            benchmark=threshold.benchmark,
            scenario=scenario.key,
            threshold_score=case.limit.score,
            allowance=case.limit.allowance,
            years=years,
            exceedance=exceedance_at(best, case.z_threshold, years),
        )


def bound_maps(job: Job, rows: pd.DataFrame) -> Iterator[BoundMap]:
    """Yield the map of each benchmark with a threshold; `rows` are evidence rows for its points."""
    keys = dict.fromkeys(threshold.benchmark for threshold in job.candidate.thresholds)
    for key in keys:
        mine = [one for one in job.candidate.thresholds if one.benchmark == key]
        strict = {one.name: one.strictest(job.scenarios) for one in mine}
        farthest = max(MAP_YEARS, *(limit.horizon_years for limit in strict.values()))
        years = np.linspace(0.0, farthest, YEARS)
        confidence = max(limit.confidence for limit in strict.values())
        points = known_effort(rows, job.registry, job.registry[key].domain)
        yield BoundMap(
            benchmark=key,
            scenario="any actor",
            confidence=confidence,
            attempts=MAP_ATTEMPTS,
            log10_compute=LOG10_COMPUTE,
            years=years,
            bound=_bounds(job, key, years, confidence),
            thresholds={name: limit.score for name, limit in strict.items()},
            points_log10_compute=points["log10_compute"].to_numpy(dtype=float),
            points_years=points["years"].to_numpy(dtype=float),
            points_label=tuple(points["label"]),
        )


def known_effort(rows: pd.DataFrame, registry: Registry, domain: str) -> pd.DataFrame:
    """Return log10_compute, years and label of a domain's attempts whose compute is known."""
    fraction = rows["compute_fraction"].fillna(
        rows["posttraining_flop"] / rows["base_pretraining_flop"]
    )
    lag = (rows["released"] - rows["base_released"]).dt.days / DAYS_PER_YEAR
    mine = rows["benchmark"].map(lambda key: key in registry and registry[key].domain == domain)
    kept = mine.astype(bool) & (fraction > 0.0) & (lag >= 0.0) & (rows["attempts"] > 0)
    found = pd.DataFrame(
        {
            "log10_compute": np.log10(fraction[kept].astype(float)),
            "years": lag[kept].astype(float),
            "label": rows["cell"][kept].astype(str),
        }
    )
    return found.drop_duplicates().sort_values(["log10_compute", "years", "label"])


def _bounds(job: Job, key: str, years: Array, confidence: float) -> Array:
    """Return (compute, year) bounds, of attempts that train and use inference techniques.

    As everywhere, none lies below today's score.
    """
    standing = job.standing(key)
    best = job.best_under(key, _every_effort(years)).every(DRAW_STEP)
    top = rising_root(lambda gain: np.exp(best.log_below(gain)[-1]), confidence).x
    gains = np.linspace(0.0, max(min(top, farthest_gain(standing)), 0.0) + 0.1, GAINS)
    heights = stretched([np.exp(best.log_below(gain)).mean(axis=1) for gain in gains])

    def gained_at(level: float) -> Array:
        aim = float(stretched(level))
        return np.array([np.interp(aim, curve, gains) for curve in heights.T])

    gained = gained_at(confidence)
    if job.recalibration is not None:
        gained = gained + job.recalibration.shift(gained_at(0.5), gained_at(0.95))
        gained = np.maximum(gained, 0.0)
    scores = standing.benchmark.from_link(standing.z_today + gained)
    return np.asarray(scores.reshape(len(LOG10_COMPUTE), len(years)))


def _every_effort(years: Array) -> Effort:
    """Return attempts of one group whose bins are not in turn but one for each cell of the map."""
    compute, lag = (grid.ravel() for grid in np.meshgrid(LOG10_COMPUTE, years, indexing="ij"))
    shape = (1, 1, len(lag))
    return Effort(
        scenario="",
        groups=("any",),
        edges=np.concatenate([[0.0], np.maximum(lag, FIRST_YEAR)]),
        attempts=np.full(shape, MAP_ATTEMPTS),
        log10_compute=compute.reshape(shape),
        lag_years=lag[None],
        training=np.array([True]),
        inference=np.array([True]),
        distillation=np.array([False]),
        at_cap=np.zeros(shape, dtype=bool),
    )
