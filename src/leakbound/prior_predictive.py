"""What the priors believe possible before any evidence: gains, ceilings, years, and absurd mass.

Everything concerns a raw base that scores one half on a benchmark and in a domain nobody has seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leakbound.distributions import draw
from leakbound.evidence.registry import Benchmark
from leakbound.model.design import REFERENCE_DATE
from leakbound.parameters import POPULATIONS
from leakbound.posterior import Posterior
from leakbound.prior_draws import prior_draws
from leakbound.priors import Specification
from leakbound.standing import Base, Standing, stand
from leakbound.units import Array

DRAWS = 4000
YEARS = np.linspace(0.0, 6.0, 25)
HORIZON = 20.0
GROWTH_YEARS = np.arange(6.0)
MILESTONES = (1.0, 2.0, 4.0)
SMALL, LARGE = -5.0, -1.0
UNSEEN = Benchmark("unseen", "a benchmark nobody has seen", "unseen", "logit", 0.0, None, "")
LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Beliefs:
    """Draws of what the priors believe; arrays have dim (draw) unless said otherwise.

    Attributes
    ----------
    small, large
        (draw, year) gain in logits of an attempt with training and inference at a compute fraction
        of 1e-5 and 0.1, over `YEARS` of lag.
    ceiling
        Training channel at saturation and inference channel, lag 0, OOM.
    growth
        (draw, year) what both channels gain within each of the first five years at a compute fraction
        of 0.1, OOM.
    reached
        Years until a compute fraction of 0.1 gains each of `MILESTONES` OOM, (draw, milestone);
        infinite beyond twenty.
    response
        Logits per OOM.
    scale
        Scale of single attempts without measurement error, logits.
    trend
        Gain of anonymous attempts per year of lag, logits.
    distillation
        What a stronger teacher adds, OOM.
    efficiency
        By how much less compute does the same after a year, OOM.
    compute
        (draw, population) what an actor of each population usually spends, log10 fraction.
    """

    small: Array
    large: Array
    ceiling: Array
    growth: Array
    reached: Array
    response: Array
    scale: Array
    trend: Array
    distillation: Array
    efficiency: Array
    compute: Array


@dataclass(frozen=True)
class Flag:
    """A rule on prior mass: `share` of the draws are so, and more than `limit` would be absurd."""

    name: str
    rule: str
    share: float
    limit: float

    @property
    def raised(self) -> bool:
        """Whether the mass is absurd; an unknown share is."""
        return not self.share <= self.limit


@dataclass(frozen=True)
class Quantity:
    """One line of the table: what, its unit, and its quantiles at `LEVELS` over the draws."""

    what: str
    unit: str
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class Rule:
    """A named rule: which draws are meant, in words and as a function, and how many may be so."""

    words: str
    limit: float
    meant: Callable[[Beliefs], npt.NDArray[np.bool_]]


RULES: dict[str, Rule] = {
    "falls with effort": Rule(
        "an attempt with 10 % of training compute ends below the raw base, after two years",
        0.5,
        lambda b: b.large[:, _at(2.0)] < 0.0,
    ),
    "falls with years": Rule(
        "attempts of unknown effort gain less with every year", 0.5, lambda b: b.trend < 0.0
    ),
    "too fast": Rule(
        "10 % of training compute gains over 6 OOM within one of the first five years",
        0.01,
        lambda b: b.growth.max(axis=1) > 6.0,
    ),
    "too much at once": Rule(
        "the ceilings of both channels exceed 10 OOM at lag 0", 0.01, lambda b: b.ceiling > 10.0
    ),
    "wild gains": Rule(
        "10 % of training compute gains or loses over 15 logits within two years",
        0.05,
        lambda b: np.abs(b.large[:, _at(2.0)]) > 15.0,
    ),
    "too slow": Rule(
        "10 % of training compute does not gain 0.1 OOM in six years",
        0.5,
        lambda b: b.large[:, -1] - b.large[:, 0] < 0.1 * b.response,
    ),
    "wild attempts": Rule(
        "single attempts scatter with a scale over 2 logits", 0.05, lambda b: b.scale > 2.0
    ),
    "identical attempts": Rule(
        "single attempts scatter with a scale under 0.005 logits", 0.05, lambda b: b.scale < 0.005
    ),
    "steep trend": Rule(
        "attempts of unknown effort gain over 3 logits a year", 0.05, lambda b: b.trend > 3.0
    ),
    "nothing to gain": Rule(
        "the ceilings of both channels are under 0.05 OOM at lag 0", 0.5, lambda b: b.ceiling < 0.05
    ),
    "almighty teacher": Rule(
        "a stronger teacher adds over 6 OOM", 0.01, lambda b: b.distillation > 6.0
    ),
    "free compute": Rule(
        "a thousandth of the compute does the same after a year", 0.01, lambda b: b.efficiency > 3.0
    ),
    "endless compute": Rule(
        "actors of some kind spend over 100 times the pre-training compute",
        0.05,
        lambda b: b.compute.max(axis=1) > 2.0,
    ),
    "steep benchmark": Rule(
        "a benchmark goes from chance to ceiling in one OOM (over 6 logits per OOM)",
        0.05,
        lambda b: b.response > 6.0,
    ),
    "foregone": Rule(
        "the gain after two years lies within 0.3 logits of its median",
        0.8,
        lambda b: _near_median(b.large[:, _at(2.0)]),
    ),
}


def _at(years: float) -> int:
    return int(np.searchsorted(YEARS, years))


def _near_median(values: Array) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(values - np.median(values)) < 0.3)


def beliefs(specification: Specification, *, seed: int, samples: int = DRAWS) -> Beliefs:
    """Return what the priors believe of an unseen benchmark; NaN where numbers end."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _beliefs(specification, seed, samples)


def _beliefs(specification: Specification, seed: int, samples: int) -> Beliefs:
    prior = prior_draws(specification, samples=samples, seed=seed)
    standing = _unseen(prior, specification)
    lag = np.broadcast_to(YEARS, (samples, len(YEARS)))
    small, large = (_gain(standing, log10, lag) for log10 in (SMALL, LARGE))
    return Beliefs(
        small=small,
        large=large,
        ceiling=standing.ceiling + standing.start,
        growth=_growth(standing, samples),
        reached=_reached(standing, samples),
        response=standing.response,
        scale=standing.shock / prior.draws["shock_share"],
        trend=standing.trend,
        distillation=prior.draws["distillation"],
        efficiency=prior.draws["efficiency"],
        compute=_compute(specification, seed, samples),
    )


def _compute(specification: Specification, seed: int, samples: int) -> Array:
    """Return (draw, population) log10 compute fractions of one attempt by each kind of actor."""
    priors = [specification.priors[name] for name in POPULATIONS]
    return np.column_stack(
        [
            draw(one.distribution, dict(one.parameters), np.random.default_rng([seed, k]), samples)
            for k, one in enumerate(priors)
        ]
    )


def _unseen(prior: Posterior, specification: Specification) -> Standing:
    released = REFERENCE_DATE.date() + dt.timedelta(days=round(prior.newest * 365.25))
    base = Base(
        released=released,
        scores={"unseen": 0.5},
        links={"unseen": 0.0},
        comparable=["unseen"],
        items={"unseen": None},
    )
    return stand(prior, specification, base, UNSEEN)


def _gain(standing: Standing, log10_compute: float, lag: Array) -> Array:
    oom = standing.both_channels(log10_compute, lag)
    return np.asarray(standing.location[:, None] + standing.response[:, None] * oom)


def _growth(standing: Standing, samples: int) -> Array:
    """Return (draw, year) OOM that both channels gain within each year."""
    lag = np.broadcast_to(GROWTH_YEARS, (samples, len(GROWTH_YEARS)))
    return np.asarray(np.diff(standing.both_channels(LARGE, lag), axis=1))


def _reached(standing: Standing, samples: int) -> Array:
    """Return (draw, milestone) years until both channels gain each milestone, on a grid."""
    grid = np.linspace(0.0, HORIZON, 401)
    oom = standing.both_channels(LARGE, np.broadcast_to(grid, (samples, len(grid))))
    found = []
    for milestone in MILESTONES:
        there = oom >= milestone
        found.append(np.where(there.any(axis=1), grid[there.argmax(axis=1)], np.inf))
    return np.stack(found, axis=1)


def flags(found: Beliefs) -> list[Flag]:
    """Return every rule with the share of draws it means; a draw without an end counts for all.

    Only a milestone may be never reached.
    """
    told = {name: values.reshape(len(values), -1) for name, values in vars(found).items()}
    lost = [~np.isfinite(values) for name, values in told.items() if name != "reached"]
    unknown = np.concatenate([*lost, np.isnan(told["reached"])], axis=1).any(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        return [
            Flag(name, rule.words, float(np.mean(rule.meant(found) | unknown)), rule.limit)
            for name, rule in RULES.items()
        ]


def quantities(found: Beliefs) -> list[Quantity]:
    """Return the lines of the table: gains, ceilings, years and scatter."""
    lines = [
        (
            f"gain with {words} of training compute, lag {years:g} y",
            "logits",
            gains[:, _at(years)],
        )
        for words, gains in (("0.001 %", found.small), ("10 %", found.large))
        for years in (0.0, 1.0, 2.0, 5.0)
    ]
    lines.append(
        (
            "ceilings of both channels (training: twice the midpoint's gain), lag 0",
            "OOM",
            found.ceiling,
        )
    )
    lines += [
        (f"gain within year {year} with 10 % of training compute", "OOM", found.growth[:, year - 1])
        for year in (1, 3, 5)
    ]
    lines += [
        (f"years until 10 % of training compute gains {oom:g} OOM", "years", found.reached[:, i])
        for i, oom in enumerate(MILESTONES)
    ]
    lines += [
        ("response of a benchmark", "logits/OOM", found.response),
        ("scale of single attempts", "logits", found.scale),
        ("gain of attempts of unknown effort", "logits/year", found.trend),
    ]
    return [
        Quantity(what, unit, tuple(float(q) for q in _quantiles(values)))
        for what, unit, values in lines
    ]


def _quantiles(values: Array) -> Array:
    """Return quantiles at `LEVELS`, of infinite values too (no interpolation)."""
    return np.asarray(np.quantile(values, LEVELS, method="inverted_cdf"))
