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

from leakbound.backtest.alike import ByEffortForecaster, OtherPriorForecaster
from leakbound.backtest.data import SHIPPED, read_data
from leakbound.backtest.method import Forecaster, competitor_forecasters
from leakbound.backtest.methods import is_own
from leakbound.backtest.named import after_cuts, together, without_developers
from leakbound.backtest.outcome import Outcome, outcome_of, write_json
from leakbound.backtest.own import own_forecaster
from leakbound.backtest.rule import rule_forecasters
from leakbound.backtest.run import run
from leakbound.cli.backtest import progress_bar
from leakbound.competitors import REFERENCE
from leakbound.fit import cache_folder
from leakbound.report.named import AFTER, LEFT_OUT, named_of
from leakbound.report.named_page import named_page
from leakbound.report.scoreboard import shortened
from leakbound.writing import write_text

CUTS = tuple(dt.date(*day) for day in ((2024, 7, 20), (2024, 10, 1), (2025, 1, 1)))
RIVALS = (REFERENCE, "linear-regression", "sigmoid-frontier", "trend-6-months")
TOLD = (REFERENCE, "linear-regression")
LESS = (0.3, 0.15)


def methods() -> list[Forecaster]:
    """Return our model, with smaller distillation effects too, published rules, and rivals."""
    own, rivals = own_forecaster(), {one.name: one for one in competitor_forecasters()}
    priors = [
        OtherPriorForecaster(
            own, f"distillation=HalfNormal({sigma})", f"{own.name}-distillation-{sigma}"
        )
        for sigma in LESS
    ]
    told = [ByEffortForecaster(rivals[name]) for name in TOLD]
    return [own, *priors, *rule_forecasters(own), *(rivals[name] for name in RIVALS), *told]


def main(
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("results"),
) -> None:
    """Run the methods on both questions and write the page."""
    data, every, found = read_data(SHIPPED), methods(), {}
    asked = {LEFT_OUT: without_developers(data, name=LEFT_OUT), AFTER: after_cuts(data, CUTS)}
    with progress_bar(sum(map(len, asked.values())) * len(every)) as step:
        for name, splits in asked.items():
            found[name] = list(run(splits, every, cache=cache_folder() / "backtest", step=step))
    outcome = outcome_of([*together(found[LEFT_OUT], name=LEFT_OUT), *found[AFTER]])
    write_text(out / "named-effort.md", named_page(named_of(outcome.rows), every[0].name))
    write_json(kept(outcome), out / "named-effort.json")


def kept(outcome: Outcome) -> Outcome:
    """Return the outcome for keeping: all rows of our own, of the others those that the page shows."""
    own = outcome.rows["method"].map(is_own)
    rows = [outcome.rows[own], named_of(outcome.rows[~own]).rows]
    return replace(shortened(outcome), rows=pd.concat(rows, ignore_index=True))


if __name__ == "__main__":
    typer.run(main)
