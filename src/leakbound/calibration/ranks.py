"""Ranks of truths among draws, and whether they are uniform: simultaneous bands of their ECDF.

Of N ranks among 0..L, those below j number K_j ~ Binomial(N, j/(L + 1)) when they are uniform. The
most surprising of the K_j has tail probability g; its distribution under uniformity is simulated, which
gives both the p-value of the whole curve and the width of a simultaneous band (Saeilynoja, Buerkner
and Vehtari 2022, Statistics and Computing 32:32).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, betaincinv

from leakbound.units import Array

TRIALS = 10_000
BATCHES = 10
BAND = 0.95
SEED = 20221101


@dataclass(frozen=True)
class Uniformity:
    """Whether the ranks of one quantity are uniform.

    Attributes
    ----------
    ranks
        Number of ranks.
    p
        Probability that uniform ranks leave their diagonal as surprisingly as these.
    p_all
        The same, Holm-adjusted for all quantities looked at.
    inside
        Whether the ECDF stays inside the simultaneous 95 % band of this quantity alone.
    mean, spread
        Mean of rank/L (one half when calibrated) and its sd over that of uniform ranks (one).
    """

    name: str
    ranks: int
    p: float
    p_all: float
    inside: bool
    mean: float
    spread: float


def rank_among(truth: float, draws: npt.ArrayLike) -> int:
    """Return how many draws lie below the truth."""
    return int((np.asarray(draws, dtype=np.float64) < truth).sum())


def counts_below(ranks: npt.ArrayLike, levels: int) -> npt.NDArray[np.int64]:
    """Return (level) how many of the ranks 0..levels are below 1, 2 ... levels."""
    counts = np.bincount(np.asarray(ranks, dtype=np.int64), minlength=levels + 1)
    return np.asarray(np.cumsum(counts)[:levels], dtype=np.int64)


def surprise(below: npt.NDArray[np.int64], ranks: int) -> Array:
    """Return the smallest two-sided pointwise tail probability over the last dim, the levels."""
    levels = below.shape[-1]
    return np.asarray(_tails(ranks, levels)[below, np.arange(levels)].min(axis=-1))


@cache
def _tails(ranks: int, levels: int) -> Array:
    """Return (count, level) two-sided tail probabilities of Binomial(ranks, level/(levels + 1))."""
    share = np.arange(1, levels + 1) / (levels + 1)
    lower = bdtr(np.arange(ranks + 1)[:, None], ranks, share)
    upper = bdtr(np.arange(ranks, -1, -1)[:, None], ranks, 1.0 - share)
    return np.asarray(2.0 * np.minimum(lower, upper))


@cache
def _surprises(ranks: int, levels: int) -> Array:
    """Return (trial) the surprise of simulated uniform ranks, sorted."""
    rng = np.random.default_rng([SEED, ranks, levels])
    found = []
    for _ in range(BATCHES):
        drawn = rng.integers(0, levels + 1, (TRIALS // BATCHES, ranks))
        counts = np.apply_along_axis(np.bincount, 1, drawn, minlength=levels + 1)
        found.append(surprise(np.cumsum(counts, axis=1)[:, :levels], ranks))
    return np.sort(np.concatenate(found))


def p_value(ranks: npt.ArrayLike, levels: int) -> float:
    """Return the probability that uniform ranks are at least as surprising as these."""
    found = np.asarray(ranks, dtype=np.int64)
    null = _surprises(len(found), levels)
    mine = float(surprise(counts_below(found, levels), len(found)))
    return float((1 + np.searchsorted(null, mine * (1.0 + 1e-9), side="right")) / (TRIALS + 1))


def band(ranks: int, levels: int, level: float = BAND) -> tuple[Array, Array]:
    """Return (level) lower and upper ends of the simultaneous band of the share of ranks below.

    Uniform ranks stay inside at every level together with probability `level` or a little more.
    """
    inside = _tails(ranks, levels) >= _gamma(ranks, levels, level)
    low = inside.argmax(axis=0)
    high = ranks - inside[::-1].argmax(axis=0)
    return low / ranks, high / ranks


def _gamma(ranks: int, levels: int, level: float) -> float:
    return float(np.quantile(_surprises(ranks, levels), 1.0 - level, method="lower"))


def stays_inside(ranks: npt.ArrayLike, levels: int, level: float = BAND) -> bool:
    """Return whether the share of ranks below stays inside the band at every level."""
    found = np.asarray(ranks, dtype=np.int64)
    mine = surprise(counts_below(found, levels), len(found))
    return bool(mine >= _gamma(len(found), levels, level))


def holm(p: Sequence[float]) -> Array:
    """Return Holm-adjusted p-values: the chance that any of so many true hypotheses looks like that."""
    order = np.argsort(p, kind="stable")
    scaled = np.asarray(p)[order] * np.arange(len(p), 0, -1)
    out = np.empty(len(p))
    out[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return out


def uniformity(ranks: Mapping[str, npt.ArrayLike], levels: int) -> tuple[Uniformity, ...]:
    """Return the verdict on every quantity, given its ranks among 0..levels."""
    names = list(ranks)
    p = [p_value(ranks[name], levels) for name in names]
    adjusted = holm(p)
    even = np.sqrt((levels + 2.0) / (12.0 * levels))
    out = []
    for name, alone, together in zip(names, p, adjusted, strict=True):
        share = np.asarray(ranks[name], dtype=np.float64) / levels
        spread = float(share.std() / even)
        out.append(
            Uniformity(
                name, len(share), alone, float(together), stays_inside(ranks[name], levels),
                float(share.mean()), spread,
            )
        )  # fmt: skip
    return tuple(out)


def binomial_interval(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share."""
    tail = (1.0 - level) / 2.0
    missed = trials - successes
    low = float(betaincinv(successes, missed + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, missed, 1.0 - tail)) if missed else 1.0
    return low, high
