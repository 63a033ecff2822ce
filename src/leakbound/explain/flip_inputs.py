"""The inputs that may flip a verdict, each on a scale on which zero is as stated and more is riskier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from leakbound.bound import Case, lowest, score_at
from leakbound.candidate.schema import MOST_CONFIDENCE
from leakbound.effort import BINS_PER_YEAR, Effort
from leakbound.forecast import Best
from leakbound.job import Job
from leakbound.units import LINKS, Array

ATTEMPT_RANGE = (1e-3, 1e3)
COMPUTE_RANGE = (-4.0, 3.0)
ALLOWANCE_RANGE = (1.0 - MOST_CONFIDENCE, 0.999)
FARTHEST_LINK = 8.0


@dataclass(frozen=True)
class Input:
    """One input of a case, as functions of `x`: 0 as stated, more is riskier.

    Attributes
    ----------
    safest, riskiest
        Ends of the range searched, at most and at least 0.
    below, confidence
        (draw) P(best < threshold), and what its mean is held against.
    case, value
        The case to judge, and the input in its unit.
    step
        Smallest change that makes a difference; 0: any.
    turns
        Whether a farther change may flip less than a nearer one, and either direction may flip.
    """

    what: str
    unit: str
    safest: float
    riskiest: float
    below: Callable[[float], Array]
    confidence: Callable[[float], float]
    case: Callable[[float], Case]
    value: Callable[[float], float]
    step: float = 0.0
    turns: bool = False

    def next(self, x: float, down: bool) -> float:
        """Return `x`, or the next whole step from it down or up."""
        if not self.step:
            return x
        steps = np.floor(x / self.step + 1e-9) if down else np.ceil(x / self.step - 1e-9)
        return float(steps * self.step)


def inputs(job: Job, case: Case) -> Iterator[Input]:
    """Yield the inputs of a case that a flip may change."""
    yield _today(job, case)
    yield _threshold(case)
    yield _horizon(job, case)
    yield _attempts(case)
    if (case.effort.training & (case.best.attempts > 0.0).any(axis=(1, 2))).any():
        yield _compute(job, case)
    yield _allowance(case)


def _today(job: Job, case: Case) -> Input:
    """Return today's score: with another, the base stands elsewhere and scatters otherwise.

    Near chance a lower score may be riskier, as it says less.
    """
    z, benchmark = case.best.z_today, case.standing.benchmark
    room = case.z_threshold - z

    @cache
    def scoring(x: float) -> Case:
        return job.scoring(case, z + x) if x else case

    return Input(
        "today's score", _unit(case),
        max(lowest(benchmark) - z, -FARTHEST_LINK), max(room, 0.0),
        lambda x: 1.0 - scoring(x).best.exceeds(case.z_threshold),
        lambda x: case.limit.confidence, scoring, lambda x: scoring(x).today,
        turns=True,
    )  # fmt: skip


def _threshold(case: Case) -> Input:
    best, benchmark, limit = case.best, case.standing.benchmark, case.limit
    room = case.z_threshold - best.z_today

    def value(x: float) -> float:
        return score_at(benchmark, case.z_threshold - x) if x else limit.score

    highest = float(benchmark.to_link(1.0)) if _bounded(case) else np.inf
    return Input(
        "threshold", _unit(case), max(case.z_threshold - highest, -FARTHEST_LINK), max(room, 0.0),
        lambda x: best.below(room - x) if x < room else np.zeros(len(best.scale)),
        lambda x: limit.confidence,
        lambda x: replace(case, limit=replace(limit, score=value(x))), value,
    )  # fmt: skip


def _horizon(job: Job, case: Case) -> Input:
    """Return the horizon, in the quarters of the effort's bins."""
    key, stated = case.standing.benchmark.key, case.limit.horizon_years
    far = job.best(key, case.scenario, job.farthest(case.limit))
    summed = np.cumsum(far.log_below(case.z_threshold - far.z_today), axis=0)

    def below(x: float) -> Array:
        at = (stated + x) * BINS_PER_YEAR
        return np.asarray(np.exp(_between(summed, at)))

    def later(x: float) -> Case:
        return job.case(
            case.threshold, replace(case.limit, horizon_years=stated + x), case.scenario
        )

    quarter = 1.0 / BINS_PER_YEAR
    safest = min(quarter - stated, 0.0)
    riskiest = max(job.farthest(case.limit) - stated, 0.0)
    on_quarter = float(stated * BINS_PER_YEAR).is_integer()
    step = quarter if on_quarter else 0.0
    return Input(
        "horizon", "years", safest if on_quarter else 0.0, riskiest if on_quarter else 0.0,
        below, lambda x: case.limit.confidence, later, lambda x: stated + x, step,
    )  # fmt: skip


def _between(summed: Array, at: float) -> Array:
    """Return (draw) cumulative log probability at a number of bins, interpolated."""
    k = min(max(int(np.floor(at)), 1), len(summed))
    last = summed[k - 1]
    return np.asarray(last if k == len(summed) else last + (at - k) * (summed[k] - last))


def _attempts(case: Case) -> Input:
    best = case.best
    log_below = best.log_below_all(case.z_threshold - best.z_today)
    ends = [float(np.log(end)) for end in ATTEMPT_RANGE]
    return Input(
        "attempts", "times as many", ends[0], ends[1],
        lambda x: np.exp(log_below * np.exp(x)), lambda x: case.limit.confidence,
        lambda x: replace(case, best=replace(best, attempts=best.attempts * np.exp(x))),
        lambda x: float(np.exp(x)),
    )  # fmt: skip


def _compute(job: Job, case: Case) -> Input:
    effort = case.effort.until(case.limit.horizon_years)
    cap = float(np.log10(case.scenario.compute_fraction_cap))
    gain = case.z_threshold - case.best.z_today

    def shifted(x: float) -> Effort:
        return replace(effort, log10_compute=np.minimum(effort.log10_compute + x, cap))

    @cache
    def under(x: float) -> Best:
        key = case.standing.benchmark.key
        return case.best if x == 0.0 else job.moved(job.best_under(key, shifted(x)))

    return Input(
        "compute", "OOM", *COMPUTE_RANGE, lambda x: under(x).below(gain),
        lambda x: case.limit.confidence,
        lambda x: replace(case, best=under(x), effort=shifted(x)), lambda x: x,
    )  # fmt: skip


def _allowance(case: Case) -> Input:
    stated = case.limit.allowance
    below = case.best.below(case.z_threshold - case.best.z_today)
    odds = np.log(stated / (1.0 - stated))

    def value(x: float) -> float:
        return float(1.0 / (1.0 + np.exp(x - odds))) if x else stated

    def at(x: float) -> Case:
        return replace(case, limit=replace(case.limit, confidence=1.0 - value(x)))

    low, high = (float(np.log(end / (1.0 - end))) for end in ALLOWANCE_RANGE)
    return Input(
        "allowance", "probability", min(odds - high, 0.0), max(odds - low, 0.0), lambda x: below,
        lambda x: 1.0 - value(x), at, value,
    )  # fmt: skip


def _bounded(case: Case) -> bool:
    return case.standing.benchmark.link == "logit"


def _unit(case: Case) -> str:
    return "" if _bounded(case) else LINKS[case.standing.benchmark.link].unit
