"""What makes a bound wide: its distance from the median, split into named shares.

In a draw the best score is B = sum of parts X_g, those of the attempt that reached it. The width is
split by what each part adds on the way from the median to the bound (Euler allocation, Tasche 1999):

    width = sum over g of E[X_g | B = bound] - E[X_g | B = median]

which sums up exactly and, for independent normal parts, is their share of the variance. A part can be
negative: it then makes up for others. Between structures the same is done with their own medians.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leakbound.bound import Case
from leakbound.explain.width_parts import Parts, parts_of
from leakbound.forecast import BATCHES_PER_CHAIN
from leakbound.job import Job
from leakbound.model.attempts import AttemptDistribution
from leakbound.posterior import Posterior
from leakbound.roots import rising_root, stretched
from leakbound.structures.mixture import MixedPosterior, attempts_of
from leakbound.units import Array

NAMES = (
    "parameters",
    "lineage",
    "benchmark and domain",
    "attempts",
    "structure",
    "measurement",
)
MEANINGS: Mapping[str, str] = {
    "parameters": "what all benchmarks and domains share: rates, ceilings, dose curve",
    "lineage": "what is peculiar to this base and its community",
    "benchmark and domain": "what an OOM is worth on this benchmark, and how its domain differs",
    "attempts": "how many try, with how much, how lucky the best one is",
    "structure": "how far medians of structures differ (heavier tails of some count as attempts)",
    "measurement": "finite numbers of items, for today's score and for the derivative's",
}
GRID = 12


@dataclass(frozen=True)
class WidthShares:
    """Shares of the width of one bound; `parts` sum to one, `errors` are Monte-Carlo.

    `width_z` is bound less median on the link scale, of the best attempt even where it stays below
    today's score.
    """

    threshold: str
    benchmark: str
    scenario: str
    confidence: float
    width_z: float
    parts: Mapping[str, float]
    errors: Mapping[str, float]


def widths(job: Job) -> Iterator[WidthShares]:
    """Yield the shares of every threshold and scenario whose bound lies above today's score."""
    for pair in job.pairs():
        found = width_shares(job.judged(*pair)[0], job.posterior)
        if found is not None:
            yield found


def width_shares(case: Case, posterior: Posterior) -> WidthShares | None:
    """Return the shares of a case's width; None where no attempt reaches beyond today's score.

    `posterior` is the one, thinned alike, that the case was laid out with.
    """
    best, level = case.best, case.limit.confidence
    bound = rising_root(best.below, level).x
    median = rising_root(best.below, 0.5).x
    if not (np.isfinite(bound) and bound > 0.0 and np.isfinite(median) and bound > median):
        return None
    codes = _codes(posterior)
    anchors = _medians(case, codes, median)
    split = _Split(parts_of(case, posterior, codes), attempts_of(posterior), best.attempts)
    told = [split.at(bound), split.at(median), split.at(anchors[codes])]
    batches = _batches(len(codes), best.chains)
    widths = _allocated([one.summed(codes, None) for one in told], anchors)
    left_out = np.stack(
        [_allocated([one.summed(codes, batches != b) for one in told], anchors)
         for b in range(int(batches.max()) + 1)]
    )  # fmt: skip
    share = widths / widths.sum()
    others = left_out / left_out.sum(axis=1, keepdims=True)
    n = len(others)
    error = np.sqrt((n - 1) / n * ((others - others.mean(axis=0)) ** 2).sum(axis=0))
    return WidthShares(
        case.threshold.name, case.standing.benchmark.key, case.scenario.key, level, bound - median,
        dict(zip(NAMES, share.tolist(), strict=True)), dict(zip(NAMES, error.tolist(), strict=True)),
    )  # fmt: skip


@dataclass(frozen=True)
class _Told:
    """(draw) density of the best at a gain, and density times each part, (part, draw)."""

    density: Array
    parts: Array

    def summed(
        self, codes: npt.NDArray[np.int64], kept: npt.NDArray[np.bool_] | None
    ) -> tuple[Array, Array]:
        """Return (member) densities and (part, member) sums over the draws kept."""
        weight = np.ones(len(codes)) if kept is None else kept.astype(np.float64)
        members = int(codes.max()) + 1
        density = np.bincount(codes, self.density * weight, members)
        return density, np.stack([np.bincount(codes, row * weight, members) for row in self.parts])


class _Split:
    """Density of the best and its parts at a gain, from which attempt may have reached it."""

    def __init__(self, parts: Parts, family: AttemptDistribution, attempts: Array) -> None:
        self.parts, self.family, self.attempts = parts, family, attempts

    def at(self, gain: float | Array) -> _Told:
        """Return what there is at a gain, one number or (draw).

        `reached` (group, bin, draw) is the density of the best where that attempt is it, in logs, since
        far below their location attempts have no probability below and an endless hazard.
        """
        p = self.parts
        y = (gain - p.location) / p.scale
        log_cdf = self.family.log_cdf(y, np)
        log_below = (self.attempts * log_cdf).sum(axis=(0, 1))
        log_hazard = self.family.log_density(y, np) - log_cdf
        reached = self.attempts * np.exp(log_below + log_hazard) / p.scale
        density = reached.sum(axis=(0, 1))
        common, special = ((reached * x).sum(axis=(0, 1)) for x in (p.common, p.special))
        scatter = (reached * (y * p.scale)).sum(axis=(0, 1))
        noise = density * p.noise + p.noise_share * scatter
        lineage = density * p.lineage
        rest = density * gain - common - special - lineage - noise
        nothing = np.zeros_like(density)
        return _Told(density, np.stack([common, lineage, special, rest, nothing, noise]))


def _allocated(told: list[tuple[Array, Array]], anchors: Array) -> Array:
    """Return (part) widths from sums at the bound, the median and each member's own median."""
    own_density, own_sums = told[2]
    own = own_sums / own_density
    widths = np.zeros(len(NAMES))
    for sign, (density, sums) in zip((1.0, -1.0), told[:2], strict=True):
        chance = density / density.sum()
        widths += sign * (chance * (sums / density - own)).sum(axis=1)
        widths[NAMES.index("structure")] += sign * float(chance @ anchors)
    return widths


def _codes(posterior: Posterior) -> npt.NDArray[np.int64]:
    if isinstance(posterior, MixedPosterior):
        return np.unique(posterior.codes, return_inverse=True)[1]
    return np.zeros(posterior.samples, dtype=np.int64)


def _medians(case: Case, codes: npt.NDArray[np.int64], median: float) -> Array:
    """Return (member) the median gain under each structure alone, read off one grid of gains."""
    members = int(codes.max()) + 1
    if members == 1:
        return np.array([median])
    best = case.best
    low, high = (rising_root(best.below, level).x for level in (0.1, 0.9))
    gains = np.linspace(low, high, GRID)
    below = np.stack([best.below(gain) for gain in gains])
    counts = np.bincount(codes)
    curves = [np.bincount(codes, row) / counts for row in below]
    aim = float(stretched(0.5))
    return np.array([np.interp(aim, stretched(curve), gains) for curve in np.transpose(curves)])


def _batches(draws: int, chains: int) -> npt.NDArray[np.int64]:
    """Return (draw) the batch each draw is in: runs of draws within a chain."""
    count = min(BATCHES_PER_CHAIN, draws // chains)
    place = np.arange(draws) % (draws // chains)
    chain = np.arange(draws) // (draws // chains)
    return np.asarray(chain * count + place * count // (draws // chains))
