"""Files written whole or not at all, and places looked at before the work whose result they take."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from leakbound.errors import InputError

FOLDER_RULE = "must be a folder one can write to"
FILE_RULE = "must be a place one can write to"


def check_folder(folder: Path | None) -> None:
    """Raise InputError unless `folder`, where one is given, can be written to or made.

    Asked before long work, since it would be lost on a place that takes nothing.
    """
    if folder is None:
        return
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir():
        raise InputError(str(existing), FOLDER_RULE, found="a file", todo="choose another")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise InputError(str(existing), FOLDER_RULE, found="one closed to you")


def check_file(path: Path) -> None:
    """Raise InputError unless a file can be written at `path`."""
    if path.is_dir():
        raise InputError(str(path), "must be a file", found="a folder", todo="add a file's name")
    check_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """

    def write(part: Path) -> None:
        part.write_text(text, encoding="utf-8", newline="")

    write_whole(path, write)


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Have `write` make a file, then rename it into its place; one that fails leaves no trace.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        part = Path(name)
        try:
            write(part)
            part.chmod(0o644)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(str(path), FILE_RULE, found=error.strerror or str(error)) from error
