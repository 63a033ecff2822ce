"""What goes into an assessment and may differ between two: the possible causes of a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leakbound.report.runs import Run

UNKNOWN = object()


@dataclass(frozen=True)
class Ingredient:
    """Something that went into both runs and differs; `details` say what in it, in words."""

    name: str
    details: tuple[str, ...]


def _manifest(*path: str) -> Callable[[Run], Any]:
    """Return what reads the entry at `path` of a run's manifest, `UNKNOWN` when it has none."""

    def read(run: Run) -> Any:
        at: Any = run.manifest
        for name in path:
            if not isinstance(at, Mapping) or name not in at:
                return UNKNOWN
            at = at[name]
        return at

    return read


def _priors(run: Run) -> Any:
    told = _manifest("priors")(run)
    if told is UNKNOWN:
        return UNKNOWN
    return {row["parameter"]: row["distribution"] for row in told}


def _members(run: Run) -> Any:
    """Return the structures of a stack by name, of another model none."""
    told = run.verdict.get("model", {})
    if told.get("name") == "stack" and "members" not in told:
        return UNKNOWN
    return {
        one["model"]: f"{one['weight']:.3f} of {one['digest']}" for one in told.get("members", [])
    }


def _candidate(run: Run) -> dict[str, Any]:
    """Return what verdict.json alone says of the candidate."""
    scores = {row["benchmark"]: row["today_score"] for row in run.verdict["verdicts"]}
    one = run.verdict["candidate"]
    return {"name": one.get("name"), "released": one.get("released"), "scores": scores}


def _thresholds(run: Run) -> dict[str, Any]:
    names = ("threshold_score", "confidence", "horizon_years")
    return {
        " in ".join(key): {name: row[name] for name in names} for key, row in run.rows().items()
    }


READERS: dict[str, Callable[[Run], Any]] = {
    "candidate": _manifest("inputs", "candidate"),
    "thresholds": _thresholds,
    "knowledge date": lambda run: run.verdict.get("until"),
    "evidence": lambda run: run.verdict.get("evidence_digest"),
    "model": lambda run: run.verdict.get("model", {}).get("name"),
    "stack": _members,
    "model structure": _manifest("model", "structure"),
    "priors": _priors,
    "recalibration": lambda run: run.verdict.get("recalibrated"),
    "scenarios": _manifest("inputs", "scenarios"),
    "prices": _manifest("inputs", "prices"),
    "seed": lambda run: run.verdict.get("seed"),
    "software": _manifest("versions"),
}


FALLBACKS: dict[str, Callable[[Run], Any]] = {"candidate": _candidate}


def differing(before: Run, after: Run) -> tuple[Ingredient, ...]:
    """Return the ingredients that differ; what follows from another one is not counted twice."""
    found = {}
    for name in READERS:
        a, b = _values(name, before, after)
        if UNKNOWN not in (a, b) and (details := tuple(_differences(a, b))):
            found[name] = details
    _fold_evidence(found, before, after)
    _fold_thresholds(found, before, after)
    _fold_model(found, before, after)
    _name_code(found, before, after)
    return tuple(Ingredient(name, details) for name, details in found.items())


def unknown(before: Run, after: Run) -> tuple[str, ...]:
    """Return the ingredients that at least one of the runs says nothing about."""
    return tuple(name for name in READERS if UNKNOWN in _values(name, before, after))


def _values(name: str, before: Run, after: Run) -> tuple[Any, Any]:
    """Return an ingredient of both runs, read in the same way from both."""
    told = (READERS[name](before), READERS[name](after))
    if UNKNOWN in told and name in FALLBACKS:
        return FALLBACKS[name](before), FALLBACKS[name](after)
    return told


def _fold_evidence(found: dict[str, tuple[str, ...]], before: Run, after: Run) -> None:
    """A later knowledge date admits more evidence: with the same files that is one difference."""
    files = _manifest("evidence", "files")
    if {"knowledge date", "evidence"} <= set(found) and files(before) == files(after):
        found["knowledge date"] += ("and with it the evidence that was known",)
        del found["evidence"]


def _fold_thresholds(found: dict[str, tuple[str, ...]], before: Run, after: Run) -> None:
    """A scenario of one run alone has its limits in that run alone: no difference of its own."""
    read = _manifest("inputs", "thresholds")
    told = (read(before), read(after))
    if "thresholds" in found and "scenarios" in found and told[0] == told[1] is not UNKNOWN:
        del found["thresholds"]


def _fold_model(found: dict[str, tuple[str, ...]], before: Run, after: Run) -> None:
    """A model's name goes with its structure and priors; a digest alone is a difference too.

    Structure and priors told of a stack go with its members.
    """
    if "stack" in found:
        found.pop("priors", None)
        found.pop("model structure", None)
    parts = {"stack", "model structure", "priors"} & set(found)
    if parts and "model" in found:
        told = found.pop("model")
        first = next(name for name in READERS if name in parts)
        found[first] = (f"model: {told[0]}", *found[first])
    digests = [run.verdict.get("model", {}).get("digest") for run in (before, after)]
    if digests[0] != digests[1] and not parts and "model" not in found:
        found["model"] = (f"digest: {digests[0]} to {digests[1]}",)


def _name_code(found: dict[str, tuple[str, ...]], before: Run, after: Run) -> None:
    """Another posterior from the same evidence, model, seed and versions: the code changed.

    Only where all of them are known of both runs.
    """
    a, b = map(_manifest("digests", "posterior"), (before, after))
    made_of = {
        "knowledge date",
        "evidence",
        "model",
        "stack",
        "model structure",
        "priors",
        "seed",
        "software",
    }
    open_to_doubt = made_of & {*found, *unknown(before, after)}
    if UNKNOWN not in (a, b) and a != b and not open_to_doubt:
        found["code of the fit"] = ("another posterior from the same evidence, model and seed",)


def _differences(a: Any, b: Any, place: str = "") -> Iterator[str]:
    """Yield each leaf that differs as "place: before to after"."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in [*a, *(key for key in b if key not in a)]:
            inside = f"{place}.{key}" if place else str(key)
            yield from _differences(a.get(key, "absent"), b.get(key, "absent"), inside)
    elif a != b:
        told = f"{_short(a)} to {_short(b)}"
        yield f"{place}: {told}" if place else told


def _short(value: Any, most: int = 60) -> str:
    shown = "present" if isinstance(value, Mapping) else "unknown" if value is None else str(value)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
