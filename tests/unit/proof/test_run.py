import json
import threading

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
    return asked


def test_a_killed_run_goes_on_where_it_stopped(task, counted):
    going = run(task, 5)
    first = [next(going) for _ in range(3)]
    going.close()
    assert counted[0] == 0
    assert set(counted) >= {0, 1, 2}
    again = list(run(task, 5))
    assert sorted(counted) == [0, 1, 2, 3, 4]
    assert again[:3] == first
    assert [one.index for one in again] == [0, 1, 2, 3, 4]


def test_more_simulations_keep_the_earlier_ones(task, counted):
    list(run(task, 3))
    list(run(task, 6))
    assert sorted(counted[:3]) == [0, 1, 2]
    assert sorted(counted[3:]) == [3, 4, 5]
    assert (counted[0], counted[3]) == (0, 3)


def test_a_damaged_simulation_runs_again(task, counted):
    list(run(task, 3))
    file = task.place / "00001.json"
    file.write_text(file.read_text()[:20])
    list(run(task, 3))
    assert sorted(counted[:3]) == [0, 1, 2]
    assert counted[3:] == [1]


def test_the_first_is_done_alone_and_the_others_at_once(task, monkeypatch):
    both = threading.Barrier(2, timeout=60)

    def simulate(self, index):
        if index > 0:
            both.wait()
        return made_up(index)

    monkeypatch.setattr(Task, "simulate", simulate)
    assert [one.index for one in run(task, 5)] == [0, 1, 2, 3, 4]


def test_a_simulation_that_fails_ends_the_run_and_the_others_are_kept(task, monkeypatch):
    def simulate(self, index):
        if index == 3:
            raise ArithmeticError("no density")
        return made_up(index)

    monkeypatch.setattr(Task, "simulate", simulate)
    with pytest.raises(ArithmeticError, match="no density"):
        list(run(task, 4))
    assert len(list(task.place.glob("*.json"))) == 3


def test_a_simulation_of_an_older_format_runs_again(task, counted):
    list(run(task, 2))
    file = task.place / "00001.json"
    told = json.loads(file.read_text())
    del told["twice"]
    file.write_text(json.dumps(told))
    list(run(task, 2))
    assert sorted(counted) == [0, 1, 1]
