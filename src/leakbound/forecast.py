"""The forecast in closed form: the best of all attempts by a time, given a posterior draw.

    log P(best gain <= y | draw) = sum over groups k and bins i of n_ki log F((y - m_ki)/s)

with n_ki attempts of group k in bin i, so that only draws are sampled, never attempts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from leakbound.effort import Effort
from leakbound.errors import LeakboundError
from leakbound.model.attempts import ATTEMPTS
from leakbound.posterior import Posterior
from leakbound.standing import Standing
from leakbound.units import Array

SHOCKS_PER_YEAR = 2
MOST_YEARS = 21
REACH = 40.0
BATCHES_PER_CHAIN = 15


@dataclass(frozen=True)
class Best:
    """Distribution of the best gain by the end of each bin, draw by draw.

    Attributes
    ----------
    location
        (draw, group, bin) gain of a typical attempt on the link scale.
    scale, slope
        (draw) scale of attempts; change of the location per logit of today's score.
    attempts
        (draw, group, bin), the draw dim of length 1 when it does not vary.
    edges
        (bin + 1) years since release.
    z_today
        Today's score on the link scale.
    chains
        Chains the draws consist of, in order.
    """

    location: Array
    scale: Array
    slope: Array
    attempts: Array
    edges: Array
    z_today: float
    family: str
    chains: int

    def log_below(self, gain: float, shift: float = 0.0) -> Array:
        """Return (draw, bin): log P(no attempt of groups in the bin exceeds `gain`).

        `shift` is added to today's score, and moves the location by its slope.
        """
        place = self.location + (shift * self.slope)[:, None, None]
        y = (gain - place) / self.scale[:, None, None]
        below = ATTEMPTS[self.family].log_cdf(y, np)
        return np.asarray((self.attempts * below).sum(axis=1))

    def below(self, gain: float, shift: float = 0.0) -> Array:
        """Return (draw) P(best gain by the horizon <= `gain`)."""
        return np.asarray(np.exp(self.log_below(gain, shift).sum(axis=1)))

    def exceedance_by(self, z_threshold: float) -> Array:
        """Return (bin) probability that the best score reaches the threshold by each bin's end."""
        summed = np.cumsum(self.log_below(z_threshold - self.z_today), axis=1)
        return np.asarray(1.0 - np.exp(summed).mean(axis=0))

    def until(self, years: float) -> Best:
        """Return the distribution with a nearer horizon, which must be one of the edges."""
        bins = int(np.searchsorted(self.edges, years - 1e-9))
        return replace(
            self,
            location=self.location[:, :, :bins],
            attempts=self.attempts[:, :, :bins],
            edges=self.edges[: bins + 1],
        )

    def shares(self, gain: float) -> Array:
        """Return (group, bin) shares of the risk of exceeding `gain`, summing to one."""
        y = (gain - self.location) / self.scale[:, None, None]
        risk = -(self.attempts * ATTEMPTS[self.family].log_cdf(y, np)).mean(axis=0)
        total = risk.sum()
        return np.asarray(risk / total) if total > 0.0 else np.zeros_like(risk)


def best_of(posterior: Posterior, standing: Standing, effort: Effort, shocks: Array) -> Best:
    """Return the distribution of the best of all attempts of `effort` on `standing`.

    Parameters
    ----------
    shocks
        (draw, half-year) standard normals from `half_year_shocks`.
    """
    lag = effort.lag_years[None]
    location = np.empty((posterior.samples, *effort.lag_years.shape))
    compute = np.broadcast_to(effort.log10_compute, location.shape)
    for k in range(len(effort.groups)):
        rows = np.broadcast_to(lag[:, k], (posterior.samples, lag.shape[2]))
        training = bool(effort.training[k])
        dose = standing.dose(compute[:, k], rows) if training else np.zeros_like(rows)
        gained = standing.oom(
            dose=dose, lag=rows, training=training, inference=bool(effort.inference[k]),
            distilled=bool(effort.distillation[k]),
        )  # fmt: skip
        start = standing.location if training else standing.fixed
        location[:, k] = start[:, None] + standing.response[:, None] * gained
    when = (np.ceil(effort.edges[1:] * SHOCKS_PER_YEAR - 1e-9) - 1).astype(int)
    shared = standing.shock[:, None] * shocks[:, when]
    location += shared[:, None, :]
    return Best(
        location=location,
        scale=standing.scale,
        slope=standing.slope,
        attempts=effort.attempts,
        edges=effort.edges,
        z_today=standing.z_today,
        family=posterior.structure["attempts"],
        chains=posterior.chains,
    )


def half_year_shocks(seed: int, samples: int, key: str) -> Array:
    """Return (draw, half-year) standard normals for a benchmark, the same for every scenario."""
    import zlib

    rng = np.random.default_rng([seed, zlib.crc32(f"shock on {key}".encode())])
    return rng.standard_normal((SHOCKS_PER_YEAR * MOST_YEARS, samples)).T


@dataclass(frozen=True)
class Quantile:
    """A one-sided upper credible bound on the link scale, with its Monte-Carlo standard error."""

    z: float
    mcse: float
    confidence: float


def upper_bound(best: Best, confidence: float) -> Quantile:
    """Return the z that the best score stays below with probability `confidence`.

    Solves E_draws[P(best <= z)] = confidence. Its Monte-Carlo error is that of the expectation, by
    batch means over the chains, over its slope there.
    """
    gain = _root(lambda y: float(best.below(y).mean()) - confidence)
    inside = best.below(gain)
    step = 1e-3 * max(1.0, float(np.median(best.scale)))
    rise = float(best.below(gain + step).mean() - best.below(gain - step).mean()) / (2.0 * step)
    error = batch_error(inside, best.chains)
    mcse = error / rise if rise > 0.0 else float("nan")
    return Quantile(best.z_today + gain, mcse, confidence)


def batch_error(values: Array, chains: int) -> float:
    """Return the Monte-Carlo standard error of the mean of (draw) values, by batch means."""
    size = len(values) // (chains * BATCHES_PER_CHAIN)
    if size < 1:
        return float("nan")
    kept = values.reshape(chains, -1)[:, : size * BATCHES_PER_CHAIN]
    means = kept.reshape(chains * BATCHES_PER_CHAIN, size).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(len(means)))


def release_ceiling(best: Best, z_threshold: float, allowance: float) -> float:
    """Return the highest z today at which the exceedance stays within `allowance`.

    Today's score moves, everything else known of the base stays.
    """

    def spare(shift: float) -> float:
        gain = z_threshold - best.z_today - shift
        return float(best.below(gain, shift).mean()) - (1.0 - allowance)

    return best.z_today + _root(lambda shift: -spare(shift))


def crossing_years(
    exceedance: Array, edges: Array, shares: tuple[float, ...]
) -> list[float | None]:
    """Return the years at which the exceedance reaches each share; None beyond the horizon."""
    rising = np.concatenate([[0.0], np.maximum.accumulate(exceedance)])
    found: list[float | None] = []
    for share in shares:
        if not rising[-1] >= share:
            found.append(None)
            continue
        i = int(np.argmax(rising >= share))
        low, high = rising[i - 1], rising[i]
        part = 1.0 if high <= low else (share - low) / (high - low)
        found.append(float(edges[i - 1] + part * (edges[i] - edges[i - 1])))
    return found


def _root(rising: Callable[[float], float]) -> float:
    from scipy.optimize import brentq

    try:
        return float(brentq(rising, -REACH, REACH, xtol=1e-7, rtol=1e-10))
    except ValueError as problem:
        raise LeakboundError(
            f"the forecast has no solution between -{REACH:g} and {REACH:g} logits "
            f"({problem}); check scores and priors"
        ) from None
