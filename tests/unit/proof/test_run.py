import json
import subprocess
import sys

import pytest
from tests.unit.proof.conftest import made_up

from leakbound.proof.run import run
from leakbound.proof.task import Task


@pytest.fixture
def counted(monkeypatch):
    asked = []

    def simulate(self, index):
        asked.append(index)
        return made_up(index)

    monkeypatch.setattr(Task, "simulate", simulate)
    monkeypatch.setattr(Task, "prepare", lambda self: asked.append("prepared"))
    return asked


def run_here(task, simulations, **more):
    return run(task, simulations, at_once=1, **more)


def test_a_killed_run_goes_on_where_it_stopped(task, counted):
    going = run_here(task, 5)
    first = [next(going) for _ in range(3)]
    going.close()
    assert counted[:2] == ["prepared", 0]
    again = list(run_here(task, 5))
    assert sorted(one for one in counted if one != "prepared") == [0, 1, 2, 3, 4]
    assert again[:3] == first
    assert [one.index for one in again] == [0, 1, 2, 3, 4]


def test_more_simulations_keep_the_earlier_ones(task, counted):
    list(run_here(task, 3))
    list(run_here(task, 6))
    assert counted == ["prepared", 0, 1, 2, "prepared", 3, 4, 5]


def test_a_finished_run_compiles_nothing(task, counted):
    list(run_here(task, 3))
    said = []
    list(run_here(task, 3, step=said.append))
    assert counted == ["prepared", 0, 1, 2]
    assert said == ["simulation 1", "simulation 2", "simulation 3"]


def test_every_simulation_is_told_and_the_compiling_once(task, counted):
    list(run_here(task, 1))
    said = []
    list(run_here(task, 3, step=said.append))
    assert said == ["simulation 1", "compiling, then simulation 2", "simulation 3"]


def test_a_damaged_simulation_runs_again(task, counted):
    list(run_here(task, 3))
    file = task.place / "00001.json"
    file.write_text(file.read_text()[:20])
    list(run_here(task, 3))
    assert counted == ["prepared", 0, 1, 2, "prepared", 1]


def test_a_simulation_that_fails_ends_the_run_and_the_others_are_kept(task, monkeypatch):
    def simulate(self, index):
        if index == 3:
            raise ArithmeticError("no density")
        return made_up(index)

    monkeypatch.setattr(Task, "prepare", lambda self: None)
    monkeypatch.setattr(Task, "simulate", simulate)
    with pytest.raises(ArithmeticError, match="no density"):
        list(run_here(task, 4))
    assert len(list(task.place.glob("*.json"))) == 3


def test_a_simulation_of_an_older_format_runs_again(task, counted):
    list(run_here(task, 2))
    file = task.place / "00001.json"
    told = json.loads(file.read_text())
    del told["twice"]
    file.write_text(json.dumps(told))
    list(run_here(task, 2))
    assert counted == ["prepared", 0, 1, "prepared", 1]


FORKED = """
import os, sys, signal
from multiprocessing import get_context
from pathlib import Path
from tests.unit.proof.conftest import made_up, task_of
from leakbound.errors import FitError
from leakbound.priors import read_specification
from leakbound.proof.run import run
from leakbound.proof.task import Task

HERE, made = os.getpid(), []
both = get_context("fork").Barrier(2, timeout=60)

def simulate(self, index):
    assert made == ["the model"] and os.getpid() != HERE
    if index < 2:
        both.wait()
    if index == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return made_up(index)

Task.prepare = lambda self: made.append("the model")
Task.simulate = simulate
task = task_of("prior", read_specification(), Path(sys.argv[1]))
try:
    found = list(run(task, 6, at_once=2))
    assert found == [made_up(index) for index in range(6)]
except FitError as problem:
    print(problem)
print(made)
"""


def forked(folder, killed):
    """Simulate in two forks; number `killed` does not come back."""
    return subprocess.run(
        [sys.executable, "-c", FORKED, str(folder), str(killed)],
        capture_output=True, text=True, check=True, timeout=300,
    ).stdout.splitlines()  # fmt: skip


linux = pytest.mark.skipif(sys.platform != "linux", reason="forks are used on Linux only")


@linux
def test_forks_work_at_once_have_what_was_made_once_and_find_the_same(tmp_path):
    assert forked(tmp_path, killed=-1) == ["['the model']"]
    assert len(list(tmp_path.glob("**/*.json"))) == 6


@linux
def test_a_fork_that_is_killed_is_told_in_one_line(tmp_path):
    told, made = forked(tmp_path, killed=4)
    assert told.startswith("a simulating process ended before its fit did; free memory")
    assert made == "['the model']"
