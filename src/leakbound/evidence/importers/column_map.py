"""The column map: a TOML that says what the columns of somebody's table mean."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import Field

from leakbound.border import Strict, parse, read_toml
from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.csvfile import dates, numbers
from leakbound.evidence.rows import DATE_COLUMNS, NUMBER_COLUMNS, TEXT_COLUMNS

FILLABLE = ("name", *TEXT_COLUMNS, *DATE_COLUMNS, *NUMBER_COLUMNS)
Value = str | int | float


class Scores(Strict):
    """Which columns of a wide table hold one benchmark."""

    score: str = ""
    base_score: str = ""


class Units(Strict):
    """A column that names the unit of a row's scores, and the factor of each unit."""

    column: str
    factors: dict[str, float] = Field(min_length=1)


class Rule(Strict):
    """Rows whose cells match all patterns of `where` get `set`, or are rejected with `reason`."""

    where: dict[str, str] = Field(min_length=1)
    reason: str = ""
    set: dict[str, Value] = Field(default_factory=dict)


class ColumnMap(Strict):
    """The whole map.

    `columns` maps what leakbound calls a thing (an evidence column, or `name` of the derivative)
    to the table's column. `benchmarks` lists the score columns of a wide table; a long one names
    its benchmark in a column. `base_only` tables hold scores of base models alone. `scale`
    multiplies scores and base scores (0.01 for percent). `check_lineage` applies the naming rules.
    """

    layout: Literal["wide", "long"]
    columns: dict[str, str]
    benchmarks: dict[str, Scores] = Field(default_factory=dict)
    constants: dict[str, Value] = Field(default_factory=dict)
    scale: float = Field(default=1.0, gt=0)
    units: Units | None = None
    base_only: bool = False
    check_lineage: bool = False
    rules: list[Rule] = Field(default_factory=list)


def read_column_map(path: Path) -> ColumnMap:
    """Return the column map in a TOML file.

    Raises
    ------
    InputError
        A key is missing, unknown or wrong, or names something evidence rows do not have.
    """
    table = parse(ColumnMap, read_toml(path), str(path))
    named = [*table.columns, *table.constants]
    for i, rule in enumerate(table.rules):
        where = f"{path}: rules[{i}]"
        if bool(rule.reason) == bool(rule.set):
            raise InputError(where, "must have either a reason or set")
        for pattern in rule.where.values():
            _compiled(pattern, where)
        named += rule.set
    for name in named:
        if name not in FILLABLE:
            todo = did_you_mean(name, list(FILLABLE))
            raise InputError(str(path), "must fill columns of evidence rows", found=name, todo=todo)
    if (table.layout == "wide") != bool(table.benchmarks):
        raise InputError(f"{path}: benchmarks", "must be given for wide tables and only for them")
    return table


def mapped(text: pd.DataFrame, table: ColumnMap, path: Path) -> pd.DataFrame:
    """Return the columns of `text` under the names of evidence rows, typed, rules applied.

    Raises
    ------
    InputError
        A column is missing in the table, or a cell is no number or date.
    """
    out = pd.DataFrame({"line": text.index}, index=text.index)
    for name, column in table.columns.items():
        present(text, column, path)
        out[name] = typed_column(text, name, column, path)
    for name, value in table.constants.items():
        out[name] = _typed_value(name, value, "column map: constants")
    out["reason"] = ""
    for i, rule in enumerate(table.rules):
        hit = _matches(text, rule, path)
        if rule.reason:
            out["reason"] = out["reason"].where((out["reason"] != "") | ~hit, rule.reason)
        for name, value in rule.set.items():
            if name not in out:
                out[name] = _typed_value(name, None, "")
            out.loc[hit, name] = _typed_value(name, value, f"column map: rules[{i}]")
    return out


def typed_column(text: pd.DataFrame, name: str, column: str, path: Path) -> pd.Series:
    """Return one column of text cells as what the evidence column `name` holds."""
    if name in DATE_COLUMNS:
        return dates(text, column, path)
    if name in NUMBER_COLUMNS:
        return numbers(text, column, path)
    return text[column].str.strip()


def present(text: pd.DataFrame, column: str, path: Path) -> None:
    """Refuse a table without `column`.

    Raises
    ------
    InputError
        The column is missing.
    """
    if column not in text:
        todo = did_you_mean(column, [str(name) for name in text])
        rule = "must have the columns its map names"
        raise InputError(f"{path}: line 1", rule, found=column, todo=todo)


def _typed_value(name: str, value: Value | None, where: str) -> Any:
    if name in DATE_COLUMNS:
        return pd.NaT if value in (None, "") else _date(value, where)
    if name in NUMBER_COLUMNS:
        if value in (None, ""):
            return float("nan")
        if isinstance(value, str):
            raise InputError(f"{where}: {name}", 'must be a number, or "" if unknown', found=value)
        return float(value)
    return "" if value is None else str(value)


def _date(value: Value, where: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(dt.date.fromisoformat(str(value)))
    except ValueError:
        raise InputError(where, 'must be a date in quotes, "YYYY-MM-DD"', found=value) from None


def _matches(text: pd.DataFrame, rule: Rule, path: Path) -> pd.Series:
    hit = pd.Series(True, text.index)
    for column, pattern in rule.where.items():
        present(text, column, path)
        found = _compiled(pattern, str(path)).search
        hit &= text[column].map({cell: bool(found(cell)) for cell in text[column].unique()})
    return hit


def _compiled(pattern: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        rule = "must be a regular expression"
        raise InputError(where, rule, found=pattern, todo=str(error)) from error
