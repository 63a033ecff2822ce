"""The recalibration that a stored backtest teaches, for `assess --recalibrate`."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from leakbound.backtest.recalibration import HEADLINE_LEVEL, Recalibration
from leakbound.backtest.split import BEST
from leakbound.errors import InputError

RULE = "must hold recalibrations of the best of each half-year (`leakbound backtest --json`)"


def read_recalibration(path: Path, *, until: dt.date | None) -> Recalibration:
    """Return the latest recalibration known before `until`; of several, that which moves bounds highest.

    Those of other data learnt otherwise: the least favourable one holds.

    Raises
    ------
    InputError
        The file is none, or holds no recalibration from before that date.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        found = [_read(move) for move in told["moves"] if move["quantity"] == BEST]
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise InputError(str(path), RULE, found="no JSON text") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(str(path), RULE, found="other contents") from None
    known = [one for one in found if until is None or one.until <= until]
    if not known:
        dates = ", ".join(sorted({one.until.isoformat() for one in found})) or "none"
        where = f"{path}: moves"
        raise InputError(where, f"must hold one from before {until}", found=dates)
    return max(known, key=lambda one: (one.until, one.at_headline))


def _read(move: dict[str, Any]) -> Recalibration:
    levels, moves = tuple(map(float, move["levels"])), tuple(map(float, move["moves"]))
    if len(levels) != len(moves) or HEADLINE_LEVEL not in levels:
        raise ValueError("levels")
    if any(value != value for value in moves):
        raise ValueError("not a number")
    until = dt.date.fromisoformat(move["until"])
    return Recalibration(levels, moves, int(move["rows"]), int(move["bases"]), until)
