"""What an evaluation is worth: how far it lowers the share of what is at stake that is decided wrongly.

A verdict is wrong when it would be the other one if all that the posterior leaves open were known:
the truth of draw d is whether its exceedance e_d is over the allowance a. What is at stake in a draw
is |e_d - a|: a release that is a little too risky is a smaller error than one that is far too risky.
So draws weigh by their stake,

    chance wrong = sum of |e_d - a| over draws decided wrongly / sum of |e_d - a|

and the rule that holds or clears by E[e] against a is the one that makes it smallest. An evaluation
measures x; the decision afterwards goes by E[e | x], each draw with its own simulated x_d.

E[e | x] is found by regressing the draws' exceedances on their simulated measurements, the expected
value of sample information by regression (Strong, Oakley and Brennan 2014, Medical Decision Making
34(3):311-326, doi 10.1177/0272989X13505910; Strong et al. 2015, 35(5):570-583): a quadratic in the
measurements gives an index, a running mean over draws near in that index the expectation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leakbound.bound import Case, Judgement
from leakbound.forecast import Best
from leakbound.job import Job
from leakbound.units import Array

ITEMS_TIMES = 4
TEST_COMPUTE = 0.01
ATTEMPTS_MADE = 30
WIDEST = 12.0
HALVINGS = 14
NEIGHBOURS = 60
NOTHING = 5e-4
ENOUGH_DRAWS = 3 * NEIGHBOURS


@dataclass(frozen=True)
class EvaluationWorth:
    """Chance that a verdict is wrong, by stake, now and as expected after one evaluation.

    `worth` is their difference, never below zero, for one may ignore an evaluation. It is zero where
    none could make the verdict clear, the scenario being outside the evidence.
    """

    threshold: str
    scenario: str
    evaluation: str
    chance_wrong: float
    chance_wrong_after: float
    worth: float
    text: str


def worths(job: Job) -> Iterator[EvaluationWorth]:
    """Yield what each evaluation would be worth for each threshold in each scenario."""
    measured: dict[str, Mapping[str, Array]] = {}
    for threshold, scenario in job.pairs():
        key = threshold.benchmark
        case, judgement = job.judged(threshold, scenario)
        if key not in measured:
            measured[key] = measurements(job, case)
        exceeds = case.best.exceeds(case.z_threshold)
        if len(exceeds) >= ENOUGH_DRAWS:
            for name, x in measured[key].items():
                yield _worth(name, x, exceeds, case, judgement)


def measurements(job: Job, case: Case) -> dict[str, Array]:
    """Return (draw, number) what each evaluation would measure if the draw were true."""
    rng = np.random.default_rng([job.posterior.seed, 13])
    return {name: made(job, case, rng) for name, made in EVALUATIONS.items()}


def _score_again(job: Job, case: Case, rng: np.random.Generator) -> Array:
    """Measure today's score with four times the items.

    Given the effect of the pair, the error in today's score is normal about its expectation; the new
    measurement shows it with half its standard error.
    """
    standing = case.standing
    error, spread = standing.error**2, standing.pair_spread**2
    width = np.sqrt(error * spread / (error + spread))
    off = standing.noise + width * rng.standard_normal(len(spread))
    noise = standing.error / np.sqrt(ITEMS_TIMES) * rng.standard_normal(len(spread))
    return np.asarray(off + noise)[:, None]


def _elicit(job: Job, case: Case, rng: np.random.Generator) -> Array:
    """Fine-tune once with a hundredth of the compute and today's techniques, and measure."""
    return _attempts(job, case, rng, 1)


def _many_attempts(job: Job, case: Case, rng: np.random.Generator) -> Array:
    """Make 30 such attempts: their mean and the logarithm of their spread."""
    made = _attempts(job, case, rng, ATTEMPTS_MADE)
    return np.stack([made.mean(axis=1), np.log(made.std(axis=1))], axis=1)


def _attempts(job: Job, case: Case, rng: np.random.Generator, n: int) -> Array:
    """Return (draw, attempt) gains of `n` attempts made today, which share a shock of their own.

    A shock is what attempts of one source and half-year share, so that others' have another.
    """
    standing = case.standing
    samples = len(standing.location)
    compute, lag = np.full((samples, 1), np.log10(TEST_COMPUTE)), np.zeros((samples, 1))
    oom = standing.oom(
        trained=standing.trained(compute, lag), lag=lag, inference=True, distilled=False
    )[:, 0]
    shock = standing.shock * rng.standard_normal(samples)
    place = standing.location + standing.response * oom + shock
    spread = _quantiles(case.best, np.log(rng.random((n, samples))))
    return np.asarray((place + standing.scale * spread).T)


def _quantiles(best: Best, log_p: Array) -> Array:
    """Return the standardised values at (attempt, draw) log probabilities, by bisection."""
    low, high = np.full(log_p.shape, -WIDEST), np.full(log_p.shape, WIDEST)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        under = best.log_cdf(middle) < log_p
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray(0.5 * (low + high))


EVALUATIONS: dict[str, Callable[[Job, Case, np.random.Generator], Array]] = {
    "measure today's score on four times the items": _score_again,
    "fine-tune once with 1 % of the compute and measure": _elicit,
    "make 30 such attempts and measure their spread": _many_attempts,
}


def expected_given(exceeds: Array, measured: Array) -> Array:
    """Return (draw) E[e | x] at each draw's own measurement."""
    x = (measured - measured.mean(axis=0)) / np.maximum(measured.std(axis=0), 1e-12)
    products = [x[:, i] * x[:, j] for i in range(x.shape[1]) for j in range(i + 1)]
    design = np.column_stack([np.ones(len(x)), x, *products])
    weights, *_ = np.linalg.lstsq(design, exceeds, rcond=None)
    order = np.argsort(design @ weights, kind="stable")
    out = np.empty(len(x))
    out[order] = _running_mean(exceeds[order])
    return out


def _running_mean(values: Array) -> Array:
    """Return the mean of each value's neighbours, fewer at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low = np.maximum(at - NEIGHBOURS // 2, 0)
    high = np.minimum(at + NEIGHBOURS // 2 + 1, len(values))
    return np.asarray((total[high] - total[low]) / (high - low))


def _worth(
    name: str, measured: Array, exceeds: Array, case: Case, judgement: Judgement
) -> EvaluationWorth:
    spare = exceeds - case.limit.allowance
    hold = np.full(len(exceeds), judgement.verdict.verdict != "clear")
    blocked = bool(judgement.outside) and not case.threshold.extrapolate
    now = _wrong(hold, spare)
    after = now
    if case.checks_passed is True and not blocked:
        expected = expected_given(exceeds, measured)
        after = min(now, _wrong(np.asarray(expected > case.limit.allowance), spare))
    return EvaluationWorth(
        threshold=case.threshold.name,
        scenario=case.scenario.key,
        evaluation=name,
        chance_wrong=now,
        chance_wrong_after=after,
        worth=now - after,
        text=_text(name, case, now, after),
    )


def _wrong(hold: npt.NDArray[np.bool_], spare: Array) -> float:
    """Return the share of what is at stake that a (draw) decision to hold gets wrong."""
    stake = np.abs(spare)
    total = float(stake.sum())
    return float(stake[hold != (spare > 0.0)].sum()) / total if total > 0.0 else 0.0


def _text(name: str, case: Case, now: float, after: float) -> str:
    who = f"{case.threshold.name}, {case.scenario.key}: to {name}"
    if now - after < NOTHING:
        return f"{who} leaves the share at stake that is decided wrongly at {now:.1%}."
    return f"{who} takes the share at stake that is decided wrongly from {now:.1%} to {after:.1%}."
