"""Bound, exceedance and verdict of each threshold under weights on the posterior's draws.

The same draws answer before and after, so that a difference is one of belief, not of chance. With
equal weights the answers are those of `assessment.assess`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from leakbound.assessment import FORECAST_DRAWS
from leakbound.bound import Case, error_in_score
from leakbound.candidate.types import Candidate
from leakbound.checks import all_passed
from leakbound.evidence.table import Evidence
from leakbound.forecast import BATCHES_PER_CHAIN, Best
from leakbound.job import Job
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.reweight import LEAST_EFFECTIVE
from leakbound.roots import REACH
from leakbound.scenario import Scenario
from leakbound.units import Array


@dataclass(frozen=True)
class Answer:
    """Bound, exceedance and verdict of one threshold in one scenario, fields as in `BoundRow`."""

    threshold: str
    benchmark: str
    scenario: str
    confidence: float
    threshold_score: float
    bound_score: float
    bound_z: float
    bound_mcse: float
    exceedance: float
    verdict: str
    reason: str


def cases_of(
    candidate: Candidate,
    evidence: Evidence,
    posterior: Posterior,
    specification: Specification,
    scenarios: Mapping[str, Scenario],
    *,
    draws: int = FORECAST_DRAWS,
) -> list[Case]:
    """Return a case for every threshold and scenario that has a limit.

    They are on the draws of `assess`, or on about as many as `draws` says.
    """
    thin = posterior.thinned(draws)
    job = Job(
        candidate, evidence, thin, specification, scenarios,
        checks_passed=all_passed(posterior.checks),
    )  # fmt: skip
    return [
        job.case(threshold, limit, scenario)
        for threshold, scenario in job.pairs()
        if (limit := threshold.at(scenario)) is not None
    ]


def answer(case: Case, weights: Array | None = None, *, mcse: float | None = None) -> Answer:
    """Return the answer of a case under (draw) weights that sum to one; None: equal ones.

    `mcse`, in logits, stands for the Monte-Carlo error of the bound where it is given.
    """
    w = even_weights(len(case.best.scale)) if weights is None else weights
    gain, own = weighted_bound(case.best, w, case.limit.confidence)
    mcse = own if mcse is None else mcse
    exceedance = float(1.0 - w @ below_threshold(case))
    return verdict_on(case, gain, mcse, exceedance=exceedance, inside=is_inside(case, gain, w))


def below_threshold(case: Case) -> Array:
    """Return (draw) probability that the best score by the horizon stays below the threshold."""
    return 1.0 - case.best.exceeds(case.z_threshold)


def even_weights(samples: int) -> Array:
    """Return equal weights that sum to one."""
    return np.full(samples, 1.0 / samples)


def is_inside(case: Case, gain: float, weights: Array) -> bool:
    """Return whether the groups that drive a bound of `gain` stay inside the evidence."""
    return not case.leaves(weighted_shares(case.best, gain, weights))


def verdict_on(case: Case, gain: float, mcse: float, *, exceedance: float, inside: bool) -> Answer:
    """Return the answer on a bound of `gain` over today with its error, both on the link scale."""
    z, benchmark = case.best.z_today + gain, case.standing.benchmark
    score, error = float(benchmark.from_link(z)), error_in_score(benchmark, z, mcse)
    verdict = case.verdict(score, error, exceedance=exceedance, inside=inside)
    return Answer(
        case.threshold.name, benchmark.key, case.scenario.key, case.limit.confidence,
        case.limit.score, score, z, error, exceedance,
        verdict.verdict, verdict.reason,
    )  # fmt: skip


def weighted_bound(best: Best, weights: Array, confidence: float) -> tuple[float, float]:
    """Return the gain that the best stays below with probability `confidence`, and its error.

    As `upper_bound`: no bound lies below today's score, and it is infinite where no gain is enough.
    """

    def spare(gain: float) -> float:
        return float(weights @ best.below(gain)) - confidence

    if spare(0.0) >= 0.0:
        inside = best.below(0.0)
        certain = spare(0.0) > 2.0 * weighted_error(inside, weights, best.chains)
        return 0.0, 0.0 if certain else float("nan")
    if not spare(REACH) > 0.0:
        return float("inf"), float("nan")
    gain = float(brentq(spare, 0.0, REACH, xtol=1e-7, rtol=1e-10))
    step = 1e-3 * max(1.0, float(np.median(best.scale)))
    rise = (spare(gain + step) - spare(gain - step)) / (2.0 * step)
    error = weighted_error(best.below(gain), weights, best.chains)
    return gain, error / rise if rise > 0.0 else float("nan")


def weighted_error(values: Array, weights: Array, chains: int) -> float:
    """Return the Monte-Carlo standard error of the weighted mean of (draw) values.

    That of a ratio of means, by batches along the chains; with equal weights `batch_error`. Unknown,
    which clears nothing, where fewer than `LEAST_EFFECTIVE` draws carry the weights.
    """
    if not 1.0 / float(weights @ weights) >= LEAST_EFFECTIVE:
        return float("nan")
    return _batched_error(_influence(values, weights), chains)


def change_error(values: Array, weights: Array, chains: int) -> float:
    """Return the standard error of the weighted less the plain mean of the same (draw) values."""
    even = even_weights(len(values))
    return _batched_error(_influence(values, weights) - _influence(values, even), chains)


def _influence(values: Array, weights: Array) -> Array:
    """Return what each draw adds to the error of a weighted mean."""
    return np.asarray(weights * (values - weights @ values))


def _batched_error(influence: Array, chains: int) -> float:
    size = len(influence) // (chains * BATCHES_PER_CHAIN)
    if size < 1:
        return float("nan")
    kept = influence.reshape(chains, -1)[:, : size * BATCHES_PER_CHAIN]
    parts = kept.reshape(-1, size).sum(axis=1)
    parts = (parts - parts.mean()) * len(influence) / kept.size
    return float(np.sqrt(len(parts) / (len(parts) - 1.0) * (parts**2).sum()))


def weighted_shares(best: Best, gain: float, weights: Array) -> Array:
    """Return (group, bin) shares of the risk of exceeding `gain`, as `Best.shares`."""
    if not np.isfinite(gain):
        return np.zeros(best.location.shape[:2])
    y = (gain - best.location) / best.scale
    risk = -(best.attempts * best.log_cdf(y)) @ weights
    total = risk.sum()
    return np.asarray(risk / total) if total > 0.0 else np.zeros_like(risk)
