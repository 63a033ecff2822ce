"""Options that several commands share, each with its one help text."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from leakbound.errors import InputError

Model = Annotated[str, typer.Argument(help="A shipped model's name, or a model file.")]
CandidateFile = Annotated[Path, typer.Option("--candidate", help="Candidate file (TOML).")]
ScenarioFolder = Annotated[
    Path | None, typer.Option(help="Folder of scenario files; default: the shipped ones.")
]
EvidenceFolders = Annotated[
    list[Path] | None, typer.Option(help="Folder of further evidence; repeatable.")
]
Until = Annotated[str | None, typer.Option(help="Use only what was known before this date.")]
LARGEST_SEED = 2**32 - 1
Seed = Annotated[
    int | None, typer.Option(min=0, max=LARGEST_SEED, help="Seed; default: the model's.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def date_option(text: str | None) -> dt.date | None:
    """Return the date that `--until` gives, None where it is not given; errors as `date_of`."""
    return None if text is None else date_of(text)


def date_of(text: str) -> dt.date:
    """Return a date that `--until` gives.

    Raises
    ------
    InputError
        It is no date of the form 2024-12-26.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("--until", "must be a date such as 2024-12-26", found=text) from None
