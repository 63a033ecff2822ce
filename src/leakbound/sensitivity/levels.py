"""What decides, on all draws and on disjoint parts of them, with new effects of their own.

An assessment thins the draws, and gives each one set of new effects: what a base or a benchmark
without evidence draws from its population. Both are chance. Here all draws are kept, each with several
sets of other effects, over which probabilities are averaged; effects are cheap, draws are not. The
parts share neither draws nor effects: what only luck shows in one, the others need not show.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from leakbound.bound import Case
from leakbound.candidate.types import Candidate
from leakbound.evidence.table import Evidence
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.scenario import Scenario
from leakbound.sensitivity.bound_curve import BoundCurve
from leakbound.sensitivity.weighted import below_threshold, cases_of
from leakbound.units import Array

PARTS = 4
SETS = 8
Draws = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Levels:
    """Probabilities that the best stays below the gains that decide, over all draws.

    Attributes
    ----------
    below
        (level, row, draw): below the highest bound that is clear, and below the threshold; a mean over
        sets of new effects.
    once
        The same with one set, as an assessment has.
    cases
        (row) the cases with that set.
    parts
        The (draw) places of each part, stretches of every chain that follow each other.
    """

    below: Array
    once: Array
    cases: tuple[Case, ...]
    parts: tuple[Draws, ...]

    def means(self, weights: Array) -> Array:
        """Return (level, sample, row) means under (draw) weights: of all draws, then of each part."""
        found = [self.below @ weights / weights.sum()]
        for below, own in zip(self._of_parts, self.parts, strict=True):
            found.append(below @ weights[own] / weights[own].sum())
        return np.stack(found, axis=1)

    @cached_property
    def _of_parts(self) -> tuple[Array, ...]:
        return tuple(self.below[:, :, own] for own in self.parts)


def several_cases(
    candidate: Candidate,
    evidence: Evidence,
    posterior: Posterior,
    specification: Specification,
    scenarios: Mapping[str, Scenario],
) -> Iterator[tuple[Case, ...]]:
    """Yield the cases on all draws, once for each set of new effects."""
    for k in range(SETS):
        other = replace(posterior, seed=zlib.crc32(f"effects {k} of {posterior.seed}".encode()))
        yield tuple(
            cases_of(candidate, evidence, other, specification, scenarios, draws=posterior.samples)
        )


def levels_of(
    curves: Sequence[BoundCurve], several: Iterable[Sequence[Case]], chains: int
) -> Levels:
    """Return the levels of `curves`, whose cases every set of new effects has in order.

    Only the first set is kept: far horizons and many groups make each a large one.
    """
    gains = [curve.clear_gain for curve in curves]
    sets = iter(several)
    first = tuple(next(sets))
    once = _below(gains, first)
    each = [once, *(_below(gains, cases) for cases in sets)]
    rows = np.arange(once.shape[-1], dtype=np.int64).reshape(chains, -1)
    parts = tuple(part.ravel() for part in np.array_split(rows, PARTS, axis=1))
    return Levels(np.mean(each, axis=0), once, first, parts)


def _below(gains: Sequence[float], cases: Sequence[Case]) -> Array:
    """Return (level, row, draw) probabilities; zeros where no bound is clear."""
    clear = [
        case.best.below(gain) if np.isfinite(gain) else np.zeros(len(case.best.scale))
        for gain, case in zip(gains, cases, strict=True)
    ]
    return np.array([clear, [below_threshold(case) for case in cases]])
