"""`leakbound backtest`: score the bound and its competitors on the past, or on a holdout file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leakbound.cli.options import date_of

if TYPE_CHECKING:
    from leakbound.backtest.outcome import Outcome


def backtest(
    json: Annotated[Path, typer.Option(help="Where to write all rows as JSON.")],
    until: Annotated[
        list[str] | None, typer.Option(help="Cut date; repeatable. Fits on what came before.")
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="Evidence rows to score; nothing in them reaches a fit.")
    ] = None,
    data: Annotated[
        str, typer.Option(help="shipped, a CSV of evidence rows, or FORMAT=FILE of attempts.")
    ] = "shipped",
    method: Annotated[
        list[str] | None, typer.Option(help="Only these methods and the reference; repeatable.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder of finished cuts; default: the user cache.")
    ] = None,
) -> None:
    """Refit before each cut, forecast all that came after, score every method on the same rows.

    With --holdout the rows forecast are the file's instead, and without --until all of the data is
    fitted on. A killed run goes on where it stopped.
    """
    from leakbound.backtest.data import read_data, read_evidence_file, splits_of
    from leakbound.backtest.methods import chosen, forecasters
    from leakbound.backtest.outcome import outcome_of, write_json
    from leakbound.backtest.run import run
    from leakbound.fit import cache_folder
    from leakbound.writing import check_file, check_folder

    check_file(json)
    check_folder(cache)
    methods = chosen(forecasters(), method or [])
    held = None if holdout is None else read_evidence_file(holdout)
    cuts = sorted({date_of(text) for text in until or []})
    splits, overlaps = splits_of(read_data(data), cuts, holdout=held)
    folder = (cache or cache_folder()) / "backtest"
    with progress_bar(len(splits) * len(methods)) as step:
        results = list(run(splits, methods, cache=folder, step=step))
    outcome = outcome_of(results, overlaps=overlaps)
    write_json(outcome, json)
    _show(outcome)


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[str], None]]:
    """Yield a function that names the next of `total` steps, a bar on stderr following it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("reading", total=total, completed=-1)

        def step(text: str) -> None:
            progress.update(task, advance=1, description=text)

        yield step
        progress.update(task, completed=total, description="scoring")


def _show(outcome: Outcome) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from leakbound.cli.tables import PIPED_WIDTH
    from leakbound.report.scoreboard import headline

    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    told = headline(outcome.rows, intervals=False)
    for (data, cut, quantity), rows in told.groupby(["data", "cut", "quantity"], sort=False):
        shown = rows.drop(columns=["data", "cut", "quantity"])
        table = Table(title=f"{data}, cut {cut}, {quantity}: 95 % bound", box=box.SIMPLE_HEAD)
        for i, column in enumerate(shown.columns):
            table.add_column(column, justify="right" if i else "left", no_wrap=not i)
        for row in shown.itertuples(index=False):
            table.add_row(*map(str, row))
        console.print(table)
    for cut, one in outcome.overlaps.items():
        console.print(
            f"cut {cut}: {one.rows} holdout rows; {one.same_measurement} repeat a measurement "
            f"fitted on, {one.same_lineage} share base and benchmark, {one.same_base} the base"
        )
