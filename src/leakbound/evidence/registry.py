"""The benchmark registry: what each benchmark measures, on which link, with what chance level."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy.typing as npt
from pydantic import Field

from leakbound.border import Strict, parse, read_toml
from leakbound.errors import InputError, did_you_mean
from leakbound.units import LINKS, Array

DOMAINS = (
    "knowledge",
    "reasoning",
    "maths",
    "code",
    "agentic",
    "instruction",
    "biology",
    "chemistry",
    "cyber",
    "general",
)
KEY_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    `guess` is the score of a random answer, `items` the number of scored items (None: unknown,
    or not a count), `aliases` other names under which files carry it.
    """

    key: str
    title: str
    domain: str
    link: str
    guess: float
    items: int | None
    source: str
    aliases: tuple[str, ...] = ()

    def to_link(self, scores: npt.ArrayLike) -> Array:
        """Return scores on the link scale, on which gains add."""
        return LINKS[self.link].forward(scores, self.guess)

    def from_link(self, z: npt.ArrayLike) -> Array:
        """Return link-scale values as scores."""
        return LINKS[self.link].inverse(z, self.guess)


class BenchmarkEntry(Strict):
    """One `[benchmarks.KEY]` table of a registry file."""

    title: str = Field(min_length=1)
    domain: Literal[DOMAINS]  # type: ignore[valid-type]
    link: Literal["logit", "log", "oom"] = "logit"
    guess: float = Field(default=0.0, ge=0.0, lt=1.0)
    items: int | None = Field(default=None, gt=0)
    source: str = Field(min_length=1)
    aliases: list[str] = Field(default_factory=list)


class RegistryFile(Strict):
    """A registry file: a table of benchmarks by key."""

    benchmarks: dict[str, BenchmarkEntry] = Field(min_length=1)


@dataclass(frozen=True)
class Registry(Mapping[str, Benchmark]):
    """Benchmarks by key; an unknown key is an error that names the nearest known ones."""

    entries: Mapping[str, Benchmark] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Benchmark:
        if key not in self.entries:
            raise InputError(
                "benchmark",
                "must be in the benchmark registry",
                found=key,
                todo=did_you_mean(key, list(self.entries)) + " (or give a registry file)",
            )
        return self.entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def comparable(self, keys: Collection[str]) -> frozenset[str]:
        """Return those of `keys` whose scores are on the logit scale."""
        return frozenset(key for key in keys if self[key].link == "logit")

    def merged(self, other: Mapping[str, Benchmark]) -> Registry:
        """Return this registry with the entries of `other` added or put in place of its own."""
        return Registry({**self.entries, **other})

    def aliases(self) -> dict[str, str]:
        """Return every name a file may use (key, title, alias), lower case, mapped to its key."""
        names: dict[str, str] = {}
        for key, entry in self.entries.items():
            for name in (*entry.aliases, entry.title, key):
                names[name.casefold()] = key
        return names

    def resolve(self, name: str) -> str:
        """Return the key of a benchmark named by its key or one of its aliases.

        Raises
        ------
        InputError
            No benchmark has that name.
        """
        key = self.aliases().get(name.strip().casefold())
        return self[name].key if key is None else key


def load_registry(path: Path | None = None) -> Registry:
    """Return the shipped registry, or the one in `path` alone.

    Raises
    ------
    InputError
        The file breaks a rule; the message names file, benchmark and key.
    """
    return _shipped() if path is None else _read(path)


@cache
def _shipped() -> Registry:
    return _read(Path(str(files("leakbound.data") / "benchmarks.toml")))


def _read(path: Path) -> Registry:
    tables = parse(RegistryFile, read_toml(path), str(path)).benchmarks
    entries = {}
    for key, table in tables.items():
        if not re.fullmatch(KEY_PATTERN, key):
            raise InputError(f"{path}: benchmarks", "keys must be kebab-case", found=key)
        entries[key] = Benchmark(key=key, **{**dict(table), "aliases": tuple(table.aliases)})
    return Registry(entries)
