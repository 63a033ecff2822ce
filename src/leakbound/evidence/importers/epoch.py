"""Epoch AI: the model database as a compute ledger, and the benchmarking hub's score tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leakbound.errors import InputError
from leakbound.evidence.bases import with_base_facts
from leakbound.evidence.cleaning import (
    DECISION_COLUMNS,
    Imported,
    draft,
    finished,
    finished_base_only,
    reject,
    reject_usual,
)
from leakbound.evidence.csvfile import dates, numbers, read_table
from leakbound.evidence.importers.ledger import (
    LEDGER_COLUMNS,
    comparable,
    read_ledger,
    with_ledger,
)
from leakbound.evidence.importers.options import Options

DATABASE = {
    "name": "Model",
    "base_model": "Base model",
    "released": "Publication date",
    "pretraining_flop": "Training compute (FLOP)",
    "posttraining_flop": "Finetune compute (FLOP)",
}
EXTRACT = {
    "name": "model",
    "base_model": "base_model",
    "base_released": "base_publication_date",
    "base_pretraining_flop": "base_training_compute_FLOP",
    "released": "publication_date",
    "posttraining_flop": "finetune_compute_FLOP",
}
SCORE_COLUMNS = ("mean_score", "Best score (across scorers)")
LARGEST_FRACTION = 5.0


def read_epoch_models(path: Path, options: Options) -> Imported:
    """Return the compute ledger of a model database: the rows are `LEDGER_COLUMNS`, not evidence.

    Raises
    ------
    InputError
        The table is neither the database nor an extract of it, or a cell is broken.
    """
    text = read_table(path, required=(), known=None)
    if set(EXTRACT.values()) <= set(text.columns):
        rows = _extract(text, path)
    elif set(DATABASE.values()) <= set(text.columns):
        rows = _database(text, path)
    else:
        rule = f"must have the columns {', '.join(DATABASE.values())}"
        raise InputError(f"{path}: line 1", rule, found=[str(name) for name in text])
    fraction = rows["posttraining_flop"] / rows["base_pretraining_flop"]
    rows = rows.assign(compute_fraction=fraction, reason="", source=options.source_for(path))
    several = rows["base_model"].str.contains(",", regex=False)
    rows = reject(rows, rows["base_model"] == "", "no base model named")
    rows = reject(rows, several, "several base models named")
    rows = reject(rows, rows["posttraining_flop"].isna(), "fine-tuning FLOP unknown")
    rows = reject(rows, rows["base_pretraining_flop"].isna(), "pre-training FLOP of base unknown")
    rows = reject(rows, fraction > LARGEST_FRACTION, "over 5 times its base: wrongly matched base")
    kept = rows["reason"] == ""
    decisions = rows[["line", "name", "base_model", "reason"]].assign(benchmark="", detail="")
    decisions["verdict"] = kept.map({True: "kept", False: "rejected"})
    decisions["reason"] = rows["reason"].where(~kept, "fine-tuning and base FLOP known")
    ledger = rows.loc[kept, list(LEDGER_COLUMNS)].reset_index(drop=True)
    return Imported(ledger, decisions[list(DECISION_COLUMNS)].reset_index(drop=True))


def _extract(text: pd.DataFrame, path: Path) -> pd.DataFrame:
    several = text["base_model"].str.contains(",", regex=False)
    single = text.assign(
        base_publication_date=text["base_publication_date"].where(~several, ""),
    )
    return pd.DataFrame(
        {
            "line": text.index,
            "name": text["model"],
            "base_model": text["base_model"],
            "base_released": dates(single, "base_publication_date", path),
            "base_pretraining_flop": numbers(text, "base_training_compute_FLOP", path),
            "released": dates(text, "publication_date", path),
            "posttraining_flop": numbers(text, "finetune_compute_FLOP", path),
        }
    )


def _database(text: pd.DataFrame, path: Path) -> pd.DataFrame:
    flop = numbers(text, DATABASE["pretraining_flop"], path)
    released = dates(text, DATABASE["released"], path)
    first = ~text["Model"].duplicated()
    return pd.DataFrame(
        {
            "line": text.index,
            "name": text["Model"],
            "base_model": text["Base model"],
            "base_released": text["Base model"].map(released[first].set_axis(text["Model"][first])),
            "base_pretraining_flop": text["Base model"].map(
                flop[first].set_axis(text["Model"][first])
            ),
            "released": released,
            "posttraining_flop": numbers(text, DATABASE["posttraining_flop"], path),
        }
    )


def read_epoch_hub(path: Path, options: Options) -> Imported:
    """Return the models of one hub table: attempts where a ledger names a base in it, else bases.

    A model without a known base counts as a base model if its training FLOP is known; its score
    gives response to compute. Standard errors become effective item counts.

    Raises
    ------
    InputError
        The table or its benchmark is unknown, or a cell is broken.
    """
    text = read_table(path, required=("Release date",), known=None)
    score = [column for column in SCORE_COLUMNS if column in text]
    model = "Model version" if "Model version" in text else "model"
    if not score or model not in text:
        rule = f"must have Model version and one of {', '.join(SCORE_COLUMNS)}"
        raise InputError(f"{path}: line 1", rule, found=[str(name) for name in text])
    measured = draft(
        pd.DataFrame(
            {
                "line": text.index,
                "name": text[model],
                "benchmark": _benchmarks(text, path, options),
                "score": numbers(text, score[0], path),
                "released": dates(text, "Release date", path),
                "base_items": _items(text, score[0], path),
            }
        ).reset_index(drop=True)
    )
    if options.compute is not None:
        measured = with_ledger(measured, read_ledger(options.compute))
    attempts = _on_measured_bases(measured)
    tried = attempts["base_model"] != ""
    flop = _column(text, "Training compute (FLOP)", path).set_axis(measured.index)
    source = options.source_for(path)
    of_bases = measured[~tried].assign(
        base_model=measured["name"],
        base_score=measured["score"],
        base_released=measured["released"],
        base_pretraining_flop=flop,
        score=float("nan"),
        posttraining_flop=float("nan"),
    )
    unknown = of_bases["base_pretraining_flop"].isna()
    of_bases = reject(of_bases, unknown, "neither a base in this table nor training FLOP known")
    return _joined(
        finished(reject_usual(with_base_facts(attempts[tried])), source),
        finished_base_only(of_bases, source),
    )


def _benchmarks(text: pd.DataFrame, path: Path, options: Options) -> pd.Series:
    if "task" not in text or options.benchmark:
        key = options.registry.resolve(options.benchmark or path.stem)
        return pd.Series(key, text.index, dtype="str")
    return text["task"].map(
        {name: options.registry.resolve(name) for name in text["task"].unique()}
    )


def _column(text: pd.DataFrame, column: str, path: Path) -> pd.Series:
    unknown = pd.Series(float("nan"), text.index)
    return numbers(text, column, path) if column in text else unknown


def _items(text: pd.DataFrame, column: str, path: Path) -> pd.Series:
    score, error = numbers(text, column, path), _column(text, "stderr", path)
    items = score * (1.0 - score) / error.where(error > 0) ** 2
    return items.where(items >= 1.0).round()


def _on_measured_bases(measured: pd.DataFrame) -> pd.DataFrame:
    """Return the table with base scores looked up in it; a base that is not in it is dropped."""
    own = measured.assign(key=comparable(measured["name"]) + "|" + measured["benchmark"])
    own = own.drop_duplicates("key").set_index("key")
    key = comparable(measured["base_model"]) + "|" + measured["benchmark"]
    known = key.isin(own.index) & (measured["base_model"] != "")
    return measured.assign(
        base_model=key.map(own["name"]).where(known, "").fillna(""),
        base_score=key.map(own["score"]).where(known),
        base_items=key.map(own["base_items"]).where(known),
        base_released=measured["base_released"].fillna(key.map(own["released"])),
    )


def _joined(*parts: Imported) -> Imported:
    full = [part for part in parts if len(part.decisions)]
    return Imported(
        pd.concat([part.rows for part in full], ignore_index=True),
        pd.concat([part.decisions for part in full], ignore_index=True).sort_values(
            "line", kind="stable", ignore_index=True
        ),
    )
