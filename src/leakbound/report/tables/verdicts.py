"""Tables of the verdicts: domain x scenario, the numbers behind them, the reasons."""

from __future__ import annotations

from leakbound.assessment import Assessment
from leakbound.report import wording
from leakbound.report.order import by_release
from leakbound.report.past import Coverage
from leakbound.report.table import Table, benchmark_of

GATE = "gate"
ERRORS = "After ± stands twice the Monte-Carlo error of a bound."


def matrix_table(found: Assessment) -> Table:
    """Scenario x domain: the verdict and the chance to reach the limit; gates stand beside."""
    thresholds = {row.threshold: row.domain for row in found.verdicts}
    gates = list(dict.fromkeys(gate.gate for gate in found.gates))
    said = {
        (row.scenario, row.threshold): wording.verdict_and_chance(row.verdict, row.exceedance)
        for row in found.verdicts
    }
    decided = {(gate.scenario, gate.gate): wording.mark(gate.verdict) for gate in found.gates}
    rows = tuple(
        (
            key,
            *(said.get((key, name), "-") for name in thresholds),
            *(decided.get((key, name), "-") for name in gates),
        )
        for key in by_release(found)
    )
    columns = [f"{domain}: {name}" for name, domain in thresholds.items()]
    columns += [f"{GATE}: {name}" for name in gates]
    note = "Beside the verdict: the chance that others reach the limit within the horizon."
    return Table(("scenario", *columns), rows, note=note)


def verdict_table(found: Assessment, coverage: Coverage) -> Table:
    """Threshold x scenario: what is forecast and what follows."""
    rows = []
    for row in found.verdicts:
        benchmark = benchmark_of(found, row.benchmark)
        rows.append(
            (
                row.threshold,
                row.scenario,
                wording.mark(row.verdict),
                wording.score(row.today_score, benchmark),
                wording.limit(row.threshold_score),
                wording.years(row.horizon_years),
                wording.score(row.median_score, benchmark),
                f"{wording.with_error(row.bound_score, row.bound_mcse, benchmark)} "
                f"({wording.level(row.confidence)})",
                wording.chance(row.exceedance),
                benchmark.title,
            )
        )
    columns = ("threshold", "scenario", "verdict", "today", "limit", "within", "median", "bound",
               "chance", "benchmark")  # fmt: skip
    note = " ".join([ERRORS, coverage.notes(found.verdicts, levels=(0.5,)), *coverage.scope])
    return Table(columns, tuple(rows), "The numbers behind every verdict", note=note)


def gate_table(found: Assessment) -> Table:
    """Thresholds that decide together."""
    rows = [
        (gate.gate, gate.scenario, wording.mark(gate.verdict), wording.chance(gate.probability),
         gate.reason)
        for gate in found.gates
    ]  # fmt: skip
    caption = "Gates: thresholds that decide together, and the chance that the rule comes to hold"
    return Table(("gate", "scenario", "verdict", "chance", "reason"), tuple(rows), caption)


def reason_table(found: Assessment) -> Table:
    """Why each verdict is what it is, when the limit is first reached, who drives the bound."""
    rows = []
    for row in found.verdicts:
        first = row.first_crossing_years
        drivers = [f"{name} {wording.chance(share)}" for name, share in row.drivers.items()][:3]
        rows.append(
            (
                row.threshold,
                row.scenario,
                wording.mark(row.verdict),
                row.reason,
                wording.years(first.get("p05")),
                wording.years(first.get("p50")),
                "; ".join(drivers),
            )
        )
    columns = ("threshold", "scenario", "verdict", "reason", "reached with 5 % chance by",
               "reached with 50 % chance by", "groups that drive the bound")  # fmt: skip
    caption = "Reasons, first crossing, groups that drive the bound"
    note = "Crossing times were not backtested."
    return Table(columns, tuple(rows), caption, short=False, note=note)


def extrapolation_table(found: Assessment) -> Table:
    """Where a bound rests on more compute, years or other benchmarks than the evidence holds."""
    rows = [
        (row.threshold, row.scenario, what)
        for row in found.verdicts
        for what in (*row.extrapolates, *row.notes)
    ]
    return Table(("threshold", "scenario", "what lies outside the evidence"), tuple(rows))
