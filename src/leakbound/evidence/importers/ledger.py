"""Compute ledgers: who trained how much on which base, to fill in what score tables leave out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leakbound.evidence.csvfile import dates, numbers, read_table

LEDGER_COLUMNS = (
    "name",
    "base_model",
    "base_released",
    "base_pretraining_flop",
    "released",
    "posttraining_flop",
    "compute_fraction",
    "source",
)


def read_ledger(path: Path) -> pd.DataFrame:
    """Return the rows of a ledger CSV, typed.

    Raises
    ------
    InputError
        The file is no such table, or a cell is broken.
    """
    text = read_table(path, required=("name", "base_model"), known=LEDGER_COLUMNS)
    text = text.reindex(columns=list(LEDGER_COLUMNS), fill_value="").astype("str")
    for column in ("base_released", "released"):
        text[column] = dates(text, column, path)
    for column in ("base_pretraining_flop", "posttraining_flop", "compute_fraction"):
        text[column] = numbers(text, column, path)
    return text.reset_index(drop=True)


def comparable(names: pd.Series) -> pd.Series:
    """Return names in lower case without organisation, date suffix and punctuation."""
    bare = names.str.replace(r"^.*/", "", regex=True).str.casefold()
    bare = bare.str.replace(r"[-_ ]?(20\d\d-?\d\d-?\d\d)$", "", regex=True)
    return bare.str.replace(r"[^a-z0-9.]", "", regex=True)


def with_ledger(measured: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """Return measurements with unknown base, dates and FLOP filled by the derivative's name.

    What the table says itself is never replaced; a compute fraction is never given twice.
    """
    found = ledger.assign(key=comparable(ledger["name"])).drop_duplicates("key").set_index("key")
    key = comparable(measured["name"])
    base = measured["base_model"].where(measured["base_model"] != "", key.map(found["base_model"]))
    out = measured.assign(base_model=base.fillna(""))
    for column in ("base_released", "base_pretraining_flop", "posttraining_flop"):
        out[column] = measured[column].fillna(key.map(found[column]))
    out["posttraining_flop"] = out["posttraining_flop"].where(out["compute_fraction"].isna())
    return out
