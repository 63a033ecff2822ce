"""Sentences on leaks, buffers, what would flip a verdict and what to evaluate next."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from leakbound.assessment import Assessment
from leakbound.explain.buffers import Buffer
from leakbound.explain.flips import Flip
from leakbound.explain.worth import EvaluationWorth
from leakbound.report import wording
from leakbound.report.table import benchmark_of
from leakbound.risk import TotalRisk
from leakbound.units import DAYS_PER_YEAR

LEAST_WORTH = 1e-3
WIDE = 50.0


def risk_sentences(found: Assessment) -> list[str]:
    """Return for each threshold the total if kept, if published, and with more security."""
    return [_risk(found, one) for one in found.risks]


def _risk(found: Assessment, one: TotalRisk) -> str:
    level = "without a stated security level" if one.level is None else f"at SL{one.level}"
    if one.level is not None and not one.stated:
        level += " (the default: the candidate's file states none)"
    title = wording.plain(benchmark_of(found, one.benchmark).title)
    text = (
        f"{wording.plain(one.threshold)}: kept {level}, the chance that others reach "
        f"{wording.limit(one.threshold_score)} on {title} within "
        f"{wording.years(one.horizon_years)}, thefts included, is {wording.chance(one.total)}; "
        f"published it is {wording.chance(one.released)}."
    )
    better = [step for step in one.steps if one.level is not None and step.level == one.level + 1]
    if better:
        change, then = wording.change(-better[0].reduction), wording.chance(better[0].total)
        same = then == wording.chance(one.total)
        text += f" One security level more: {change}" + ("." if same else f", {then}.")
    return text


def buffer_sentences(found: Assessment) -> list[str]:
    """Return for the most open scenario of each threshold what buffer it needs and for how long."""
    said = []
    for name in dict.fromkeys(one.threshold for one in found.buffers):
        mine = [one for one in found.buffers if one.threshold == name]
        said.append(_buffer(found, max(mine, key=lambda one: one.needed_oom)))
    return said


def _buffer(found: Assessment, one: Buffer) -> str:
    benchmark = benchmark_of(found, one.benchmark)
    gap = (
        wording.points(one.needed_points)
        if benchmark.link == "logit"
        else wording.number(one.needed_points)
    )
    lasts = _lasting(one)
    return (
        f"{wording.plain(one.threshold)}, {wording.plain(one.scenario)}: the bound lies "
        f"{one.needed_oom:.2g} OOM ({gap}) above today's score; "
        f"{', '.join([*lasts, _until(one)])}."
    )


def _until(one: Buffer) -> str:
    if one.reevaluate_years is None:
        return "the chance stays within the allowance for as long as the assessment looks ahead"
    if one.reevaluate_years * DAYS_PER_YEAR < 1.0:
        return "the chance exceeds the allowance within a day of the release"
    return f"the chance stays within the allowance until {one.reevaluate_by}"


def _lasting(one: Buffer) -> list[str]:
    """Return how long the published buffers last, those that last as long together."""
    names: dict[str, list[str]] = {}
    for name in one.rules:
        if name in one.lasts_years:
            names.setdefault(_lasts(one.lasts_years[name]), []).append(name)
    return [f"a buffer of {wording.listed(mine, 'or')} {lasts}" for lasts, mine in names.items()]


def _lasts(years: float | None) -> str:
    if years is None:
        return "lasts the whole horizon"
    return "is used up at once" if years <= 0.0 else f"is used up in {wording.years(years)}"


def nearest_flips(found: Assessment) -> tuple[Flip, ...]:
    """Return for each row the flip that is the smallest share of the range searched.

    Rows in which nothing searched flips the verdict say so by their first entry.
    """
    rows: dict[tuple[str, str], list[Flip]] = {}
    for one in found.flips:
        rows.setdefault((one.threshold, one.scenario), []).append(one)
    return tuple(min(mine, key=_distance) for mine in rows.values())


def _distance(one: Flip) -> float:
    """Return the change as a share of the range searched, of its logarithm where that is wide."""
    if one.flips_at is None:
        return float("inf")
    places = [one.flips_at, one.stated, one.low, one.high]
    if one.low > 0.0 and one.high / one.low > WIDE:
        places = [log10(place) for place in places]
    at, stated, low, high = places
    return abs(at - stated) / (high - low) if high > low else float("inf")


def worth_sentences(ranked: Sequence[EvaluationWorth]) -> list[str]:
    """Return what the most useful evaluations would change; say so when none would."""
    useful = [one for one in ranked if one.worth > LEAST_WORTH]
    if not useful:
        return ["None of the evaluations considered would make a wrong decision less likely."]
    return [
        f"{wording.plain(one.threshold)}, {wording.plain(one.scenario)}: "
        f"{wording.plain(one.evaluation)}. It is expected to bring the share of what is at stake that "
        f"is decided wrongly from {wording.chance(one.chance_wrong)} to "
        f"{wording.chance(one.chance_wrong_after)}."
        for one in useful
    ]
