"""Tell the luck of the truths of a posterior calibration from a fault of its fits.

Usage: python experiments/posterior_truths.py [--seed 1] [--folder results/calibration]
All truths of that variant are draws of one posterior. Their mean rank among all of its draws is 0.5 but
for luck, and what of a calibration's mean rank follows from it by regression (a control variate) is luck
too. What is left has the error of so many simulations and that of the one posterior, 0.29 over the root
of its effective draws, which all simulations share; `z` counts both. Reads FOLDER/posterior.json, draws
its truths again (some minutes), and writes FOLDER/posterior-truths.json and .md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from leakbound.evidence.rows import write_text
from leakbound.evidence.table import load_evidence
from leakbound.priors import read_specification
from leakbound.proof.outcome import BOUND
from leakbound.proof.question import answer, usual_effort
from leakbound.proof.run import Task, calibration_task
from leakbound.units import Array

UNIFORM_SD = 0.29
HEADER = "| quantity | mean rank | of the truths | adjusted | z |"


@dataclass(frozen=True)
class Luck:
    """Mean rank of a quantity (0..1) in the fits, of its truths where they come from, and adjusted."""

    quantity: str
    mean: float
    truths: float
    adjusted: float
    z: float


def luck(quantity: str, ranks: Array, truths: Array, effective: float) -> Luck:
    """Return the mean of (simulation) ranks less what the truths' own ranks explain."""
    slope = np.cov(truths, ranks)[0, 1] / truths.var(ddof=1)
    left = ranks - slope * (truths - 0.5)
    error = np.hypot(left.std(ddof=1) / np.sqrt(len(left)), UNIFORM_SD * slope / np.sqrt(effective))
    z = (left.mean() - 0.5) / error
    return Luck(
        quantity, *(round(float(x), 4) for x in (ranks.mean(), truths.mean(), left.mean(), z))
    )


def own_ranks(task: Task, simulations: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return (simulation) ranks of the truths, and of what they bring about, in their posterior.

    With them goes the number of effective draws behind each quantity.
    """
    found: dict[str, list[float]] = {}
    effective: dict[str, float] = {}
    for index in range(simulations):
        truth, rng = task.truth(index)
        for name, draws in task.observed.draws.items():
            if draws.ndim == 1:
                found.setdefault(name, []).append(float((draws < truth[name]).mean()))
                effective[name] = effective.get(name) or independent(draws, task)
        for question in task.questions:
            one = answer(
                question, usual_effort(), truth, task.template.design, task.observed,
                task.specification, rng,
            )  # fmt: skip
            place, best = f"location, {question.name}", f"{BOUND}, {question.name}"
            found.setdefault(place, []).append(float((one.locations < one.location).mean()))
            found.setdefault(best, []).append(one.below)
            effective[place] = effective.get(place) or independent(one.locations, task)
            effective[best] = effective[place]
    return found, effective


def independent(draws: Array, task: Task) -> float:
    """Return the bulk effective sample size of (sample) draws of the posterior of truths."""
    from arviz_stats import ess

    return float(ess(draws.reshape(task.observed.chains, -1), method="bulk"))


def table(found: Sequence[Luck]) -> str:
    """Return the Markdown table, the farthest from uniform first."""
    ordered = sorted(
        found, key=lambda one: (not one.quantity.startswith(BOUND), -abs(one.mean - 0.5))
    )
    rows = [
        f"| {one.quantity} | {one.mean:.3f} | {one.truths:.3f} | {one.adjusted:.3f} | {one.z:.1f} |"
        for one in ordered
    ]
    return "\n".join([HEADER, "|---|---|---|---|---|", *rows]) + "\n"


def main() -> None:
    """Read a calibration, draw its truths again, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("results/calibration"))
    given = parser.parse_args()
    told = json.loads((given.folder / "posterior.json").read_text())
    task = calibration_task(
        load_evidence(), read_specification(), variant="posterior", seed=given.seed
    )
    if told["digest"] != task.digest:
        parser.error(f"{given.folder}/posterior.json is not of seed {given.seed} and this version")
    truths, effective = own_ranks(task, told["simulations"])
    levels = told["levels"] + 1
    found = [
        luck(name, (np.array(ranks) + 0.5) / levels, np.array(truths[name]), effective[name])
        for name, ranks in told["ranks"].items()
    ]
    head = f"Seed {given.seed}, {told['simulations']} simulations; `experiments/posterior_truths.py`.\n\n"
    write_text(given.folder / "posterior-truths.md", head + table(found))
    rows = json.dumps([asdict(one) for one in found], indent=1)
    write_text(given.folder / "posterior-truths.json", rows + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
