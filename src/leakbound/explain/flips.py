"""What would flip a verdict: the smallest change of one input at a time, found by root search.

A verdict that holds is asked what would make it `clear`; one that is clear, what would end that; one
that can never be clear, being outside the evidence, what would end that it crosses. The value found
is judged again by the rules themselves, and dropped when they do not agree. It is the smallest but for
the Monte-Carlo error of the bound, which the search takes at the threshold, not at the bound, and for
stretches of today's score too narrow for the steps of `first_spare`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leakbound.bound import Case, Judgement, judge
from leakbound.explain.flip_inputs import Input, inputs
from leakbound.forecast import batch_error
from leakbound.job import Job
from leakbound.roots import first_spare, stretched
from leakbound.rules import MCSE_MULTIPLE

SEARCH_STEPS = 12
CLOSE = 2e-3
AT_ONCE = 1e-6
LITTLE, LEFT_WITHIN = 0.1, 0.05
NUDGES = (0.0, 1.0, 4.0, 16.0, 64.0)


@dataclass(frozen=True)
class Flip:
    """The smallest change of one input that changes the verdict of a row.

    `flips_at` is None when no value between `low` and `high`, the range searched, changes it.
    """

    threshold: str
    scenario: str
    what: str
    unit: str
    stated: float
    flips_at: float | None
    low: float
    high: float
    verdict: str
    then: str
    text: str


@dataclass(frozen=True)
class Aim:
    """What counts as a flip: the direction to go in, and the Monte-Carlo errors to keep away."""

    safer: bool
    errors: float
    from_clear: bool
    from_crossing: bool

    def met(self, judgement: Judgement) -> bool:
        """Return whether a judgement is what was aimed at."""
        word = judgement.verdict.verdict
        if self.from_clear:
            return word != "clear"
        return word != "crosses" if self.from_crossing else word == "clear"


def flips(job: Job) -> Iterator[Flip]:
    """Yield what would flip each verdict, by input."""
    for threshold, scenario in job.pairs():
        case, judgement = job.judged(threshold, scenario)
        aim = aim_of(case, judgement)
        for one in inputs(job, case):
            yield _flip(one, case, judgement, aim)


def aim_of(case: Case, judgement: Judgement) -> Aim | None:
    """Return what would be a flip; None when no change of one number can be one."""
    word = judgement.verdict.verdict
    if case.checks_passed is not True:
        return None
    if word == "clear":
        return Aim(False, MCSE_MULTIPLE, True, False)
    if not judgement.outside or case.threshold.extrapolate:
        return Aim(True, MCSE_MULTIPLE, False, False)
    return Aim(True, 0.0, False, True) if word == "crosses" else None


def _flip(one: Input, case: Case, now: Judgement, aim: Aim | None) -> Flip:
    found = None if aim is None else _verified(one, case, aim)
    low, high = sorted((one.value(one.safest), one.value(one.riskiest)))
    then = now if found is None else found[1]
    at = None if found is None else one.value(found[0])
    return Flip(
        threshold=case.threshold.name,
        scenario=case.scenario.key,
        what=one.what,
        unit=one.unit,
        stated=one.value(0.0),
        flips_at=at,
        low=low,
        high=high,
        verdict=now.verdict.verdict,
        then=then.verdict.verdict,
        text=_text(one, at, then.verdict.verdict, low, high),
    )


def _verified(one: Input, case: Case, aim: Aim) -> tuple[float, Judgement] | None:
    """Return the nearest value at which the rules agree that the verdict flips, and what they say."""
    confirmed = (_confirmed(one, aim, x) for x in nearest(one, case, aim))
    found = next((place for place in confirmed if place is not None), None)
    return _left_sooner(one, aim, found) if aim.from_clear else found


def _confirmed(one: Input, aim: Aim, x: float) -> tuple[float, Judgement] | None:
    """Return where the rules agree, at `x` or a little beyond it."""
    down = x < 0.0
    end, step = (one.safest, -CLOSE) if down else (one.riskiest, CLOSE)
    for nudge in NUDGES:
        at = one.next(x + nudge * step, down)
        if abs(at) > abs(end):
            return None
        judgement = judge(one.case(at))
        if aim.met(judgement):
            return at, judgement
    return None


def _left_sooner(
    one: Input, aim: Aim, found: tuple[float, Judgement] | None
) -> tuple[float, Judgement] | None:
    """Return where a clear verdict ends, which leaving the evidence may do before the bound does.

    What is left is taken to stay so: a tenth nearer is tried, or a step, and if that is clear no more.
    """
    low, high = 0.0, found[0] if found else one.riskiest
    share = 1.0 - max(one.step / abs(high), LITTLE) if found else 1.0
    while abs(high - low) > max(one.step, LEFT_WITHIN):
        at = one.next(low + share * (high - low), high < 0.0)
        judgement = judge(one.case(at))
        if aim.met(judgement):
            high, found = at, (at, judgement)
        elif share > 0.5:
            return found
        else:
            low = at
        share = 0.5
    return found


def nearest(one: Input, case: Case, aim: Aim) -> list[float]:
    """Return the least changes at which the margin flips sign, from beyond it, nearest first.

    One in each direction at most. An input that may turn back is looked at outward from what is
    stated, to the resolution of `first_spare`; of any other the end of its range is tried, in the
    aimed direction. The margin is P(best < threshold) less confidence and Monte-Carlo errors, both on
    the scale on which a best of many is all but straight.
    """

    def margin(x: float) -> float:
        below = one.below(x)
        error = batch_error(below, case.best.chains) if aim.errors else 0.0
        aimed = one.confidence(x) + aim.errors * error
        height = float(stretched(below.mean()) - stretched(aimed))
        return height if aim.safer else -height

    if one.turns:
        ways = {
            end: first_spare(margin, 0.0, end, within=CLOSE) for end in (one.safest, one.riskiest)
        }
    else:
        end = one.safest if aim.safer else one.riskiest
        ways = {end: _root(margin, end)}
    return sorted((x or end * AT_ONCE for end, x in ways.items() if end and x is not None), key=abs)


def _root(margin: Callable[[float], float], end: float) -> float | None:
    """Return where a margin that does not turn back rises above zero, from beyond it."""
    (a, at_a), (b, at_b) = (0.0, margin(0.0)), (end, margin(end))
    if not at_b > 0.0:
        return None
    if not at_a <= 0.0:
        return 0.0
    for _ in range(SEARCH_STEPS):
        x = b - at_b * (b - a) / (at_b - at_a)
        height = margin(x)
        if height > 0.0:
            done = abs(b - x) < CLOSE or height < CLOSE
            b, at_b, at_a = x, height, 0.5 * at_a
            if done:
                break
        else:
            a, at_a, at_b = x, height, 0.5 * at_b
        if abs(b - a) < CLOSE:
            break
    return b


SENTENCES = {
    "attempts": "With {at:.3g} times as many attempts: {then}.",
    "compute": "With compute changed by {at:+.2g} OOM: {then}.",
}
OTHERWISE = "With {what} at {at:.3g} instead of {stated:.3g}{unit}: {then}."
NEVER = "No {what} from {low:.3g} to {high:.3g}{unit} changes the verdict."


def _text(one: Input, at: float | None, then: str, low: float, high: float) -> str:
    sentence = NEVER if at is None else SENTENCES.get(one.what, OTHERWISE)
    unit = f" {one.unit}" if one.unit else ""
    told = {"what": one.what, "stated": one.value(0.0), "then": then, "unit": unit}
    return sentence.format(at=at, low=low, high=high, **told)
