"""The recalibration that a stored backtest teaches, for `assess --recalibrate`."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

from leakbound.backtest.recalibration import HEADLINE_LEVEL, Recalibration
from leakbound.backtest.split import BEST
from leakbound.errors import InputError

FEWEST_OUTCOMES = 19
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
    except OSError as problem:
        raise InputError(str(path), RULE, found=problem.strerror) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise InputError(str(path), RULE, found="no JSON text") from None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise InputError(str(path), RULE, found="other contents") from None
    known = [one for one in found if until is None or one.until <= until]
    if not known:
        dates = ", ".join(sorted({one.until.isoformat() for one in found})) or "none"
        rule = "must hold one, which takes two cuts or more"
        if until is not None:
            rule = f"must hold one from before {until}"
        raise InputError(f"{path}: moves", rule, found=dates)
    enough = [one for one in known if one.rows >= FEWEST_OUTCOMES]
    if not enough:
        rule = f"must hold one from at least {FEWEST_OUTCOMES} outcomes, as a 95 % quantile needs"
        most = max(one.rows for one in known)
        raise InputError(f"{path}: moves", rule, found=most)
    return max(enough, key=lambda one: (one.until, one.at_headline))


def _read(move: dict[str, Any]) -> Recalibration:
    levels, moves = tuple(map(float, move["levels"])), tuple(map(float, move["moves"]))
    rising = all(low < high for low, high in pairwise((0.0, *levels, 1.0)))
    if len(levels) != len(moves) or HEADLINE_LEVEL not in levels or not rising:
        raise ValueError("levels")
    if not all(map(isfinite, moves)):
        raise ValueError("not a finite number")
    until = dt.date.fromisoformat(move["until"])
    return Recalibration(levels, moves, int(move["rows"]), int(move["bases"]), until)
