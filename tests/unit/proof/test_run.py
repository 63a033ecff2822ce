import json
import threading
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest

from leakbound.checks import Check, check_fit
from leakbound.errors import FitError, InputError
from leakbound.proof.outcome import outcome_of, ranks_of, write_json
from leakbound.proof.run import (
    FIRST,
    LEVELS,
    TUNE,
    Drawn,
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


def posterior_task(specification):
    from leakbound.evidence.table import load_evidence

    return calibration_task(load_evidence(), specification, variant="posterior", seed=1)


def made_up(index, *, shift=0.0, twice=False, converged=True):
    rng = np.random.default_rng(index)
    u = rng.random(2 + len(QUESTIONS)) ** (1.0 + shift)
    return Simulation(
        index=index,
        ranks={"gap": int(u[0] * 50), "rate": int(rng.integers(0, LEVELS + 1))},
        below=dict(zip(QUESTIONS, map(float, u[2:]), strict=True)),
        covered={name: bool(x <= 0.95) for name, x in zip(QUESTIONS, u[2:], strict=True)},
        rhat=1.01,
        divergences=0.0,
        twice=twice,
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


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((), "no truths from the observed evidence: the fit has no checks"),
        ((True, False), "no truths from the observed evidence: the fit failed bulk ESS 1"),
    ],
)
def test_no_truths_come_from_a_fit_that_failed(specification, monkeypatch, found, told):
    checks = [
        Check(f"bulk ESS {i}", passed, 12.0, 200.0, "gap", "") for i, passed in enumerate(found)
    ]
    monkeypatch.setattr(Task, "_posterior", lambda *given: SimpleNamespace(checks=tuple(checks)))
    with pytest.raises(FitError, match=told):
        posterior_task(specification).simulate(0)


def test_the_fit_that_truths_come_from_is_held_to_every_check(specification, monkeypatch):
    asked = []

    def sampled(compiled, design, specification, *, seed, check):
        asked.append((specification.sampler, seed, check))
        raise ArithmeticError("asked")

    monkeypatch.setattr("leakbound.proof.run.sample_compiled", sampled)
    monkeypatch.setattr("leakbound.proof.run.swapped", lambda compiled, arrays: None)
    task = replace(posterior_task(specification), compiler=lambda design, specification: None)
    with pytest.raises(ArithmeticError, match="asked"):
        task.observed  # noqa: B018
    assert asked == [(FIRST, 1, check_fit)]
    assert FIRST.tune > TUNE
    assert FIRST.chains > 1


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
    made = [made_up(i, twice=i in (3, 7), converged=i != 7) for i in range(30)]
    found = outcome_of(task, made)
    assert found.twice == (3, 7)
    assert found.unconverged == (7,)
    assert found.simulations == 30
    assert all(one.ranks == 30 for one in found.quantities)


def test_fits_that_do_not_converge_leave_nothing_calibrated(task):
    few = outcome_of(task, [made_up(i, converged=i >= 15) for i in range(150)])
    assert few.calibrated
    many = outcome_of(task, [made_up(i, converged=i >= 16) for i in range(150)])
    assert not many.fitted
    assert not many.calibrated


SHORT = {"tune": 300, "draws": 400, "thin": 1, "target_accept": 0.9, "max_depth": 6}
LONGER = {"tune": 600, "draws": 800, "thin": 2}
SMALLER_STEPS = {"target_accept": 0.975, "max_depth": 7}


@pytest.mark.parametrize(
    ("first", "patience"),
    [
        ((1.09, 0.04), None),
        ((1.11, 0.0), LONGER),
        ((1.0, 0.06), SMALLER_STEPS),
        ((2.3, 0.5), LONGER | SMALLER_STEPS),
        ((float("nan"), 0.0), LONGER),
    ],
)
@pytest.mark.parametrize("second", [(1.05, 0.0), (float("nan"), 0.0), (1.0, 0.06)])
def test_a_fit_that_missed_a_limit_is_sampled_once_more(task, monkeypatch, first, second, patience):
    asked = []

    def posterior(self, swap, seed, sampler):
        asked.append((seed, asdict(sampler)))
        found = first if len(asked) == 1 else second
        names = ("R-hat of parameters", "divergences")
        checks = (Check(n, True, x, 1.0, "", "") for n, x in zip(names, found, strict=True))
        return SimpleNamespace(checks=tuple(checks))

    monkeypatch.setattr(Task, "_posterior", posterior)
    monkeypatch.setattr(Task, "drawn", lambda self, index: Drawn({}, {}, 5, None))
    monkeypatch.setattr(Task, "_held_against", lambda *given: ({}, {}, {}))
    done = task.simulate(0)
    assert [seed for seed, _ in asked] == ([5, 6] if patience else [5])
    assert asked[0][1].items() >= SHORT.items()
    assert done.twice is bool(patience)
    if patience:
        assert asked[1][1].items() >= {**SHORT, **patience}.items()
        assert done.converged is (second == (1.05, 0.0))
    else:
        assert done.converged
        assert (done.rhat, done.divergences) == first


def test_a_simulation_of_an_older_format_runs_again(task, counted, tmp_path):
    list(run(task, 2, folder=tmp_path))
    file = next(tmp_path.glob("*/00001.json"))
    told = json.loads(file.read_text())
    del told["twice"]
    file.write_text(json.dumps(told))
    list(run(task, 2, folder=tmp_path))
    assert sorted(counted) == [0, 1, 1]


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
