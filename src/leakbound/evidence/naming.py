"""What the name of a model tells: organisation, stem, sizes, family version, separate lines."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pydantic import Field

from leakbound.border import Strict, parse, read_toml

SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)([bm])(?![a-z])", re.IGNORECASE)
SMALLEST_SIZE = 0.01
SAME_SIZE = 0.05
THREE_ONE = re.compile(r"^3(\d)$")
KEPT_NAMES = 1 << 20


class Named(Strict):
    """A name that means a version of a family without spelling it."""

    pattern: str
    family: str
    version: str


class Separate(Strict):
    """A pre-training line of its own, often tagged under a general base."""

    pattern: str
    title: str
    sizes: list[float] = Field(default_factory=list)


class Successor(Strict):
    """A model held to be made from another one of the same table."""

    name: str
    base: str
    technique: str


class NamingFile(Strict):
    """The file of naming rules, `data/lineage.toml`."""

    format_suffixes: list[str]
    quantised_suffixes: list[str]
    mirror_prefixes: list[str]
    removed_tags: list[str]
    families: dict[str, str]
    developers: dict[str, str]
    named: list[Named]
    separate: list[Separate]
    aliases: dict[str, str]
    also_sized: dict[str, list[float]]
    successors: list[Successor]


class Name(NamedTuple):
    """A parsed model name.

    `stem` is the name without organisation and copy suffixes, lower case; `copy` says what was cut
    off ("", "format" or "quantised"); `sizes` are in 10^9 parameters; `versions` pairs families and
    the versions named; `separate` is the title of a pre-training line of its own.
    """

    organisation: str
    stem: str
    copy: str
    sizes: tuple[float, ...]
    versions: tuple[tuple[str, str], ...]
    separate: str


@cache
def naming_rules() -> NamingFile:
    """Return the shipped naming rules."""
    path = Path(str(files("leakbound.data") / "lineage.toml"))
    return parse(NamingFile, read_toml(path), str(path))


@cache
def _suffixes(kind: str) -> re.Pattern[str]:
    rules = naming_rules()
    chosen = rules.format_suffixes if kind == "format" else rules.quantised_suffixes
    return re.compile(f"({'|'.join(chosen)})$")


@cache
def _mirror_pattern() -> re.Pattern[str]:
    return re.compile(f"^({'|'.join(naming_rules().mirror_prefixes)})")


@cache
def _named_patterns() -> list[tuple[re.Pattern[str], str, str]]:
    return [(re.compile(n.pattern), n.family, n.version) for n in naming_rules().named]


@cache
def _family_patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(family, re.compile(text)) for family, text in naming_rules().families.items()]


@cache
def _separate_patterns() -> list[tuple[re.Pattern[str], Separate]]:
    return [(re.compile(line.pattern), line) for line in naming_rules().separate]


@cache
def _any_family() -> re.Pattern[str]:
    """Return a pattern that matches wherever some family's does: a cheap first look."""
    rules = naming_rules()
    return re.compile("|".join([*(n.pattern for n in rules.named), *rules.families.values()]))


@cache
def _any_separate() -> re.Pattern[str]:
    return re.compile("|".join(line.pattern for line in naming_rules().separate))


@lru_cache(maxsize=KEPT_NAMES)
def parse_name(name: str) -> Name:
    """Return what `organisation/name` tells."""
    organisation, _, bare = name.rpartition("/")
    bare = bare.lower()
    stem, cut = _without_suffixes(bare)
    sizes = _sizes(bare)
    return Name(
        organisation=organisation.lower(),
        stem=_mirror_pattern().sub("", stem).replace("_", "-"),
        copy=cut,
        sizes=sizes,
        versions=tuple(_versions(bare).items()),
        separate=_separate(bare, sizes),
    )


def _without_suffixes(bare: str) -> tuple[str, str]:
    stem, cut = bare, ""
    while True:
        for kind in ("quantised", "format"):
            shorter = _suffixes(kind).sub("", stem)
            if shorter and shorter != stem:
                cut = "quantised" if "quantised" in (kind, cut) else kind
                stem = shorter
                break
        else:
            return stem, cut


def _sizes(bare: str) -> tuple[float, ...]:
    scale = {"b": 1.0, "m": 0.001}
    found = (float(number) * scale[unit.lower()] for number, unit in SIZE.findall(bare))
    return tuple(size for size in found if size >= SMALLEST_SIZE)


def _versions(bare: str) -> dict[str, str]:
    if not _any_family().search(bare):
        return {}
    found = {
        family: version for pattern, family, version in _named_patterns() if pattern.search(bare)
    }
    for family, pattern in _family_patterns():
        match = pattern.search(bare)
        if match:
            version = match[1].replace("_", ".").replace("-", ".")
            found[family] = THREE_ONE.sub(r"3.\1", version)
    return found


def _separate(bare: str, sizes: tuple[float, ...]) -> str:
    if not _any_separate().search(bare):
        return ""
    for pattern, line in _separate_patterns():
        meant = not line.sizes or not sizes or set(line.sizes) & set(sizes)
        if meant and pattern.search(bare):
            return line.title
    return ""


def canonical(names: pd.Series) -> pd.Series:
    """Return model names with known renames undone, so that one lineage has one name."""
    return names.replace(naming_rules().aliases)


@cache
def _developer_patterns() -> list[tuple[str, re.Pattern[str]]]:
    told = naming_rules().developers
    return [(name, re.compile(text, re.IGNORECASE)) for name, text in told.items()]


def developer(base: str) -> str:
    """Return who pre-trained a base model: a known developer, else its organisation, else itself."""
    for name, pattern in _developer_patterns():
        if pattern.search(base):
            return name
    return base.partition("/")[0]


def contradiction(name: str, base: str) -> str:
    """Return how the name of a derivative contradicts its base, "" if it does not."""
    child, parent = parse_name(name), parse_name(base)
    if child.separate and child.separate != parent.separate:
        return f"descends from a pre-training line of its own: {child.separate}"
    named_by_child = dict(child.versions)
    for family, version in parent.versions:
        named = named_by_child.get(family, version)
        if named != version:
            return f"names another version of the family: {family} {named}, not {version}"
    theirs = (*parent.sizes, *naming_rules().also_sized.get(base, ()))
    if child.sizes and theirs and not _share_a_size(child.sizes, theirs):
        return "names another size than its base"
    return ""


def _share_a_size(ours: tuple[float, ...], theirs: tuple[float, ...]) -> bool:
    return any(abs(a - b) <= SAME_SIZE * b for a in ours for b in theirs)
