import json
import threading
from dataclasses import asdict

import numpy as np
import pytest

from leakbound.errors import InputError
from leakbound.proof.outcome import outcome_of, ranks_of, write_json
from leakbound.proof.run import (
    LEVELS,
    Simulation,
    Task,
    _evenly,
    calibration_task,
    check_variant,
    run,
)

QUESTIONS = ("known base", "new base", "new domain")


@pytest.fixture
def task(specification):
    from leakbound.evidence.table import load_evidence

    return calibration_task(load_evidence(), specification, variant="prior", seed=1)


def made_up(index, *, shift=0.0, converged=True):
    rng = np.random.default_rng(index)
    u = rng.random(2 + len(QUESTIONS)) ** (1.0 + shift)
    return Simulation(
        index=index,
        ranks={"gap": int(u[0] * 50), "rate": int(rng.integers(0, LEVELS + 1))},
        below=dict(zip(QUESTIONS, map(float, u[2:]), strict=True)),
        covered={name: bool(x <= 0.95) for name, x in zip(QUESTIONS, u[2:], strict=True)},
        rhat=1.01,
        divergences=0.0,
        converged=converged,
    )


@pytest.fixture
def counted(monkeypatch):
    asked = []

    def simulate(self, index):
        asked.append(index)
        return made_up(index)

    monkeypatch.setattr(Task, "simulate", simulate)
    return asked


def test_a_killed_run_goes_on_where_it_stopped(task, counted, tmp_path):
    going = run(task, 5, folder=tmp_path)
    first = [next(going) for _ in range(3)]
    going.close()
    assert counted[0] == 0
    assert set(counted) >= {0, 1, 2}
    again = list(run(task, 5, folder=tmp_path))
    assert sorted(counted) == [0, 1, 2, 3, 4]
    assert again[:3] == first
    assert [one.index for one in again] == [0, 1, 2, 3, 4]


def test_more_simulations_keep_the_earlier_ones(task, counted, tmp_path):
    list(run(task, 3, folder=tmp_path))
    list(run(task, 6, folder=tmp_path))
    assert sorted(counted[:3]) == [0, 1, 2]
    assert sorted(counted[3:]) == [3, 4, 5]
    assert (counted[0], counted[3]) == (0, 3)


def test_a_damaged_simulation_runs_again(task, counted, tmp_path):
    list(run(task, 3, folder=tmp_path))
    file = next(tmp_path.glob("*/00001.json"))
    file.write_text(file.read_text()[:20])
    list(run(task, 3, folder=tmp_path))
    assert sorted(counted[:3]) == [0, 1, 2]
    assert counted[3:] == [1]


def test_the_first_is_done_alone_and_the_others_at_once(task, monkeypatch, tmp_path):
    both = threading.Barrier(2, timeout=60)

    def simulate(self, index):
        if index > 0:
            both.wait()
        return made_up(index)

    monkeypatch.setattr(Task, "simulate", simulate)
    assert [one.index for one in run(task, 5, folder=tmp_path)] == [0, 1, 2, 3, 4]


def test_a_simulation_that_fails_ends_the_run_and_the_others_are_kept(task, monkeypatch, tmp_path):
    def simulate(self, index):
        if index == 3:
            raise ArithmeticError("no density")
        return made_up(index)

    monkeypatch.setattr(Task, "simulate", simulate)
    with pytest.raises(ArithmeticError, match="no density"):
        list(run(task, 4, folder=tmp_path))
    assert len(list(tmp_path.glob("*/*.json"))) == 3


def test_other_seeds_and_variants_share_nothing(specification):
    from leakbound.evidence.table import load_evidence

    evidence = load_evidence()
    found = {
        calibration_task(evidence, specification, variant=variant, seed=seed).digest
        for variant in ("prior", "posterior")
        for seed in (1, 2)
    }
    assert len(found) == 4


def test_an_unknown_variant_is_one_clear_error():
    with pytest.raises(InputError, match="must be prior or posterior; found 'priors'"):
        check_variant("priors")


def test_kept_draws_are_spread_evenly():
    kept = _evenly(1000, LEVELS)
    assert len(kept) == len(set(kept)) == LEVELS
    assert np.ptp(np.diff(kept)) <= 1
    assert kept[0] > 0
    assert kept[-1] < 1000


def test_the_bound_counts_as_a_quantity(task):
    ranks = ranks_of([made_up(i) for i in range(20)])
    assert {"bound, known base", "bound, new base", "bound, new domain"} < set(ranks)
    assert all(0 <= rank <= LEVELS for values in ranks.values() for rank in values)


def test_a_calibrated_task_is_told_from_one_that_is_not(task):
    good = outcome_of(task, [made_up(i) for i in range(150)])
    assert good.calibrated
    bad = outcome_of(task, [made_up(i, shift=-0.8) for i in range(150)])
    assert not bad.calibrated
    assert {one.name for one in bad.quantities if not one.inside} >= {"gap", "bound, new base"}
    assert not any(one.as_stated for one in bad.coverage)


def test_fits_that_did_not_converge_are_counted_and_kept(task):
    found = outcome_of(task, [made_up(i, converged=i != 7) for i in range(30)])
    assert found.unconverged == (7,)
    assert found.simulations == 30
    assert all(one.ranks == 30 for one in found.quantities)


def test_the_json_says_everything_and_is_the_same_each_time(task, tmp_path):
    found = outcome_of(task, [made_up(i) for i in range(30)])
    write_json(found, tmp_path / "a.json")
    write_json(found, tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["simulations"] == 30
    assert told["calibrated"] is found.calibrated
    assert len(told["quantities"]) == len(found.quantities)
    assert set(told["coverage"][0]) == set(asdict(found.coverage[0]))
