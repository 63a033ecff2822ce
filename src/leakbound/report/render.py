"""A run's folder: verdict.json, report.md, report.html, forecast.nc, manifest.json, all or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from leakbound.assessment import Assessment
from leakbound.errors import InputError
from leakbound.report.document import document_of
from leakbound.report.forecast_file import write_forecast
from leakbound.report.manifest import manifest_of
from leakbound.report.markdown import as_markdown
from leakbound.report.page import as_page
from leakbound.report.verdict import as_json, verdict_of
from leakbound.writing import FOLDER_RULE, check_folder

FILES = ("verdict.json", "report.md", "report.html", "forecast.nc", "manifest.json")


def write_run(
    assessment: Assessment, out: Path, *, command: str, scoreboard: Path | None = None
) -> None:
    """Write all files of an assessment to the folder `out`.

    Everything is made in a folder beside it first, so an older report stays as it was unless all
    of it could be made. `scoreboard` is a backtest's JSON.

    Raises
    ------
    InputError
        `out` is a file or cannot be written to, or the scoreboard is none.
    """
    document = document_of(assessment, command=command, scoreboard=scoreboard)
    texts = {
        "verdict.json": as_json(verdict_of(assessment)),
        "manifest.json": as_json(manifest_of(assessment, command=command)),
        "report.md": as_markdown(document),
        "report.html": as_page(document),
    }
    try:
        _check_place(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
        try:
            for name, text in texts.items():
                (made / name).write_text(text, encoding="utf-8", newline="\n")
            write_forecast(assessment, made / "forecast.nc")
            _put_in_place(made, out)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise InputError(str(out), FOLDER_RULE, found=error.strerror or str(error)) from error


def _check_place(out: Path) -> None:
    check_folder(out)
    for name in FILES:
        if (out / name).is_dir():
            raise InputError(str(out / name), "must not be a folder", todo="remove it")


def _put_in_place(made: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    for name in FILES:
        os.replace(made / name, out / name)
