"""Fitting several models, each in a process of its own where there are cores for more than one.

A model that cannot be fitted is told as a sentence, not raised: the others still count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from leakbound.errors import LeakboundError, one_line
from leakbound.evidence.table import Evidence
from leakbound.fit import fit
from leakbound.priors import Specification
from leakbound.workers import cores, worker_pool

Work = Callable[[Specification], str]


def processes_for(specifications: Iterable[Specification]) -> int:
    """Return how many fits run at once: each samples its chains in parallel, cores are not shared."""
    todo, here = list(specifications), len(cores())
    chains = max((one.sampler.chains for one in todo), default=1)
    return max(1, min(len(todo), here // min(chains, here)))


def fitting(evidence: Evidence, seed: int | None, folder: Path | None) -> Work:
    """Return the work of one process: fit a model into the cache, return "" or what went wrong."""
    return partial(_fit, evidence, seed, folder)


def each_done(
    todo: Mapping[str, Specification], work: Work, processes: int
) -> Iterator[tuple[str, str]]:
    """Yield each model's name once its work is done, with "" or what went wrong."""
    if processes <= 1:
        for name, one in todo.items():
            yield name, work(one)
        return
    left = dict(todo)
    for name, said in _side_by_side(todo, work, processes):
        del left[name]
        yield name, said
    for name, one in left.items():
        yield name, _alone(one, work)


def _side_by_side(
    todo: Mapping[str, Specification], work: Work, processes: int
) -> Iterator[tuple[str, str]]:
    """Yield what is done until all is, or until a process ends: whose fault that is nobody can tell."""
    pool = worker_pool(processes)
    try:
        running = {pool.submit(work, one): name for name, one in todo.items()}
        for done in as_completed(running):
            if not isinstance(done.exception(), BrokenProcessPool):
                yield running[done], done.result()
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _alone(one: Specification, work: Work) -> str:
    with worker_pool(1) as pool:
        try:
            return pool.submit(work, one).result()
        except BrokenProcessPool:
            return "its process ended (out of memory?)"


def _fit(evidence: Evidence, seed: int | None, folder: Path | None, one: Specification) -> str:
    try:
        fit(evidence, one, seed=seed, folder=folder, progress=False)
    except LeakboundError as problem:
        return str(problem)
    except Exception as problem:  # noqa: BLE001  whatever a sampler raises: this model is out
        return f"{type(problem).__name__}: {one_line(problem)}"
    return ""
