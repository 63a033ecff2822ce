"""Prior-data conflict: evidence that the prior hardly believed possible, said parameter by parameter.

On the scale where the prior is standard normal a posterior of mean m and variance v < 1 is, nearly,
that prior times a normal likelihood of some estimate. Under the prior the standardised estimate is

    z = m / sqrt(1 - v)  ~  N(0, 1)

and the probability of a |z| as large is the tail probability of the observed summary under the prior
predictive (Evans and Moshonov 2006, Bayesian Analysis 1:893, for the normal case). Where the evidence
says nothing, m is zero and the probability one. A parameter in conflict may share the load with another,
a mean with its spread, and hardly shrink while it moves: 1 - v counts as a quarter at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri_exp

from leakbound.calibration.ranks import holm
from leakbound.distributions import log_tails
from leakbound.parameters import PARAMETERS
from leakbound.posterior import Posterior
from leakbound.priors import Prior, Specification
from leakbound.units import Array

LIMIT = 0.05
LEAST_SHRINKAGE = 0.25


@dataclass(frozen=True)
class Conflict:
    """How well the evidence and the prior of one parameter agree.

    Attributes
    ----------
    low, middle, high
        5 %, 50 % and 95 % quantile of the posterior, in the parameter's unit.
    below
        Prior probability of values under the posterior's median.
    shrinkage
        Share of the prior's variance that the evidence removed, in 0 to 1.
    tail
        Tail probability of the evidence's estimate under the prior predictive.
    tail_all
        The same, Holm-adjusted for all parameters.
    model
        The structure whose prior it is, where there are several; else "".
    """

    parameter: str
    low: float
    middle: float
    high: float
    below: float
    shrinkage: float
    tail: float
    tail_all: float
    model: str = ""

    @property
    def conflicting(self) -> bool:
        """Whether the evidence contradicts the prior; NaN does."""
        return not self.tail_all >= LIMIT

    @property
    def line(self) -> str:
        """Return the finding as one sentence."""
        unit = PARAMETERS[self.parameter].unit
        side, share = ("above", 1.0 - self.below) if self.below > 0.5 else ("below", self.below)
        whose = f" of {self.model}" if self.model else ""
        return (
            f"prior-data conflict in {self.parameter}{whose}: the posterior is {self.middle:.3g} {unit} "
            f"(90 % between {self.low:.3g} and {self.high:.3g}), {side} which its prior held "
            f"{_percent(share)}; such evidence had probability {self.tail:.1g} under the prior"
        )


def conflicts(posterior: Posterior, specification: Specification) -> tuple[Conflict, ...]:
    """Return one entry per sampled parameter, those in conflict first, then by tail probability."""
    found = [
        _compared(prior, posterior.draws[name])
        for name, prior in specification.priors.items()
        if name in posterior.draws
    ]
    adjusted = holm([one.tail for one in found])
    told = [
        Conflict(**{**vars(one), "tail_all": float(p)})
        for one, p in zip(found, adjusted, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: (not one.conflicting, one.tail)))


def lines(found: Sequence[Conflict]) -> tuple[str, ...]:
    """Return a sentence for each conflict, or the one that there is none."""
    said = tuple(one.line for one in found if one.conflicting)
    return said or (f"no prior-data conflict in {len(found)} parameters",)


def _compared(prior: Prior, draws: Array) -> Conflict:
    z = normal_scores(prior, draws)
    shrinkage = float(np.clip(1.0 - z.var(), 0.0, 1.0))
    told = max(shrinkage, LEAST_SHRINKAGE)
    tail = float(2.0 * ndtr(-abs(z.mean()) / np.sqrt(told)))
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95])
    below = float(ndtr(np.median(z)))
    return Conflict(
        prior.name, float(low), float(middle), float(high), below, shrinkage, tail, tail
    )


def normal_scores(prior: Prior, values: Array) -> Array:
    """Return values on the scale where the prior is standard normal, exact far into its tails."""
    below, above = log_tails(prior.distribution, prior.parameters, values)
    return np.asarray(np.where(below < above, ndtri_exp(below), -ndtri_exp(above)))


def _percent(share: float) -> str:
    return "under 0.01 %" if share < 1e-4 else f"{share * 100:.2g} %"
