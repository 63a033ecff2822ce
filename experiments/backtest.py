"""Does the bound hold on the past, and is it sharper than what one could use instead?

Writes `scoreboard.md`, `scoreboard.json` and `reliability.svg`. The attempt-level files are not
part of the repository; they are read from the folder given with --attempts. A killed run goes on
where it stopped.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from leakbound.backtest.data import read_data, splits_of
from leakbound.backtest.methods import forecasters, is_own
from leakbound.backtest.outcome import outcome_of, write_json
from leakbound.backtest.run import run
from leakbound.cli.backtest import progress_bar
from leakbound.competitors import REFERENCE
from leakbound.fit import cache_folder
from leakbound.report.reliability_figure import reliability_figure
from leakbound.report.scoreboard import scoreboard_text, shortened
from leakbound.writing import write_text

QUESTIONS = {
    "pool=attempts_pool.csv": ("2024-04-01", "2024-07-20", "2024-10-01", "2025-01-01"),
    "oll-v2=attempts_oll_v2.csv": ("2024-07-20", "2024-10-01"),
}
RIVALS = (REFERENCE, "linear-regression", "sigmoid-frontier", "buffer-6x")


def main(
    attempts: Annotated[Path, typer.Option(help="Folder of the attempt files.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("results"),
) -> None:
    """Run every method on both attempt files and write the scoreboard."""
    splits = []
    for question, cuts in QUESTIONS.items():
        form, _, name = question.partition("=")
        data = read_data(f"{form}={attempts / name}")
        splits += splits_of(data, [dt.date.fromisoformat(cut) for cut in cuts])[0]
    methods = forecasters()
    with progress_bar(len(splits) * len(methods)) as step:
        results = list(run(splits, methods, cache=cache_folder() / "backtest", step=step))
    outcome = outcome_of(results)
    write_text(out / "scoreboard.md", scoreboard_text(outcome))
    write_json(shortened(outcome), out / "scoreboard.json")
    shown = [name for name in outcome.titles if is_own(name)] + list(RIVALS)
    pool = outcome.rows[outcome.rows["data"] == "pool"]
    reliability_figure(pool, shown, out / "reliability.svg", title="Attempt pool, all cuts")


if __name__ == "__main__":
    typer.run(main)
