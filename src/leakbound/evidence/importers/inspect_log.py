"""Inspect `.eval` logs, read through the inspect-ai package (the optional extra `inspect`)."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

from leakbound.errors import InputError
from leakbound.evidence.cleaning import Imported
from leakbound.evidence.importers.options import Options
from leakbound.evidence.importers.scores import ModelScore, key_of, rows_of

METRICS = ("accuracy", "mean")


def read_inspect(path: Path, options: Options) -> Imported:
    """Return what a log says of its model: an attempt on the model of `options.base`, or base-only.

    Raises
    ------
    InputError
        The log cannot be read, its run did not finish, or its task is no known benchmark.
    """
    base = inspect_scores(options.base, options) if options.base else []
    return rows_of(inspect_scores(path, options), base, options, options.source_for(path))


def inspect_scores(path: Path, options: Options) -> list[ModelScore]:
    """Return the score of the log's first scorer that reports an accuracy or a mean.

    Raises
    ------
    InputError
        As `read_inspect`.
    """
    log = _header(path)
    if log.status != "success" or log.results is None:
        raise InputError(str(path), "must be the log of a finished run", found=log.status)
    key = key_of(log.eval.task, options, f"{path}: task")
    for scorer in log.results.scores:
        for metric in METRICS:
            if metric in scorer.metrics:
                error = scorer.metrics.get("stderr")
                score = ModelScore(
                    model=log.eval.model.removeprefix("hf/"),
                    benchmark=key,
                    score=float(scorer.metrics[metric].value),
                    items=log.results.total_samples or None,
                    standard_error=None if error is None else float(error.value),
                    run_on=dt.datetime.fromisoformat(log.eval.created).date(),
                )
                return [score]
    found = [sorted(scorer.metrics) for scorer in log.results.scores]
    raise InputError(f"{path}: scores", f"must report {' or '.join(METRICS)}", found=found)


def _header(path: Path) -> Any:
    try:
        from inspect_ai.log import read_eval_log
    except ImportError as error:
        rule = "needs the package inspect-ai"
        todo = "pip install 'leakbound[inspect]'"
        raise InputError(str(path), rule, found=error.name, todo=todo) from error
    if not path.is_file():
        raise InputError(str(path), "must be a readable file")
    try:
        return read_eval_log(str(path), header_only=True)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(str(path), "must be an Inspect .eval log", found=str(error)) from error
