"""A posterior under other priors or other evidence without sampling: Pareto-smoothed weights.

Importance ratios new/old of the drawn parameters, their largest ones replaced by quantiles of the
generalised Pareto distribution fitted to them, whose shape k says whether the weights may be used
(Vehtari et al. 2024, arXiv 1507.02646; ArviZ's `psislw`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from leakbound.diagnostics import arviz_stats
from leakbound.distributions import DISTRIBUTIONS, log_density
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.posterior import Posterior, thinned_index
from leakbound.priors import Prior, Specification
from leakbound.units import Array

K_LIMIT = 0.7
LEAST_EFFECTIVE = 50.0
BEFORE_FIT = ("dose_slope", "dose_midpoint", "efficiency", *POPULATIONS)
"""Priors that enter the expected dose of unknown compute, a number made before the fit."""
WIDER = {"share": 0, "positive": 1, "real": 2}


@dataclass(frozen=True)
class Weights:
    """Importance weights of a posterior's draws.

    Attributes
    ----------
    values
        (draw) weights, summing to one.
    k
        Pareto shape of the largest; NaN or infinite when it cannot be told.
    limit
        The k up to which weights of so many draws may be used: min(0.7, 1 - 1/log10 S).
    efficiency
        Effective over actual draws of the unweighted chains, for these weights.
    chains
        Chains the draws consist of, in order.
    """

    values: Array
    k: float
    limit: float
    efficiency: float
    chains: int = 1

    @property
    def reliable(self) -> bool:
        """Whether estimates with these weights can be trusted."""
        return not self.problem

    @property
    def problem(self) -> str:
        """Why estimates with these weights cannot be trusted, "" where they can.

        A k that cannot be told is no k; a k within its limit with few effective draws tells a bound
        whose Monte-Carlo error is unknown.
        """
        if not np.isfinite(self.k):
            return "hardly a draw of the cached posterior has a weight"
        if not self.k <= self.limit:
            return f"Pareto k {self.k:.2f} is over {self.limit:.2f}"
        if not self.effective >= LEAST_EFFECTIVE:
            return f"{int(self.effective)} effective draws, of {LEAST_EFFECTIVE:.0f} needed"
        return ""

    @property
    def effective(self) -> float:
        """Effective sample size, 1 / sum of squared weights, times the chains' own efficiency."""
        return float(self.efficiency / (self.values**2).sum())

    def thinned(self, samples: int) -> Weights:
        """Return the weights of the draws that `Posterior.thinned` keeps, with the k of them all."""
        kept = self.values[thinned_index(len(self.values), self.chains, samples)]
        total = kept.sum()
        even = np.full(len(kept), 1.0 / len(kept))
        if not total > 0.0:
            return replace(self, values=even, k=float("inf"))
        return replace(self, values=kept / total)


def k_limit(draws: int) -> float:
    """Return the Pareto k up to which weights of so many draws may be used: min(0.7, 1 - 1/log10 S)."""
    return float(min(K_LIMIT, 1.0 - 1.0 / np.log10(draws)))


def smooth(log_ratio: Array, chains: int) -> Weights:
    """Return the smoothed weights of (draw) log importance ratios.

    Draws of ratio zero keep weight zero. Where the others all agree, k is 0; where some are no
    numbers, or too few to tell, k is infinite.
    """
    n = len(log_ratio)
    limit = k_limit(n)
    even = np.full(n, 1.0 / n)
    some = log_ratio > -np.inf
    if not bool(np.all(log_ratio < np.inf)) or some.sum() < LEAST_EFFECTIVE:
        return Weights(even, float("inf"), limit, 1.0, chains)
    if np.ptp(log_ratio[some]) < 1e-9:
        return Weights(some / some.sum(), 0.0, limit, 1.0, chains)
    efficiency = _efficiency(log_ratio, chains)
    values = np.zeros(n)
    values[some], k = _pareto_smoothed(log_ratio[some], efficiency)
    return Weights(values, k, limit, efficiency, chains)


def _pareto_smoothed(log_ratio: Array, efficiency: float) -> tuple[Array, float]:
    try:
        log_weights, k = arviz_stats().base.array_stats.psislw(-log_ratio, r_eff=efficiency)
    except ValueError:
        raw = np.exp(log_ratio - log_ratio.max())
        return raw / raw.sum(), float("inf")
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum(), float(k)


def _efficiency(log_ratio: Array, chains: int) -> float:
    ratio = np.exp(log_ratio - log_ratio.max()).reshape(chains, -1)
    found = float(
        arviz_stats().base.array_stats.ess(ratio, chain_axis=0, draw_axis=1, method="mean")
    )
    share = found / len(log_ratio)
    return min(1.0, share) if share > 0.0 else 1.0 / len(log_ratio)


def changed(old: Specification, new: Specification) -> tuple[str, ...]:
    """Return the parameters whose prior differs."""
    return tuple(
        name for name in PARAMETERS if _density(old.priors[name]) != _density(new.priors[name])
    )


def _density(prior: Prior) -> tuple[str, dict[str, float]]:
    return prior.distribution, dict(prior.parameters)


def refit_reason(old: Specification, new: Specification) -> str | None:
    """Return why draws under `old` cannot be weighted for `new`, whatever their ratios; else None."""
    for name in changed(old, new):
        if name in BEFORE_FIT:
            return f"{name} enters the expected dose, which is computed before the fit"
        one, other = (DISTRIBUTIONS[spec.priors[name].distribution] for spec in (old, new))
        if WIDER[other.support] > WIDER[one.support]:
            return (
                f"the new prior of {name} allows {other.support} values, "
                f"the old one only drew {one.support} ones"
            )
    return None


def log_prior(posterior: Posterior, prior: Prior) -> Array:
    """Return (draw) log density of a prior at the drawn values of its parameter."""
    return log_density(prior.distribution, dict(prior.parameters), posterior.draws[prior.name])


def prior_weights(posterior: Posterior, old: Specification, new: Specification) -> Weights:
    """Return the weights that turn draws under `old` into draws under `new`.

    Only where `refit_reason` is None do they stand for that posterior.
    """
    total = np.zeros(posterior.samples)
    for name in changed(old, new):
        ratio = log_prior(posterior, new.priors[name])
        total = total + ratio - log_prior(posterior, old.priors[name])
    return smooth(total, posterior.chains)
