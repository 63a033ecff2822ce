"""From a forecast to a bound on one threshold in one scenario, and what lies outside the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leakbound.candidate.types import Candidate, Limit, Threshold
from leakbound.effort import Effort
from leakbound.evidence.registry import Benchmark
from leakbound.forecast import Best, Quantile, crossing_years, upper_bound
from leakbound.roots import stretched
from leakbound.rules import Finding, Verdict, decide
from leakbound.scenario import Scenario
from leakbound.span import Span
from leakbound.standing import Standing
from leakbound.units import Array

DRIVING_SHARE = 0.10
MARGIN_OOM = 0.5
MARGIN_YEARS = 0.5
CROSSING_SHARES = (0.05, 0.5, 0.95)
PATH_POINTS = 14
LOGIT_END = 4.2
FARTHEST_GAIN = 30.0
SCORE_DIGITS = 12
NOBODY = "no attempt falls within the horizon: nothing is forecast"


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


@dataclass(frozen=True)
class Judgement:
    """A verdict with what it rests on.

    `exceedance_by` (bin) grows over the years, `shares` (group, bin) is where the risk at the bound
    lies.
    """

    verdict: Verdict
    bound: Quantile
    bound_score: float
    bound_mcse: float
    exceedance_by: Array
    shares: Array
    outside: tuple[str, ...]

    @property
    def exceedance(self) -> float:
        """Probability that the best score reaches the threshold by the horizon."""
        return float(self.exceedance_by[-1])


@dataclass(frozen=True)
class Case:
    """One threshold in one scenario, laid out: all that a verdict depends on.

    `best` ends at the horizon; `effort` may go on beyond it. `outside` says why the forecast lies
    outside the evidence wherever its risk lies, `notes` what else the reader has to know.
    """

    threshold: Threshold
    limit: Limit
    scenario: Scenario
    standing: Standing
    best: Best
    effort: Effort
    span: Span
    today: float
    checks_passed: bool | None
    outside: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def z_threshold(self) -> float:
        """The threshold on the link scale."""
        return float(self.standing.benchmark.to_link(self.limit.score))

    def leaves(self, shares: Array) -> tuple[str, ...]:
        """Return where the forecast leaves the evidence, given (group, bin) `shares` of its risk."""
        idle = () if (self.best.attempts > 0.0).any() else (NOBODY,)
        return (*idle, *self.outside, *extrapolations(self.effort, shares, self.span))

    def verdict(
        self, bound_score: float, bound_mcse: float, *, exceedance: float, inside: bool
    ) -> Verdict:
        """Return what the rules say of a bound with its error, `inside` the evidence or not."""
        return decide(
            Finding(
                bound_score=bound_score,
                bound_mcse=bound_mcse,
                threshold_score=self.limit.score,
                exceedance=exceedance,
                allowance=self.limit.allowance,
                checks_passed=self.checks_passed,
                inside_evidence=inside,
                extrapolate_allowed=self.threshold.extrapolate,
            )
        )


def judge(case: Case) -> Judgement:
    """Return the verdict of a case."""
    benchmark, best = case.standing.benchmark, case.best
    bound = upper_bound(best, case.limit.confidence)
    bound_score = float(benchmark.from_link(bound.z))
    mcse = error_in_score(benchmark, bound.z, bound.mcse)
    exceedance = best.exceedance_by(case.z_threshold)
    shares = best.shares(bound.z - best.z_today)
    outside = case.leaves(shares)
    verdict = case.verdict(bound_score, mcse, exceedance=float(exceedance[-1]), inside=not outside)
    return Judgement(verdict, bound, bound_score, mcse, exceedance, shares, outside)


def error_in_score(benchmark: Benchmark, z: float, mcse: float) -> float:
    """Return half of how far two standard errors on the link scale reach in score, on the longer side.

    A bound less or plus twice that holds what two errors hold, whichever way the link bends.
    """
    low, middle, high = (float(benchmark.from_link(z + k * mcse)) for k in (-2.0, 0.0, 2.0))
    return float(0.5 * np.max([abs(high - middle), abs(middle - low)]))


def lowest(benchmark: Benchmark) -> float:
    """Return the lowest score there is on the link scale; -inf where there is none."""
    return float(benchmark.to_link(benchmark.guess)) if benchmark.link == "logit" else -np.inf


def score_at(benchmark: Benchmark, z: float) -> float:
    """Return the score at `z` on the link scale, without the last digits that the way there costs."""
    return round(float(benchmark.from_link(z)), SCORE_DIGITS)


def ceiling_score(benchmark: Benchmark, z: float) -> float:
    """Return the score of a release ceiling; NaN where no score today is low enough."""
    return float(benchmark.from_link(z)) if z >= lowest(benchmark) else float("nan")


def bound_row(case: Case, judgement: Judgement, ceiling_z: float) -> BoundRow:
    """Return the row of a case, its verdict and its release ceiling, with median and crossing times."""
    threshold, limit, best = case.threshold, case.limit, case.best
    benchmark, verdict = case.standing.benchmark, judgement.verdict
    crossing = crossing_years(best, case.z_threshold, CROSSING_SHARES)
    return BoundRow(
        threshold=threshold.name,
        benchmark=benchmark.key,
        domain=threshold.domain,
        scenario=case.scenario.key,
        release=case.scenario.release,
        horizon_years=limit.horizon_years,
        confidence=limit.confidence,
        threshold_score=limit.score,
        today_score=case.today,
        median_score=float(benchmark.from_link(upper_bound(best, 0.5).z)),
        bound_score=judgement.bound_score,
        bound_z=judgement.bound.z,
        bound_mcse=judgement.bound_mcse,
        exceedance=judgement.exceedance,
        verdict=verdict.verdict,
        reason=verdict.reason,
        first_crossing_years=dict(zip(("p05", "p50", "p95"), crossing, strict=True)),
        release_ceiling_score=ceiling_score(benchmark, ceiling_z),
        release_ceiling_z=ceiling_z,
        extrapolates=judgement.outside,
        notes=(*unseen(benchmark, case.span), *case.notes),
        drivers=_drivers(case.effort, judgement.shares),
    )


def extrapolations(effort: Effort, shares: Array, span: Span) -> tuple[str, ...]:
    """Return where the groups that drive the bound leave what the evidence covers.

    A group is outside with all of its risk where the bins that drive it are, else with that of its bins
    outside; the compute of a bin is what one draw in ten reaches. All groups together may have less than
    a tenth of the risk there, however it is split among them. Half an order of magnitude and half a year
    beyond the evidence still count as inside.
    """
    bins = shares.shape[1]
    lags, compute = effort.lag_years[:, :bins], effort.large_compute[:, :bins]
    years = _years_told(effort, span)
    late = ~(lags <= years[:, None] + MARGIN_YEARS)
    large = ~(compute <= span.log10_compute + MARGIN_OOM) & np.asarray(effort.training)[:, None]
    driving = shares >= 0.5 * shares.max(axis=1, keepdims=True)
    whole = (driving & (late | large)).any(axis=1)
    risk = np.where(whole, shares.sum(axis=1), np.where(late | large, shares, 0.0).sum(axis=1))
    if not np.isfinite(shares).all():
        return ("how the risk is shared is not known",)
    if risk.sum() < DRIVING_SHARE:
        return ()
    found = []
    for k in np.argsort(-risk, kind="stable"):
        there = driving[k] if whole[k] else shares[k] > 0.0
        name = effort.groups[k]
        if (late[k] & there).any():
            lag = float(lags[k][there].max())
            found.append(f"{name}: lag {lag:.2g} y, evidence to {years[k]:.2g} y")
        if (large[k] & there).any():
            top, known = 10.0 ** float(compute[k][there].max()), 10.0**span.log10_compute
            found.append(f"{name}: compute fraction {top:.2g}, evidence to {known:.2g}")
    return tuple(found)


def _years_told(effort: Effort, span: Span) -> Array:
    """Return (group) the longest lag at which the channels that a group uses were measured."""
    channels = zip(effort.training, effort.inference, strict=True)
    return np.array([span.years(training=bool(a), inference=bool(b)) for a, b in channels])


def unseen(benchmark: Benchmark, span: Span) -> tuple[str, ...]:
    """Return what no attempt of the evidence is on, each widened by the population's spread."""
    key, domain = benchmark.key, benchmark.domain
    words = (
        (key in span.benchmarks, f"the evidence has no attempts on {key}: pooled width"),
        (domain in span.domains, f"the evidence has no attempts in domain {domain}: pooled width"),
    )
    return tuple(text for seen, text in words if not seen)


def _drivers(effort: Effort, shares: Array) -> dict[str, float]:
    total = {name: float(shares[k].sum()) for k, name in enumerate(effort.groups)}
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def path_over_years(
    scenario: Scenario, standing: Standing, best: Best, confidence: float
) -> PathOverYears:
    """Return median and bound at every edge of the effort's bins, from one grid of gains.

    Neither lies below today's score, which is there already.
    """
    benchmark = standing.benchmark
    tail = min(0.999, 1.0 - (1.0 - confidence) / 4.0)
    top = min(upper_bound(best, tail).z - best.z_today, farthest_gain(standing))
    gains = np.linspace(0.0, top + 0.1, PATH_POINTS)
    below = np.stack([np.exp(np.cumsum(best.log_below(g), axis=0)).mean(axis=1) for g in gains])
    ends = []
    for level in (0.5, confidence):
        gained = np.array([_inverse(level, curve, gains) for curve in below.T])
        ends.append(np.asarray(benchmark.from_link(best.z_today + gained)))
    return PathOverYears(scenario.key, benchmark.key, confidence, best.edges[1:], *ends)


def farthest_gain(standing: Standing) -> float:
    """Return the gain beyond which no picture has to look: where a fraction correct is at its end."""
    if standing.benchmark.link == "logit":
        return max(LOGIT_END - standing.z_today, 0.0)
    return FARTHEST_GAIN


def _inverse(level: float, curve: Array, gains: Array) -> float:
    """Return the gain at which the curve reaches the level, on the scale where it is near straight."""
    heights = stretched(np.maximum.accumulate(curve))
    return float(np.interp(stretched(level), heights, gains))


def scores_today(candidate: Candidate) -> dict[str, float]:
    """Return the candidate's score by benchmark."""
    return {score.benchmark: score.score for score in candidate.scores}
