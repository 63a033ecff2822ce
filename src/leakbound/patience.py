"""Sampling once more, with more patience, where a fit missed what it aims at."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from leakbound.checks import Check, all_passed, held_to
from leakbound.priors import Sampler

if TYPE_CHECKING:
    import xarray as xr

AIMS = {"R-hat": 1.01, "divergences": 0.0}
MOST_DRAWS = 8000
LONGER_IS_WORTH = 2.0
Say = Callable[[str], None]
Judge = Callable[[Check], Check]
Sampled = tuple["xr.DataTree", tuple[Check, ...]]


def aimed_at(check: Check) -> Check:
    """Return the check with what a fit aims at: R-hat 1.01 (Vehtari et al. 2021), no divergence.

    A fit that misses an aim is sampled once more; whether it may be used, its own limits tell.
    """
    held = held_to(check, AIMS)
    return replace(held, passed=check.passed and held.passed)


def with_patience(
    settings: Sampler,
    sampled: Callable[[Sampler, bool], Sampled],
    *,
    judge: Judge = aimed_at,
    say: Say = lambda text: None,
) -> tuple[Sampled, bool]:
    """Return what `sampled` gives with `settings`, and whether it was asked twice.

    It is asked again, with True and more patient settings, if `judge` lets a check fail; the first
    stays if it is within its own limits and the second is not.
    """
    tree, checks = sampled(settings, False)
    missed = _missed(checks, judge)
    if not missed:
        return (tree, checks), False
    say(f"{_told(missed[0])}; sampling once more with more patience ...")
    times = times_needed(settings, missed)
    again = sampled(patient(settings, [check.name for check in missed], times), True)
    if all_passed(again[1]) or not all_passed(checks):
        tree, checks = again
    still = _missed(checks, judge)
    if still:
        say(f"after two samplings {_told(still[0])}")
    return (tree, checks), True


def _missed(checks: tuple[Check, ...], judge: Judge) -> list[Check]:
    return [check for check in map(judge, checks) if not check.passed]


def _told(check: Check) -> str:
    return f"{check.name} {check.found:.4g}, aim {check.limit:g} ({check.worst})"


def patient(settings: Sampler, missed: Collection[str], times: int = 2) -> Sampler:
    """Return settings with more patience for the checks that were missed.

    Divergences get a quarter of the room that the target acceptance leaves them, and trees as long as
    the smaller steps need, also where trees have a least length; all else gets `times` the draws, and
    twice the tuning or, where trees have a least length, twice that length. As many draws are kept.
    """
    if "divergences" in missed:
        accept = 1.0 - (1.0 - settings.target_accept) / 4.0
        settings = replace(settings, target_accept=accept, max_depth=settings.max_depth + 1)
        if settings.min_depth:
            settings = replace(settings, min_depth=settings.min_depth + 1)
    if not set(missed) - {"divergences"}:
        return settings
    settings = replace(settings, draws=times * settings.draws, thin=times * settings.thin)
    if not settings.min_depth:
        return replace(settings, tune=2 * settings.tune)
    least = settings.min_depth + 1
    return replace(settings, min_depth=least, max_depth=max(settings.max_depth, least))


def times_needed(settings: Sampler, missed: Collection[Check]) -> int:
    """Return how many times the draws the missed checks need, twice at least.

    Where trees have a least length, R-hat less one falls as their number grows, and effective draws grow
    with it; twice the length makes each worth two at least. More than `MOST_DRAWS` a chain are not
    drawn, unless twice as many are more. Other models get twice as many.
    """
    if not settings.min_depth:
        return 2
    short = [2.0]
    for check in missed:
        if "R-hat" in check.name:
            short.append((check.found - 1.0) / (check.limit - 1.0) / LONGER_IS_WORTH)
        elif "ESS" in check.name:
            short.append(check.limit / max(check.found, 1.0) / LONGER_IS_WORTH)
    most = max(2, MOST_DRAWS // settings.draws)
    return min(most, math.ceil(max(short))) if all(map(math.isfinite, short)) else most
