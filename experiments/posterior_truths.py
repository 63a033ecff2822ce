"""Tell the luck of the truths of a posterior calibration from a fault of its fits.

Usage: python experiments/posterior_truths.py [--seed 1] [--folder results/calibration]
All truths of that variant are draws of one posterior, so that they and the best attempts they bring about
can be held against that posterior too. What fits find follows it by regression: that part is luck, as far
as 1,000 more truths, to which no fit is made, are average in the same posterior. Reads the finished
simulations from the cache and writes FOLDER/posterior-truths.json and .md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from leakbound.calibration.luck import Expected, Luck, luck
from leakbound.calibration.truth import Truth, truth_of
from leakbound.evidence.table import load_evidence
from leakbound.priors import read_specification
from leakbound.proof.outcome import BOUND
from leakbound.proof.question import CONFIDENCE
from leakbound.proof.run import run
from leakbound.proof.task import LEVELS, Simulation, Task, calibration_task
from leakbound.writing import write_text

MORE = 1000
HELD = "held"
HEADER = (
    "| quantity | if calibrated | in the fits | own posterior | expected there | adjusted | z |"
)
Values = dict[str, list[float]]


def of_questions(task: Task, truth: Truth, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Yield by name how the posterior of truths answers for one truth; `rng` draws the attempts."""
    for question, one in task.answers(truth, task.observed, rng):
        yield f"location, {question}", float((one.locations < one.location).mean())
        yield f"{BOUND}, {question}", one.below
        yield f"{HELD}, {question}", float(one.covered)


def of_truths(task: Task, simulations: int) -> Values:
    """Return (simulation) places of the truths in their posterior, and of the same best attempts."""
    values: Values = {}
    for index in range(simulations):
        drawn = task.drawn(index)
        for name, draws in task.observed.draws.items():
            if draws.ndim == 1:
                values.setdefault(name, []).append(float((draws < drawn.truth[name]).mean()))
        for name, value in of_questions(task, drawn.truth, drawn.rng):
            values.setdefault(name, []).append(value)
    return values


def of_more(task: Task) -> dict[str, Expected]:
    """Return what the posterior of truths answers on average over MORE of its draws."""
    values: Values = {}
    for k in np.linspace(0, task.observed.samples - 1, MORE).astype(int):
        rng = np.random.default_rng([task.seed, 1, int(k)])
        for name, value in of_questions(task, truth_of(task.observed, int(k)), rng):
            values.setdefault(name, []).append(value)
    return {
        name: Expected(float(np.mean(found)), float(np.std(found) / np.sqrt(MORE)))
        for name, found in values.items()
    }


def of_fits(simulations: Sequence[Simulation]) -> Values:
    """Return (simulation) what the fits found, ranks as shares."""
    values: Values = {}
    for one in simulations:
        for name, rank in one.ranks.items():
            values.setdefault(name, []).append((rank + 0.5) / (LEVELS + 1))
        for name, below in one.below.items():
            values.setdefault(f"{BOUND}, {name}", []).append(below)
            values.setdefault(f"{HELD}, {name}", []).append(float(one.covered[name]))
    return values


def independent(task: Task) -> dict[str, float]:
    """Return the bulk effective sample size of each parameter in the posterior of truths."""
    from arviz_stats import ess

    chains = {
        name: draws.reshape(task.observed.chains, -1)
        for name, draws in task.observed.draws.items()
        if draws.ndim == 1
    }
    return {name: float(ess(values, method="bulk")) for name, values in chains.items()}


def lucks(task: Task, simulations: Sequence[Simulation]) -> list[Luck]:
    """Return the luck of every quantity; forecasts are as uncertain as the worst parameter."""
    fits, own, more = of_fits(simulations), of_truths(task, len(simulations)), of_more(task)
    effective = independent(task)
    least = min(effective.values())
    return [
        luck(
            name, np.array(found), np.array(own[name]),
            nominal=CONFIDENCE if name.startswith(HELD) else 0.5,
            expected=more.get(name, Expected(0.5)), effective=effective.get(name, least),
        )
        for name, found in fits.items()
    ]  # fmt: skip


def table(found: Sequence[Luck]) -> str:
    """Return the Markdown table: bounds first, then the farthest from calibrated."""
    ordered = sorted(
        found, key=lambda one: (not one.quantity.startswith((HELD, BOUND)), -abs(one.z))
    )
    rows = [
        f"| {one.quantity} | {one.nominal:g} | {one.found:.3f} | {one.truths:.3f} | {one.expected:.3f} "
        f"| {one.adjusted:.3f} | {one.z:.1f} |"
        for one in ordered
    ]
    return "\n".join([HEADER, "|---|---|---|---|---|---|---|", *rows]) + "\n"


def main() -> None:
    """Read the simulations, draw their truths again, and write what is luck."""
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
    done = list(run(task, told["simulations"]))
    found = lucks(task, done)
    checks = ", ".join(f"{one.name} {one.found:.4g}" for one in task.observed.checks)
    head = (
        f"Seed {given.seed}, {len(done)} simulations, {MORE} more truths without a fit; by "
        f"`experiments/posterior_truths.py`.\n"
        f"The posterior of truths: {task.observed.samples} draws, {checks}.\n\n"
    )
    write_text(given.folder / "posterior-truths.md", head + table(found))
    rows = {
        "checks": [asdict(one) for one in task.observed.checks],
        "luck": [asdict(x) for x in found],
    }
    write_text(given.folder / "posterior-truths.json", json.dumps(rows, indent=1) + "\n")
    print(head + table(found))


if __name__ == "__main__":
    main()
