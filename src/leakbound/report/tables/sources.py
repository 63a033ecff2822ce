"""Tables of what everything rests on: evidence, assumptions, prices, priors, checks."""

from __future__ import annotations

from leakbound.assessment import Assessment
from leakbound.evidence.table import file_of
from leakbound.prices import shipped_prices
from leakbound.priors import describe
from leakbound.report import wording
from leakbound.report.table import Table
from leakbound.scenario import UNSOURCED
from leakbound.structures.stack import StackedSpecification, members_of


def card_table(found: Assessment) -> Table:
    """The evidence files used: rows, licence, caveats."""
    counts = file_of(found.evidence.rows["source"]).value_counts()
    rows = [
        (name, card.title, str(int(counts.get(name, 0))), card.reference, card.licence)
        for name, card in sorted(found.evidence.cards.items())
    ]
    columns = ("file", "title", "rows", "reference", "licence")
    return Table(columns, tuple(rows), "Evidence files")


def caveat_table(found: Assessment) -> Table:
    """What to keep in mind about each evidence file."""
    rows = [(name, card.caveats) for name, card in sorted(found.evidence.cards.items())]
    return Table(("file", "caveats"), tuple(rows), "Caveats of the evidence")


def assumption_tables(found: Assessment) -> list[Table]:
    """Every number of every scenario with its source."""
    tables = []
    for key, scenario in found.scenarios.items():
        rows = [(one.place, one.statement, one.source) for one in scenario.assumptions()]
        caption = f"{scenario.title} ({key})"
        tables.append(Table(("assumption", "says", "source"), tuple(rows), caption, short=False))
    return tables


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


def prior_table(found: Assessment) -> Table:
    """Every prior of the model with its source and reason; of a stack those of its leading structure."""
    leading = members_of(found.specification)[0].specification
    rows = [
        (row["parameter"], row["meaning"], row["prior"], row["source"], row["why"])
        for row in describe(leading)
    ]
    columns = ("parameter", "meaning", "prior", "source", "why")
    whose = "the model"
    if isinstance(found.specification, StackedSpecification):
        whose = f"the leading structure ({leading.title})"
    return Table(columns, tuple(rows), f"Priors of {whose}", short=False)


def check_table(found: Assessment) -> Table:
    """What the fit was held against."""
    rows = [
        (one.name, "passed" if one.passed else "FAILED", wording.number(one.found),
         wording.number(one.limit), one.worst)
        for one in found.posterior.checks
    ]  # fmt: skip
    return Table(("check", "result", "found", "limit", "worst"), tuple(rows), "Checks of the fit")
