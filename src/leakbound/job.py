"""One candidate laid out: standings, efforts and distributions of the best, each computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from leakbound.bound import FARTHEST_GAIN, Case, Judgement, judge, lowest, score_at, scores_today
from leakbound.candidate.types import Candidate, Limit, Threshold
from leakbound.effort import BINS_PER_YEAR, Effort, effort_grid, standard_scores
from leakbound.evidence.registry import Registry
from leakbound.evidence.table import Evidence
from leakbound.forecast import (
    Best,
    best_of,
    half_year_shocks,
    restood,
    upper_bound,
)
from leakbound.known_base import contradictions, far_from_evidence
from leakbound.mixed_best import mixed_best
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.roots import first_spare, stretched
from leakbound.scenario import MAX_YEARS, Scenario
from leakbound.span import Span, span_of
from leakbound.standing import Base, Ground, Standing, known_links
from leakbound.units import Array

if TYPE_CHECKING:
    from leakbound.backtest.recalibration import Recalibration

SAME_CEILING = 0.02


class Job:
    """What the parts of an assessment share; nothing is computed before it is asked for.

    `reach_years` is how far distributions go; nearer horizons on the quarter are read off the same
    ones. It changes no number.
    """

    def __init__(
        self,
        candidate: Candidate,
        evidence: Evidence,
        posterior: Posterior,
        specification: Specification,
        scenarios: Mapping[str, Scenario],
        *,
        checks_passed: bool | None,
        reach_years: float = 0.0,
        recalibration: Recalibration | None = None,
    ) -> None:
        self.candidate, self.posterior = candidate, posterior
        self.specification, self.scenarios = specification, scenarios
        self.checks_passed, self.reach_years = checks_passed, min(reach_years, MAX_YEARS)
        self.registry = candidate.registry(evidence.registry)
        self.base = base_of(candidate, self.registry, posterior)
        self.recalibration = recalibration
        self._evidence = evidence
        self._grounds: dict[str, Ground] = {}
        self._standings: dict[str, Standing] = {}
        self._efforts: dict[tuple[str, float], Effort] = {}
        self._bests: dict[tuple[str, str, float], Best] = {}
        self._judged: dict[tuple[str, str], tuple[Case, Judgement]] = {}

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What the reader of any verdict has to know."""
        moved = () if self.recalibration is None else (str(self.recalibration),)
        return (*contradictions(self.candidate, self._evidence), *moved)

    @cached_property
    def span(self) -> Span:
        """What the evidence covers."""
        return span_of(self._evidence)

    @cached_property
    def _outside(self) -> tuple[str, ...]:
        return far_from_evidence(self.candidate, self._evidence)

    def pairs(self) -> Iterator[tuple[Threshold, Scenario]]:
        """Yield every threshold with each scenario that it speaks of."""
        for threshold in self.candidate.thresholds:
            for scenario in self.scenarios.values():
                if threshold.at(scenario) is not None:
                    yield threshold, scenario

    def standing(self, key: str) -> Standing:
        """Return where the candidate stands on a benchmark."""
        if key not in self._standings:
            self._standings[key] = self._ground(key).standing()
        return self._standings[key]

    def effort(self, scenario: Scenario, years: float) -> Effort:
        """Return the scenario's effort over at least `years`, with an edge there."""
        years = self._far(years)
        if (scenario.key, years) not in self._efforts:
            self._efforts[scenario.key, years] = effort_grid(
                scenario,
                pretraining_flop=self.candidate.pretraining_flop,
                released=self.candidate.released,
                years=years,
                scores=_scores(self.posterior.seed, self.posterior.samples),
            )
        return self._efforts[scenario.key, years]

    def best(self, key: str, scenario: Scenario, years: float) -> Best:
        """Return the distribution of the best of all attempts by `years`."""
        return self.moved(self._unmoved(key, scenario, years))

    def _unmoved(self, key: str, scenario: Scenario, years: float) -> Best:
        far = self._far(years)
        if (key, scenario.key, far) not in self._bests:
            self._bests[key, scenario.key, far] = self.best_under(key, self.effort(scenario, far))
        found = self._bests[key, scenario.key, far]
        return found if far == years else found.until(years)

    def ceiling(self, key: str, limit: Limit, scenario: Scenario) -> float:
        """Return the release ceiling at a limit on the link scale, -inf where no score is low enough.

        It is the highest score below the limit at which the exceedance is within the allowance; a
        fiftieth of a logit above, it is no more. A base with another score stands elsewhere: its
        measurement error, scatter and position are those of that score. Today's score does not count.
        Near chance a lower score may be riskier, as it says less: see `riskier_below`.
        """
        spare, floor, z_limit = self._spare(key, limit, scenario)
        top = max(z_limit - SAME_CEILING, floor)
        found = first_spare(spare, top, floor, within=SAME_CEILING)
        return -np.inf if found is None else found

    def riskier_below(self, key: str, limit: Limit, scenario: Scenario, ceiling: float) -> bool:
        """Return whether the exceedance is beyond the allowance at scores from chance to the ceiling.

        It never is where nobody guesses, as of a time horizon.
        """
        spare, floor, _ = self._spare(key, limit, scenario)
        start = ceiling - SAME_CEILING
        if start <= floor or not np.isfinite(lowest(self.registry[key])):
            return False
        return first_spare(lambda z: -spare(z), start, floor, within=np.inf) is not None

    def _spare(
        self, key: str, limit: Limit, scenario: Scenario
    ) -> tuple[Callable[[float], float], float, float]:
        """Return what a score today leaves of the allowance, the lowest to look at, and the limit."""
        benchmark = self.registry[key]
        z_limit = float(benchmark.to_link(limit.score))

        def spare(z: float) -> float:
            best = self._at_score(z, key, scenario, limit.horizon_years)[1]
            below = best.below(max(z_limit - z, 0.0)).mean()
            return float(stretched(below) - stretched(limit.confidence))

        return spare, max(lowest(benchmark), z_limit - FARTHEST_GAIN), z_limit

    def scoring(self, case: Case, z: float) -> Case:
        """Return the case of the same base with score `z` on the link scale today."""
        args = (case.threshold.benchmark, case.scenario, case.limit.horizon_years)
        standing, best = self._at_score(z, *args)
        return replace(case, standing=standing, best=best, today=score_at(standing.benchmark, z))

    def _at_score(
        self, z: float, key: str, scenario: Scenario, years: float
    ) -> tuple[Standing, Best]:
        """Return where the base stands with score `z` on the link scale today, and its `best`."""
        before, today = self.standing(key), self._unmoved(key, scenario, years)
        if z == before.z_today:
            return before, self.moved(today)
        standing, effort = self._ground(key).standing(z), self.effort(scenario, years)
        return standing, self.moved(restood(today, before, standing, effort, self.shocks(key)))

    def _ground(self, key: str) -> Ground:
        if key not in self._grounds:
            args = (self.posterior, self.specification, self.base, self.registry[key])
            self._grounds[key] = Ground(*args)
        return self._grounds[key]

    def moved(self, best: Best) -> Best:
        """Return a distribution as the recalibration moves it: as the past needed at 95 %."""
        if self.recalibration is None:
            return best
        low, high = (np.asarray(upper_bound(best, level).z) for level in (0.5, 0.95))
        return best.shifted(float(self.recalibration.shift(low, high)))

    def best_under(self, key: str, effort: Effort) -> Best:
        """Return the distribution of the best under a given effort, not `moved`."""
        best = best_of(self.posterior, self.standing(key), effort, self.shocks(key))
        return mixed_best(best, self.posterior)

    def shocks(self, key: str) -> Array:
        """Return (half-year, draw) standard normals of a benchmark."""
        return _shocks(self.posterior.seed, self.posterior.samples, key)

    def judged(self, threshold: Threshold, scenario: Scenario) -> tuple[Case, Judgement]:
        """Return the case of a threshold that speaks of the scenario, and its judgement."""
        key = (threshold.name, scenario.key)
        if key not in self._judged:
            limit = threshold.at(scenario)
            if limit is None:
                raise ValueError(f"{threshold.name} says nothing about {scenario.key}")
            case = self.case(threshold, limit, scenario)
            self._judged[key] = case, judge(case)
        return self._judged[key]

    def case(self, threshold: Threshold, limit: Limit, scenario: Scenario) -> Case:
        """Return the case of a threshold at a limit."""
        return Case(
            threshold=threshold,
            limit=limit,
            scenario=scenario,
            standing=self.standing(threshold.benchmark),
            best=self.best(threshold.benchmark, scenario, limit.horizon_years),
            effort=self.effort(scenario, limit.horizon_years),
            span=self.span,
            today=self.base.scores[threshold.benchmark],
            checks_passed=self.checks_passed,
            outside=self._outside,
            notes=self.notes,
        )

    def farthest(self, limit: Limit) -> float:
        """Return how many years the assessment looks ahead, at least the limit's horizon."""
        return max(self.reach_years, limit.horizon_years)

    def _far(self, years: float) -> float:
        """Return the reach if `years` is one of its quarters, else `years` itself."""
        on_quarter = float(years * BINS_PER_YEAR).is_integer()
        return self.reach_years if on_quarter and years <= self.reach_years else years


def base_of(candidate: Candidate, registry: Registry, posterior: Posterior) -> Base:
    """Return the candidate as the base of a forecast, with what the evidence knows of its other scores.

    The candidate's own scores go first.
    """
    scores = scores_today(candidate)
    links = {key: float(registry[key].to_link(value)) for key, value in scores.items()}
    links = {**known_links(posterior, candidate.base_model), **links}
    return Base(
        released=candidate.released,
        scores=scores,
        links=links,
        comparable=registry.comparable(links),
        items={score.benchmark: score.items for score in candidate.scores},
        lineage=candidate.base_model,
        fraction_spent=candidate.posttraining_fraction_spent,
        elicited=candidate.counts_as_elicited,
    )


@cache
def _scores(seed: int, samples: int) -> Array:
    return standard_scores(np.random.default_rng([seed, 7]), samples)


@cache
def _shocks(seed: int, samples: int, key: str) -> Array:
    return half_year_shocks(seed, samples, key)
