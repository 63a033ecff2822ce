"""The main job: a candidate, a posterior and scenarios to verdicts, with all that explains them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leakbound.bound import BoundRow, PathOverYears, bound_row, path_over_years, scores_today
from leakbound.candidate.types import Candidate, Outcome, Threshold
from leakbound.comparators import COMPARATORS, ComparatorRow, comparator_row
from leakbound.effort import effort_grid, standard_scores
from leakbound.evidence.table import Evidence
from leakbound.forecast import best_of, half_year_shocks, release_ceiling, upper_bound
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.rules import Verdict, decide_together
from leakbound.scenario import Scenario
from leakbound.standing import Base, Standing, stand

FORECAST_DRAWS = 1500


@dataclass(frozen=True)
class OutcomeRow:
    """A later measurement against the bound that was forecast for its date, by scenario."""

    outcome: Outcome
    years: float
    bound_by_scenario: Mapping[str, float]


@dataclass(frozen=True)
class GateRow:
    """The verdict of a gate in one scenario."""

    gate: str
    scenario: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Offset:
    """How far today's score may reach for open weights against another release mode.

    At one threshold score, horizon and confidence for all scenarios: differences of release ceilings in
    points of score and in logits; positive `points` means open weights must stay lower.
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


@dataclass(frozen=True)
class Assessment:
    """Everything an assessment found; `evidence` carries cards and rows for report and bibliography."""

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


def base_of(candidate: Candidate, evidence: Evidence) -> Base:
    """Return the candidate as the base of a forecast."""
    registry = candidate.registry(evidence.registry)
    scores = scores_today(candidate)
    return Base(
        released=candidate.released,
        scores=scores,
        links={key: float(registry[key].to_link(value)) for key, value in scores.items()},
        items={score.benchmark: score.items for score in candidate.scores},
        lineage=candidate.base_model,
        fraction_spent=candidate.posttraining_fraction_spent,
        elicited=bool(candidate.elicited),
    )


def assess(
    candidate: Candidate,
    evidence: Evidence,
    posterior: Posterior,
    specification: Specification,
    scenarios: Mapping[str, Scenario],
    *,
    until: dt.date | None = None,
) -> Assessment:
    """Return the assessment of `candidate` in every scenario its thresholds speak of.

    The posterior's checks enter each verdict: with a failed or missing check none is clear.
    """
    passed = all(check.passed for check in posterior.checks) if posterior.checks else None
    thin = posterior.thinned(FORECAST_DRAWS)
    job = _Job(candidate, evidence, thin, specification, scenarios, passed)
    pairs = [
        (threshold, scenario)
        for threshold in candidate.thresholds
        for scenario in scenarios.values()
        if threshold.at(scenario) is not None
    ]
    verdicts = tuple(job.row(threshold, scenario) for threshold, scenario in pairs)
    return Assessment(
        candidate=candidate,
        specification=specification,
        evidence=evidence,
        posterior=posterior,
        scenarios=scenarios,
        until=until,
        verdicts=verdicts,
        gates=tuple(_gates(candidate, scenarios, verdicts)),
        comparators=tuple(row for pair in pairs for row in job.comparators(*pair)),
        paths=tuple(job.paths(candidate.thresholds)),
        outcomes=tuple(job.outcome(outcome) for outcome in candidate.outcomes),
        offsets=tuple(job.offset(threshold) for threshold in candidate.thresholds),
    )


class _Job:
    """Standing and effort of one candidate, each computed once."""

    def __init__(
        self,
        candidate: Candidate,
        evidence: Evidence,
        posterior: Posterior,
        specification: Specification,
        scenarios: Mapping[str, Scenario],
        passed: bool | None,
    ) -> None:
        self.candidate, self.posterior = candidate, posterior
        self.specification, self.scenarios, self.passed = specification, scenarios, passed
        self.registry = candidate.registry(evidence.registry)
        self.base = base_of(candidate, evidence)
        self.standings: dict[str, Standing] = {}
        rng = np.random.default_rng([posterior.seed, 7])
        self.scores = standard_scores(rng, posterior.samples)

    def standing(self, key: str) -> Standing:
        if key not in self.standings:
            args = (self.posterior, self.specification, self.base, self.registry[key])
            self.standings[key] = stand(*args)
        return self.standings[key]

    def best(self, key: str, scenario: Scenario, years: float):  # type: ignore[no-untyped-def]
        effort = effort_grid(
            scenario,
            pretraining_flop=self.candidate.pretraining_flop,
            released=self.candidate.released,
            years=years,
            scores=self.scores,
        )
        shocks = half_year_shocks(self.posterior.seed, self.posterior.samples, key)
        return best_of(self.posterior, self.standing(key), effort, shocks), effort

    def row(self, threshold: Threshold, scenario: Scenario) -> BoundRow:
        limit = threshold.at(scenario)
        assert limit is not None
        best, effort = self.best(threshold.benchmark, scenario, limit.horizon_years)
        return bound_row(
            threshold,
            limit,
            scenario,
            self.standing(threshold.benchmark),
            best,
            effort,
            self.posterior.span,
            today=self.base.scores[threshold.benchmark],
            checks_passed=self.passed,
        )

    def comparators(self, threshold: Threshold, scenario: Scenario) -> list[ComparatorRow]:
        limit = threshold.at(scenario)
        assert limit is not None
        standing = self.standing(threshold.benchmark)
        said = {"threshold": threshold.name, "scenario": scenario.key}
        return [
            comparator_row(one, standing, limit=limit.score, **said) for one in COMPARATORS.values()
        ]

    def paths(self, thresholds: tuple[Threshold, ...]) -> list[PathOverYears]:
        found = []
        for key in dict.fromkeys(threshold.benchmark for threshold in thresholds):
            mine = [threshold for threshold in thresholds if threshold.benchmark == key]
            for scenario in self.scenarios.values():
                limits = [limit for t in mine if (limit := t.at(scenario)) is not None]
                if limits:
                    years = max(
                        limit.horizon_years for t in mine for limit in t.limits(self.scenarios)
                    )
                    best, _ = self.best(key, scenario, years)
                    confidence = limits[0].confidence
                    found.append(path_over_years(scenario, self.standing(key), best, confidence))
        return found

    def outcome(self, outcome: Outcome) -> OutcomeRow:
        years = max((outcome.date - self.candidate.released).days / 365.25, 1e-3)
        bounds = {}
        if outcome.benchmark in self.base.scores:
            for scenario in self.scenarios.values():
                best, _ = self.best(outcome.benchmark, scenario, min(years, 20.0))
                z = upper_bound(best, 0.95).z
                bounds[scenario.key] = float(self.registry[outcome.benchmark].from_link(z))
        return OutcomeRow(outcome, years, bounds)

    def offset(self, threshold: Threshold) -> Offset:
        limits = threshold.limits(self.scenarios)
        score = min(limit.score for limit in limits)
        years = max(limit.horizon_years for limit in limits)
        confidence = max(limit.confidence for limit in limits)
        standing = self.standing(threshold.benchmark)
        benchmark = standing.benchmark
        z = float(benchmark.to_link(score))
        found = {}
        for scenario in self.scenarios.values():
            best, _ = self.best(threshold.benchmark, scenario, years)
            found[scenario.key] = release_ceiling(best, z, 1.0 - confidence)
        ceilings = {key: float(benchmark.from_link(value)) for key, value in found.items()}
        both = "closed-api" in found and "open-weights" in found
        logits = found["closed-api"] - found["open-weights"] if both else float("nan")
        points = ceilings["closed-api"] - ceilings["open-weights"] if both else float("nan")
        pace = float(np.median(standing.response * (standing.rate + standing.pace)))
        return Offset(
            threshold.name, benchmark.key, threshold.domain, score, years, confidence,
            ceilings, found, points, logits, logits / pace if pace > 0 else float("nan"),
        )  # fmt: skip


def _gates(
    candidate: Candidate, scenarios: Mapping[str, Scenario], verdicts: tuple[BoundRow, ...]
) -> list[GateRow]:
    rows = []
    for gate in candidate.gates:
        for key in scenarios:
            said = {
                row.threshold: Verdict(row.verdict, row.reason, ())  # type: ignore[arg-type]
                for row in verdicts
                if row.scenario == key
            }
            answer = decide_together(gate.rule, said)
            rows.append(GateRow(gate.name, key, answer.verdict, answer.reason))
    return rows
