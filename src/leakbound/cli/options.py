"""Options that several commands share, each with its one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
