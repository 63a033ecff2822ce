"""Curated facts about base models: release date, pre-training FLOP, and where they are written."""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd
from pydantic import Field

from leakbound.border import Strict, parse, read_toml


class Base(Strict):
    """What is known of one base model; `pretraining_flop` None where nobody published it."""

    released: dt.date
    pretraining_flop: float | None = Field(default=None, gt=0)
    source: str


class BasesFile(Strict):
    """The file `data/bases.toml`: base models by name."""

    bases: dict[str, Base]


@cache
def load_bases() -> dict[str, Base]:
    """Return the curated base models by name."""
    path = Path(str(files("leakbound.data") / "bases.toml"))
    return parse(BasesFile, read_toml(path), str(path)).bases


def with_base_facts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose unknown `base_released` and `base_pretraining_flop` are filled if curated.

    What a file says itself is never replaced.
    """
    known = load_bases()
    dates = {name: pd.Timestamp(base.released) for name, base in known.items()}
    flops = {name: base.pretraining_flop for name, base in known.items()}
    curated_date = rows["base_model"].map(dates).astype("datetime64[us]")
    curated_flop = rows["base_model"].map(flops).astype("float64")
    return rows.assign(
        base_released=rows["base_released"].fillna(curated_date),
        base_pretraining_flop=rows["base_pretraining_flop"].fillna(curated_flop),
    )
