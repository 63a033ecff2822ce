"""Does the bound hold where it is told what was done: stated compute, inference techniques, distillation?

Usage: python experiments/named_effort.py [--out results]
Forecasts the shipped outcomes whose effort is named, twice: each developer's from evidence without any
attempt on that developer's models, and, after each cut, from what was knowable before it. Writes
named-effort.md and named-effort.json. A killed run goes on where it stopped.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from leakbound.backtest.data import SHIPPED, read_data
from leakbound.backtest.methods import chosen, forecasters, is_own
from leakbound.backtest.named import after_cuts, together, without_developers
from leakbound.backtest.outcome import Outcome, outcome_of, write_json
from leakbound.backtest.run import run
from leakbound.cli.backtest import progress_bar
from leakbound.comparators import COMPARATORS
from leakbound.competitors import REFERENCE
from leakbound.fit import cache_folder
from leakbound.report.named import LEFT_OUT, Named, kinds_table, named_of
from leakbound.report.scoreboard import markdown, shortened
from leakbound.writing import write_text

CUTS = tuple(dt.date(*day) for day in ((2024, 7, 20), (2024, 10, 1), (2025, 1, 1)))
QUANTITIES = ("attempt", "best")
METHODS = (
    "leakbound",
    *(rule.competitor for rule in COMPARATORS.values()),
    *(REFERENCE, "empirical-lineage", "trend-6-months", "linear-regression", "sigmoid-frontier"),
)
KEYS = ["data", "cut", "subset", "quantity"]
PREFACE = """# Named efforts

Outcomes of the shipped evidence whose effort is named: stated compute, inference techniques, or any
training of a model that had its post-training already. `left-out`: no attempt on the models of their
developer is fitted on, one developer at a time; later years of others are known, and so is what the
models scored themselves, as it is of a candidate. `named`: fitted on what was knowable before the cut,
all later ones forecast. Bounds at 95 %: share covered (of all with its 95 % interval over bases), and
pinball loss relative to the empirical quantile per benchmark on the same rows (below 1 is better). The
number of outcomes stands in the column. *attempt* is one derivative, *best* the best of a base x
benchmark x half-year. Benchmarks whose score is no share (effective compute, time horizons) and other
order statistics of cells are in the JSON alone.
"""


def main(
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("results"),
) -> None:
    """Run the methods on both questions and write the page."""
    data = read_data(SHIPPED)
    asked = {LEFT_OUT: without_developers(data, name=LEFT_OUT), "named": after_cuts(data, CUTS)}
    methods = chosen(forecasters(), METHODS)
    found, steps = {}, sum(map(len, asked.values())) * len(methods)
    with progress_bar(steps) as step:
        for name, splits in asked.items():
            found[name] = list(run(splits, methods, cache=cache_folder() / "backtest", step=step))
    outcome = outcome_of([*together(found[LEFT_OUT], name=LEFT_OUT), *found["named"]])
    write_text(out / "named-effort.md", page(named_of(outcome.rows)))
    write_json(kept(outcome), out / "named-effort.json")


def page(named: Named) -> str:
    """Return the whole page as Markdown."""
    parts = [PREFACE]
    rows = named.rows[named.rows["quantity"].isin(QUANTITIES)]
    for (data, cut, subset, quantity), at in rows.groupby(KEYS, sort=False):
        when = "" if data == LEFT_OUT else f", cut {cut}, {subset} bases"
        bases = at.loc[at["group"] == "", "bases"].iloc[0]
        parts.append(f"\n## {data}{when}, {quantity} (on {bases} bases)\n")
        table = kinds_table(at, "", METHODS[0])
        parts.append(markdown(table.columns, table.rows))
    return "\n".join(parts) + "\n"


def kept(outcome: Outcome) -> Outcome:
    """Return the outcome for keeping: all rows of our own, of the others those that the page shows."""
    rows = outcome.rows
    ours = rows[rows["method"].map(is_own)]
    theirs = named_of(rows[~rows["method"].map(is_own)]).rows
    return replace(shortened(outcome), rows=pd.concat([ours, theirs], ignore_index=True))


if __name__ == "__main__":
    typer.run(main)
