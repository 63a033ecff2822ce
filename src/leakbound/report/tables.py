"""Tables of a report, made once for page and Markdown: columns, rows of text, a caption."""

from __future__ import annotations

from dataclasses import dataclass

from leakbound.assessment import Assessment, Offset
from leakbound.evidence.registry import Benchmark
from leakbound.evidence.table import file_of
from leakbound.prices import shipped_prices
from leakbound.priors import describe
from leakbound.report import wording
from leakbound.scenario import UNSOURCED

DIFFERENCE = "closed-api minus open-weights"


@dataclass(frozen=True)
class Table:
    """Rows of text under columns; `short` tables also stand in the Markdown report."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    short: bool = True


def benchmark_of(found: Assessment, key: str) -> Benchmark:
    """Return a benchmark of the registry or of the candidate's own file."""
    return found.candidate.registry(found.evidence.registry)[key]


def verdict_table(found: Assessment) -> Table:
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
                f"{wording.score(row.bound_score, benchmark)} ({wording.level(row.confidence)})",
                wording.chance(row.exceedance),
                benchmark.title,
            )
        )
    columns = ("threshold", "scenario", "verdict", "today", "limit", "within", "median", "bound",
               "chance", "benchmark")  # fmt: skip
    return Table(columns, tuple(rows))


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
    return Table(columns, tuple(rows), caption, short=False)


def gate_table(found: Assessment) -> Table:
    """Thresholds that decide together."""
    rows = [
        (gate.gate, gate.scenario, wording.mark(gate.verdict), gate.reason) for gate in found.gates
    ]
    return Table(("gate", "scenario", "verdict", "reason"), tuple(rows))


def comparator_table(found: Assessment) -> Table:
    """What published rules would take for the bound, and what they would say in each scenario."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for one in found.comparators:
        shown = wording.score(one.bound_score, benchmark_of(found, one.benchmark))
        key = (one.threshold, f"{one.title} ({one.source})", shown)
        rows.setdefault(key, {})[one.scenario] = wording.mark(one.verdict)
    scenarios = [key for key in found.scenarios if any(key in said for said in rows.values())]
    told = [(*key, *(said.get(name, "-") for name in scenarios)) for key, said in rows.items()]
    return Table(("threshold", "rule", "its bound", *scenarios), tuple(told))


def outcome_table(found: Assessment) -> Table:
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
        told = (one.name, benchmark.title, score, str(one.date), wording.years(row.years))
        rows.append((*told, *bounds, one.source))
    columns = ("outcome", "benchmark", "score", "date", "after",
               *(f"bound, {key}" for key in scenarios), "source")  # fmt: skip
    return Table(columns, tuple(rows))


def ceiling_table(found: Assessment) -> Table:
    """The highest score today at each threshold's own limit, horizon and allowance."""
    rows = []
    for row in found.verdicts:
        benchmark = benchmark_of(found, row.benchmark)
        rows.append(
            (
                row.threshold,
                row.scenario,
                wording.score(row.today_score, benchmark),
                wording.ceiling(row.release_ceiling_score, benchmark),
                "yes" if row.today_score <= row.release_ceiling_score else "no",
                wording.limit(row.threshold_score),
                wording.years(row.horizon_years),
            )
        )
    columns = ("threshold", "scenario", "today", "ceiling for today's score", "below it", "limit",
               "within")  # fmt: skip
    return Table(columns, tuple(rows), "Each scenario at its own limit and horizon.")


def offset_table(found: Assessment) -> Table:
    """Release ceilings at one limit and horizon for all scenarios, and the offset between modes."""
    rows = []
    for one in found.offsets:
        benchmark = benchmark_of(found, one.benchmark)
        limit, within = wording.limit(one.threshold_score), wording.years(one.horizon_years)
        for key, value in one.ceilings.items():
            rows.append(
                (
                    one.threshold,
                    limit,
                    within,
                    key,
                    wording.ceiling(value, benchmark),
                    wording.number(one.ceilings_z[key]),
                )
            )
        if {"closed-api", "open-weights"} <= set(one.ceilings):
            rows.append((one.threshold, limit, within, DIFFERENCE, *_difference(one, benchmark)))
    columns = ("threshold", "limit", "within", "scenario", "ceiling for today's score",
               "on the link scale")  # fmt: skip
    caption = "All scenarios at the lowest limit and the longest horizon: only the release differs."
    return Table(columns, tuple(rows), caption)


def _difference(one: Offset, benchmark: Benchmark) -> tuple[str, str]:
    least = "at least " if wording.at_chance(one.ceilings["open-weights"], benchmark) else ""
    gap = wording.points(one.points) if benchmark.link == "logit" else wording.number(one.points)
    progress = f"{wording.number(one.years_of_progress)} years of progress"
    return f"{least}{gap}", f"{wording.number(one.logits)} ({progress})"


def card_table(found: Assessment) -> Table:
    """The evidence files used: rows, licence, caveats."""
    counts = file_of(found.evidence.rows["source"]).value_counts()
    rows = [
        (
            name,
            card.title,
            str(int(counts.get(name, 0))),
            card.reference,
            card.licence,
        )
        for name, card in sorted(found.evidence.cards.items())
    ]
    columns = ("file", "title", "rows", "reference", "licence")
    return Table(columns, tuple(rows))


def caveat_table(found: Assessment) -> Table:
    """What to keep in mind about each evidence file."""
    rows = [(name, card.caveats) for name, card in sorted(found.evidence.cards.items())]
    return Table(("file", "caveats"), tuple(rows))


def assumption_tables(found: Assessment) -> list[Table]:
    """Every number of every scenario with its source."""
    tables = []
    for key, scenario in found.scenarios.items():
        rows = [(one.place, one.statement, one.source) for one in scenario.assumptions()]
        caption = f"{scenario.title} ({key})"
        tables.append(Table(("assumption", "says", "source"), tuple(rows), caption, short=False))
    return tables


def prior_table(found: Assessment) -> Table:
    """Every prior of the model with its source and reason."""
    rows = [
        (row["parameter"], row["meaning"], row["prior"], row["source"], row["why"])
        for row in describe(found.specification)
    ]
    columns = ("parameter", "meaning", "prior", "source", "why")
    return Table(columns, tuple(rows), "Priors of the model", short=False)


def check_table(found: Assessment) -> Table:
    """What the fit was held against."""
    rows = [
        (one.name, "passed" if one.passed else "FAILED", wording.number(one.found),
         wording.number(one.limit), one.worst)
        for one in found.posterior.checks
    ]  # fmt: skip
    return Table(("check", "result", "found", "limit", "worst"), tuple(rows))


def extrapolation_table(found: Assessment) -> Table:
    """Where a bound rests on more compute, years or other benchmarks than the evidence holds."""
    rows = [
        (row.threshold, row.scenario, what)
        for row in found.verdicts
        for what in (*row.extrapolates, *row.notes)
    ]
    return Table(("threshold", "scenario", "what lies outside the evidence"), tuple(rows))


def price_table() -> Table:
    """The default price that turns budgets into compute, with its sources."""
    price = shipped_prices().default
    rows = [
        (name, getattr(value, "statement", None) or str(value), price.sources.get(name, UNSOURCED))
        for name, value in vars(price).items()
        if name not in ("key", "sources")
    ]
    caption = f"What a budget buys ({price.key})"
    return Table(("assumption", "says", "source"), tuple(rows), caption, short=False)
