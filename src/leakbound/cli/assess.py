"""`leakbound assess`: the main job."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leakbound.cli.options import EvidenceFolders, ScenarioFolder, Seed, date_option
from leakbound.cli.tables import SIGNS as SIGNS
from leakbound.errors import InputError

if TYPE_CHECKING:
    from leakbound.assessment import Assessment
    from leakbound.backtest.recalibration import Recalibration


def assess(
    candidate: Annotated[Path, typer.Argument(help="Candidate file (TOML), or a folder of them.")],
    model: Annotated[
        str, typer.Option(help="A shipped model, a model file, or stack: the mixture of compare.")
    ] = "default",
    scenarios: ScenarioFolder = None,
    evidence: EvidenceFolders = None,
    until: Annotated[
        str | None, typer.Option(help="Use only what was known before this date (2024-12-26).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the report (default: results/CANDIDATE), or for a summary."),
    ] = None,
    seed: Seed = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit 3 unless every verdict is clear.")
    ] = False,
    recalibrate: Annotated[
        Path | None,
        typer.Option(help="Move every forecast as this backtest (JSON) found necessary."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print verdict.json, or summary.json.")
    ] = False,
) -> None:
    """Forecast what others could make of the model, and decide for every threshold and scenario.

    Of a folder all candidates are decided, without a report for each; --out takes a summary then.
    """
    from leakbound.writing import check_folder

    options: dict[str, Any] = {
        "model": model, "scenarios": scenarios, "evidence": evidence or [], "seed": seed,
    }  # fmt: skip
    if candidate.is_dir():
        if recalibrate is not None:
            todo = "assess its candidates one by one"
            raise InputError("--recalibrate", "must be used with one candidate", todo=todo)
        _assess_folder(candidate, until, options, out=out, as_json=as_json, gate=gate)
        return
    check_folder(out or Path("results"))
    found = run_assessment(candidate, until=until, recalibrate=recalibrate, **options)
    from leakbound.report.render import write_run

    folder = out or Path("results") / found.candidate.key
    command = " ".join(["leakbound", *sys.argv[1:]])
    write_run(found, folder, command=command, scoreboard=Path("results/scoreboard.json"))
    if as_json:
        typer.echo((folder / "verdict.json").read_text(), nl=False)
    else:
        _show(found, folder)
    if gate and _held(found):
        raise typer.Exit(3)


def _held(found: Assessment) -> bool:
    verdicts = [row.verdict for row in found.verdicts] + [row.verdict for row in found.gates]
    return any(verdict != "clear" for verdict in verdicts)


def run_assessment(
    candidate: Path,
    *,
    model: str,
    scenarios: Path | None,
    evidence: list[Path],
    until: str | None,
    seed: int | None,
    recalibrate: Path | None = None,
) -> Assessment:
    """Read everything, fit or take the cached posterior, hold it against its checks, and assess.

    Raises
    ------
    InputError
        A file or option breaks a rule.
    FitError
        The posterior failed a check; nothing may be concluded from it.
    """
    from leakbound.assessment import assess as assess_candidate
    from leakbound.cli.inputs import read_inputs

    date = date_option(until)
    inputs = read_inputs(model=model, scenarios=scenarios, evidence=evidence, until=date, seed=seed)
    one = inputs.candidate(candidate)
    moved = _recalibration(recalibrate, date)
    posterior, specification = inputs.fitted
    return assess_candidate(
        one, inputs.evidence, posterior, specification, inputs.scenarios, until=date,
        recalibration=moved,
    )  # fmt: skip


def _recalibration(path: Path | None, until: dt.date | None) -> Recalibration | None:
    if path is None:
        return None
    from leakbound.backtest.stored import read_recalibration

    return read_recalibration(path, until=until)


def _assess_folder(
    folder: Path, until: str | None, options: dict[str, Any], *, out: Path | None, as_json: bool,
    gate: bool,
) -> None:  # fmt: skip
    from leakbound.cli.directory import assess_directory
    from leakbound.cli.inputs import read_inputs

    inputs = read_inputs(until=date_option(until), **options)
    tally = assess_directory(folder, inputs, out=out, as_json=as_json)
    if tally.bad:
        raise typer.Exit(2)
    if gate and tally.held:
        raise typer.Exit(3)


def _show(found: Assessment, folder: Path) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    title = f"{escape(found.candidate.name)}: bound on the best score that others reach"
    table = Table(title=title, title_justify="left")
    for name in (
        "threshold",
        "scenario",
        "years",
        "threshold score",
        "bound",
        "exceedance",
        "verdict",
    ):
        table.add_column(name)
    for row in found.verdicts:
        bound = f"{row.bound_score:.3f} ({row.confidence:.0%})"
        table.add_row(
            escape(row.threshold), escape(row.scenario), f"{row.horizon_years:g}",
            f"{row.threshold_score:g}", bound, f"{row.exceedance:.3f}", SIGNS[row.verdict],
        )  # fmt: skip
    console = Console() if sys.stdout.isatty() else Console(width=140)
    console.print(table)
    _show_doubts(console, found)
    console.print(f"report: {folder / 'report.html'}", markup=False)


def _show_doubts(console: Any, found: Assessment) -> None:
    """Say of what the forecast is a mixture, and which priors the evidence contradicts."""
    from leakbound.structures.stack import StackedSpecification, members_of

    if isinstance(found.specification, StackedSpecification):
        told = [f"{m.specification.name} {m.weight:.1%}" for m in members_of(found.specification)]
        console.print(f"stack of {', '.join(told)}", markup=False)
    for one in found.conflicts:
        console.print(one.line, markup=False)
    for note in dict.fromkeys(note for row in found.verdicts for note in row.notes):
        console.print(f"note: {note}", markup=False)
    for text, places in _outside(found).items():
        console.print(f"outside the evidence: {text} ({'; '.join(places)})", markup=False)


def _outside(found: Assessment) -> dict[str, list[str]]:
    """Return what takes verdicts that do not cross outside the evidence, and which those are."""
    outside: dict[str, list[str]] = {}
    for row in found.verdicts:
        for text in row.extrapolates if row.verdict != "crosses" else ():
            outside.setdefault(text, []).append(f"{row.threshold}, {row.scenario}")
    return outside
