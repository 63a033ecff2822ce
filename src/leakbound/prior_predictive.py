"""What the priors believe possible before any evidence: gains, ceilings, years, and absurd mass.

Everything concerns raw bases that score one half on a benchmark and in a domain nobody has seen: the mean
base of the evidence, and one above it, of which more priors can be told to be absurd.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leakbound.distributions import draw
from leakbound.evidence.registry import Benchmark
from leakbound.forecast import half_year_shocks
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
DOUBLING = float(np.log10(2.0))
UNJUDGED = ("spent_share", "elicited_share")
"""Parameters that no rule looks at: shares of what there is, of which none is absurd."""


@dataclass(frozen=True)
class Place:
    """Where a base stands among those of the evidence, and by how many years it is newer than all.

    `own` is its score on the benchmark above its `ability`, that its mean score above the mean base's,
    logits.
    """

    words: str
    own: float
    ability: float
    years: int


BASES: dict[str, Place] = {
    "mean": Place("the mean base, as new as the newest", 0.0, 0.0, 0),
    "above": Place(
        "a base one logit abler than the mean, another logit better on this benchmark, a year newer",
        1.0,
        1.0,
        1,
    ),
}


@dataclass(frozen=True)
class Beliefs:
    """Draws of what the priors believe; arrays have dim (draw) unless said otherwise.

    Attributes
    ----------
    small, large
        (draw, year) gain in logits of an attempt with training and inference at a compute fraction
        of 1e-5 and 0.1, over `YEARS` of lag, with what one half-year's attempts share.
    small_oom, large_oom
        (draw, year) what both channels gain of it, OOM.
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
    scale, shock
        Scale of single attempts without measurement error; sd of what one half-year shares, logits.
    trend
        Gain of anonymous attempts per year of lag, logits.
    distillation
        What a stronger teacher adds, OOM.
    efficiency
        By how much less compute does the same after a year, OOM.
    compute
        (draw, population) what an actor of each population usually spends, log10 fraction.
    midpoint
        Compute at which training gains half its ceiling, lag 0, log10 fraction.
    doubled
        (draw, 2) share of that ceiling before and after the doubling of compute around the midpoint.
    """

    small: Array
    large: Array
    small_oom: Array
    large_oom: Array
    ceiling: Array
    growth: Array
    reached: Array
    response: Array
    scale: Array
    shock: Array
    trend: Array
    distillation: Array
    efficiency: Array
    compute: Array
    midpoint: Array
    doubled: Array


@dataclass(frozen=True)
class Flag:
    """A rule on prior mass: `share` of the draws are so, and more than `limit` would be absurd.

    `base` names the one of `BASES` of which most are; "" where all are alike.
    """

    name: str
    rule: str
    share: float
    limit: float
    base: str = ""

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
        lambda b: b.large_oom[:, -1] - b.large_oom[:, 0] < 0.1,
    ),
    "wild attempts": Rule(
        "single attempts scatter with a scale over 2 logits", 0.05, lambda b: b.scale > 2.0
    ),
    "wild half-years": Rule(
        "what attempts of one half-year share scatters by over 2 logits",
        0.05,
        lambda b: b.shock > 2.0,
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
    "idle compute": Rule(
        "10 % instead of 0.001 % of training compute gains under 0.02 OOM more at lag 0",
        0.5,
        lambda b: b.large_oom[:, 0] - b.small_oom[:, 0] < 0.02,
    ),
    "sudden dose": Rule(
        "a doubling of compute takes training from under 10 % to over 90 % of its ceiling",
        0.05,
        lambda b: (b.doubled[:, 0] < 0.1) & (b.doubled[:, 1] > 0.9),
    ),
    "stray midpoint": Rule(
        "half the ceiling takes under 1e-8 of, or over 100 times the pre-training compute",
        0.05,
        lambda b: (b.midpoint < -8.0) | (b.midpoint > 2.0),
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
    "no compute": Rule(
        "actors of some kind spend under a billionth of the pre-training compute",
        0.05,
        lambda b: b.compute.min(axis=1) < -9.0,
    ),
    "steep benchmark": Rule(
        "a benchmark goes from chance to ceiling in one OOM (over 6 logits per OOM)",
        0.05,
        lambda b: b.response > 6.0,
    ),
    "deaf benchmark": Rule(
        "a benchmark gains under 0.01 logits per OOM", 0.05, lambda b: b.response < 0.01
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


def beliefs_by_base(
    specification: Specification, *, seed: int, samples: int = DRAWS
) -> dict[str, Beliefs]:
    """Return what the priors believe of each of `BASES`."""
    return {base: beliefs(specification, seed=seed, samples=samples, base=base) for base in BASES}


def beliefs(
    specification: Specification, *, seed: int, samples: int = DRAWS, base: str = "mean"
) -> Beliefs:
    """Return what the priors believe of one of `BASES`, benchmark unseen; NaN where numbers end."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _beliefs(specification, seed, samples, BASES[base])


def _beliefs(specification: Specification, seed: int, samples: int, place: Place) -> Beliefs:
    centres = {"unseen": -place.ability - place.own, "others": -place.ability + place.own}
    prior = prior_draws(specification, samples=samples, seed=seed, centres=centres)
    standing = _unseen(prior, specification, place)
    lag = np.broadcast_to(YEARS, (samples, len(YEARS)))
    small, large = (standing.both_channels(log10, lag) for log10 in (SMALL, LARGE))
    start = standing.location + standing.shock * half_year_shocks(seed, samples, UNSEEN.key)[0]
    return Beliefs(
        small=start[:, None] + standing.response[:, None] * small,
        large=start[:, None] + standing.response[:, None] * large,
        small_oom=small,
        large_oom=large,
        ceiling=standing.ceiling + standing.start,
        growth=_growth(standing, samples),
        reached=_reached(standing, samples),
        response=standing.response,
        scale=standing.shock / prior.draws["shock_share"],
        shock=standing.shock,
        trend=standing.trend,
        distillation=prior.draws["distillation"],
        efficiency=prior.draws["efficiency"],
        compute=_compute(specification, seed, samples),
        midpoint=standing.midpoint,
        doubled=_doubled(standing),
    )


def _doubled(standing: Standing) -> Array:
    """Return (draw, 2) shares of the ceiling half a doubling below the midpoint and above it."""
    log10 = standing.midpoint[:, None] + DOUBLING * np.array([-0.5, 0.5])
    return standing.dose(log10, np.zeros_like(log10))


def _compute(specification: Specification, seed: int, samples: int) -> Array:
    """Return (draw, population) log10 compute fractions of one attempt by each kind of actor."""
    priors = [specification.priors[name] for name in POPULATIONS]
    return np.column_stack(
        [
            draw(one.distribution, dict(one.parameters), np.random.default_rng([seed, k]), samples)
            for k, one in enumerate(priors)
        ]
    )


def _unseen(prior: Posterior, specification: Specification, place: Place) -> Standing:
    """Return where a base stands that scores one half, and so on the others; `prior` has the centres."""
    base = Base(
        released=REFERENCE_DATE.date().replace(year=REFERENCE_DATE.year + place.years),
        scores={"unseen": 0.5},
        links={"unseen": 0.0, "others": 0.0},
        comparable=["unseen", "others"],
        items={"unseen": None},
    )
    return stand(prior, specification, base, UNSEEN)


def _growth(standing: Standing, samples: int) -> Array:
    """Return (draw, year) OOM that both channels gain within each year."""
    lag = np.broadcast_to(GROWTH_YEARS, (samples, len(GROWTH_YEARS)))
    return np.asarray(np.diff(standing.both_channels(LARGE, lag), axis=1))


def _reached(standing: Standing, samples: int) -> Array:
    """Return (draw, milestone) years until both channels gain each milestone, on a grid."""
    grid = np.linspace(0.0, HORIZON, 401)
    oom = standing.both_channels(LARGE, np.broadcast_to(grid, (samples, len(grid))))
    never = np.where(np.isnan(oom).any(axis=1), np.nan, np.inf)
    found = []
    for milestone in MILESTONES:
        there = oom >= milestone
        found.append(np.where(there.any(axis=1), grid[there.argmax(axis=1)], never))
    return np.stack(found, axis=1)


def flags(found: Mapping[str, Beliefs]) -> list[Flag]:
    """Return every rule with the share of draws it means, of the base in `found` of which most are so.

    A draw without an end counts for all; only a milestone may be never reached.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        unknown = {base: _unknown(one) for base, one in found.items()}
        return [
            _flag(name, {
                base: float(np.mean(RULES[name].meant(one) | unknown[base]))
                for base, one in found.items()
            })
            for name in RULES
        ]  # fmt: skip


def _flag(name: str, shares: Mapping[str, float]) -> Flag:
    base = max(shares, key=lambda one: shares[one])
    alike = len(set(shares.values())) == 1
    rule = RULES[name]
    return Flag(name, rule.words, shares[base], rule.limit, "" if alike else base)


def _unknown(found: Beliefs) -> npt.NDArray[np.bool_]:
    """Return (draw) whether a number of it has no end or is none."""
    told = {name: values.reshape(len(values), -1) for name, values in vars(found).items()}
    lost = [~np.isfinite(values) for name, values in told.items() if name != "reached"]
    return np.asarray(np.concatenate([*lost, np.isnan(told["reached"])], axis=1).any(axis=1))


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
