"""CSV at the border: a UTF-8 comma-separated table of text cells, or one error naming the place."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from leakbound.errors import InputError, did_you_mean

LONGEST_LINE = 1_000_000
FORMULA_STARTS = ("=", "+", "@", "\t", "\r")


def read_text(path: Path) -> str:
    """Return the text of a CSV file.

    Raises
    ------
    InputError
        Not a readable file, empty, a byte-order mark, NUL bytes, not UTF-8, or a line too long
        to be a table row.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        rule = "must be a readable file"
        raise InputError(str(path), rule, found=error.strerror or str(error)) from error
    if not raw.strip():
        raise InputError(str(path), "must hold a header and rows", found="an empty file")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        rule = "must be UTF-8 text without a byte-order mark"
        raise InputError(f"{path}: byte 1", rule, found=raw[:3], todo="save it as plain UTF-8")
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise InputError(f"{path}: line {line}", "must not hold NUL bytes", todo="save it as UTF-8")
    _check_line_lengths(raw, path)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        rule = "must be UTF-8 text"
        found = raw[error.start : error.start + 4]
        raise InputError(f"{path}: line {line}", rule, found=found) from error


def _check_line_lengths(raw: bytes, path: Path) -> None:
    if len(raw) <= LONGEST_LINE:
        return
    start, line = 0, 1
    while len(raw) - start > LONGEST_LINE:
        end = raw.rfind(b"\n", start, start + LONGEST_LINE)
        if end < 0:
            rule = f"lines must be shorter than {LONGEST_LINE:,} bytes"
            line += raw.count(b"\n", 0, start)
            raise InputError(f"{path}: line {line}", rule, found=raw[start : start + 20])
        start = end + 1


def read_table(path: Path, *, required: Sequence[str], known: Sequence[str] | None) -> pd.DataFrame:
    """Return the rows of a CSV as text cells, "" where empty, indexed by line number in the file.

    Parameters
    ----------
    required
        Columns the header must have.
    known
        Columns the header may have; None allows any.

    Raises
    ------
    InputError
        The file, its delimiter, its header or the length of a row breaks a rule.
    """
    text = read_text(path)
    header, lines = _structure(text, path)
    _check_header(header, path, required=required, known=known)
    if not lines:
        raise InputError(str(path), "must hold at least one row below its header", found=0)
    frame = pd.read_csv(
        io.StringIO(text), dtype=str, na_filter=False, names=header, header=0, index_col=False
    )
    frame.index = pd.Index(lines, name="line")
    return frame


def _structure(text: str, path: Path) -> tuple[list[str], list[int]]:
    """Return header and the line number of every row, having checked that rows are rectangular."""
    if '"' not in text and "\r" not in text:
        plain = _plain_structure(text)
        if plain is not None:
            return plain
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines = []
    header: list[str] = []
    before = 0
    try:
        for record in reader:
            if not header:
                header = [name.strip() for name in record]
            elif record:
                if len(record) != len(header):
                    where, rule = f"{path}: line {before + 1}", f"must have {len(header)} cells"
                    raise InputError(where, rule, found=len(record))
                lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        where = f"{path}: line {reader.line_num}"
        raise InputError(where, "must be valid CSV", found=str(error)) from error
    return header, lines


def _plain_structure(text: str) -> tuple[list[str], list[int]] | None:
    """Do `_structure` by counting commas, for text without quotes; None if a row is ragged."""
    raw = np.frombuffer(text.rstrip("\n").encode(), dtype=np.uint8)
    ends = np.append(np.flatnonzero(raw == ord("\n")), len(raw))
    commas = np.searchsorted(np.flatnonzero(raw == ord(",")), ends)
    counts, lengths = np.diff(commas, prepend=0), np.diff(ends, prepend=-1) - 1
    filled = np.flatnonzero(lengths > 0)
    if not len(filled) or (counts[filled] != counts[filled[0]]).any():
        return None
    first = int(filled[0])
    header = text.split("\n", first + 1)[first].split(",")
    return [name.strip() for name in header], (filled[1:] + 1).tolist()


def _check_header(
    header: list[str], path: Path, *, required: Sequence[str], known: Sequence[str] | None
) -> None:
    where = f"{path}: line 1"
    if len(header) == 1:
        for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if sign in header[0]:
                todo = "save it as comma-separated"
                raise InputError(where, "cells must be separated by commas", found=name, todo=todo)
    repeated = {name for name in header if header.count(name) > 1}
    if repeated:
        raise InputError(where, "must name each column once", found=sorted(repeated)[0])
    for name in header:
        if known is not None and name not in known:
            todo = did_you_mean(name, list(known))
            raise InputError(where, "must name known columns only", found=name, todo=todo)
    missing = [name for name in required if name not in header]
    if missing:
        raise InputError(f"{where}: column {missing[0]}", "is required", found=header)


def refuse_formulas(frame: pd.DataFrame, path: Path, columns: Sequence[str]) -> None:
    """Refuse text cells a spreadsheet would run as a formula.

    Raises
    ------
    InputError
        A cell begins with "=", "+", "@" or a control character.
    """
    for column in columns:
        bad = frame[column].str.startswith(FORMULA_STARTS)
        if bad.any():
            line = frame.index[bad.to_numpy()][0]
            where, rule = f"{path}: line {line}: column {column}", "must not look like a formula"
            raise InputError(where, rule, found=frame.loc[line, column])


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame to be written whose text cells no spreadsheet runs: a quote before each."""
    out = frame.copy()
    for column in map(str, out.select_dtypes("str")):
        risky = out[column].str.startswith((*FORMULA_STARTS, "-"))
        out[column] = out[column].where(~risky, "'" + out[column])
    return out


def numbers(text: pd.DataFrame, column: str, path: Path) -> pd.Series:
    """Return a column of text cells as numbers, NaN where empty.

    Raises
    ------
    InputError
        A cell is no finite number.
    """
    cells = text[column].str.strip()
    values = pd.to_numeric(cells.where(cells != "", "nan"), errors="coerce").astype("float64")
    bad = ~values.between(-1e300, 1e300) & (cells != "")
    _refuse(cells, bad, path, "must be a finite number or empty")
    return values


def dates(text: pd.DataFrame, column: str, path: Path) -> pd.Series:
    """Return a column of text cells as dates, NaT where empty.

    Raises
    ------
    InputError
        A cell is no date written YYYY-MM-DD.
    """
    cells = text[column].str.strip()
    values = pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    bad = values.isna() & (cells != "")
    _refuse(cells, bad, path, "must be a date YYYY-MM-DD or empty")
    return values


def _refuse(cells: pd.Series, bad: pd.Series, path: Path, rule: str) -> None:
    if bad.any():
        line = cells.index[bad.to_numpy()][0]
        raise InputError(f"{path}: line {line}: column {cells.name}", rule, found=cells.loc[line])
