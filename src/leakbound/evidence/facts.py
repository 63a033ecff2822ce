"""Published figures by name: unit, interval, source; for priors, comparators and reports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from leakbound.border import Strict, broken, parse, read_toml
from leakbound.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Fact:
    """One published figure.

    `low` and `high` are None where no interval was published; `interval` says what kind it is.
    `read_from` is "primary" where the figure was read in the original, else "secondary".
    """

    key: str
    title: str
    value: float
    unit: str
    source: str
    read_from: str
    low: float | None = None
    high: float | None = None
    interval: str = ""

    def __str__(self) -> str:
        span = "" if self.low is None else f" ({self.low:g} to {self.high:g}, {self.interval})"
        return f"{self.title}: {self.value:g} {self.unit}{span}; {self.source}"


class FactEntry(Strict):
    """One `[facts.KEY]` table."""

    title: str = Field(min_length=1)
    value: float
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    read_from: Literal["primary", "secondary"]
    low: float | None = None
    high: float | None = None
    interval: str = ""

    @model_validator(mode="after")
    def _interval_is_whole(self) -> FactEntry:
        given = (self.low is not None, self.high is not None, self.interval != "")
        if any(given) and not all(given):
            raise broken("low, high and interval come together")
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise broken("low, value and high must rise")
        return self


class FactsFile(Strict):
    """A file of facts by key."""

    facts: dict[str, FactEntry] = Field(min_length=1)


@cache
def load_facts(path: Path | None = None) -> dict[str, Fact]:
    """Return the shipped facts by key, or those of the TOML file `path`.

    Raises
    ------
    InputError
        The file breaks a rule.
    """
    if path is None:
        path = Path(str(files("leakbound.data") / "facts.toml"))
    tables = parse(FactsFile, read_toml(path), str(path)).facts
    return {key: Fact(key=key, **dict(table)) for key, table in tables.items()}


def fact(key: str) -> Fact:
    """Return one shipped fact.

    Raises
    ------
    InputError
        No fact has that key.
    """
    known = load_facts()
    if key not in known:
        raise InputError("fact", "must be known", found=key, todo=did_you_mean(key, list(known)))
    return known[key]
