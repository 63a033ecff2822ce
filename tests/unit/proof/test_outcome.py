import json
from dataclasses import asdict

from tests.unit.proof.conftest import made_up

from leakbound.proof.outcome import outcome_of, ranks_of, write_json
from leakbound.proof.task import LEVELS


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
