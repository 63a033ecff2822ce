"""Evidence rows: the columns, how they are read, and every rule a row must keep.

A row says: of `attempts` post-training efforts on `base_model`, the `rank`-th lowest scored
`score` around `released`. Rows of one `cell` are ranks of the same attempts. A row with
`attempts` = 0 and no score is *base-only*: the base model's own score.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from leakbound.errors import InputError
from leakbound.evidence.csvfile import dates, numbers, read_table, refuse_formulas
from leakbound.evidence.registry import Registry
from leakbound.writing import write_text

TEXT_COLUMNS = ("base_model", "benchmark", "cell", "technique", "actor", "source", "censored")
DATE_COLUMNS = ("base_released", "released", "known")
COUNT_COLUMNS = ("attempts", "rank")
NUMBER_COLUMNS = (
    "base_pretraining_flop",
    "base_posttraining_fraction",
    "base_score",
    "base_items",
    "score",
    "compute_fraction",
    "posttraining_flop",
)
COLUMNS = (
    "base_model",
    "base_released",
    "base_pretraining_flop",
    "base_posttraining_fraction",
    "benchmark",
    "base_score",
    "base_items",
    "cell",
    "attempts",
    "rank",
    "score",
    "released",
    "compute_fraction",
    "posttraining_flop",
    "technique",
    "actor",
    "source",
    "known",
    "censored",
)
REQUIRED = ("base_model", "benchmark", "base_score", "cell", "attempts", "rank", "score", "source")


def read_rows(path: Path, registry: Registry) -> pd.DataFrame:
    """Return the evidence rows of a CSV, typed, with all of `COLUMNS`.

    Text is "" and numbers and dates are NaN or NaT where unknown. The index is the file's line.

    Raises
    ------
    InputError
        The first broken rule, with file, line, column and value.
    """
    frame = typed(read_table(path, required=REQUIRED, known=COLUMNS), path)
    validate_rows(frame, registry, str(path))
    return frame


def read_trusted(paths: Sequence[Path]) -> pd.DataFrame:
    """Return the rows of several files at once without checking rules, which a test did.

    For the shipped files: typed together they load in a third of the time.
    """
    texts = [read_table(path, required=COLUMNS, known=COLUMNS) for path in paths]
    return typed(pd.concat(texts, ignore_index=True), paths[0].parent)


def typed(text: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return text cells as an evidence frame: numbers, dates and text; absent columns unknown.

    Raises
    ------
    InputError
        A cell is no number, no ISO date, or looks like a formula.
    """
    refuse_formulas(text, path, [name for name in TEXT_COLUMNS if name in text])
    frame = text.reindex(columns=list(COLUMNS), fill_value="").astype("str")
    for column in COLUMNS:
        frame[column] = frame[column].str.strip()
    for column in COUNT_COLUMNS + NUMBER_COLUMNS:
        frame[column] = numbers(frame, column, path)
    for column in DATE_COLUMNS:
        frame[column] = dates(frame, column, path)
    return frame


def knowable_on(rows: pd.DataFrame) -> pd.Series:
    """Return the day on which each row could be known: `known`, else `released`; NaT without either."""
    return rows["known"].fillna(rows["released"])


def validate_rows(frame: pd.DataFrame, registry: Registry, where: str) -> None:
    """Check every rule of a typed evidence frame.

    Raises
    ------
    InputError
        The first broken rule: *where: line: column: what must hold; found*.
    """
    from leakbound.evidence.rules import check_columns, check_relations

    missing = [column for column in COLUMNS if column not in frame]
    if missing:
        raise InputError(where, "must have every evidence column", found=f"no {missing[0]}")
    frame = frame.astype(dict.fromkeys(COUNT_COLUMNS + NUMBER_COLUMNS, "float64"))
    check_columns(frame, registry, where)
    check_relations(frame, registry, where)


def write_rows(frame: pd.DataFrame, path: Path) -> None:
    """Write evidence rows as CSV, whole or not at all; numbers keep 6 significant digits.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    out = frame.reindex(columns=list(COLUMNS)).copy()
    for column in DATE_COLUMNS:
        out[column] = out[column].dt.strftime("%Y-%m-%d")
    for column in COUNT_COLUMNS:
        out[column] = out[column].astype("int64")
    write_text(path, out.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
