"""A finished backtest: its rows, histograms, misses and recalibrations, and their JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from leakbound import __version__
from leakbound.backtest.methods import is_own
from leakbound.backtest.misses import largest_misses, misses_by_base
from leakbound.backtest.recalibration import Recalibration, recalibrated
from leakbound.backtest.rows import pit_rows, result_rows, with_ratios
from leakbound.backtest.run import Forecasted
from leakbound.backtest.split import Overlap
from leakbound.writing import write_text

SCHEMA = 1


@dataclass(frozen=True)
class Outcome:
    """What a backtest found.

    `rows` and `pit` as in `backtest.rows`, `misses` and `by_base` (of our own methods) as in
    `backtest.misses`; `moves` says how far each recalibrated bound was moved (keys data, method, cut,
    quantity, text, and the numbers of a `Recalibration`). `overlaps` counts, per split of a holdout,
    what it shares with the rows fitted on.
    """

    rows: pd.DataFrame
    pit: list[dict[str, Any]]
    misses: pd.DataFrame
    by_base: pd.DataFrame
    moves: list[dict[str, Any]]
    titles: dict[str, str]
    overlaps: dict[str, Overlap] = field(default_factory=dict)


def outcome_of(
    results: Iterable[Forecasted], *, overlaps: dict[str, Overlap] | None = None
) -> Outcome:
    """Score the results of a run; our own methods are scored recalibrated as well."""
    results = list(results)
    adjusted, moves = _recalibrate([result for result in results if is_own(result.method)])
    every = [*results, *adjusted]
    return Outcome(
        with_ratios(row for result in every for row in result_rows(result)),
        [row for result in every for row in pit_rows(result)],
        largest_misses(results),
        misses_by_base([result for result in every if is_own(result.method)]),
        moves,
        {result.method: result.title for result in every},
        overlaps or {},
    )


def _recalibrate(own: Sequence[Forecasted]) -> tuple[list[Forecasted], list[dict[str, Any]]]:
    adjusted, moves = [], []
    for data, method in sorted({(result.split.data, result.method) for result in own}):
        same = [r for r in own if (r.split.data, r.method) == (data, method)]
        for result, learnt in recalibrated(same):
            adjusted.append(result)
            moves += [_move(result, quantity, told) for quantity, told in learnt.items()]
    return adjusted, moves


def _move(result: Forecasted, quantity: str, told: Recalibration) -> dict[str, Any]:
    return {
        "data": result.split.data,
        "method": result.method,
        "cut": result.split.cut_name,
        "quantity": quantity,
        "text": str(told),
        **asdict(told),
        "until": told.until.isoformat(),
    }


def as_json(outcome: Outcome) -> str:
    """Return the outcome as JSON text: numbers to six digits, unknown ones null."""
    misses = outcome.misses.assign(released=outcome.misses["released"].astype(str))
    told = {
        "schema": SCHEMA,
        "leakbound": __version__,
        "methods": outcome.titles,
        "overlaps": {name: asdict(one) for name, one in outcome.overlaps.items()},
        "moves": outcome.moves,
        "misses": misses.to_dict("records"),
        "pit": outcome.pit,
        "rows": outcome.rows.to_dict("records"),
    }
    parts = [f'"{key}": {_lines(value)}' for key, value in told.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write_json(outcome: Outcome, path: Path) -> None:
    """Write the outcome as JSON, whole or not at all.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    write_text(path, as_json(outcome))


def _lines(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(json.dumps(_plain(item)) for item in value) + "\n]"
    return json.dumps(_plain(value))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
