"""Any wide or long table, read through a column map."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leakbound.errors import InputError
from leakbound.evidence.bases import with_base_facts
from leakbound.evidence.cleaning import (
    Imported,
    draft,
    finished,
    finished_base_only,
    reject_usual,
)
from leakbound.evidence.csvfile import numbers, read_table
from leakbound.evidence.importers.column_map import ColumnMap, mapped, present, read_column_map
from leakbound.evidence.importers.measured import lineage_checked, melted
from leakbound.evidence.importers.options import Options
from leakbound.evidence.naming import canonical
from leakbound.evidence.registry import Registry


def read_wide(path: Path, options: Options) -> Imported:
    """Return the attempts, or the base models, of a table described by `options.column_map`.

    Raises
    ------
    InputError
        There is no column map, or map, table or a cell breaks a rule.
    """
    if options.column_map is None:
        rule = "needs a column map (a TOML that says what the columns mean)"
        raise InputError(str(path), rule, todo="give it with --map FILE.toml")
    table = read_column_map(options.column_map)
    text = read_table(path, required=(), known=None)
    frame = mapped(text, table, path)
    needed = ["base_model"] if table.base_only else ["base_model", "name"]
    needed += ["benchmark"] if table.layout == "long" else []
    for name in needed:
        if name not in frame:
            raise InputError(f"{options.column_map}: columns", f"must name {name}")
    frame["base_model"] = canonical(frame["base_model"])
    spread = _long(frame, options) if table.layout == "long" else _wide(frame, text, table, path)
    measured = _scaled(spread, text, table, path, options.registry)
    source = options.source_for(path)
    if table.base_only:
        return finished_base_only(with_base_facts(draft(measured)), source)
    return finished(reject_usual(measured), source)


def _long(frame: pd.DataFrame, options: Options) -> pd.DataFrame:
    names = {name: options.registry.resolve(name) for name in _named(frame)}
    frame["benchmark"] = frame["benchmark"].map(names).fillna("")
    return with_base_facts(draft(frame))


def _named(frame: pd.DataFrame) -> list[str]:
    return list(frame.loc[frame["reason"] == "", "benchmark"].unique())


def _wide(frame: pd.DataFrame, text: pd.DataFrame, table: ColumnMap, path: Path) -> pd.DataFrame:
    for key, columns in table.benchmarks.items():
        for kind, column in (("score", columns.score), ("base", columns.base_score)):
            if column:
                present(text, column, path)
            frame[f"{kind}:{key}"] = numbers(text, column, path) if column else float("nan")
    keys = list(table.benchmarks)
    frame = lineage_checked(frame, keys) if table.check_lineage else with_base_facts(draft(frame))
    return melted(frame, keys)


def _scaled(
    measured: pd.DataFrame, text: pd.DataFrame, table: ColumnMap, path: Path, registry: Registry
) -> pd.DataFrame:
    for key in measured["benchmark"].unique():
        if key:
            registry[key]
    factor = pd.Series(table.scale, measured.index)
    if table.units is not None:
        present(text, table.units.column, path)
        unit = measured["line"].map(text[table.units.column])
        factor = unit.map(table.units.factors)
        unknown = factor.isna() & (measured["reason"] == "")
        if unknown.any():
            line = measured.loc[unknown, "line"].iloc[0]
            where = f"{path}: line {line}: column {table.units.column}"
            rule = f"must be one of {', '.join(table.units.factors)}"
            raise InputError(where, rule, found=unit[unknown].iloc[0])
    scaled = {name: measured[name] * factor for name in ("score", "base_score")}
    return measured.assign(**scaled)
