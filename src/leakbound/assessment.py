"""The main job: a candidate, a posterior and scenarios to verdicts, with all that explains them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leakbound.bound import (
    BoundRow,
    PathOverYears,
    bound_row,
    ceiling_score,
    lowest,
    path_over_years,
)
from leakbound.calibration.conflict import Conflict, conflicts
from leakbound.candidate.types import Candidate, Outcome, Threshold
from leakbound.checks import all_passed
from leakbound.comparators import ComparatorRow, comparators
from leakbound.evidence.table import Evidence
from leakbound.explain.buffers import Buffer, buffers
from leakbound.explain.flips import Flip, flips
from leakbound.explain.progress import years_of_progress
from leakbound.explain.shares import WidthShares, widths
from leakbound.explain.surfacemap import BoundMap, CrossingCurve, bound_maps, crossing_curves
from leakbound.explain.worth import EvaluationWorth, worths
from leakbound.forecast import upper_bound
from leakbound.gates import GateRow, gate_rows
from leakbound.job import Job
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.risk import TotalRisk, total_risks
from leakbound.scenario import MAX_YEARS, Scenario
from leakbound.structures.mixture import MixedPosterior

if TYPE_CHECKING:
    from leakbound.backtest.recalibration import Recalibration

FORECAST_DRAWS = 1500
LOOK_YEARS = 5.0
OUTCOME_CONFIDENCE = 0.95


@dataclass(frozen=True)
class OutcomeRow:
    """A later measurement against the bound that was forecast for its date, by scenario."""

    outcome: Outcome
    years: float
    bound_by_scenario: Mapping[str, float]


@dataclass(frozen=True)
class Offset:
    """How far today's score may reach for open weights against another release mode.

    At one threshold score, horizon and confidence for all scenarios: differences of release ceilings in
    points of score and in logits; positive `points` means open weights must stay lower. Where no score
    is low enough `ceilings` is NaN, and differences are counted from the lowest score there is: at least
    that much. `years_of_progress` is infinite beyond 20 years. `exceedance` is that of today's score,
    `riskier_below` names scenarios with scores below their ceiling, near chance, beyond the allowance.
    """

    threshold: str
    benchmark: str
    domain: str
    threshold_score: float
    horizon_years: float
    confidence: float
    ceilings: Mapping[str, float]
    ceilings_z: Mapping[str, float]
    points: float
    logits: float
    years_of_progress: float
    exceedance: Mapping[str, float]
    riskier_below: tuple[str, ...]


@dataclass(frozen=True)
class Assessment:
    """Everything an assessment found; `evidence` carries cards and rows for report and bibliography.

    `riskier_below` has threshold and scenario of verdicts whose release ceiling has scores below it,
    near chance, at which the exceedance is beyond the allowance.
    """

    candidate: Candidate
    specification: Specification
    evidence: Evidence
    posterior: Posterior
    scenarios: Mapping[str, Scenario]
    until: dt.date | None
    verdicts: tuple[BoundRow, ...]
    gates: tuple[GateRow, ...]
    comparators: tuple[ComparatorRow, ...]
    paths: tuple[PathOverYears, ...]
    outcomes: tuple[OutcomeRow, ...]
    offsets: tuple[Offset, ...]
    risks: tuple[TotalRisk, ...] = ()
    flips: tuple[Flip, ...] = ()
    buffers: tuple[Buffer, ...] = ()
    maps: tuple[BoundMap, ...] = ()
    crossings: tuple[CrossingCurve, ...] = ()
    worths: tuple[EvaluationWorth, ...] = ()
    shares: tuple[WidthShares, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    recalibrated: str = ""
    riskier_below: frozenset[tuple[str, str]] = frozenset()


def assess(
    candidate: Candidate,
    evidence: Evidence,
    posterior: Posterior,
    specification: Specification,
    scenarios: Mapping[str, Scenario],
    *,
    until: dt.date | None = None,
    recalibration: Recalibration | None = None,
) -> Assessment:
    """Return the assessment of `candidate` in every scenario its thresholds speak of.

    The posterior's checks enter each verdict: with a failed or missing check none is clear. A
    `recalibration` moves every forecast as the past says, and is told with each verdict.
    """
    job = Job(
        candidate, evidence, posterior.thinned(FORECAST_DRAWS), specification, scenarios,
        checks_passed=all_passed(posterior.checks), recalibration=recalibration,
        reach_years=max([LOOK_YEARS, *_horizons(candidate, scenarios)]),
    )  # fmt: skip
    verdicts = tuple(_row(job, *pair) for pair in job.pairs())
    return Assessment(
        candidate=candidate,
        specification=specification,
        evidence=evidence,
        posterior=posterior,
        scenarios=scenarios,
        until=until,
        recalibrated="" if recalibration is None else str(recalibration),
        verdicts=verdicts,
        riskier_below=frozenset(_riskier_below(job, verdicts)),
        gates=tuple(gate_rows(job, verdicts)),
        comparators=tuple(comparators(job)),
        paths=tuple(_paths(job)),
        outcomes=tuple(_outcome(job, outcome) for outcome in candidate.outcomes),
        offsets=tuple(_offset(job, threshold) for threshold in candidate.thresholds),
        risks=tuple(total_risks(job)),
        flips=tuple(flips(job)),
        buffers=tuple(buffers(job)),
        maps=tuple(bound_maps(job, evidence.rows)),
        crossings=tuple(crossing_curves(job)),
        worths=tuple(worths(job)),
        shares=tuple(widths(job)),
        conflicts=prior_conflicts(posterior, specification),
    )


def prior_conflicts(posterior: Posterior, specification: Specification) -> tuple[Conflict, ...]:
    """Return the parameters whose prior the evidence contradicts, of a mixture those of each member."""
    if not isinstance(posterior, MixedPosterior):
        return tuple(one for one in conflicts(posterior, specification) if one.conflicting)
    found = []
    for i, member in enumerate(posterior.members):
        mine = posterior.codes == i
        own = replace(posterior, draws={name: v[mine] for name, v in posterior.draws.items()})
        name = member.specification.name
        found += [replace(one, model=name) for one in conflicts(own, member.specification)]
    return tuple(one for one in found if one.conflicting)


def verdicts_of(
    candidate: Candidate,
    evidence: Evidence,
    posterior: Posterior,
    specification: Specification,
    scenarios: Mapping[str, Scenario],
) -> tuple[tuple[BoundRow, ...], tuple[GateRow, ...]]:
    """Return the verdicts of `assess` and its gates, without all that explains them.

    `posterior` is already thinned.
    """
    job = Job(
        candidate, evidence, posterior, specification, scenarios,
        checks_passed=all_passed(posterior.checks),
    )  # fmt: skip
    verdicts = tuple(_row(job, *pair) for pair in job.pairs())
    return verdicts, tuple(gate_rows(job, verdicts))


def _row(job: Job, threshold: Threshold, scenario: Scenario) -> BoundRow:
    case, judgement = job.judged(threshold, scenario)
    return bound_row(case, judgement, job.ceiling(threshold.benchmark, case.limit, scenario))


def _riskier_below(job: Job, rows: Iterable[BoundRow]) -> Iterator[tuple[str, str]]:
    """Yield threshold and scenario where scores near chance are riskier than the release ceiling."""
    for (threshold, scenario), row in zip(job.pairs(), rows, strict=True):
        limit = job.judged(threshold, scenario)[0].limit
        if job.riskier_below(threshold.benchmark, limit, scenario, row.release_ceiling_z):
            yield row.threshold, row.scenario


def _horizons(candidate: Candidate, scenarios: Mapping[str, Scenario]) -> list[float]:
    return [one.horizon_years for t in candidate.thresholds for one in t.limits(scenarios)]


def _paths(job: Job) -> list[PathOverYears]:
    found = []
    thresholds = job.candidate.thresholds
    for key in dict.fromkeys(threshold.benchmark for threshold in thresholds):
        mine = [threshold for threshold in thresholds if threshold.benchmark == key]
        years = max(limit.horizon_years for t in mine for limit in t.limits(job.scenarios))
        for scenario in job.scenarios.values():
            limits = [limit for t in mine if (limit := t.at(scenario)) is not None]
            if limits:
                best = job.best(key, scenario, years)
                confidence = max(limit.confidence for limit in limits)
                found.append(path_over_years(scenario, job.standing(key), best, confidence))
    return found


def _outcome(job: Job, outcome: Outcome) -> OutcomeRow:
    years = max((outcome.date - job.candidate.released).days / 365.25, 1e-3)
    bounds = {}
    if outcome.benchmark in job.base.scores:
        for scenario in job.scenarios.values():
            best = job.best(outcome.benchmark, scenario, min(years, MAX_YEARS))
            z = upper_bound(best, OUTCOME_CONFIDENCE).z
            bounds[scenario.key] = float(job.registry[outcome.benchmark].from_link(z))
    return OutcomeRow(outcome, years, bounds)


def _offset(job: Job, threshold: Threshold) -> Offset:
    strict, own = threshold.strictest(job.scenarios), threshold.benchmark
    score, years, confidence = strict.score, strict.horizon_years, strict.confidence
    standing, scenarios = job.standing(own), job.scenarios
    benchmark = standing.benchmark
    z = float(benchmark.to_link(score))
    found = {key: job.ceiling(own, strict, one) for key, one in scenarios.items()}
    chances = {
        key: float(job.best(own, one, years).exceeds(z).mean()) for key, one in scenarios.items()
    }
    riskier = tuple(
        key for key, one in scenarios.items() if job.riskier_below(own, strict, one, found[key])
    )
    ceilings = {key: ceiling_score(benchmark, value) for key, value in found.items()}
    least = {key: max(value, lowest(benchmark)) for key, value in found.items()}
    both = "closed-api" in found and "open-weights" in found
    logits = least["closed-api"] - least["open-weights"] if both else float("nan")
    scores = {key: float(benchmark.from_link(value)) for key, value in least.items()}
    points = scores["closed-api"] - scores["open-weights"] if both else float("nan")
    return Offset(
        threshold.name, benchmark.key, threshold.domain, score, years, confidence,
        ceilings, found, points, logits, years_of_progress(standing, logits), chances, riskier,
    )  # fmt: skip
