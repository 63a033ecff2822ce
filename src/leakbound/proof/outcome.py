"""What a calibration found: uniformity of every quantity, coverage of the bound, failed fits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leakbound.calibration.ranks import BAND, Uniformity, binomial_interval, uniformity
from leakbound.proof.question import CONFIDENCE
from leakbound.proof.task import LEVELS, Simulation, Task
from leakbound.writing import write_text

BOUND = "bound"
UNCONVERGED_LIMIT = 0.1


@dataclass(frozen=True)
class Coverage:
    """How often the one-sided bound held, with the exact binomial 95 % interval of that share."""

    question: str
    held: int
    simulations: int
    share: float
    low: float
    high: float

    @property
    def as_stated(self) -> bool:
        """Whether the stated confidence is inside the interval, or the bound held more often."""
        return self.high >= CONFIDENCE


@dataclass(frozen=True)
class Calibration:
    """Result of a calibration.

    Attributes
    ----------
    ranks
        (simulation) ranks 0..levels by quantity; those of the bound are its predictive
        probabilities in as many steps.
    twice
        Indices of the simulations whose fit was sampled twice.
    unconverged
        Indices of those whose fit did not converge even then; they count in everything above.
    divergent
        Share of divergent draws over all simulations.
    """

    model: str
    variant: str
    seed: int
    digest: str
    evidence_digest: str
    simulations: int
    levels: int
    quantities: tuple[Uniformity, ...]
    coverage: tuple[Coverage, ...]
    twice: tuple[int, ...]
    unconverged: tuple[int, ...]
    divergent: float
    ranks: dict[str, list[int]]

    @property
    def calibrated(self) -> bool:
        """Whether fits converged, no quantity leaves its band (all looked at together), bounds held."""
        uniform = all(one.p_all >= 1.0 - BAND for one in self.quantities)
        return self.fitted and uniform and all(one.as_stated for one in self.coverage)

    @property
    def fitted(self) -> bool:
        """Whether no more fits than UNCONVERGED_LIMIT of them did not converge."""
        return len(self.unconverged) <= UNCONVERGED_LIMIT * self.simulations


def outcome_of(task: Task, simulations: Sequence[Simulation]) -> Calibration:
    """Return what finished simulations say."""
    ranks = ranks_of(simulations)
    return Calibration(
        model=task.specification.name,
        variant=task.variant,
        seed=task.seed,
        digest=task.digest,
        evidence_digest=task.evidence.digest,
        simulations=len(simulations),
        levels=LEVELS,
        quantities=uniformity(ranks, LEVELS),
        coverage=tuple(_coverage(q.name, simulations) for q in task.questions),
        twice=tuple(one.index for one in simulations if one.twice),
        unconverged=tuple(one.index for one in simulations if not one.converged),
        divergent=float(np.mean([one.divergences for one in simulations])),
        ranks=ranks,
    )


def ranks_of(simulations: Sequence[Simulation]) -> dict[str, list[int]]:
    """Return (simulation) ranks by quantity, the bound's predictive probabilities among them."""
    first = simulations[0]
    out = {name: [one.ranks[name] for one in simulations] for name in first.ranks}
    for name in first.below:
        shares = np.array([one.below[name] for one in simulations])
        stepped = np.minimum((shares * (LEVELS + 1)).astype(int), LEVELS)
        out[f"{BOUND}, {name}"] = [int(rank) for rank in stepped]
    return out


def _coverage(question: str, simulations: Sequence[Simulation]) -> Coverage:
    held = sum(one.covered[question] for one in simulations)
    low, high = binomial_interval(held, len(simulations))
    share = held / len(simulations)
    return Coverage(question, held, len(simulations), share, low, high)


def write_json(calibration: Calibration, path: Path) -> None:
    """Write the result; the same simulations give the same bytes."""
    told: dict[str, Any] = {"schema": 2, "calibrated": calibration.calibrated}
    told |= asdict(calibration)
    write_text(path, json.dumps(told, indent=1, allow_nan=False) + "\n")
