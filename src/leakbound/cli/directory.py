"""`leakbound assess FOLDER`: the verdicts of many candidates in one call, one after the other.

Each candidate is read, decided, written and forgotten, so that memory does not grow with their number.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

import typer

from leakbound.cli.tables import SIGNS

if TYPE_CHECKING:
    from leakbound.cli.inputs import Inputs

SCHEMA = "leakbound/summary/1"
FEW = 12
DIGITS = 6
CSV_FILE, JSON_FILE = "summary.csv", "summary.json"
COLUMNS = (
    "candidate", "kind", "name", "benchmark", "domain", "scenario", "release", "horizon_years",
    "confidence", "threshold_score", "today_score", "bound_score", "bound_mcse", "exceedance",
    "release_ceiling_score", "verdict", "reason", "extrapolates", "notes",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Tally:
    """What was found so far: verdicts by word, files that broke a rule, rows of the first few."""

    candidates: int = 0
    words: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether any verdict is not clear."""
        return any(count for word, count in self.words.items() if word != "clear")


def assess_directory(folder: Path, inputs: Inputs, *, out: Path | None, as_json: bool) -> Tally:
    """Decide every candidate of a folder and say what was found; a bad file is one line on stderr.

    Raises
    ------
    InputError
        The folder holds no candidate, or `out` cannot be written to.
    FitError
        The posterior failed a check.
    """
    from leakbound.border import files_of
    from leakbound.errors import InputError

    files = files_of(folder, ".toml")
    _say_passed_over(folder)
    if not files:
        raise InputError(str(folder), "must be a candidate file or a directory of them (*.toml)")
    tally = Tally()
    with _place(out, as_json=as_json) as summary:
        summary.open(inputs)
        for told in _decided(files, inputs, tally):
            summary.add(told)
        summary.close()
    if not as_json:
        _show(tally, out)
    return tally


def _say_passed_over(folder: Path) -> None:
    """Say on stderr which subfolders hold candidates, as none of them is decided on."""
    from leakbound.border import files_of

    below = sorted(
        path for path in folder.iterdir() if path.is_dir() and os.access(path, os.R_OK | os.X_OK)
    )
    passed = [path.name for path in below if files_of(path, ".toml")]
    if passed:
        told = f"candidates in subfolders are passed over ({', '.join(passed)})"
        typer.echo(f"leakbound: {folder}: {told}; assess each folder", err=True)


def _decided(files: list[Path], inputs: Inputs, tally: Tally) -> Iterator[Mapping[str, Any]]:
    """Yield what is told of each candidate, in the order of the files."""
    from rich.progress import track

    from leakbound.errors import InputError

    quiet = not sys.stderr.isatty()
    for file in track(files, "deciding", transient=True, disable=quiet):
        try:
            told = decided(file, inputs)
        except InputError as problem:
            typer.echo(f"leakbound: {problem}", err=True)
            tally.bad.append(file.name)
            told = {"file": file.name, "error": str(problem)}
        else:
            rows = _table_rows(told)
            tally.candidates += 1
            tally.words.update(row["verdict"] for row in rows)
            tally.rows += rows if tally.candidates <= FEW else []
        yield told


def decided(file: Path, inputs: Inputs) -> dict[str, Any]:
    """Return key, name, verdicts and gates of one candidate file.

    Raises
    ------
    InputError
        The file breaks a rule.
    """
    from leakbound.assessment import verdicts_of
    from leakbound.report.verdict import UNTOLD

    one = inputs.candidate(file)
    verdicts, gates = verdicts_of(
        one, inputs.evidence, inputs.thin, inputs.specification, inputs.scenarios
    )
    return {
        "file": file.name,
        "key": one.key,
        "name": one.name,
        "released": one.released,
        "verdicts": [
            {key: value for key, value in vars(row).items() if key not in UNTOLD}
            for row in verdicts
        ],
        "gates": [vars(row) for row in gates],
    }


def _table_rows(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return one flat row for each verdict and gate."""
    rows = [("threshold", row) for row in told["verdicts"]]
    rows += [("gate", row) for row in told["gates"]]
    return [
        {"candidate": told["key"], "kind": kind, "name": row[kind], **row} for kind, row in rows
    ]


class _Summary:
    """summary.csv and summary.json, written row by row."""

    def __init__(self, table: TextIO | None, text: TextIO | None) -> None:
        self.table, self.text, self.count = table, text, 0
        self.writer = (
            csv.DictWriter(table, COLUMNS, extrasaction="ignore", lineterminator="\n")
            if table
            else None
        )

    def open(self, inputs: Inputs) -> Self:
        from leakbound.report.verdict import jsonable, model_told

        head = {
            "schema": SCHEMA,
            "model": model_told(inputs.specification),
            "evidence_digest": inputs.evidence.digest,
            "seed": inputs.posterior.seed,
            "until": inputs.until,
        }
        if self.writer:
            self.writer.writeheader()
        self._write(
            json.dumps(jsonable(head), indent=1, allow_nan=False)[:-2] + ',\n "candidates": ['
        )
        return self

    def add(self, told: Mapping[str, Any]) -> None:
        from leakbound.report.verdict import jsonable

        start = ",\n" if self.count else "\n"
        self._write(start + json.dumps(jsonable(told), ensure_ascii=False, allow_nan=False))
        self.count += 1
        if self.writer and "error" not in told:
            self.writer.writerows(
                {name: _cell(row.get(name, "")) for name in COLUMNS} for row in _table_rows(told)
            )

    def close(self) -> None:
        self._write("\n ]\n}\n")

    def _write(self, text: str) -> None:
        if self.text:
            self.text.write(text)


def _cell(value: Any) -> str:
    """Return a CSV cell; text that a spreadsheet would run as a formula is quoted."""
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    text = "; ".join(value) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


@contextmanager
def _place(out: Path | None, *, as_json: bool) -> Iterator[_Summary]:
    """Yield a summary whose files appear in `out` together, once all is told."""
    if out is None:
        yield _Summary(None, sys.stdout if as_json else None)
        return
    from leakbound.writing import check_folder

    check_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=out, prefix=".summary."))
    try:
        table, text = made / CSV_FILE, made / JSON_FILE
        with (
            table.open("w", newline="", encoding="utf-8") as rows,
            text.open("w", encoding="utf-8") as whole,
        ):
            yield _Summary(rows, whole)
        for file in (table, text):
            os.replace(file, out / file.name)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    if as_json:
        typer.echo((out / JSON_FILE).read_text(encoding="utf-8"), nl=False)


def _show(tally: Tally, out: Path | None) -> None:
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=140)
    if 0 < tally.candidates <= FEW:
        console.print(_table(tally.rows))
    words = ", ".join(f"{tally.words[word]:,} {word}" for word in ("clear", "crosses", "undecided"))
    bad = f", {_counted(len(tally.bad), 'bad file')}" if tally.bad else ""
    console.print(f"{_counted(tally.candidates, 'candidate')}{bad}: {words}", highlight=False)
    if out is not None:
        console.print(f"summary: {out / CSV_FILE}, {out / JSON_FILE}", markup=False)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _table(rows: list[Mapping[str, Any]]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="Verdicts", title_justify="left")
    for name in ("candidate", "threshold", "scenario", "bound", "limit", "exceedance", "verdict"):
        table.add_column(name)
    for row in rows:
        gate = row["kind"] == "gate"
        numbers = (
            ("-", "-", "-")
            if gate
            else (f"{row['bound_score']:.3f}", f"{row['threshold_score']:g}",
                  f"{row['exceedance']:.3f}")
        )  # fmt: skip
        name = f"gate: {row['name']}" if gate else row["name"]
        table.add_row(escape(row["candidate"]), escape(name), row["scenario"], *numbers,
                      SIGNS[row["verdict"]])  # fmt: skip
    return table
