"""The forecast in closed form: the best of all attempts by a time, given a posterior draw.

    log P(best gain <= y | draw) = sum over groups k and bins i of n_ki log F((y - m_ki)/s)

with n_ki attempts of group k in bin i, so that only draws are sampled, never attempts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from leakbound.effort import Effort
from leakbound.model.attempts import ATTEMPTS
from leakbound.posterior import Posterior
from leakbound.roots import rising_root, stretched
from leakbound.standing import Standing
from leakbound.units import Array

SHOCKS_PER_YEAR = 2
MOST_YEARS = 21
BATCHES_PER_CHAIN = 15
NARROWEST = 0.05
LARGEST_EXPONENT = 700.0
BLOCK = 8


@dataclass(frozen=True)
class Best:
    """Distribution of the best gain by the end of each bin, draw by draw.

    The draw comes last in memory, so that sums over groups and bins run along it.

    Attributes
    ----------
    location
        (group, bin, draw) gain of a typical attempt on the link scale.
    scale
        (draw) scale of attempts.
    attempts
        (group, bin, draw), the draw dim of length 1 when it does not vary.
    edges
        (bin + 1) years since release.
    z_today
        Today's score on the link scale.
    chains
        Chains the draws consist of, in order.
    """

    location: Array
    scale: Array
    attempts: Array
    edges: Array
    z_today: float
    family: str
    chains: int

    @cached_property
    def _entries(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Array, Array]:
        """Where anyone works: (entry) group and bin, (entry, draw) location over scale, attempts."""
        group, when = np.nonzero(~(self.attempts <= 0.0).all(axis=2))
        return group, when, self.location[group, when] / self.scale, self.attempts[group, when]

    def log_cdf(self, y: Array) -> Array:
        """Return the log cdf of an attempt at standardised values, the draw in the last dim."""
        return np.asarray(ATTEMPTS[self.family].log_cdf(y, np))

    def _risks(self, gain: float) -> Iterator[tuple[int, Array]]:
        """Yield the first of a few entries, and their (entry, draw) n log F at `gain`.

        Few, so that the arrays stay in the processor's cache.
        """
        y = gain / self.scale
        _, _, place, attempts = self._entries
        if self.family == "logistic":
            yield from self._logistic_risks(y)
            return
        for i in range(0, len(place), BLOCK):
            yield i, attempts[i : i + BLOCK] * self.log_cdf(y - place[i : i + BLOCK])

    def _logistic_risks(self, y: Array) -> Iterator[tuple[int, Array]]:
        """Yield the same for the logistic in half the time: log F = -log(1 + exp(m/s) exp(-y))."""
        _, _, place, attempts = self._entries
        top, odds = self._odds
        fall = np.exp(np.minimum(top - y, LARGEST_EXPONENT))
        for i in range(0, len(place), BLOCK):
            risk = odds[i : i + BLOCK] * fall
            np.log1p(risk, out=risk)
            risk *= attempts[i : i + BLOCK]
            yield i, np.negative(risk, out=risk)

    @cached_property
    def _odds(self) -> tuple[Array, Array]:
        """(draw) largest location over scale, and (entry, draw) exp of the others' distance to it."""
        place = self._entries[2]
        top = place.max(axis=0) if len(place) else np.zeros(len(self.scale))
        return top, np.exp(place - top)

    def log_below(self, gain: float) -> Array:
        """Return (bin, draw): log P(no attempt of groups in the bin exceeds `gain`)."""
        total = np.zeros(self.location.shape[1:])
        _, when, _, _ = self._entries
        for i, risk in self._risks(gain):
            for bin_, row in zip(when[i : i + BLOCK], risk, strict=True):
                total[bin_] += row
        return total

    def log_below_all(self, gain: float) -> Array:
        """Return (draw): the same of all bins together."""
        total = np.zeros(len(self.scale))
        for _, risk in self._risks(gain):
            total += risk.sum(axis=0)
        return total

    @cached_property
    def typical(self) -> Array:
        """(draw) gain that the best attempt exceeds about half of the time, to begin searches at.

        With the tail of F taken as exp(-y): s log(sum n exp(m/s) / log 2).
        """
        top, odds = self._odds
        if not len(odds):
            return np.full(len(self.scale), -np.inf)
        total = (self._entries[3] * odds).sum(axis=0)
        return np.asarray(self.scale * (top + np.log(total / np.log(2.0))))

    @cached_property
    def in_order(self) -> Array:
        """`typical` from the lowest to the highest."""
        return np.sort(self.typical)

    def below(self, gain: float) -> Array:
        """Return (draw) P(best gain by the horizon <= `gain`)."""
        return np.exp(self.log_below_all(gain))

    def exceedance_by(self, z_threshold: float) -> Array:
        """Return (bin) probability that the best score reaches the threshold by each bin's end.

        It is one throughout when today's score reaches it.
        """
        if self.z_today >= z_threshold:
            return np.ones(len(self.edges) - 1)
        summed = np.cumsum(self.log_below(z_threshold - self.z_today), axis=0)
        return np.asarray(1.0 - np.exp(summed).mean(axis=1))

    def exceeds(self, z_threshold: float) -> Array:
        """Return (draw) probability that the best score reaches the threshold by the horizon."""
        if self.z_today >= z_threshold:
            return np.ones(len(self.scale))
        return np.asarray(1.0 - self.below(z_threshold - self.z_today))

    def shifted(self, logits: float) -> Best:
        """Return the distribution with every attempt moved up by so many logits."""
        return replace(self, location=self.location + logits)

    def until(self, years: float) -> Best:
        """Return the distribution with a nearer horizon, which must be one of the edges."""
        bins = int(np.searchsorted(self.edges, years - 1e-9))
        return replace(
            self,
            location=self.location[:, :bins],
            attempts=self.attempts[:, :bins],
            edges=self.edges[: bins + 1],
        )

    def every(self, step: int) -> Best:
        """Return the distribution over every `step`-th draw alone."""
        varies = self.attempts.shape[2] > 1
        return replace(
            self,
            location=np.ascontiguousarray(self.location[:, :, ::step]),
            scale=self.scale[::step],
            attempts=np.ascontiguousarray(self.attempts[:, :, ::step]) if varies else self.attempts,
        )

    def shares(self, gain: float) -> Array:
        """Return (group, bin) shares of the risk of exceeding `gain`, summing to one or all zero."""
        risk = np.zeros(self.location.shape[:2])
        if not np.isfinite(gain):
            return risk
        group, when, _, _ = self._entries
        for i, log_below in self._risks(gain):
            at = slice(i, i + BLOCK)
            risk[group[at], when[at]] = -log_below.mean(axis=1)
        total = risk.sum()
        return np.asarray(risk / total) if total > 0.0 else np.zeros_like(risk)


def best_of(posterior: Posterior, standing: Standing, effort: Effort, shocks: Array) -> Best:
    """Return the distribution of the best of all attempts of `effort` on `standing`.

    Parameters
    ----------
    shocks
        (half-year, draw) standard normals from `half_year_shocks`.
    """
    lag = effort.lag_years
    samples = posterior.samples
    location = np.empty((*lag.shape, samples))
    compute = np.broadcast_to(effort.log10_compute, (samples, *lag.shape))
    for k in range(len(effort.groups)):
        rows = np.repeat(lag[k], samples).reshape(-1, samples).T
        training = bool(effort.training[k])
        gained = standing.oom(
            trained=standing.trained(compute[:, k], rows) if training else 0.0, lag=rows,
            inference=bool(effort.inference[k]), distilled=bool(effort.distillation[k]),
        )  # fmt: skip
        start = standing.location if training else standing.fixed
        location[k] = (start[:, None] + standing.response[:, None] * gained).T
    location += standing.shock * shocks[_half_years(effort.edges)]
    return Best(
        location=location,
        scale=standing.scale,
        attempts=np.ascontiguousarray(np.moveaxis(effort.attempts, 0, 2)),
        edges=effort.edges,
        z_today=standing.z_today,
        family=posterior.structure["attempts"],
        chains=posterior.chains,
    )


def restood(best: Best, before: Standing, after: Standing, effort: Effort, shocks: Array) -> Best:
    """Return `best` of `before` as `best_of` would give it of `after`, with less work.

    Both are of one base and benchmark with different scores today: what effort gains is the same.
    """
    training = effort.training[:, None]
    start = np.where(training, after.location - before.location, after.fixed - before.fixed)
    shock = (after.shock - before.shock) * shocks[_half_years(best.edges)]
    return replace(
        best, location=best.location + start[:, None] + shock, scale=after.scale,
        z_today=after.z_today,
    )  # fmt: skip


def _half_years(edges: Array) -> npt.NDArray[np.int64]:
    """Return the half-year that each bin ends in."""
    return (np.ceil(edges[1:] * SHOCKS_PER_YEAR - 1e-9) - 1).astype(np.int64)


def half_year_shocks(seed: int, samples: int, key: str) -> Array:
    """Return (half-year, draw) standard normals for a benchmark, the same for every scenario."""
    import zlib

    rng = np.random.default_rng([seed, zlib.crc32(f"shock on {key}".encode())])
    return rng.standard_normal((SHOCKS_PER_YEAR * MOST_YEARS, samples))


@dataclass(frozen=True)
class Quantile:
    """A one-sided upper credible bound on the link scale, with its Monte-Carlo standard error."""

    z: float
    mcse: float
    confidence: float


def upper_bound(best: Best, confidence: float) -> Quantile:
    """Return the z that the best score stays below with probability `confidence`.

    Solves E_draws[P(best <= z)] = confidence. Its Monte-Carlo error is that of the expectation, by
    batch means over the chains, over its slope there. Today's score is there already, so no bound
    lies below it; where attempts are too few to reach it, the error is zero if that is certain
    beyond Monte-Carlo error and unknown otherwise. The bound is infinite where no score is enough.
    """
    root = rising_root(best.below, confidence, **_guess(best.in_order, confidence))
    if root.x <= 0.0:
        return Quantile(best.z_today, _error_at_today(best, confidence), confidence)
    error = batch_error(root.values, best.chains)
    mcse = error / root.slope if root.slope > 0.0 else float("nan")
    return Quantile(best.z_today + root.x, mcse, confidence)


def _error_at_today(best: Best, confidence: float) -> float:
    below = best.below(0.0)
    spare = float(below.mean()) - confidence
    return 0.0 if spare > 2.0 * batch_error(below, best.chains) else float("nan")


def batch_error(values: Array, chains: int) -> float:
    """Return the Monte-Carlo standard error of the mean of (draw) values, by batch means.

    NaN, which clears nothing, where chains are too short for batches or not equally long.
    """
    if len(values) % chains:
        return float("nan")
    size = len(values) // (chains * BATCHES_PER_CHAIN)
    if size < 1:
        return float("nan")
    kept = values.reshape(chains, -1)[:, : size * BATCHES_PER_CHAIN]
    means = kept.reshape(chains * BATCHES_PER_CHAIN, size).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(len(means)))


def _guess(ordered: Array, level: float) -> dict[str, float]:
    """Return where to begin a search and the gain per unit of height there, from typical gains in order.

    Heights are on the scale of `rising_root`.
    """
    last = len(ordered) - 1
    ends = (0.8 * level, level + 0.8 * (1.0 - level))
    low, start, high = (ordered[int(p * last)] for p in (ends[0], level, ends[1]))
    width = (
        float((high - low) / np.diff(stretched(ends))[0]) if np.isfinite([low, high]).all() else 1.0
    )
    middle = float(start) if np.isfinite(start) else 0.0
    return {"start": middle, "width": max(width, NARROWEST)}


def exceedance_at(best: Best, z_threshold: float, years: Array) -> Array:
    """Return the chance that the best score reaches the threshold by each of `years`, up to the horizon.

    Within a bin attempts are made evenly, each with the lag of the bin's end.
    """
    if best.z_today >= z_threshold:
        return np.ones(len(years))
    each, summed = _in_turn(best, z_threshold)
    place = np.interp(years, best.edges, np.arange(len(best.edges)))
    i = np.minimum(place.astype(np.int64), len(each) - 1)
    made = summed[i] + (place - i)[:, None] * each[i]
    return np.asarray(1.0 - np.exp(made).mean(axis=1))


def crossing_years(best: Best, z_threshold: float, shares: tuple[float, ...]) -> list[float | None]:
    """Return the years at which the chance of the threshold reaches each share; None beyond the horizon.

    Within a bin attempts are made evenly, each with the lag of the bin's end. The chance then rises
    steeply at first and slower afterwards: a straight line through the bin would come too late.
    """
    if best.z_today >= z_threshold:
        return [0.0 for _ in shares]
    each, summed = _in_turn(best, z_threshold)
    rising = np.maximum.accumulate(1.0 - np.exp(summed).mean(axis=1))
    return [_crossing(each, summed, rising, best.edges, share) for share in shares]


def _in_turn(best: Best, z_threshold: float) -> tuple[Array, Array]:
    """Return log chances of staying below the threshold in each bin, and their sums before each edge."""
    each = best.log_below(z_threshold - best.z_today)
    return each, np.concatenate([np.zeros((1, each.shape[1])), np.cumsum(each, axis=0)])


def _crossing(
    each: Array, summed: Array, rising: Array, edges: Array, share: float
) -> float | None:
    """Return the years from (bin, draw) log chances of staying below, and their sums before each edge."""
    if not rising[-1] >= share:
        return None
    i = max(int(np.argmax(rising >= share)), 1) - 1

    def spare(part: float) -> float:
        return float(1.0 - np.exp(summed[i] + part * each[i]).mean() - share)

    part = 0.0 if spare(0.0) >= 0.0 else 1.0 if spare(1.0) <= 0.0 else brentq(spare, 0.0, 1.0)
    return float(edges[i] + part * (edges[i + 1] - edges[i]))
