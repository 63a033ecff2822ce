"""The loop of simulation-based calibration: each simulation is kept at once, a killed run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

from leakbound.evidence.rows import write_text
from leakbound.proof.task import Simulation, Task

AT_ONCE = 2
Step = Callable[[str], None]


def run(task: Task, simulations: int, *, step: Step = lambda text: None) -> Iterator[Simulation]:
    """Yield the simulations 0, 1, ..., those of an earlier run read from the task's folder.

    The first that is not there compiles the model; the others are then simulated AT_ONCE at a time,
    so that no core waits for the slower chain of one fit. Each depends on its number alone.
    """
    at = partial(_read_or_simulated, task)
    begun = 0
    for index in range(simulations):
        fresh = not _file(task, index).exists()
        step(f"compiling, then simulation {index + 1}" if fresh else f"simulation {index + 1}")
        begun = index + 1
        yield at(index)
        if fresh:
            break
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        running = [pool.submit(at, index) for index in range(begun, simulations)]
        for index, one in enumerate(running, begun):
            step(f"simulation {index + 1}")
            yield one.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _file(task: Task, index: int) -> Path:
    return task.place / f"{index:05d}.json"


def _read_or_simulated(task: Task, index: int) -> Simulation:
    file = _file(task, index)
    found = _read(file)
    if found is None:
        found = task.simulate(index)
        write_text(file, json.dumps(asdict(found)))
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
