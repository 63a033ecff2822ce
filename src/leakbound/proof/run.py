"""The loop of simulation-based calibration: each simulation is kept at once, a killed run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from functools import partial
from pathlib import Path

from leakbound.errors import FitError
from leakbound.proof.task import Simulation, Task
from leakbound.workers import Forks, forks_here
from leakbound.writing import write_text

Step = Callable[[str], None]


def run(
    task: Task,
    simulations: int,
    *,
    at_once: int | None = None,
    step: Step = lambda text: None,
) -> Iterator[Simulation]:
    """Yield the simulations 0, 1, ..., those of an earlier run read from the task's folder.

    What all of them share, the compiled model first, is made once, here. Forks of this process then
    simulate, `at_once` side by side (by default one on each core), each with a core of its own: two
    chains in one process slow each other down. Each simulation depends on its number alone.

    Raises
    ------
    FitError
        A process ended before its simulation did.
    """
    found = {i: one for i in range(simulations) if (one := _read(_file(task, i))) is not None}
    forks = Forks(partial(_simulated, task), forks_here() if at_once is None else at_once)
    running: dict[int, Future[Simulation]] = {}
    try:
        for index in range(simulations):
            first = index not in found and not running
            step(f"{'compiling, then ' if first else ''}simulation {index + 1}")
            if first:
                task.prepare()
                running = {i: forks.submit(i) for i in range(index, simulations) if i not in found}
            yield found[index] if index in found else running[index].result()
    except BrokenProcessPool:
        todo = "free memory; the next run goes on where this one stopped"
        raise FitError(f"a simulating process ended before its fit did; {todo}") from None
    finally:
        forks.end()


def _file(task: Task, index: int) -> Path:
    return task.place / f"{index:05d}.json"


def _simulated(task: Task, index: int) -> Simulation:
    found = task.simulate(index)
    write_text(_file(task, index), json.dumps(asdict(found)))
    return found


def _read(file: Path) -> Simulation | None:
    """Return a stored simulation; None if it is absent or damaged, which makes it run again."""
    if not file.exists():
        return None
    try:
        return Simulation(**json.loads(file.read_text()))
    except (ValueError, TypeError):
        os.unlink(file)
        return None
