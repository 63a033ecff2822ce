"""Scores of one evaluation run, whatever wrote its log, as evidence rows or candidate scores."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
from leakbound.evidence.importers.options import Options
from leakbound.evidence.naming import canonical


@dataclass(frozen=True)
class ModelScore:
    """What one log says of one model on one benchmark: score, items scored, standard error."""

    model: str
    benchmark: str
    score: float
    items: int | None
    standard_error: float | None
    run_on: dt.date | None


def rows_of(
    scores: Sequence[ModelScore],
    base_scores: Sequence[ModelScore],
    options: Options,
    source: str,
) -> Imported:
    """Return attempts on a base measured by the same harness, or base-only rows without one.

    An attempt is dated by `options.released`, else by its run, an upper bound.
    """
    frame = pd.DataFrame(
        {
            "line": range(1, len(scores) + 1),
            "name": [score.model for score in scores],
            "benchmark": [score.benchmark for score in scores],
            "base_released": _stamp(options.base_released),
            "technique": options.technique,
            "actor": options.actor,
        }
    )
    if not base_scores:
        own = frame.assign(
            base_model=canonical(frame["name"]),
            base_score=[score.score for score in scores],
            base_items=_floats([score.items for score in scores]),
        )
        return finished_base_only(with_base_facts(draft(own)), source)
    of_base = {score.benchmark: score for score in base_scores}
    matched = [of_base.get(score.benchmark) for score in scores]
    runs = [_stamp(options.released or score.run_on) for score in scores]
    tried = frame.assign(
        base_model=canonical(pd.Series([base_scores[0].model] * len(scores), dtype="str")),
        score=[score.score for score in scores],
        base_score=_floats([None if base is None else base.score for base in matched]),
        base_items=_floats([None if base is None else base.items for base in matched]),
        compute_fraction=options.compute_fraction,
        released=runs,
        note="" if options.released else "date is an upper bound (date of the run)",
    )
    return finished(reject_usual(with_base_facts(draft(tried))), source)


def _stamp(date: dt.date | None) -> Any:
    return pd.NaT if date is None else pd.Timestamp(date)


def _floats(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else float(value) for value in values]


def candidate_toml(scores: Sequence[ModelScore]) -> str:
    """Return the `[[candidate.scores]]` tables of a candidate file for these scores."""
    tables = []
    for score in scores:
        lines = ["[[candidate.scores]]", f"benchmark = {json.dumps(score.benchmark)}"]
        lines.append(f"score = {score.score:.6g}")
        if score.items is not None:
            lines.append(f"items = {score.items}")
        tables.append("\n".join(lines))
    return "\n\n".join(tables) + "\n"


def key_of(name: str, options: Options, where: str) -> str:
    """Return the registry key of a task, or `options.benchmark` where that is given.

    Raises
    ------
    InputError
        No benchmark has that name.
    """
    bare = options.benchmark or name.rpartition("/")[2]
    try:
        return options.registry.resolve(bare)
    except InputError as error:
        todo = f"{error.todo}; or name it with --benchmark"
        raise InputError(where, error.rule, found=bare, todo=todo) from None
