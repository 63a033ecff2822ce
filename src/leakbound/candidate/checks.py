"""Checks a candidate file's parts share: benchmark names, score ranges, dates, double names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.registry import Benchmark, Registry
from leakbound.units import LINKS


def resolved(name: str, registry: Registry) -> str | None:
    """Return the key of the benchmark with that key or alias, None when there is none."""
    return registry.aliases().get(name.strip().casefold())


def find_benchmark(name: str, known: Registry, place: str) -> Benchmark:
    """Return the benchmark with that key or alias, or say which names come near."""
    key = resolved(name, known)
    if key is None:
        todo = did_you_mean(name, list(known))
        raise InputError(place, "must be in the benchmark registry", found=name, todo=todo)
    return known[key]


def check_score(score: float, benchmark: Benchmark, place: str) -> None:
    """Refuse a score outside the range of the benchmark's link."""
    link = LINKS[benchmark.link]
    if link.low <= score <= link.high and (score > 0.0 or benchmark.link == "logit"):
        return
    todo = ""
    if benchmark.link == "logit" and 1.0 < score <= 100.0:
        todo = f"looks like a percentage: write {score / 100:.6g}"
    rule = "must lie between 0 and 1" if benchmark.link == "logit" else "must be positive"
    raise InputError(place, f"{rule} ({link.unit})", found=score, todo=todo)


def check_date(date: dt.date, until: dt.date | None, place: str) -> None:
    """Refuse a date after the knowledge date `until`."""
    if until is not None and date > until:
        rule = f"must not be later than --until {until}"
        raise InputError(place, rule, found=str(date), todo="move --until or correct the date")


def all_different(names: Sequence[str], places: Sequence[str], key: str) -> None:
    """Refuse a name that occurs twice; `places` say where each stands, `key` under which key."""
    for i, (name, place) in enumerate(zip(names, places, strict=True)):
        if name in names[:i]:
            todo = "remove one of the two"
            raise InputError(f"{place}.{key}", "must not occur twice", found=name, todo=todo)
