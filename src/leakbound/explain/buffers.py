"""Safety buffers: how much distance the bound requires, how long a rule's buffer lasts."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from leakbound.bound import Case, Judgement
from leakbound.forecast import crossing_years
from leakbound.job import Job
from leakbound.standing import Standing
from leakbound.units import DAYS_PER_YEAR

MULTIPLES = {"4x": 4.0, "6x": 6.0}
INTERVALS = {"3 months": 0.25, "six months": 0.5}


@dataclass(frozen=True)
class Buffer:
    """The buffer one row requires, against published ones.

    Attributes
    ----------
    needed_oom, needed_points
        Distance between threshold and today's score that the bound requires: bound less today, in
        OOM over the median response and in points of score.
    rules
        Buffer of each published rule in OOM; of an interval, the technique progress it brings.
    lasts_years
        Years until the bound has used up the rule's buffer; None: not within the horizon.
    reevaluate_by, reevaluate_years
        Last day, and years since release, at which the exceedance is still within the allowance;
        None: it stays within it for as long as the assessment looks ahead.
    """

    threshold: str
    benchmark: str
    scenario: str
    needed_oom: float
    needed_points: float
    rules: Mapping[str, float]
    lasts_years: Mapping[str, float | None]
    reevaluate_by: dt.date | None
    reevaluate_years: float | None


def buffers(job: Job) -> Iterator[Buffer]:
    """Yield the buffer of each threshold in each scenario."""
    for pair in job.pairs():
        yield _buffer(job, *job.judged(*pair))


def rules_of(standing: Standing) -> dict[str, float]:
    """Return the buffer of each published rule in OOM.

    4x and 6x effective compute (RSP v1.0, FSF v1.0) are the logarithm of their multiple. An interval
    between evaluations is as long a buffer as both technique channels gain in it at full dose, in
    the middle of the posterior.
    """
    multiples = {name: math.log10(multiple) for name, multiple in MULTIPLES.items()}
    return multiples | {name: _progress(standing, years) for name, years in INTERVALS.items()}


def _progress(standing: Standing, years: float) -> float:
    pace = standing.rate + standing.pace
    lag = np.full(len(pace), years)
    gained = standing.surface.inference(lag, start=np.zeros(len(pace)), rate=pace, xp=np)
    return float(np.median(gained))


def _buffer(job: Job, case: Case, judgement: Judgement) -> Buffer:
    standing, best, allowance = case.standing, case.best, case.limit.allowance
    response = float(np.median(standing.response))
    rules = rules_of(standing)
    years = reevaluate_years(job, case)
    return Buffer(
        threshold=case.threshold.name,
        benchmark=standing.benchmark.key,
        scenario=case.scenario.key,
        needed_oom=(judgement.bound.z - best.z_today) / response,
        needed_points=judgement.bound_score - case.today,
        rules=rules,
        lasts_years={
            name: crossing_years(best, best.z_today + max(oom * response, 1e-9), (allowance,))[0]
            for name, oom in rules.items()
        },
        reevaluate_by=None if years is None else _day(job.candidate.released, years),
        reevaluate_years=years,
    )


def reevaluate_years(job: Job, case: Case) -> float | None:
    """Return the years for which the exceedance stays within the allowance; None: all looked at."""
    far = job.best(case.standing.benchmark.key, case.scenario, job.farthest(case.limit))
    return crossing_years(far, case.z_threshold, (case.limit.allowance,))[0]


def _day(released: dt.date, years: float) -> dt.date:
    return released + dt.timedelta(days=int(years * DAYS_PER_YEAR))
