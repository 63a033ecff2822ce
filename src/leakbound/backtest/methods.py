"""What a backtest compares: our own model and everything a user could use instead."""

from __future__ import annotations

from collections.abc import Sequence

from leakbound.backtest.alike import BY_EFFORT
from leakbound.backtest.method import Forecaster, competitor_forecasters
from leakbound.backtest.own import own_forecaster
from leakbound.backtest.rule import rule_forecasters
from leakbound.comparators import COMPARATORS
from leakbound.competitors import COMPETITORS, REFERENCE
from leakbound.errors import InputError, did_you_mean

PUBLISHED = frozenset(rule.competitor for rule in COMPARATORS.values())


def forecasters() -> list[Forecaster]:
    """Return every forecaster of the scoreboard, in its order."""
    own = own_forecaster()
    return [own, *rule_forecasters(own), *competitor_forecasters()]


def is_own(method: str) -> bool:
    """Return whether a method of a result row is ours, recalibrated or not."""
    rival = method.removesuffix(BY_EFFORT)
    return rival not in COMPETITORS and rival not in PUBLISHED


def chosen(every: Sequence[Forecaster], names: Sequence[str]) -> list[Forecaster]:
    """Return the named forecasters and the reference, in the given order; all without names.

    Raises
    ------
    InputError
        A name is no forecaster's.
    """
    known = [one.name for one in every]
    for name in names:
        if name not in known:
            todo = did_you_mean(name, known)
            raise InputError("--method", "must name a forecaster", found=name, todo=todo)
    wanted = {*names, REFERENCE} if names else set(known)
    return [one for one in every if one.name in wanted]
