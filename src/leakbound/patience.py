"""Sampling once more, with more patience, where a fit missed what it aims at."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from leakbound.checks import Check, all_passed, held_to
from leakbound.priors import Sampler

if TYPE_CHECKING:
    import xarray as xr

AIMS = {"R-hat": 1.01, "divergences": 0.0}
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
    again = sampled(patient(settings, [check.name for check in missed]), True)
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


def patient(settings: Sampler, missed: Collection[str]) -> Sampler:
    """Return settings with more patience for the checks that were missed.

    Divergences get a quarter of the room that the target acceptance leaves them, and trees as long as
    the smaller steps need; all else gets twice the draws and tuning. As many draws are kept.
    """
    if "divergences" in missed:
        accept = 1.0 - (1.0 - settings.target_accept) / 4.0
        settings = replace(settings, target_accept=accept, max_depth=settings.max_depth + 1)
    if set(missed) - {"divergences"}:
        draws, thin, tune = 2 * settings.draws, 2 * settings.thin, 2 * settings.tune
        settings = replace(settings, draws=draws, thin=thin, tune=tune)
    return settings
