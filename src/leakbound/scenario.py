"""Scenarios: who works on the model after it is out, how often, with how much compute, since when.

A scenario is a release mode and groups of actors. It is a file; everything in it is the user's to
change, and every number without a source is printed as the user's assumption.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from leakbound.border import PlainDate, QuantityIn, Strict, Text, broken, files_of, parse, read_toml
from leakbound.errors import InputError, did_you_mean
from leakbound.quantity import Quantity, fixed

RELEASES = ("closed-api", "theft", "open-weights")
UNSOURCED = "user's assumption"
MAX_YEARS = 20.0
MOST_ATTEMPTS_A_YEAR = 1e12
MOST_USD = 1e15

Release = Literal["closed-api", "theft", "open-weights"]
Technique = Literal["training", "inference", "distillation"]
Actor = Literal["hobbyist", "organisation", "lab", "developer", "oc1", "oc2", "oc3", "oc4", "oc5"]


@dataclass(frozen=True)
class ActorGroup:
    """Actors of one kind: attempts a year, what one attempt spends, with which techniques, when.

    Exactly one of `compute_fraction` (of the model's pre-training FLOP) and `budget_usd` states
    what *one* attempt spends; a group of inference techniques only has `compute_fraction` zero.
    Years count from the day the weights (or the service) are out. `growth_per_year` multiplies
    attempts each year, `private_lead_years` is added to the years of technique progress.
    """

    name: str
    actor: str
    attempts_per_year: Quantity
    compute_fraction: Quantity | None
    budget_usd: Quantity | None
    techniques: tuple[str, ...]
    growth_per_year: Quantity
    start_years: float
    start_date: dt.date | None
    end_years: float | None
    private_lead_years: float
    sources: Mapping[str, str]

    @property
    def trains(self) -> bool:
        """Whether the group changes weights; otherwise it works by inference techniques alone."""
        return "training" in self.techniques or "distillation" in self.techniques


@dataclass(frozen=True)
class Assumption:
    """One number a verdict rests on: where it stands, what it says, who says so."""

    place: str
    statement: str
    source: str


@dataclass(frozen=True)
class Scenario:
    """A release mode and the groups that work on the model, ordered by their content.

    `start_delay_years` passes before the weights are out, `withdrawal_after_years` ends attempts,
    `guardrail_failure_probability` is the share of attempts that guardrails do not stop, and
    `compute_fraction_cap` is the largest compute fraction one attempt can sensibly use.
    """

    key: str
    title: str
    release: str
    groups: tuple[ActorGroup, ...]
    start_delay_years: float
    withdrawal_after_years: float | None
    guardrail_failure_probability: float | None
    compute_fraction_cap: float
    sources: Mapping[str, str]

    def assumptions(self) -> tuple[Assumption, ...]:
        """Return every number of the scenario with its source or as the user's assumption."""
        found = [
            Assumption(name, f"{getattr(self, name):g}", self.sources.get(name, UNSOURCED))
            for name in SCENARIO_NUMBERS
            if getattr(self, name) is not None
        ]
        for group in self.groups:
            for name in GROUP_NUMBERS:
                value = getattr(group, name)
                if value is None:
                    continue
                says = value.statement if isinstance(value, Quantity) else f"{value}"
                source = group.sources.get(name, UNSOURCED)
                found.append(Assumption(f"{group.name}: {name}", says, source))
        return tuple(found)


SCENARIO_NUMBERS = (
    "start_delay_years",
    "withdrawal_after_years",
    "guardrail_failure_probability",
    "compute_fraction_cap",
)
GROUP_NUMBERS = (
    "attempts_per_year",
    "compute_fraction",
    "budget_usd",
    "growth_per_year",
    "start_years",
    "start_date",
    "end_years",
    "private_lead_years",
)

Years = Annotated[float, Field(ge=0.0, le=MAX_YEARS)]
Sources = dict[str, Text]


class _Sourced(Strict):
    sources: Sources = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_name_keys(self) -> Self:
        known = sorted(set(type(self).model_fields) - {"sources"})
        for key in self.sources:
            if key not in known:
                raise broken(
                    f"sources names {key!r}, which is no key here", did_you_mean(key, known)
                )
        return self


class _GroupIn(_Sourced):
    name: Text
    actor: Actor
    attempts_per_year: QuantityIn
    compute_fraction: QuantityIn | None = None
    budget_usd: QuantityIn | None = None
    techniques: tuple[Technique, ...] = Field(strict=False, min_length=1)
    growth_per_year: QuantityIn = fixed(1.0)
    start_years: Years = 0.0
    start_date: PlainDate | None = None
    end_years: Years | None = None
    private_lead_years: Years = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.compute_fraction is None) == (self.budget_usd is None):
            raise broken("exactly one of compute_fraction and budget_usd must be given")
        if self.compute_fraction and self.compute_fraction.high > 1e3:
            raise broken("compute_fraction must not exceed 1000 times pre-training")
        if self.attempts_per_year.high > MOST_ATTEMPTS_A_YEAR:
            most = f"{MOST_ATTEMPTS_A_YEAR:g}, over a hundred for each person alive"
            raise broken(f"attempts_per_year must not exceed {most}")
        if self.budget_usd and self.budget_usd.high > MOST_USD:
            raise broken(
                f"budget_usd must not exceed {MOST_USD:g}, more than the world makes a year"
            )
        if self.budget_usd and not self.budget_usd.low > 0.0:
            raise broken("budget_usd must be positive", "without money: compute_fraction = 0")
        trains = set(self.techniques) != {"inference"}
        spends = self.budget_usd is not None or self.compute_fraction != fixed(0.0)
        if trains != spends:
            raise broken("a group with training needs compute, one without must have none (0)")
        if not 0.0 < self.growth_per_year.low <= self.growth_per_year.high <= 100.0:
            raise broken("growth_per_year must lie between 0 and 100", "1 means constant")
        if self.end_years is not None and self.end_years <= self.start_years:
            raise broken("end_years must come after start_years")
        return self


class _ScenarioIn(_Sourced):
    title: Text
    release: Release
    start_delay_years: Years = 0.0
    withdrawal_after_years: Years | None = None
    guardrail_failure_probability: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    compute_fraction_cap: Annotated[float, Field(gt=0.0, le=1e3)] = 1.0
    groups: tuple[_GroupIn, ...] = Field(strict=False, min_length=1)

    @model_validator(mode="after")
    def _fits_release(self) -> Self:
        names = [group.name for group in self.groups]
        if len(set(names)) < len(names):
            raise broken("groups must have different names", "rename one")
        reversible = self.withdrawal_after_years is not None
        guarded = self.guardrail_failure_probability is not None
        for group in self.groups:
            stated = group.compute_fraction
            if stated is not None and stated.low > self.compute_fraction_cap:
                cap = f"compute_fraction_cap ({self.compute_fraction_cap:g})"
                raise broken(
                    f"compute_fraction of {group.name} must not lie above {cap}", "raise it"
                )
        if self.release != "closed-api" and (reversible or guarded):
            raise broken(f"{self.release} can be neither withdrawn nor guarded", "remove the key")
        return self


def read_scenario(path: Path) -> Scenario:
    """Return the scenario in the TOML file at `path`; its key is the file's name without ending.

    A file named after a release mode must be of that mode: a threshold's entry for the key comes first.

    Raises
    ------
    InputError
        The first broken rule, with file and dotted key.
    """
    table = parse(_ScenarioIn, read_toml(path), str(path))
    if path.stem in RELEASES and path.stem != table.release:
        rule = f"must be {path.stem}, as the file's name is what thresholds go by"
        raise InputError(f"{path}: release", rule, found=table.release, todo="rename the file")
    groups = [ActorGroup(**_canonical(entry)) for entry in table.groups]
    values = dict(table) | {"groups": tuple(sorted(groups, key=_content))}
    return Scenario(key=path.stem, **values)


def _canonical(entry: _GroupIn) -> dict[str, Any]:
    return dict(entry) | {"techniques": tuple(sorted(set(entry.techniques)))}


def _content(group: ActorGroup) -> tuple[str, ...]:
    """Return what orders groups: everything but their name, so that renaming changes nothing."""
    fields = {name: value for name, value in vars(group).items() if name not in ("name", "sources")}
    return tuple(repr(fields[name]) for name in sorted(fields))


def load_scenarios(folder: Path | None = None) -> dict[str, Scenario]:
    """Return all scenarios of `folder` by key, in order of key; the shipped ones without a folder.

    Raises
    ------
    InputError
        A folder that is missing or holds no `*.toml`, or a broken file.
    """
    return dict(_shipped()) if folder is None else _read_folder(folder)


def _read_folder(folder: Path) -> dict[str, Scenario]:
    if not folder.is_dir():
        raise InputError(str(folder), "must be a directory of scenario files")
    paths = files_of(folder, ".toml")
    if not paths:
        raise InputError(str(folder), "must hold at least one scenario (*.toml)")
    return {path.stem: read_scenario(path) for path in paths}


@cache
def _shipped() -> dict[str, Scenario]:
    return _read_folder(Path(str(files("leakbound") / "data" / "scenarios")))
