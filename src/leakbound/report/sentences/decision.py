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
        text += (
            f" One security level more would bring it to {wording.chance(better[0].total)} "
            f"({wording.change(-better[0].reduction)})."
        )
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
    lasts = [_lasts(name, one.lasts_years[name]) for name in one.rules if name in one.lasts_years]
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


def _lasts(name: str, years: float | None) -> str:
    if years is None:
        return f"a buffer of {name} lasts the whole horizon"
    if years <= 0.0:
        return f"a buffer of {name} is used up at once"
    return f"a buffer of {name} is used up in {wording.years(years)}"


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
        return ["None of the evaluations considered would make a wrong verdict less likely."]
    return [
        f"{wording.plain(one.threshold)}, {wording.plain(one.scenario)}: "
        f"{wording.plain(one.evaluation)}. It is expected to bring the chance of a wrong verdict "
        f"from {wording.chance(one.chance_wrong)} to {wording.chance(one.chance_wrong_after)}."
        for one in useful
    ]
