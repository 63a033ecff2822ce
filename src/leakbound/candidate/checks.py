"""Checks a candidate file's parts share: benchmark names, score ranges, dates, double names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from math import sqrt

from leakbound.border import percentage
from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.registry import Benchmark, Registry
from leakbound.model.noise import DEFAULT_ITEMS
from leakbound.units import LINKS

BELOW_CHANCE_ERRORS = 4.0
FIRST_RELEASE = dt.date(2017, 1, 1)


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
    todo = percentage(score) if benchmark.link == "logit" else ""
    rule = "must lie between 0 and 1" if benchmark.link == "logit" else "must be positive"
    raise InputError(place, f"{rule} ({link.unit})", found=score, todo=todo)


def check_chance(score: float, items: int | None, benchmark: Benchmark, place: str) -> None:
    """Refuse a score that not even guessing explains: far below chance, by what counting allows."""
    count = items or benchmark.items or DEFAULT_ITEMS
    chance = benchmark.guess if benchmark.link == "logit" else 0.0
    if score >= chance - BELOW_CHANCE_ERRORS * sqrt(chance * (1.0 - chance) / count):
        return
    raise InputError(
        place, f"must not lie far below chance ({chance:g})", found=score,
        todo="guessing scores more: mend the harness, or leave the score out",
    )  # fmt: skip


def check_release(date: dt.date, until: dt.date | None, place: str) -> None:
    """Refuse a release before there were such models, or after the knowledge date `until`."""
    if date < FIRST_RELEASE:
        rule = f"must not lie before {FIRST_RELEASE}"
        raise InputError(place, rule, found=str(date), todo="correct the date")
    check_date(date, until, place)


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
