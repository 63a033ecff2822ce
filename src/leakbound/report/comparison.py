"""Two assessments side by side: which rows changed, which ingredients differ, and so why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any

from leakbound.report.ingredients import Ingredient, differing, unknown
from leakbound.report.runs import Run
from leakbound.report.wording import listed

ERRORS = 2.0
EXCEEDANCE_ERROR = 0.03


@dataclass(frozen=True)
class RowChange:
    """One threshold x scenario in both runs: (before, after) of each number; None is unknown.

    `within_error`: the bounds differ by no more than twice their Monte-Carlo error, so that
    chance alone may explain it.
    """

    threshold: str
    scenario: str
    limit: tuple[float | None, float | None]
    bound: tuple[float | None, float | None]
    exceedance: tuple[float | None, float | None]
    verdict: tuple[str, str]
    within_error: bool


@dataclass(frozen=True)
class GateChange:
    """A gate's verdict (before, after) in one scenario."""

    gate: str
    scenario: str
    verdict: tuple[str, str]


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs.

    `ingredients` went in and differ, `not_compared` could not be compared, `only_before` and
    `only_after` are rows (threshold, scenario) of one run alone.
    """

    before: str
    after: str
    ingredients: tuple[Ingredient, ...]
    not_compared: tuple[str, ...]
    why: str
    rows: tuple[RowChange, ...]
    gates: tuple[GateChange, ...]
    only_before: tuple[tuple[str, str], ...]
    only_after: tuple[tuple[str, str], ...]


def compare_runs(before: Run, after: Run) -> Comparison:
    """Return what changed from `before` to `after` and which ingredients may be the cause."""
    a, b = before.rows(), after.rows()
    gates = {key: (said, after.gates()[key]) for key, said in before.gates().items()
             if key in after.gates()}  # fmt: skip
    differ = differing(before, after)
    missing = unknown(before, after)
    rows = tuple(_change(key, a[key], b[key]) for key in a if key in b)
    return Comparison(
        before.name,
        after.name,
        differ,
        missing,
        " ".join(_why(differ, missing, changed=any(map(_moved, rows)))),
        rows,
        tuple(GateChange(*key, said) for key, said in gates.items()),
        tuple(key for key in a if key not in b),
        tuple(key for key in b if key not in a),
    )


def _change(key: tuple[str, str], a: Mapping[str, Any], b: Mapping[str, Any]) -> RowChange:
    return RowChange(
        *key,
        (a["threshold_score"], b["threshold_score"]),
        (a["bound_score"], b["bound_score"]),
        (a["exceedance"], b["exceedance"]),
        (a["verdict"], b["verdict"]),
        _within_error(a, b),
    )


def _within_error(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Return whether bounds lie within their errors, and exceedances near each other.

    Two bounds at the end of the scale are equal, whatever lies between them.
    """
    numbers = [row[name] for row in (a, b) for name in ("bound_score", "bound_mcse", "exceedance")]
    if None in numbers:
        return False
    distance = abs(a["bound_score"] - b["bound_score"])
    if abs(a["exceedance"] - b["exceedance"]) > EXCEEDANCE_ERROR:
        return False
    return bool(distance <= ERRORS * hypot(a["bound_mcse"], b["bound_mcse"]))


def _moved(row: RowChange) -> bool:
    pairs: tuple[tuple[object, object], ...] = (row.bound, row.exceedance, row.verdict)
    return any(one != other for one, other in pairs)


def _why(
    differ: tuple[Ingredient, ...], missing: tuple[str, ...], *, changed: bool
) -> Iterator[str]:
    """Say what can be concluded: one difference is the cause, several cannot be told apart."""
    names = listed([one.name for one in differ])
    if not differ and not changed:
        yield "Nothing differs, neither what went in nor what came out."
    elif not differ:
        yield "Nothing that could be compared differs, yet the results do."
    elif len(differ) == 1 and not missing:
        yield f"Only one thing differs, {names}: it is the cause of every change."
    elif len(differ) == 1:
        yield f"Of what could be compared only {names} differs."
    else:
        yield (
            f"{len(differ)} things differ: {names}. Their effects cannot be told apart; run again "
            "with one of them changed at a time."
        )
    if missing:
        yield (
            f"Not compared, as a manifest.json is missing or older: {listed(list(missing))}; each "
            "of them may be a cause too."
        )
