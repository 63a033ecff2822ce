"""Tables that hold the bound against published rules and against what was reached later."""

from __future__ import annotations

from leakbound.assessment import Assessment
from leakbound.report import wording
from leakbound.report.named import HEADLINE
from leakbound.report.past import Coverage
from leakbound.report.table import Table, benchmark_of


def comparator_table(found: Assessment, coverage: Coverage) -> Table:
    """What published rules would take for the bound, and what they would say in each scenario."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for one in found.comparators:
        shown = wording.score(one.bound_score, benchmark_of(found, one.benchmark))
        covered = coverage.rule(one.competitor)
        key = (one.threshold, f"{one.title} ({one.source})", shown, covered)
        rows.setdefault(key, {})[one.scenario] = wording.mark(one.verdict)
    scenarios = [key for key in found.scenarios if any(key in said for said in rows.values())]
    told = [(*key, *(said.get(name, "-") for name in scenarios)) for key, said in rows.items()]
    caption = "What each rule takes for the bound, and what it says"
    columns = (
        "threshold",
        "rule",
        "its bound",
        "covered of later half-years' best: known, new bases",
    )
    domains = {row.domain for row in found.verdicts}
    note = (
        "On the past each rule was read as here, with the same model, in all domains together. "
        + coverage.sentences([(domain, HEADLINE) for domain in domains])
    )
    return Table((*columns, *scenarios), tuple(told), caption, note=note)


def outcome_table(found: Assessment, coverage: Coverage) -> Table:
    """What derivatives reached later, against the bound forecast for that day."""
    scenarios = list(found.scenarios)
    rows = []
    for row in found.outcomes:
        one, benchmark = row.outcome, benchmark_of(found, row.outcome.benchmark)
        bounds = []
        for key in scenarios:
            bound = row.bound_by_scenario.get(key)
            if bound is None:
                bounds.append("-")
            else:
                side = "held" if one.score <= bound else "exceeded"
                bounds.append(f"{wording.score(bound, benchmark)} {side}")
        score = wording.score(one.score, benchmark)
        told = (one.name, benchmark.title, score, f"{one.date} ({wording.years(row.years)})")
        rows.append((*told, *bounds, one.source))
    columns = ("outcome", "benchmark", "score", "date (after)",
               *(f"bound, {key}" for key in scenarios), "source")  # fmt: skip
    domains = {benchmark_of(found, row.outcome.benchmark).domain for row in found.outcomes}
    note = coverage.sentences([(domain, HEADLINE) for domain in domains])
    return Table(columns, tuple(rows), note=note)
