"""Not released, but may leak: security level and actor class to chance of theft, and total risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from leakbound.border import Strict, Text, parse, read_toml
from leakbound.errors import InputError
from leakbound.units import Array

ACTOR_CLASSES = ("oc1", "oc2", "oc3", "oc4", "oc5")
LEVELS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class SecurityTable:
    """Chance of theft per year by security level (1 to 5) and actor class, with sources.

    `default_level` counts for a candidate that states no security.
    """

    default_level: int
    chance: Mapping[int, Mapping[str, float]]
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Security:
    """What a candidate states: a security level, chances of theft per year by actor class, or both.

    A stated chance replaces that of the level; without a level every class needs a chance, as a class
    that nobody speaks of is no class that never steals.
    """

    level: int | None
    theft_per_year: Mapping[str, float]

    def chances(self, table: SecurityTable) -> dict[str, float]:
        """Return the chance of theft per year by actor class, in the order of the classes.

        Raises
        ------
        InputError
            There is no level, and a class without a chance.
        """
        self.check("security")
        known = {} if self.level is None else table.chance[self.level]
        told = {**known, **self.theft_per_year}
        return {actor: told[actor] for actor in ACTOR_CLASSES}

    def check(self, place: str) -> None:
        """Raise an InputError that names `place` and the classes without a chance, if there are any."""
        missing = [actor for actor in ACTOR_CLASSES if actor not in self.theft_per_year]
        if self.level is None and missing:
            rule = "must state a level, or the chance of theft of every actor class"
            todo = "add level (1 to 5), which tells the chances that are not stated, or those"
            raise InputError(place, rule, found=f"none for {', '.join(missing)}", todo=todo)


Chance = Annotated[float, Field(ge=0.0, le=1.0)]


class SecurityIn(Strict):
    """The `[security]` table of a candidate file."""

    level: Annotated[int, Field(ge=1, le=5)] | None = None
    theft_per_year: dict[str, Chance] = Field(default_factory=dict)


class _RowIn(Strict):
    oc1: Chance
    oc2: Chance
    oc3: Chance
    oc4: Chance
    oc5: Chance


class _LevelsIn(Strict):
    sl1: _RowIn
    sl2: _RowIn
    sl3: _RowIn
    sl4: _RowIn
    sl5: _RowIn


class _TableIn(Strict):
    default_level: Annotated[int, Field(ge=1, le=5)]
    theft_per_year: _LevelsIn
    sources: dict[str, Text]


def read_security(path: Path) -> SecurityTable:
    """Return the table in the TOML file at `path`.

    Raises
    ------
    InputError
        A broken rule: better security must not raise a chance, nor a stronger actor lower it.
    """
    table = parse(_TableIn, read_toml(path), str(path))
    rows = [dict(row) for _, row in table.theft_per_year]
    grid = np.array([[row[actor] for actor in ACTOR_CLASSES] for row in rows])
    if (np.diff(grid, axis=0) > 0).any() or (np.diff(grid, axis=1) < 0).any():
        rule = "chances must not rise with the level nor fall with the actor class"
        raise InputError(f"{path}: theft_per_year", rule)
    return SecurityTable(table.default_level, dict(zip(LEVELS, rows, strict=True)), table.sources)


@cache
def shipped_security() -> SecurityTable:
    """Return the default table that ships with the package."""
    return read_security(Path(str(files("leakbound") / "data" / "security.toml")))


def theft_within(per_year: npt.ArrayLike, years: float) -> Array:
    """Return 1 - (1 - p)^years: the chance of at least one theft within `years`."""
    p = np.asarray(per_year, dtype=np.float64)
    return np.asarray(1.0 - (1.0 - p) ** years, dtype=np.float64)


def total_exceedance(
    exceedance: Mapping[str, npt.ArrayLike],
    theft: Mapping[str, float],
    *,
    unleaked: npt.ArrayLike = 0.0,
) -> Array:
    """Return 1 - (1 - unleaked) prod_a (1 - theft_a exceedance_a), thefts being independent.

    Parameters
    ----------
    exceedance
        Exceedance given theft on the first day, by actor class; scalars or arrays over draws.
    theft
        Chance of theft within the horizon by actor class. Every class with a chance above zero
        needs an exceedance; NaN anywhere makes the total NaN.
    unleaked
        Exceedance of the model as operated without a theft, such as that of the closed API.

    Raises
    ------
    InputError
        A class that may steal the weights but has no exceedance.
    """
    safe = 1.0 - np.asarray(unleaked, dtype=np.float64)
    for actor, chance in sorted(theft.items()):
        if chance == 0.0:
            continue
        if actor not in exceedance:
            rule = "a class with a chance of theft needs a scenario of its own"
            raise InputError(f"security: {actor}", rule, todo=f"add theft-{actor} or state 0")
        safe = safe * (1.0 - chance * np.asarray(exceedance[actor], dtype=np.float64))
    return np.asarray(1.0 - safe, dtype=np.float64)


def mixture_weights(theft: Mapping[str, float]) -> dict[str, float]:
    """Return the chance that each class is the strongest to hold the weights, and of `none`.

    The weights add to one, so that scenarios can be mixed: "not released, but may leak".
    """
    weights: dict[str, float] = {}
    nobody_stronger = 1.0
    for actor in sorted(theft, reverse=True):
        weights[actor] = nobody_stronger * theft[actor]
        nobody_stronger *= 1.0 - theft[actor]
    return {**dict(sorted(weights.items())), "none": nobody_stronger}


def value_of_security(
    level: int,
    exceedance: Mapping[str, npt.ArrayLike],
    years: float,
    *,
    table: SecurityTable | None = None,
    unleaked: npt.ArrayLike = 0.0,
) -> Array:
    """Return how much total exceedance falls by one security level more; zero at the top level."""
    table = shipped_security() if table is None else table
    totals = []
    for step in (level, min(level + 1, LEVELS[-1])):
        chances = {actor: float(theft_within(p, years)) for actor, p in table.chance[step].items()}
        known = {actor: chance for actor, chance in chances.items() if actor in exceedance}
        totals.append(total_exceedance(exceedance, known, unleaked=unleaked))
    return np.asarray(totals[0] - totals[1], dtype=np.float64)
