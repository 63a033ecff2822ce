"""What a candidate file says, after validation: immutable, with every name resolved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from leakbound.evidence.registry import Benchmark, Registry
from leakbound.logic import Rule
from leakbound.scenario import Scenario
from leakbound.security import Security


@dataclass(frozen=True)
class Score:
    """The candidate's measured score; `items` sets its binomial noise (None: the registry's).

    Of a time horizon they are an effective count, one over the squared standard error of its log; without
    them it counts as exact.
    """

    benchmark: str
    score: float
    items: int | None
    released: dt.date | None
    source: str


@dataclass(frozen=True)
class Outcome:
    """What a derivative later reached: shown against the bound, never used by the fit."""

    benchmark: str
    score: float
    date: dt.date
    name: str
    source: str


@dataclass(frozen=True)
class Limit:
    """A threshold as it stands in one scenario: score, confidence of the bound, horizon."""

    score: float
    confidence: float
    horizon_years: float

    @property
    def allowance(self) -> float:
        """Largest exceedance probability accepted: 1 - confidence."""
        return 1.0 - self.confidence


@dataclass(frozen=True)
class Threshold:
    """A score that must not be reached, by release mode or by scenario; the scenario's key wins."""

    name: str
    benchmark: str
    domain: str
    scores: Mapping[str, float]
    confidence: Mapping[str, float]
    horizon_years: Mapping[str, float]
    extrapolate: bool
    source: str
    note: str

    def at(self, scenario: Scenario) -> Limit | None:
        """Return the limit for `scenario`; None when the threshold says nothing about it."""
        if scenario.key not in self.scores and scenario.release not in self.scores:
            return None
        tables = (self.scores, self.confidence, self.horizon_years)
        return Limit(*(most_specific(table, scenario) for table in tables))

    def limits(self, scenarios: Mapping[str, Scenario]) -> list[Limit]:
        """Return the limits in all scenarios that the threshold speaks of."""
        return [limit for one in scenarios.values() if (limit := self.at(one)) is not None]

    def strictest(self, scenarios: Mapping[str, Scenario]) -> Limit:
        """Return the lowest score, highest confidence and longest horizon of all those limits."""
        limits = self.limits(scenarios)
        return Limit(
            min(limit.score for limit in limits),
            max(limit.confidence for limit in limits),
            max(limit.horizon_years for limit in limits),
        )


@dataclass(frozen=True)
class Gate:
    """Several thresholds that decide together: the gate is crossed when `rule` holds.

    The rule's facts are threshold names, each true when that threshold is crossed.
    """

    name: str
    thresholds: tuple[str, ...]
    rule: Rule


@dataclass(frozen=True)
class Candidate:
    """A model about to be released, as its file describes it.

    `key` is the file's name without ending, `base_model` a lineage in the evidence whose effect is
    known, `benchmarks` those the file defines itself, `security` None when the file says nothing.
    """

    key: str
    name: str
    released: dt.date
    pretraining_flop: float | None
    posttraining_fraction_spent: float
    elicited: tuple[str, ...]
    base_model: str | None
    scores: tuple[Score, ...]
    outcomes: tuple[Outcome, ...]
    thresholds: tuple[Threshold, ...]
    gates: tuple[Gate, ...]
    benchmarks: tuple[Benchmark, ...]
    security: Security | None
    note: str

    @property
    def counts_as_elicited(self) -> bool:
        """Whether inference techniques count as already in the scores: of post-trained bases alone.

        Scores of the raw bases that the fit learnt from may be prompted too.
        """
        return bool(self.elicited) and self.posttraining_fraction_spent > 0.0

    def registry(self, known: Registry) -> Registry:
        """Return `known` with the benchmarks this candidate defines itself."""
        return known.merged({benchmark.key: benchmark for benchmark in self.benchmarks})


def most_specific(table: Mapping[str, float], scenario: Scenario) -> float:
    """Return the entry under the scenario's key, else that under its release mode."""
    return table[scenario.key] if scenario.key in table else table[scenario.release]
