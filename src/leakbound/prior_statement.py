"""A prior as one line of text, as `--set` takes it.

`rate=Normal(0.5, 0.2)` gives parameters, `rate=LogNormal 90% 0.1 1.0` a central interval.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from leakbound.distributions import DISTRIBUTIONS
from leakbound.errors import InputError
from leakbound.parameters import PARAMETERS
from leakbound.priors import Elicited, Prior, Specification, check_prior, unknown_parameter

CALL = re.compile(r"(\w+)\s*\((.*)\)")
BELIEF = re.compile(r"(\w+)\s+(\S+?)\s*%\s*(?:between\s+)?(\S+)\s+(?:and\s+)?(\S+)")
FORMS = 'write NAME="Normal(0.5, 0.2)" or NAME="LogNormal 90% 0.1 1.0"'


def with_statements(specification: Specification, texts: Sequence[str]) -> Specification:
    """Return the specification with the prior of each text in place of its own.

    Raises
    ------
    InputError
        A text that states no prior, a parameter named twice, and all that `check_prior` refuses.
    """
    named: set[str] = set()
    for text in texts:
        prior = parse_prior(text)
        if prior.name in named:
            raise InputError(f"--set {prior.name}", "must be given once", found=text)
        named.add(prior.name)
        specification = specification.with_prior(prior)
    return specification


def parse_prior(text: str) -> Prior:
    """Return the prior that `text` states: a call with parameters, or a central interval.

    Positional parameters stand in the family's order, as in `DISTRIBUTIONS`. A Normal on a positive
    parameter is cut off at zero.

    Raises
    ------
    InputError
        Neither form, an unknown parameter, or all that `check_prior` refuses.
    """
    name, equals, statement = (part.strip() for part in text.partition("="))
    if not equals or not name:
        raise InputError("--set", "must name a parameter and its prior", found=text, todo=FORMS)
    place = f"--set {name}"
    if name not in PARAMETERS:
        raise unknown_parameter(name, place)
    family, values, elicited = _statement(place, statement)
    if family == "Normal" and values is not None and PARAMETERS[name].support == "positive":
        family = "TruncatedNormal"
    checked = check_prior(place, name, family, values, elicited)
    unit = PARAMETERS[name].unit
    return Prior(name, family, checked, elicited, unit, "the command line", "tuned with --set")


def _statement(place: str, text: str) -> tuple[str, dict[str, float] | None, Elicited | None]:
    if call := CALL.fullmatch(text):
        family, inside = call.groups()
        return family, _arguments(place, family, inside), None
    if belief := BELIEF.fullmatch(text):
        family, *ends = belief.groups()
        mass, low, high = (_number(place, end) for end in ends)
        if not 0.0 < mass < 100.0:
            raise InputError(place, "must state a mass between 0 and 100 %", found=mass)
        return family, None, Elicited(mass / 100.0, low, high)
    raise InputError(place, "must be a distribution", found=text, todo=FORMS)


def _arguments(place: str, family: str, text: str) -> dict[str, float]:
    order = list(DISTRIBUTIONS[family].rules) if family in DISTRIBUTIONS else []
    values: dict[str, float] = {}
    for index, part in enumerate(part for part in text.split(",") if part.strip()):
        key, equals, value = (piece.strip() for piece in part.rpartition("="))
        if not equals and order and index >= len(order):
            rule = f"{family} takes {len(order)} parameters: {', '.join(order)}"
            raise InputError(place, rule, found=text)
        key = key if equals else order[index] if order else str(index)
        if key in values:
            raise InputError(f"{place}.{key}", "must be given once", found=text)
        values[key] = _number(f"{place}.{key}", value)
    return values


def _number(place: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(place, "must be a number", found=text) from None
    if not math.isfinite(value):
        raise InputError(place, "must be finite", found=text)
    return value
