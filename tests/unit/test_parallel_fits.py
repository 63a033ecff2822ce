import os
import signal
from dataclasses import replace

import pytest

from leakbound.errors import FitError
from leakbound.parallel_fits import each_done, fitting, processes_for
from leakbound.priors import read_specification


def named(*names):
    return {name: replace(read_specification(), name=name) for name in names}


def outcome(one):
    """Stand-in for a fit; must be importable by another process."""
    if one.name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    return "" if one.name == "good" else f"{one.name} did not work"


def test_one_process_works_in_turn():
    found = list(each_done(named("good", "bad"), outcome, 1))
    assert found == [("good", ""), ("bad", "bad did not work")]


def test_several_processes_give_the_same_answers():
    found = dict(each_done(named("good", "bad"), outcome, 2))
    assert found == {"good": "", "bad": "bad did not work"}


def test_a_process_that_dies_is_told_not_raised():
    found = dict(each_done(named("killed"), outcome, 2))
    assert found == {"killed": "its process ended (out of memory?)"}


def test_the_death_of_one_process_costs_no_other_model_its_fit():
    names = ("good", "killed", "third", "fourth", "fifth")
    found = dict(each_done(named(*names), outcome, 2))
    said = {name: f"{name} did not work" for name in names[2:]}
    assert found == {"good": "", "killed": "its process ended (out of memory?)", **said}


@pytest.mark.parametrize(
    ("cores", "chains", "models", "expected"),
    [(2, 4, 7, 1), (8, 4, 7, 2), (8, 4, 1, 1), (64, 4, 7, 7), (3, 2, 5, 1), (1, 4, 7, 1)],
)
def test_processes_times_chains_never_exceed_the_cores(
    monkeypatch, cores, chains, models, expected
):
    monkeypatch.setattr("leakbound.parallel_fits.cores", lambda: list(range(cores)))
    one = read_specification()
    todo = [replace(one, sampler=replace(one.sampler, chains=chains))] * models
    assert processes_for(todo) == expected


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (FitError("the fit failed"), "the fit failed"),
        (RuntimeError("bad\ninitial point"), "RuntimeError: bad initial point"),
    ],
)
def test_whatever_a_fit_raises_becomes_a_sentence(monkeypatch, problem, says):
    def broken(*args, **kwargs):
        raise problem

    monkeypatch.setattr("leakbound.parallel_fits.fit", broken)
    assert fitting(None, None, None)(read_specification()) == says


def test_a_fit_that_works_says_nothing(monkeypatch, tmp_path):
    asked = {}

    def fit(evidence, one, **options):
        asked.update(options, evidence=evidence, one=one)

    monkeypatch.setattr("leakbound.parallel_fits.fit", fit)
    one = read_specification()
    assert fitting("evidence", 5, tmp_path)(one) == ""
    assert asked == {
        "evidence": "evidence", "one": one, "seed": 5, "folder": tmp_path, "progress": False,
    }  # fmt: skip
