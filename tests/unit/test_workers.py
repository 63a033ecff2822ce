"""Processes of a pool do not outlive the one they work for."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from leakbound.workers import Forks, cores, worker_pool

FRESH = """
import os, time
from leakbound.workers import worker_pool

if __name__ == "__main__":
    pool = worker_pool(1)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(time.sleep, 600).result()
"""
FORKED = """
import os, time
from leakbound.workers import Forks

forks = Forks(lambda piece: os.getpid() if piece == 0 else time.sleep(600), 2)
print(forks.submit(0).result(), flush=True)
forks.submit(1).result()
"""
OWN_CORES = """
import sys
from leakbound.workers import cores, keep_to_own_cores

keep_to_own_cores(int(sys.argv[1]), 2)
print(cores())
"""


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(process, seconds=30.0):
    end = time.monotonic() + seconds
    while alive(process) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(process)


def test_a_pool_works_in_other_processes():
    with worker_pool(1) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()


linux = pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")


@pytest.mark.parametrize(
    "text", [FRESH, pytest.param(FORKED, marks=linux)], ids=["fresh", "forked"]
)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_at_work_leaves_when_its_parent_is_killed(tmp_path, text, how):
    script = tmp_path / "parent.py"
    script.write_text(text)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert worker != parent.pid
    assert alive(worker)
    parent.send_signal(how)
    parent.wait()
    parent.stdout.close()
    assert wait_until_gone(worker)


def test_one_fork_at_once_is_this_process():
    forks = Forks(lambda piece: (piece, os.getpid(), cores()), 1)
    running = [forks.submit(piece) for piece in range(3)]
    assert [one.result() for one in running] == [(k, os.getpid(), cores()) for k in range(3)]
    forks.end()


def test_pieces_not_begun_are_dropped_at_the_end():
    begun = []
    forks = Forks(lambda piece: begun.append(piece) or time.sleep(0.2), 1)
    running = [forks.submit(piece) for piece in range(50)]
    running[0].result()
    forks.end()
    assert len(begun) < 50


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_processes_side_by_side_share_the_cores():
    found = []
    for number in ("0", "1"):
        own = [sys.executable, "-c", OWN_CORES, number]
        done = subprocess.run(own, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    if len(cores()) > 1:
        assert sorted(found[0] + found[1]) == cores()
    else:
        assert found == [cores(), cores()]
