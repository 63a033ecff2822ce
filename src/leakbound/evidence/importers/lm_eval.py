"""lm-evaluation-harness result JSON (`results_*.json`): scores, standard errors, sample counts."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from leakbound.errors import InputError
from leakbound.evidence.cleaning import Imported
from leakbound.evidence.importers.options import Options
from leakbound.evidence.importers.scores import ModelScore, key_of, rows_of

METRICS = ("exact_match", "prompt_level_strict_acc", "pass@1", "acc_norm", "acc")
"""Which metric stands for a task, the first it reports; exact_match prefers the strict filter."""


def read_lm_eval(path: Path, options: Options) -> Imported:
    """Return what a result file says: attempts on the model of `options.base`, or base-only rows.

    Raises
    ------
    InputError
        The file is no such JSON, or a task is no known benchmark.
    """
    base = lm_eval_scores(options.base, options) if options.base else []
    return rows_of(lm_eval_scores(path, options), base, options, options.source_for(path))


def lm_eval_scores(path: Path, options: Options) -> list[ModelScore]:
    """Return one score per task of a result file; sub-tasks of a listed group are left to it.

    Raises
    ------
    InputError
        As `read_lm_eval`.
    """
    data = _load(path)
    groups = _table(data, "group_subtasks").values()
    inside = {name for group in groups if isinstance(group, list) for name in map(str, group)}
    tasks = {name: task for name, task in data["results"].items() if name not in inside}
    model = str(data.get("model_name") or _table(data, "config").get("model") or "")
    if not model:
        raise InputError(f"{path}: model_name", "must name the model")
    return [_score(path, name, tasks[name], model, data, options) for name in tasks]


def _load(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(str(path), "must be a readable JSON file", found=str(error)) from error
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(results, dict) or not results:
        rule = "must be a result file of lm-evaluation-harness with a table of results"
        raise InputError(f"{path}: results", rule, found=type(results).__name__)
    return dict(data)


def _score(
    path: Path, name: str, task: Any, model: str, data: dict[str, Any], options: Options
) -> ModelScore:
    where = f"{path}: results.{name}"
    if not isinstance(task, dict):
        raise InputError(where, "must be a table of metrics", found=task)
    metric = _metric(task, where)
    stem, _, filter_ = metric.partition(",")
    error = task.get(f"{stem}_stderr,{filter_}" if filter_ else f"{stem}_stderr")
    counted = _table(data, "n-samples").get(name)
    items = counted.get("effective") if isinstance(counted, dict) else None
    when = data.get("date")
    return ModelScore(
        model=model,
        benchmark=key_of(name, options, where),
        score=float(task[metric]),
        items=int(items) if isinstance(items, int) and items > 0 else None,
        standard_error=float(error) if isinstance(error, int | float) else None,
        run_on=_day(when, path) if isinstance(when, int | float) else None,
    )


def _day(seconds: float, path: Path) -> dt.date:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).date()
    except (ValueError, OverflowError, OSError):
        rule = "must be in seconds since 1970-01-01"
        raise InputError(f"{path}: date", rule, found=seconds) from None


def _metric(task: dict[str, Any], where: str) -> str:
    for stem in METRICS:
        named = [key for key in task if key.partition(",")[0] == stem]
        named = [key for key in named if isinstance(task[key], int | float)]
        strict = [key for key in named if "strict" in key]
        if named:
            return (strict or named)[0]
    raise InputError(where, f"must report one of {', '.join(METRICS)}", found=sorted(task))


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    table = data.get(key)
    return table if isinstance(table, dict) else {}
