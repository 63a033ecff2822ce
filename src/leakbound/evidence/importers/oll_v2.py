"""Open LLM Leaderboard v2: derivative and base pairs, or the raw contents table.

Dates are upload dates. In the raw table every row names a base model; the tag is followed to the
root, whose own row gives the base scores.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leakbound.errors import InputError
from leakbound.evidence.cleaning import Imported, finished, reject, reject_usual
from leakbound.evidence.csvfile import dates, numbers, read_table
from leakbound.evidence.importers.measured import (
    developer_where_same_organisation,
    lineage_checked,
    melted,
)
from leakbound.evidence.importers.options import Options
from leakbound.evidence.lineage import roots, size_doubts
from leakbound.evidence.naming import canonical
from leakbound.evidence.technique import joined

TASKS = ("IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")
TECHNIQUES = {
    "chat models": "sft+preference",
    "fine-tuned": "sft",
    "continuously pretrained": "continued-pretraining",
    "pretrained": "continued-pretraining",
    "merge": "merge",
}
PAIR_COLUMNS = ("base_model", "base_date", "derivative", "derivative_date", "Type")
RAW_COLUMNS = ("fullname", "Base Model", "Upload To Hub Date", "Type")
SIZE, FLOP = "#Params (B)", "base_pretrain_FLOP_1e21_ObsScaling"


def read_oll_v2(path: Path, options: Options) -> Imported:
    """Return the attempts of a leaderboard table, pairs or raw contents by its header.

    Raises
    ------
    InputError
        The table is neither, or a date or number in it is broken.
    """
    text = read_table(path, required=("Type",), known=None)
    keys = {task: options.registry.resolve(task) for task in TASKS}
    if set(PAIR_COLUMNS) <= set(text.columns):
        wide = _pairs(text, path, keys)
    elif set(RAW_COLUMNS) <= set(text.columns):
        wide = _contents(text, path, keys)
    else:
        rule = f"must have the columns {', '.join(PAIR_COLUMNS)} or {', '.join(RAW_COLUMNS)}"
        raise InputError(f"{path}: line 1", rule, found=list(text.columns))
    tried = lineage_checked(wide.reset_index(drop=True), list(keys.values()))
    return finished(reject_usual(melted(tried, list(keys.values()))), options.source_for(path))


def _pairs(text: pd.DataFrame, path: Path, keys: dict[str, str]) -> pd.DataFrame:
    sizes = size_doubts(numbers(text, SIZE, path), numbers(text, "base_params_B", path))
    flop = numbers(text, FLOP, path) * 1e21 if FLOP in text else float("nan")
    wide = pd.DataFrame(
        {
            "line": text.index,
            "name": text["derivative"],
            "base_model": canonical(text["base_model"]),
            "base_released": dates(text, "base_date", path),
            "base_pretraining_flop": flop,
            "released": dates(text, "derivative_date", path),
            "technique": _technique(text),
            "actor": developer_where_same_organisation(text["derivative"], text["base_model"]),
            "reason": sizes["reason"],
            "note": sizes["note"],
        }
    )
    for task, key in keys.items():
        wide[f"score:{key}"] = numbers(text, f"{task} Raw", path)
        wide[f"base:{key}"] = numbers(text, f"base_{task} Raw", path)
    return wide


def _contents(text: pd.DataFrame, path: Path, keys: dict[str, str]) -> pd.DataFrame:
    text = text.assign(fullname=canonical(text["fullname"]))
    first = text.drop_duplicates("fullname")
    found = roots(first["fullname"], first["Base Model"]).set_index(first["fullname"])
    root = text["fullname"].map(found["root"])
    wide = pd.DataFrame(
        {
            "line": text.index,
            "name": text["fullname"],
            "base_model": root,
            "released": dates(text, "Upload To Hub Date", path),
            "technique": _technique(text),
            "actor": developer_where_same_organisation(text["fullname"], root),
            "reason": text["fullname"].map(found["problem"]),
        }
    )
    of_root = first.set_index("fullname").index
    uploaded = wide.loc[first.index, "released"].set_axis(of_root)
    wide["base_released"] = root.map(uploaded)
    for task, key in keys.items():
        wide[f"score:{key}"] = numbers(text, f"{task} Raw", path)
        own = wide.loc[first.index, f"score:{key}"].set_axis(of_root)
        wide[f"base:{key}"] = root.map(own)
    wide = reject(
        wide, text["fullname"].duplicated(), "the model appears again (another precision)"
    )
    if SIZE in text:
        size = numbers(text, SIZE, path)
        sizes = size_doubts(size, root.map(size.loc[first.index].set_axis(of_root)))
        wide = reject(wide, sizes["reason"] != "", sizes["reason"]).assign(note=sizes["note"])
    return wide


def _technique(text: pd.DataFrame) -> pd.Series:
    merged = text["Merged"].str.lower() == "true" if "Merged" in text else text["Type"] == "merge"
    kinds = pd.DataFrame({"type": text["Type"], "merged": merged})
    words = {key: _words(*key) for key in set(kinds.itertuples(index=False, name=None))}
    told = [words[key] for key in kinds.itertuples(index=False, name=None)]
    return pd.Series(told, index=text.index, dtype="str")


def _words(kind: str, merged: bool) -> str:
    known = [words for label, words in TECHNIQUES.items() if label in kind.lower()]
    words = known[0].split("+") if known else []
    return joined([*words, *(["merge"] if merged else [])])
