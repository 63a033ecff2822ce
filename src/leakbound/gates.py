"""Gates: several thresholds that decide together, as verdicts and as a probability."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from leakbound.bound import BoundRow
from leakbound.candidate.types import Gate
from leakbound.job import Job
from leakbound.rules import Verdict, decide_together
from leakbound.scenario import Scenario
from leakbound.units import Array

MOST_THRESHOLDS = 12


@dataclass(frozen=True)
class GateRow:
    """The verdict of a gate in one scenario.

    `probability` is that its rule comes to hold of the thresholds reached by their horizons; NaN
    where a threshold says nothing of the scenario. The verdict does not rest on it.
    """

    gate: str
    scenario: str
    verdict: str
    reason: str
    probability: float


def gate_rows(job: Job, verdicts: tuple[BoundRow, ...]) -> list[GateRow]:
    """Return every gate of the candidate in every scenario."""
    rows = []
    for gate in job.candidate.gates:
        for key, scenario in job.scenarios.items():
            said = {
                row.threshold: Verdict(row.verdict, row.reason, ())  # type: ignore[arg-type]
                for row in verdicts
                if row.scenario == key
            }
            answer = decide_together(gate.rule, said)
            chance = _probability(job, gate, scenario)
            rows.append(GateRow(gate.name, key, answer.verdict, answer.reason, chance))
    return rows


def _probability(job: Job, gate: Gate, scenario: Scenario) -> float:
    names = sorted(gate.rule.facts)
    found = {one.name: one for one in job.candidate.thresholds if one.name in names}
    spoken = all(name in found and found[name].at(scenario) is not None for name in names)
    if not spoken or len(names) > MOST_THRESHOLDS:
        return float("nan")
    cases = [job.judged(found[name], scenario)[0] for name in names]
    reached = np.stack([case.best.exceeds(case.z_threshold) for case in cases])
    return rule_probability(gate, names, reached)


def rule_probability(gate: Gate, names: list[str], reached: Array) -> float:
    """Return the probability that the gate's rule holds, thresholds independent given a draw.

    Parameters
    ----------
    reached
        (threshold, draw) probability that each of `names` is reached. What benchmarks share (lineage,
        techniques, effort) is in the draws.
    """
    total = 0.0
    for held in itertools.product((True, False), repeat=len(names)):
        if gate.rule.ask(dict(zip(names, held, strict=True))).holds is True:
            each = np.where(np.array(held)[:, None], reached, 1.0 - reached)
            total += float(each.prod(axis=0).mean())
    return min(max(total, 0.0), 1.0)
