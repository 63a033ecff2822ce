"""The re-run attempt pool: base models and derivatives in one few-shot harness.

Source: Prescriptive Scaling, arXiv 2602.15327. The date is the hub's last-modified date, an upper
bound on when a derivative appeared.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leakbound.evidence.cleaning import Imported, finished, reject_usual
from leakbound.evidence.csvfile import dates, numbers, read_table
from leakbound.evidence.importers.measured import (
    developer_where_same_organisation,
    lineage_checked,
    melted,
)
from leakbound.evidence.importers.options import Options
from leakbound.evidence.naming import canonical

REQUIRED = ("base_model", "base_released", "base_pretraining_flop", "model", "modified", "is_base")
TRUE = ("true", "1", "yes")


def read_pool(path: Path, options: Options) -> Imported:
    """Return the attempts of a pool table with `score_X` and `base_score_X` columns.

    Raises
    ------
    InputError
        The table, a date or a number is broken, or a benchmark X is not in the registry.
    """
    text = read_table(path, required=REQUIRED, known=None)
    columns = [str(column) for column in text]
    names = [column.removeprefix("score_") for column in columns if column.startswith("score_")]
    keys = {name: options.registry.resolve(name) for name in names}
    is_base = text["is_base"].str.lower().isin(TRUE)
    wide = pd.DataFrame(
        {
            "line": text.index,
            "name": text["model"],
            "base_model": canonical(text["base_model"]),
            "base_released": dates(text, "base_released", path),
            "base_pretraining_flop": numbers(text, "base_pretraining_flop", path),
            "released": dates(text, "modified", path),
            "actor": developer_where_same_organisation(text["model"], text["base_model"]),
            "reason": is_base.map({True: "is the base itself", False: ""}),
            "note": "date is an upper bound (last modified)",
            **{f"score:{key}": numbers(text, f"score_{name}", path) for name, key in keys.items()},
            **{f"base:{key}": _base(text, name, path) for name, key in keys.items()},
        }
    )
    tried = lineage_checked(wide.reset_index(drop=True), list(keys.values()))
    measured = reject_usual(melted(tried, list(keys.values())))
    return finished(measured, options.source_for(path))


def _base(text: pd.DataFrame, name: str, path: Path) -> pd.Series:
    return numbers(text, f"base_score_{name}", path)
