"""`leakbound assess`: the main job."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from leakbound.assessment import Assessment


def assess(
    candidate: Annotated[Path, typer.Argument(help="Candidate file (TOML).")],
    model: Annotated[
        str, typer.Option(help="A shipped model's name, or a model file.")
    ] = "default",
    scenarios: Annotated[
        Path | None, typer.Option(help="Folder of scenario files; default: the shipped ones.")
    ] = None,
    evidence: Annotated[
        list[Path] | None, typer.Option(help="Folder of further evidence; repeatable.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Use only what was known before this date (2024-12-26).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report; default: results/CANDIDATE.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; default: the model's.")] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit 3 unless every verdict is clear.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print verdict.json.")] = False,
) -> None:
    """Forecast what others could make of the model, and decide for every threshold and scenario."""
    found = run_assessment(
        candidate, model=model, scenarios=scenarios, evidence=evidence or [], until=until, seed=seed
    )
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
    from leakbound.candidate import read_candidate
    from leakbound.checks import require
    from leakbound.evidence.table import load_evidence
    from leakbound.fit import fit
    from leakbound.priors import read_specification
    from leakbound.scenario import load_scenarios

    date = date_option(until)
    specification = read_specification(model)
    loaded = load_scenarios(scenarios)
    table = load_evidence(evidence, until=date)
    one = read_candidate(candidate, table.registry, until=date, scenarios=loaded)
    posterior = fit(
        table, specification, seed=seed, say=lambda text: typer.echo(text, err=True),
        progress=sys.stderr.isatty(),
    )  # fmt: skip
    require(posterior.checks)
    return assess_candidate(one, table, posterior, specification, loaded, until=date)


def date_option(text: str | None, option: str = "--until") -> dt.date | None:
    """Return the date of an option.

    Raises
    ------
    InputError
        It is no date of the form 2024-12-26.
    """
    from leakbound.errors import InputError

    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(option, "must be a date such as 2024-12-26", found=text) from None


SIGNS = {
    "clear": "[green]clear[/]",
    "crosses": "[red]crosses[/]",
    "undecided": "[yellow]undecided[/]",
}


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
            escape(row.threshold), row.scenario, f"{row.horizon_years:g}",
            f"{row.threshold_score:g}", bound, f"{row.exceedance:.3f}", SIGNS[row.verdict],
        )  # fmt: skip
    console = Console() if sys.stdout.isatty() else Console(width=140)
    console.print(table)
    console.print(f"report: {folder / 'report.html'}", markup=False)
