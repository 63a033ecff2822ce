"""SWE-bench leaderboard: one model's weights under one scaffold after another.

A model's first scaffold stands for its base score; later ones are attempts of the inference
channel. Entries that name no model, or several, say nothing about one model's weights.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leakbound.evidence.bases import with_base_facts
from leakbound.evidence.cleaning import (
    CHAT_MODEL_SPENT,
    Imported,
    draft,
    finished,
    reject,
    reject_usual,
)
from leakbound.evidence.csvfile import dates, numbers, read_table
from leakbound.evidence.importers.options import Options

REQUIRED = ("leaderboard", "date", "model", "name", "resolved", "tags")
PREDECESSORS = {
    "claude-3-5-sonnet-20241022": "claude-3-5-sonnet-20240620",
    "gpt-4o-2024-08-06": "gpt-4o-2024-05-13",
}
SEVERAL_TRIES = r"Attempts - 2\+"


def read_swebench(path: Path, options: Options) -> Imported:
    """Return scaffolds as attempts on the model's first scaffold; `resolved` is in percent.

    An entry older than the snapshot it is tagged with belongs to the snapshot before.

    Raises
    ------
    InputError
        A column is missing, a cell is no number or date, or a leaderboard is no benchmark.
    """
    text = read_table(path, required=REQUIRED, known=None)
    boards = {name: options.registry.resolve(name) for name in text["leaderboard"].unique()}
    tries = text["tags"].str.contains(SEVERAL_TRIES, regex=True)
    several = {True: "scaffold+solution-choice", False: "scaffold"}
    listed = text["model"].map({cell: _models(cell) for cell in text["model"].unique()})
    frame = pd.DataFrame(
        {
            "line": text.index,
            "name": text["name"],
            "base_model": listed,
            "benchmark": text["leaderboard"].map(boards),
            "score": numbers(text, "resolved", path) / 100.0,
            "released": dates(text, "date", path),
            "technique": tries.map(several),
            "compute_fraction": 0.0,
            "base_posttraining_fraction": CHAT_MODEL_SPENT,
        }
    ).reset_index(drop=True)
    rows = _dated(draft(frame))
    rows = reject(rows, rows["base_model"] == "", "no base model named")
    rows = reject(rows, rows["base_model"].str.contains("+", regex=False), "several models named")
    rows = reject(rows, rows["base_released"].isna(), "release date of the base unknown")
    rows = _from_first_scaffold(rows)
    return finished(reject_usual(rows), options.source_for(path))


def _models(cell: str) -> str:
    names = {name.strip().replace("claude-3.5", "claude-3-5") for name in cell.split("+")}
    return "+".join(sorted(names))


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    dated = with_base_facts(rows)
    early = dated["released"] < dated["base_released"]
    before = dated["base_model"].map(PREDECESSORS)
    moved = rows["base_model"].where(~early | before.isna(), before)
    return with_base_facts(rows.assign(base_model=moved))


def _from_first_scaffold(rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["base_model", "benchmark"]
    open_ = rows[rows["reason"] == ""].sort_values(["released", "score", "name"], kind="stable")
    first = open_.drop_duplicates(keys)
    base = rows[keys].merge(first[[*keys, "score"]], on=keys, how="left")["score"]
    counts = open_.groupby(keys)["name"].transform("size").reindex(rows.index)
    rows = reject(rows, counts == 1, "the only scaffold of its model")
    is_first = pd.Series(rows.index.isin(first.index), rows.index)
    rows = reject(rows, is_first, "gives the base score: the model's first scaffold")
    return rows.assign(base_score=base.to_numpy())
