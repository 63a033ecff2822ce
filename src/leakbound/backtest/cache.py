"""Finished forecasts on disk, so that a killed backtest goes on where it stopped."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from leakbound.units import Array
from leakbound.writing import write_whole

FORMAT = "1"


def frame_digest(frame: pd.DataFrame) -> str:
    """Return the sha256 of a frame's columns and cells, in their order."""
    digest = hashlib.sha256(repr(list(frame.columns)).encode())
    text = frame.to_csv(index=False, float_format="%.12g", date_format="%Y-%m-%d")
    digest.update(text.encode())
    return digest.hexdigest()


def key(parts: Iterable[str]) -> str:
    """Return the cache key of everything that determines a forecast."""
    return hashlib.sha256("\n".join([FORMAT, *parts]).encode()).hexdigest()[:32]


def load(path: Path) -> dict[str, Array] | None:
    """Return the arrays stored at a path; None when there are none or the file is damaged."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: np.asarray(stored[name], dtype=np.float64) for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return None


def store(path: Path, arrays: dict[str, Array]) -> None:
    """Write arrays whole or not at all."""

    def write(part: Path) -> None:
        with part.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)

    write_whole(path, write)
