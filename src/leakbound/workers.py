"""Processes that work for another one, and end when it does."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.queues import SimpleQueue
from typing import Any


def worker_pool(processes: int) -> ProcessPoolExecutor:
    """Return a pool of fresh processes that leave when Ctrl-C is pressed, or their parent has gone.

    A pool of the standard library goes on for minutes after its parent was killed: the work at hand is
    finished first, for nobody.
    """
    context = get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_stay_with_parent)


def cores() -> list[int]:
    """Return the cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def keep_to_own_cores(index: int, of: int) -> None:
    """Let this process, number `index` of `of`, run on its share of the cores, where the system can."""
    mine = cores()[index::of]
    if mine and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, mine)


def forks_here() -> int:
    """Return how many forks to work with: one for each core, or one where forks are not safe."""
    return len(cores()) if sys.platform == "linux" else 1


class Forks:
    """Forks of this process that do one piece of work after another, each on a core of its own.

    They begin at the first piece and have all that this process has by then, as a compiled model, which
    could not be sent to another one. They leave as those of `worker_pool` do. With one at once the work
    is done in this process.

    Parameters
    ----------
    work
        What to do with the number of a piece; what it returns is sent back.
    at_once
        How many forks there are.
    """

    def __init__(self, work: Callable[[int], Any], at_once: int) -> None:
        here = at_once == 1
        self._work = work if here else _forked_work
        self._pool: Executor = ThreadPoolExecutor(1) if here else _forked_pool(work, at_once)

    def submit(self, piece: int) -> Future[Any]:
        """Return the future of a piece of work."""
        with warnings.catch_warnings():
            # Other threads here are of a progress bar, linear algebra or XLA: forks use none of them.
            warnings.filterwarnings("ignore", ".*multi-?threaded")
            return self._pool.submit(self._work, piece)

    def end(self) -> None:
        """Wait for the pieces at work, and drop the others."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _forked_pool(work: Callable[[int], Any], at_once: int) -> ProcessPoolExecutor:
    context = get_context("fork")
    numbers: SimpleQueue[int] = context.SimpleQueue()
    for number in range(at_once):
        numbers.put(number)
    shared = (work, numbers, at_once)
    return ProcessPoolExecutor(at_once, mp_context=context, initializer=_settle, initargs=shared)


_WORK: list[Callable[[int], Any]] = []


def _settle(work: Callable[[int], Any], numbers: SimpleQueue[int], of: int) -> None:
    _stay_with_parent()
    keep_to_own_cores(numbers.get(), of)
    gc.freeze()
    _WORK[:] = [work]


def _forked_work(piece: int) -> Any:
    return _WORK[0](piece)


def _stay_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_leave_after_parent, daemon=True).start()


def _leave_after_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
