"""From a forecast to a bound on one threshold in one scenario, and what lies outside the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leakbound.candidate.types import Candidate, Limit, Threshold
from leakbound.effort import Effort
from leakbound.forecast import Best, crossing_years, release_ceiling, upper_bound
from leakbound.posterior import Span
from leakbound.rules import Finding, Verdict, decide
from leakbound.scenario import Scenario
from leakbound.standing import Standing
from leakbound.units import Array

DRIVING_SHARE = 0.10
MARGIN_OOM = 0.5
MARGIN_YEARS = 0.5
CROSSING_SHARES = (0.05, 0.5, 0.95)
PATH_POINTS = 36


@dataclass(frozen=True)
class BoundRow:
    """The answer on one threshold in one scenario.

    `bound_score` is a one-sided upper credible bound at `confidence` of the best score by the horizon,
    `median_score` its median, `release_ceiling_score` the highest score today at which the exceedance
    stays within 1 - confidence. Scores are in the benchmark's unit, `*_z` on its link scale.
    """

    threshold: str
    benchmark: str
    domain: str
    scenario: str
    release: str
    horizon_years: float
    confidence: float
    threshold_score: float
    today_score: float
    median_score: float
    bound_score: float
    bound_z: float
    bound_mcse: float
    exceedance: float
    verdict: str
    reason: str
    first_crossing_years: Mapping[str, float | None]
    release_ceiling_score: float
    release_ceiling_z: float
    extrapolates: tuple[str, ...]
    notes: tuple[str, ...]
    drivers: Mapping[str, float]


@dataclass(frozen=True)
class PathOverYears:
    """Median and bound of the best score over years, one scenario and benchmark; dims (year)."""

    scenario: str
    benchmark: str
    confidence: float
    years: Array
    median: Array
    bound: Array


def bound_row(
    threshold: Threshold,
    limit: Limit,
    scenario: Scenario,
    standing: Standing,
    best: Best,
    effort: Effort,
    span: Span,
    *,
    today: float,
    checks_passed: bool | None,
) -> BoundRow:
    """Return bound, exceedance, crossing times, ceiling and verdict; `best` ends at the horizon."""
    benchmark = standing.benchmark
    z_threshold = float(benchmark.to_link(limit.score))
    bound = upper_bound(best, limit.confidence)
    exceedance = best.exceedance_by(z_threshold)
    ceiling_z = release_ceiling(best, z_threshold, limit.allowance)
    shares = best.shares(bound.z - best.z_today)
    outside = extrapolations(effort, shares, span)
    bound_score = float(benchmark.from_link(bound.z))
    mcse = float(benchmark.from_link(bound.z + bound.mcse)) - bound_score
    verdict: Verdict = decide(
        Finding(
            bound_score=bound_score,
            bound_mcse=abs(mcse),
            threshold_score=limit.score,
            exceedance=float(exceedance[-1]),
            allowance=limit.allowance,
            checks_passed=checks_passed,
            inside_evidence=not outside,
            extrapolate_allowed=threshold.extrapolate,
        )
    )
    crossing = crossing_years(exceedance, best.edges, CROSSING_SHARES)
    return BoundRow(
        threshold=threshold.name,
        benchmark=benchmark.key,
        domain=threshold.domain,
        scenario=scenario.key,
        release=scenario.release,
        horizon_years=limit.horizon_years,
        confidence=limit.confidence,
        threshold_score=limit.score,
        today_score=today,
        median_score=float(benchmark.from_link(upper_bound(best, 0.5).z)),
        bound_score=bound_score,
        bound_z=bound.z,
        bound_mcse=abs(mcse),
        exceedance=float(exceedance[-1]),
        verdict=verdict.verdict,
        reason=verdict.reason,
        first_crossing_years=dict(zip(("p05", "p50", "p95"), crossing, strict=True)),
        release_ceiling_score=float(benchmark.from_link(ceiling_z)),
        release_ceiling_z=ceiling_z,
        extrapolates=outside,
        notes=unseen(standing),
        drivers=_drivers(effort, shares),
    )


def extrapolations(effort: Effort, shares: Array, span: Span) -> tuple[str, ...]:
    """Return where the groups that drive the bound leave what the evidence covers.

    A group drives the bound with a tenth of the risk or more. Half an order of magnitude and half a
    year beyond the evidence still count as inside.
    """
    found = []
    compute = np.median(effort.log10_compute, axis=0)
    for k, name in enumerate(effort.groups):
        driving = shares[k] >= shares[k].max() * 0.5
        if shares[k].sum() < DRIVING_SHARE:
            continue
        lag = float(effort.lag_years[k][driving].max())
        if not lag <= span.lag_years + MARGIN_YEARS:
            found.append(f"{name}: lag {lag:.2g} y, evidence to {span.lag_years:.2g} y")
        top = float(compute[k][driving].max())
        if effort.training[k] and not top <= span.log10_compute_high + MARGIN_OOM:
            known = 10.0**span.log10_compute_high
            found.append(f"{name}: compute fraction {10.0**top:.2g}, evidence to {known:.2g}")
    return tuple(found)


def unseen(standing: Standing) -> tuple[str, ...]:
    """Return what the evidence has never seen, each widened by the population's spread."""
    words = {
        "benchmark": f"the evidence has no attempts on {standing.benchmark.key}: pooled width",
        "domain": f"the evidence has no domain {standing.benchmark.domain}: pooled width",
    }
    return tuple(text for name, text in words.items() if not standing.seen[name])


def _drivers(effort: Effort, shares: Array) -> dict[str, float]:
    total = {name: float(shares[k].sum()) for k, name in enumerate(effort.groups)}
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def path_over_years(
    scenario: Scenario, standing: Standing, best: Best, confidence: float
) -> PathOverYears:
    """Return median and bound at every edge of the effort's bins, from one grid of gains."""
    top = upper_bound(best, min(0.999, 1.0 - (1.0 - confidence) / 4.0)).z - best.z_today
    low = upper_bound(best.until(float(best.edges[1])), 0.2).z - best.z_today
    gains = np.linspace(low - 0.2, top + 0.1, PATH_POINTS)
    below = np.stack(
        [np.exp(np.cumsum(best.log_below(g), axis=1)).mean(axis=0) for g in gains], axis=1
    )
    benchmark = standing.benchmark
    ends = {}
    for name, level in (("median", 0.5), ("bound", confidence)):
        z = [best.z_today + float(np.interp(level, curve, gains)) for curve in below]
        ends[name] = np.asarray(benchmark.from_link(np.asarray(z)))
    return PathOverYears(
        scenario.key, benchmark.key, confidence, best.edges[1:], ends["median"], ends["bound"]
    )


def scores_today(candidate: Candidate) -> dict[str, float]:
    """Return the candidate's score by benchmark."""
    return {score.benchmark: score.score for score in candidate.scores}
