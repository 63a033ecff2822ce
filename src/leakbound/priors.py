"""Priors are data: a distribution or an elicited interval, with unit, source and reason, in TOML.

A specification names the structure (dose curve, time curve, attempt distribution), every prior and
the sampler. `extends = "default"` takes what a file leaves out from the shipped default, so that a
tuned prior is three lines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from leakbound.border import Strict, Text, parse, read_toml
from leakbound.curves import DOSE_CURVES, TIME_CURVES
from leakbound.distributions import DISTRIBUTIONS, elicit
from leakbound.errors import InputError, did_you_mean
from leakbound.parameters import PARAMETERS

ATTEMPT_NAMES = ("gumbel", "logistic", "student-t")
DEFAULT_STRUCTURE = "saturating-linear-logistic"
"""What the default would be called as the other shipped models are."""
STRUCTURE: dict[str, tuple[str, ...]] = {
    "dose": tuple(DOSE_CURVES),
    "time": tuple(TIME_CURVES),
    "attempts": ATTEMPT_NAMES,
}
MEANING = {
    "dose": ("ceiling", "dose_slope"),
    "time": ("rate", "efficiency", "inference_rate"),
}
"""Parameters whose meaning depends on a curve: their priors are stated with it."""
SUPPORTED = {
    "real": ("real", "positive", "share"),
    "positive": ("positive", "share"),
    "share": ("share",),
}


@dataclass(frozen=True)
class Elicited:
    """A stated belief: central probability `mass` lies between `low` and `high`."""

    mass: float
    low: float
    high: float


@dataclass(frozen=True)
class Prior:
    """One prior: family and parameters (derived from `elicited` when that was stated)."""

    name: str
    distribution: str
    parameters: Mapping[str, float]
    elicited: Elicited | None
    unit: str
    source: str
    why: str

    @property
    def statement(self) -> str:
        """The prior as a sentence; without its unit `--set` takes it."""
        if self.elicited is not None:
            belief = self.elicited
            held = f"{belief.mass * 100:g} % between {belief.low:g} and {belief.high:g}"
            return f"{self.distribution} {held} {self.unit}"
        inside = ", ".join(f"{key}={value:g}" for key, value in self.parameters.items())
        return f"{self.distribution}({inside}) {self.unit}"


@dataclass(frozen=True)
class Sampler:
    """Settings of the sampler; of each chain's draws every `thin`-th is kept.

    A draw takes at most 2^`max_depth` - 1 steps, and at least 2^`min_depth` - 1: where it turns
    before, it goes on. `seed` is the default that a command's option
    overrides.
    """

    chains: int
    draws: int
    tune: int
    target_accept: float
    seed: int
    thin: int = 1
    max_depth: int = 6
    min_depth: int = 0

    def told(self) -> dict[str, float]:
        """Return the settings that change the draws but the seed, as a digest has them."""
        return {name: value for name, value in self.stated().items() if name != "seed"}

    def stated(self) -> dict[str, float]:
        """Return the settings; one added later is left out where it is 0, so that digests stay."""
        settings = asdict(self)
        if not self.min_depth:
            del settings["min_depth"]
        return settings


@dataclass(frozen=True)
class Specification:
    """A model: structure, priors by parameter name, sampler."""

    name: str
    title: str
    dose: str
    time: str
    attempts: str
    priors: Mapping[str, Prior]
    sampler: Sampler

    @property
    def structure(self) -> dict[str, str]:
        """Names of dose curve, time curve and attempt distribution."""
        return {name: getattr(self, name) for name in STRUCTURE}

    @property
    def digest(self) -> str:
        """Sha256 of all that changes a posterior; titles, sources and reasons do not."""
        told = {
            "structure": [self.dose, self.time, self.attempts],
            "priors": {
                name: [prior.distribution, dict(prior.parameters)]
                for name, prior in sorted(self.priors.items())
            },
            "sampler": self.sampler.told(),
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def with_prior(self, prior: Prior) -> Specification:
        """Return the specification with one prior replaced."""
        return replace(self, priors={**self.priors, prior.name: prior})


class _ElicitedIn(Strict):
    mass: Annotated[float, Field(gt=0.0, lt=1.0)]
    low: float
    high: float


class _PriorIn(Strict):
    distribution: Text
    parameters: dict[str, float] | None = None
    elicited: _ElicitedIn | None = None
    unit: Text
    source: Text
    why: Text


class _SamplerIn(Strict):
    chains: Annotated[int, Field(ge=2, le=16)] = 4
    draws: Annotated[int, Field(ge=100, le=20_000)] = 1000
    thin: Annotated[int, Field(ge=1, le=20)] = 1
    tune: Annotated[int, Field(ge=100, le=20_000)] = 1000
    max_depth: Annotated[int, Field(ge=1, le=12)] = 6
    min_depth: Annotated[int, Field(ge=0, le=12)] = 0
    target_accept: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.9
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 1


class _SpecificationIn(Strict):
    extends: Text | None = None
    title: Text | None = None
    dose: Text | None = None
    time: Text | None = None
    attempts: Text | None = None
    sampler: _SamplerIn | None = None
    priors: dict[str, _PriorIn] = Field(default_factory=dict)


def models_folder() -> Path:
    """Return the folder of shipped specifications: the wheel's, else the checkout's."""
    packaged = Path(str(files("leakbound.data") / "models"))
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "models"


def read_specification(path: Path | str | None = None) -> Specification:
    """Return the specification at `path`, a shipped one by name, or the default.

    The name of a shipped one is never a file's of the working directory. What a model extends is a
    shipped one too, or a file whose name has its suffix and counts from the model's own folder.

    Raises
    ------
    InputError
        Unknown parameter, structure or distribution; wrong unit; impossible parameter or interval;
        a prior that is missing; models that extend each other.
    """
    if path is None or path == "default":
        return _default()
    return _read(_found(path))


def _found(path: Path | str) -> Path:
    shipped = _shipped(str(path))
    if shipped is not None:
        return shipped
    found = Path(path)
    if found.suffix or found.exists():
        return found
    raise _unknown(str(path), "model")


def _shipped(name: str) -> Path | None:
    """Return the file of a shipped model; None where no such name ships."""
    return _shipped_models().get(name)


def _shipped_models() -> dict[str, Path]:
    return {path.stem: path for path in models_folder().glob("*.toml")}


def _unknown(name: str, where: str) -> InputError:
    todo = did_you_mean(name, sorted(_shipped_models()))
    if name == DEFAULT_STRUCTURE:
        todo = "that is the model named default"
    if name == "stack":
        todo = "a stack of several is for `leakbound assess --model stack` alone"
    return InputError(where, "must be a file or a shipped model", found=name, todo=todo)


@cache
def _default() -> Specification:
    return _read(models_folder() / "default.toml")


def _read(path: Path, extended_by: tuple[Path, ...] = ()) -> Specification:
    where = str(path)
    tables = read_toml(path)
    _check_names(tables.get("priors"), where)
    table = parse(_SpecificationIn, tables, where)
    basis = None
    if table.extends is not None:
        basis = _basis(table.extends, path, extended_by)
    structure = {key: _structure(key, getattr(table, key), basis, where) for key in STRUCTURE}
    if basis is not None:
        _check_meanings(basis, structure, table.priors, where)
    priors = dict(basis.priors) if basis else {}
    for name, entry in table.priors.items():
        priors[name] = _prior(name, entry, where)
    missing = [name for name in PARAMETERS if name not in priors]
    if missing:
        todo = 'add it, or extends = "default" to take what is left out from the default model'
        raise InputError(f"{where}: priors.{missing[0]}", "is required", todo=todo)
    ordered = {name: priors[name] for name in PARAMETERS}
    title = table.title or (basis.title if basis else path.stem)
    sampler = _sampler(table.sampler, basis, where)
    return Specification(name=path.stem, title=title, priors=ordered, sampler=sampler, **structure)


def _check_names(priors: object, where: str) -> None:
    """Raise InputError for a parameter that the model has not, before what stands under it is read."""
    for name in priors if isinstance(priors, Mapping) else ():
        if name not in PARAMETERS:
            raise unknown_parameter(name, f"{where}: priors.{name}")


def unknown_parameter(name: str, where: str) -> InputError:
    """Return the error of a name that is no parameter; one hidden in it comes first (technique_rate)."""
    inside = [key for key in PARAMETERS if name.endswith(f"_{key}") or name.startswith(f"{key}_")]
    todo = f"did you mean {', '.join(inside)}?" if inside else did_you_mean(name, list(PARAMETERS))
    return InputError(where, "is not a parameter of the model", todo=todo)


def _check_meanings(
    basis: Specification, structure: Mapping[str, str], stated: Collection[str], where: str
) -> None:
    """Raise InputError where another curve would silently keep priors that mean something else in it."""
    for key, names in MEANING.items():
        if structure[key] == getattr(basis, key):
            continue
        for name in names:
            if name not in stated:
                rule = f"must be stated, as {key} = {structure[key]!r} changes what it means"
                todo = f"shipped models with that {key} state it"
                raise InputError(f"{where}: priors.{name}", rule, todo=todo)


def _sampler(table: _SamplerIn | None, basis: Specification | None, where: str) -> Sampler:
    """Return the settings given, the others from the model that is extended."""
    start = basis.sampler if basis else Sampler(**dict(_SamplerIn()))
    settings = replace(start, **table.model_dump(exclude_unset=True)) if table else start
    if settings.min_depth > settings.max_depth:
        rule = f"must not exceed sampler.max_depth, which is {settings.max_depth}"
        raise InputError(f"{where}: sampler.min_depth", rule, found=settings.min_depth)
    return settings


def _basis(name: str, path: Path, extended_by: tuple[Path, ...]) -> Specification:
    chain, where = (*extended_by, path.resolve()), f"{path}: extends"
    basis = _shipped(name) or path.parent / name
    if name == path.stem or basis.resolve() in chain:
        raise InputError(where, "must name another model", found=name)
    if not basis.suffix:
        raise _unknown(name, where)
    if not basis.exists():
        rule = f"must be a shipped model or a file in {path.parent}"
        raise InputError(where, rule, found=name, todo="check the name")
    return _read(basis, chain)


def _structure(key: str, value: str | None, basis: Specification | None, where: str) -> str:
    known = list(STRUCTURE[key])
    if value is None:
        if basis is None:
            raise InputError(f"{where}: {key}", "is required", todo=f"one of {', '.join(known)}")
        return str(getattr(basis, key))
    if value not in known:
        raise InputError(
            f"{where}: {key}",
            "must be a known structure",
            found=value,
            todo=did_you_mean(value, known),
        )
    return value


def _prior(name: str, entry: _PriorIn, where: str) -> Prior:
    place = f"{where}: priors.{name}"
    unit = PARAMETERS[name].unit
    if entry.unit != unit:
        raise InputError(f"{place}.unit", f"must be {unit!r}", found=entry.unit)
    elicited = Elicited(**dict(entry.elicited)) if entry.elicited else None
    values = check_prior(place, name, entry.distribution, entry.parameters, elicited)
    return Prior(name, entry.distribution, values, elicited, unit, entry.source, entry.why)


def check_prior(
    place: str,
    name: str,
    distribution: str,
    parameters: Mapping[str, float] | None,
    elicited: Elicited | None,
) -> dict[str, float]:
    """Return the parameters of a prior on parameter `name`, elicited ones turned into numbers.

    Raises
    ------
    InputError
        A distribution that does not exist or has the wrong support, parameters that are missing,
        unknown or impossible, an interval upside down, both or neither of the two statements.
    """
    if distribution not in DISTRIBUTIONS:
        raise InputError(
            f"{place}.distribution",
            "must be a known distribution",
            found=distribution,
            todo=did_you_mean(distribution, list(DISTRIBUTIONS)),
        )
    family, support = DISTRIBUTIONS[distribution], PARAMETERS[name].support
    if family.support not in SUPPORTED[support]:
        fits = [key for key, one in DISTRIBUTIONS.items() if one.support in SUPPORTED[support]]
        raise InputError(
            f"{place}.distribution",
            f"must have values that are {support}",
            found=distribution,
            todo=f"use one of {', '.join(fits)}",
        )
    if (parameters is None) == (elicited is None):
        raise InputError(place, "exactly one of parameters and elicited must be given",
            found="both" if elicited is not None else "neither", todo="remove one, or add one",
        )  # fmt: skip
    if elicited is not None:
        family.check_interval(f"{place}.elicited", elicited.low, elicited.high)
        stated = elicited.mass, elicited.low, elicited.high
        return _check_derived(place, distribution, elicit(distribution, *stated, place))
    return family.check(f"{place}.parameters", dict(parameters or {}))


def _check_derived(place: str, distribution: str, values: dict[str, float]) -> dict[str, float]:
    """Return the parameters an interval stands for; InputError if they are impossible."""
    try:
        return DISTRIBUTIONS[distribution].check(place, values)
    except InputError as error:
        key = error.where.removeprefix(f"{place}.")
        raise InputError(
            f"{place}.elicited",
            f"stands for a {distribution} whose {key} {error.rule}",
            found=error.found,
            todo="state an interval of possible values",
        ) from None


def describe(specification: Specification) -> list[dict[str, Any]]:
    """Return one row per prior: name, meaning, statement, unit, source, why."""
    return [
        {
            "parameter": name,
            "meaning": PARAMETERS[name].meaning,
            "prior": prior.statement,
            "distribution": f"{prior.distribution}"
            f"({', '.join(f'{key}={value:.4g}' for key, value in prior.parameters.items())})",
            "unit": prior.unit,
            "source": prior.source,
            "why": prior.why,
        }
        for name, prior in specification.priors.items()
    ]
