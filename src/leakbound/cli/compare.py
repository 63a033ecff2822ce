"""`leakbound compare`: structures against each other, and the weights of their stack."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leakbound.cli.options import EvidenceFolders, ScenarioFolder, Seed, date_option
from leakbound.cli.tables import finite

if TYPE_CHECKING:
    from leakbound.bound import BoundRow
    from leakbound.compare import Compared, Comparison, Question
    from leakbound.evidence.table import Evidence
    from leakbound.structures.stack import Stack

COLUMNS = 7
NUMBERS = (
    "weight", "weight_sd", "weight_plain", "weight_all", "elpd", "se", "behind", "behind_se",
    "parameters",
)  # fmt: skip


def compare(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Shipped models or model files; default: one-factor changes."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Compare all 27 shipped structures.")
    ] = False,
    candidate: Annotated[
        Path | None, typer.Option(help="Candidate file: show its bound under each model.")
    ] = None,
    scenarios: ScenarioFolder = None,
    evidence: EvidenceFolders = None,
    until: Annotated[
        str | None, typer.Option(help="Use only what was known before this date (2024-12-26).")
    ] = None,
    seed: Seed = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Fits at once; default: as the cores allow.")
    ] = None,
    stack: Annotated[
        bool | None,
        typer.Option(
            "--stack/--no-stack",
            help="Make these models the stack; default: if the one there holds no other models.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for compare.json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print compare.json.")] = False,
) -> None:
    """Fit several structures, score them on cells left out, weigh them for --model stack.

    Fits are cached: an interrupted comparison goes on where it stopped. There is one stack for each
    evidence and seed. A comparison that leaves out models of the one there does not replace it, unless
    --stack is given.
    """
    import json

    from leakbound.compare import DEFAULTS, all_structures
    from leakbound.compare import compare as compare_models
    from leakbound.errors import InputError
    from leakbound.evidence.table import load_evidence
    from leakbound.writing import check_folder, write_text

    if every and models:
        todo = "leave out one of the two"
        raise InputError("--all", "compares all models, so names none", found=models, todo=todo)
    check_folder(out)
    date = date_option(until)
    table = load_evidence(evidence or [], until=date)
    names = tuple(models or ()) or (all_structures() if every else DEFAULTS)
    asked = _question(candidate, scenarios, table, date)
    with _Progress(len(dict.fromkeys(names))) as progress:
        found = compare_models(
            names, table, seed=seed, question=asked, processes=processes,
            fitted=progress.fitted, say=progress.say,
        )  # fmt: skip
    kept = _keep(found.stack, table, wanted=stack)
    told = json.dumps(content(found), indent=1) + "\n"
    if out is not None:
        write_text(out / "compare.json", told)
    if as_json:
        typer.echo(told, nl=False)
    else:
        _show(found)
    typer.echo(kept, err=as_json)


def _question(
    candidate: Path | None, scenarios: Path | None, table: Evidence, until: Any
) -> Question | None:
    from leakbound.candidate import read_candidate
    from leakbound.compare import Question
    from leakbound.scenario import load_scenarios

    if candidate is None:
        return None
    loaded = load_scenarios(scenarios)
    one = read_candidate(candidate, table.registry, until=until, scenarios=loaded)
    return Question(one, loaded)


class _Progress:
    """A bar over the models on a terminal, a line each elsewhere; both on stderr."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        self.terminal = sys.stderr.isatty()
        self.done, self.total = 0, total
        columns = TextColumn("fitting models"), BarColumn(), MofNCompleteColumn(), Elapsed()
        said = TextColumn("{task.description}")
        self.bar = Progress(*columns, said, console=Console(stderr=True), disable=not self.terminal)
        self.task = self.bar.add_task("", total=total)

    def __enter__(self) -> _Progress:
        self.bar.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.bar.stop()

    def fitted(self, model: str, failed: str) -> None:
        """Count a model."""
        self.done += 1
        self.bar.update(self.task, advance=1, description=model)
        if not self.terminal:
            state = f"failed: {failed}" if failed else "ready"
            typer.echo(f"{self.done} of {self.total}: {model} {state}", err=True)

    def say(self, text: str) -> None:
        """Show what is being done."""
        self.bar.update(self.task, description=text)
        if not self.terminal:
            typer.echo(text, err=True)


def content(found: Comparison) -> dict[str, Any]:
    """Return what compare.json holds: models with scores, weights and bounds; NaN is null."""
    return {
        "schema": "leakbound.compare/1",
        "evidence_digest": found.stack.evidence_digest,
        "seed": found.stack.seed,
        "models": [_told(row) for row in found.models],
        "stack": [_bound(row) for row in found.mixture],
    }


def _told(row: Compared) -> dict[str, Any]:
    one = row.specification
    return {
        "model": row.model,
        "structure": one.structure,
        "failed": row.failed or None,
        **{name: finite(getattr(row, name)) for name in NUMBERS},
        "cells": row.cells,
        "cells_above_k_limit": row.doubtful,
        "verdicts": [_bound(verdict) for verdict in row.verdicts],
    }


def _bound(row: BoundRow) -> dict[str, Any]:
    names = ("bound_score", "bound_mcse", "median_score", "exceedance")
    return {
        "threshold": row.threshold, "scenario": row.scenario, "verdict": row.verdict,
        **{name: finite(getattr(row, name)) for name in names},
    }  # fmt: skip


def _keep(stack: Stack, evidence: Evidence, *, wanted: bool | None) -> str:
    """Write the stack where it is wanted; return what became of it."""
    from leakbound.structures.stack import dropped, stack_file, write_stack

    place = stack_file(evidence, stack.seed)
    if wanted is False:
        return "no stack was written"
    if wanted is None and len(stack.entries) < 2:
        return "one model alone is no stack, none was written; --stack makes it one"
    lost = dropped(stack, evidence) if wanted is None else ()
    if lost:
        others = ", ".join(lost)
        return f"the stack stays as it was, since it has others ({others}); --stack replaces it"
    write_stack(stack, place)
    same = "" if stack.seed is None else f" --seed {stack.seed}"
    return (
        f"stack: {place}\n"
        f"leakbound assess CANDIDATE.toml --model stack{same} uses it with the same evidence"
    )


def _show(found: Comparison) -> None:
    import pandas as pd

    from leakbound.cli.tables import print_table

    print_table(pd.DataFrame([_line(row) for row in found.models]), "structures, best first")
    for row in found.models:
        if row.failed:
            typer.echo(f"{row.model} is out: {row.failed}")
    typer.echo(_doubts(found))
    if found.mixture:
        print_table(pd.DataFrame(_bounds(found)), "bound of the candidate under each structure")


def _line(row: Compared) -> dict[str, str]:
    scored = not row.failed
    return {
        "model": row.model,
        "elpd of all cells (se)": f"{row.elpd:.1f} ({row.se:.1f})" if scored else "failed",
        "behind the best in reliable cells (se)": f"{abs(row.behind):.1f} ({row.behind_se:.1f})"
        if scored
        else "",
        "effective parameters": f"{row.parameters:.0f}" if scored else "",
        "cells": str(row.cells) if scored else "",
        "k too high": str(row.doubtful) if scored else "",
        "weight (sd)": f"{row.weight:.3f} ({row.weight_sd:.3f})",
        "plain stacking": f"{row.weight_plain:.3f}",
        "from all cells": f"{row.weight_all:.3f}",
    }


def _doubts(found: Comparison) -> str:
    scored = [row for row in found.models if not row.failed]
    cells = scored[0].cells
    left = cells - found.stack.cells
    if not left:
        return "Pareto k is within its limit in every cell: all scores are reliable."
    moved = 0.5 * sum(abs(row.weight - row.weight_all) for row in scored)
    return (
        f"Pareto k is above its limit in {left} of {cells} cells ({left / cells:.0%}) under some "
        f"model; they are left out of the differences and weights. With them {moved:.0%} of the "
        "weight would move."
    )


def _bounds(found: Comparison) -> list[dict[str, str]]:
    scored = [row for row in found.models if not row.failed]
    lines = []
    for i, row in enumerate(found.mixture):
        bounds = {one.model: one.verdicts[i].bound_score for one in scored}
        line = {"threshold": row.threshold, "scenario": row.scenario}
        if len(bounds) <= COLUMNS:
            line |= {model: f"{value:.3f}" for model, value in bounds.items()}
        else:
            for word, pick in (("lowest", min), ("highest", max)):
                model = pick(bounds, key=bounds.__getitem__)
                line[word] = f"{bounds[model]:.3f} ({model})"
        stack = f"{row.bound_score:.3f} ± {row.bound_mcse:.3f}"
        lines.append({**line, "stack ± Monte-Carlo error": stack, "verdict": row.verdict})
    return lines
