"""`leakbound diff`: two assessments side by side, with what changed and why."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from leakbound.report.comparison import Comparison, RowChange

WIDTH = 140
SHOWN_DETAILS = 8


def diff(
    before: Annotated[Path, typer.Argument(help="A run's folder, or its verdict.json.")],
    after: Annotated[Path, typer.Argument(help="Another run's folder, or its verdict.json.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare two assessments: two candidates, dates, priors or scenarios; what changed and why."""
    from leakbound.report.comparison import compare_runs
    from leakbound.report.runs import read_run

    found = compare_runs(read_run(before), read_run(after))
    if as_json:
        from dataclasses import asdict

        from leakbound.report.verdict import jsonable

        told = jsonable({"schema": "leakbound/diff/1", **asdict(found)})
        typer.echo(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _show(found)


def _show(found: Comparison) -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    say = partial(console.print, markup=False, highlight=False)
    say(f"before: {found.before}\nafter:  {found.after}\n")
    for one in found.ingredients:
        say(f"{one.name}:")
        for text in one.details[:SHOWN_DETAILS]:
            say(f"  {text}")
        left = len(one.details) - SHOWN_DETAILS
        if left > 0:
            say(f"  and {left} more (--json shows all)")
    say(f"{found.why}\n")
    _table(found, console)
    for name, rows in (("before", found.only_before), ("after", found.only_after)):
        for threshold, scenario in rows:
            say(f"only {name}: {threshold}, {scenario}")


def _table(found: Comparison, console: Console) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not found.rows and not found.gates:
        console.print("The two have no row in common.")
        return
    table = Table()
    for name in ("threshold", "scenario", "limit", "bound", "exceedance", "verdict", ""):
        table.add_column(name)
    for row in found.rows:
        table.add_row(
            escape(row.threshold), escape(row.scenario), _pair(*row.limit), _pair(*row.bound),
            _pair(*row.exceedance), _words(*row.verdict), _remark(row),
        )  # fmt: skip
    for gate in found.gates:
        table.add_row(
            escape(f"gate: {gate.gate}"), escape(gate.scenario), "", "", "", _words(*gate.verdict),
            "verdict changed" if gate.verdict[0] != gate.verdict[1] else "",
        )  # fmt: skip
    console.print(table)


def _remark(row: RowChange) -> str:
    if row.verdict[0] != row.verdict[1]:
        return "verdict changed"
    if row.bound[0] == row.bound[1]:
        return ""
    return "bound within Monte-Carlo error" if row.within_error else ""


def _pair(before: float | None, after: float | None) -> str:
    one, other = (_number(value) for value in (before, after))
    return one if one == other else f"{one} → {other}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _words(before: str, after: str) -> str:
    from rich.markup import escape

    from leakbound.cli.assess import SIGNS

    one, other = (SIGNS.get(word, escape(word)) for word in (before, after))
    return one if before == after else f"{one} → {other}"
