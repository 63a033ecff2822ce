"""Processes that work for another one, and end when it does."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process


def worker_pool(processes: int) -> ProcessPoolExecutor:
    """Return a pool of fresh processes that leave when Ctrl-C is pressed, or their parent has gone.

    A pool of the standard library goes on for minutes after its parent was killed: the work at hand is
    finished first, for nobody.
    """
    context = get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_stay_with_parent)


def _stay_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_leave_after_parent, daemon=True).start()


def _leave_after_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
