"""The shape of a candidate file: types and ranges that need no knowledge of other files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from leakbound.border import PlainDate, Strict, Text, broken, one_line, percentage
from leakbound.evidence.registry import DOMAINS
from leakbound.logic import SYMBOLS
from leakbound.scenario import MAX_YEARS, RELEASES
from leakbound.security import SecurityIn

Elicited = Literal["prompting", "scaffold", "tools", "solution-choice"]


def _for_every_release(value: Any) -> Any:
    return value if isinstance(value, Mapping) else dict.fromkeys(RELEASES, value)


def _no_symbols(value: str) -> str:
    if any(symbol in value for symbol in SYMBOLS):
        raise broken(f"must not hold any of {' '.join(SYMBOLS)}", "rules are written with them")
    return value


def _domain(value: Any) -> Any:
    if value in DOMAINS:
        return value
    raise broken(f"must be one of {', '.join(DOMAINS)}")


def _flop(value: Any) -> Any:
    plausible = isinstance(value, int | float) and not isinstance(value, bool)
    if plausible and (0 < value < 1e15 or 1e30 < value < math.inf):
        raise broken("must lie between 1e15 and 1e30", "the unit is FLOP, such as 3.41e24")
    return value


def _share(value: Any) -> Any:
    advice = percentage(value)
    if advice:
        raise broken("must lie between 0 and 1", advice)
    return value


Name = Annotated[str, Field(max_length=100), BeforeValidator(one_line)]
Symbolfree = Annotated[Name, AfterValidator(_no_symbols)]
Domain = Annotated[str, BeforeValidator(_domain)]
Flop = Annotated[float, Field(gt=0.0), BeforeValidator(_flop)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0), BeforeValidator(_share)]
MOST_CONFIDENCE = 0.99
"""Beyond it hardly a draw of a forecast is left to tell the tail."""
LEAST_YEARS = 0.0025
Confidence = Annotated[float, Field(gt=0.5, le=MOST_CONFIDENCE), BeforeValidator(_share)]
Horizon = Annotated[float, Field(ge=LEAST_YEARS, le=MAX_YEARS)]
Items = Annotated[int, Field(ge=1, le=10**8)]


class ScoreIn(Strict):
    """One `[[candidate.scores]]`; `domain` and what follows it define an unknown benchmark."""

    benchmark: Name
    score: float
    items: Items | None = None
    released: PlainDate | None = None
    source: Text = ""
    domain: Domain | None = None
    link: Literal["logit", "log", "oom"] | None = None
    guess: Annotated[float, Field(ge=0.0, lt=1.0)] | None = None
    title: Text | None = None


class OutcomeIn(Strict):
    """One `[[candidate.outcomes]]`."""

    benchmark: Name
    score: float
    date: PlainDate
    name: Name
    source: Text


class CandidateIn(Strict):
    """The `[candidate]` table."""

    name: Name
    released: PlainDate
    pretraining_flop: Flop | None = None
    posttraining_fraction_spent: Fraction = 0.0
    elicited: tuple[Elicited, ...] = Field(default=(), strict=False)
    base_model: Name | None = None
    note: Text = ""
    scores: tuple[ScoreIn, ...] = Field(strict=False, min_length=1)
    outcomes: tuple[OutcomeIn, ...] = Field(default=(), strict=False)


class ThresholdIn(Strict):
    """One `[[thresholds]]`; a single number stands for every release mode."""

    name: Symbolfree
    benchmark: Name
    domain: Domain | None = None
    score: Annotated[dict[str, float], BeforeValidator(_for_every_release), Field(min_length=1)]
    confidence: Annotated[dict[str, Confidence], BeforeValidator(_for_every_release)]
    horizon_years: Annotated[dict[str, Horizon], BeforeValidator(_for_every_release)]
    extrapolate: bool = False
    source: Text = ""
    note: Text = ""


def _rule(value: Any) -> Any:
    if isinstance(value, str) and value.strip():
        return value.strip()
    if (
        isinstance(value, Mapping)
        and list(value) == ["at_least"]
        and type(value["at_least"]) is int
    ):
        return value["at_least"]
    raise broken("must be 'any of', 'all of', { at_least = k } or an expression with & | ~")


class GateIn(Strict):
    """One `[[gates]]`."""

    name: Symbolfree
    thresholds: tuple[str, ...] = Field(default=(), strict=False)
    rule: Annotated[str | int, PlainValidator(_rule)]


class FileIn(Strict):
    """A whole candidate file."""

    candidate: CandidateIn
    thresholds: tuple[ThresholdIn, ...] = Field(strict=False, min_length=1)
    gates: tuple[GateIn, ...] = Field(default=(), strict=False)
    security: SecurityIn | None = None
