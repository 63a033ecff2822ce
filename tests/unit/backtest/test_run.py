import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.method import competitor_forecasters
from leakbound.backtest.run import LEVELS, run
from leakbound.backtest.split import split_at, split_holdout
from leakbound.competitors import COMPETITORS
from leakbound.competitors.frame import attempt_level
from leakbound.errors import FitError
from leakbound.scoring import GRID

CUTS = (dt.date(2024, 5, 1), dt.date(2024, 9, 1))


@pytest.fixture
def splits(attempt_rows):
    rows = attempt_rows(np.random.default_rng(0).normal(0.2, 0.3, size=180))
    return [split_at(rows, cut, data="d") for cut in CUTS]


def test_bounds_come_back_by_level_and_grid(splits, normal) -> None:
    first, _ = run(splits, [normal()], cache=None)
    rows = first.split.tests["best"]
    gain = first.split.train["gain"]
    for values, levels in ((first.bounds, LEVELS), (first.quantiles, GRID)):
        for column, level in zip(values["best"].T, levels, strict=True):
            expected = normal()
            expected.trained.append(pd.DataFrame({"gain": gain}))
            np.testing.assert_allclose(column, expected.bounds(rows, [level])[:, 0])


def test_a_forecaster_sees_neither_the_outcome_nor_what_came_after_the_cut(splits, normal) -> None:
    ours = normal()
    list(run(splits, [ours], cache=None))
    for cut, train in zip(CUTS, ours.trained, strict=True):
        assert (train["released"] < pd.Timestamp(cut)).all()
    assert all(test[["score", "z", "gain"]].isna().all(axis=None) for test in ours.tested)


def test_finished_cuts_are_not_computed_again(splits, normal, tmp_path) -> None:
    first, second = normal(), normal()
    fresh = list(run(splits, [first], cache=tmp_path))
    again = list(run(splits, [second], cache=tmp_path))
    assert len(first.trained) == 2
    assert second.trained == []
    assert [result.cached for result in (*fresh, *again)] == [False, False, True, True]
    for one, other in zip(fresh, again, strict=True):
        np.testing.assert_array_equal(one.bounds["attempt"], other.bounds["attempt"])
        np.testing.assert_array_equal(one.quantiles["best"], other.quantiles["best"])


def test_a_killed_run_goes_on_where_it_stopped(splits, normal, tmp_path) -> None:
    killed = run(splits, [normal()], cache=tmp_path)
    next(killed)
    killed.close()
    ours = normal()
    results = list(run(splits, [ours], cache=tmp_path))
    assert [result.cached for result in results] == [True, False]
    assert len(ours.trained) == 1


def test_a_forecaster_that_dies_leaves_nothing_half_written(splits, normal, tmp_path) -> None:
    class Dies(normal):
        def bounds(self, test, levels):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run(splits, [Dies()], cache=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["version", "data", "outcome", "cut"])
def test_whatever_could_change_the_answer_is_computed_again(
    splits, normal, tmp_path, change, attempt_rows
) -> None:
    list(run(splits[:1], [normal()], cache=tmp_path))
    ours, split = normal(), splits[0]
    if change == "version":
        ours = normal(version="2")
    elif change == "data":
        split = replace(split, train=split.train.assign(gain=split.train["gain"] + 0.001))
    elif change == "cut":
        split = replace(split, cut=dt.date(2024, 5, 2))
    else:
        rows = split.tests["attempt"].assign(z_base=0.1)
        split = replace(split, tests={**split.tests, "attempt": rows})
    list(run([split], [ours], cache=tmp_path))
    assert len(ours.trained) == 1


def test_a_damaged_file_is_computed_again(splits, normal, tmp_path) -> None:
    list(run(splits[:1], [normal()], cache=tmp_path))
    (stored,) = tmp_path.iterdir()
    stored.write_bytes(stored.read_bytes()[:100])
    ours = normal()
    assert [result.cached for result in run(splits[:1], [ours], cache=tmp_path)] == [False]
    assert [result.cached for result in run(splits[:1], [ours], cache=tmp_path)] == [True]


def test_a_file_of_which_one_byte_changed_is_computed_again(splits, normal, tmp_path) -> None:
    (first,) = run(splits[:1], [normal()], cache=tmp_path)
    (stored,) = tmp_path.iterdir()
    whole = stored.read_bytes()
    for at in range(60, len(whole) - 60, max(len(whole) // 40, 1)):
        stored.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        (result,) = run(splits[:1], [normal()], cache=tmp_path)
        np.testing.assert_array_equal(result.bounds["attempt"], first.bounds["attempt"])


def test_a_bound_that_is_no_number_stops_the_run(splits, normal) -> None:
    with pytest.raises(FitError, match=r"ours: every bound must be finite.*org/base-\d on"):
        list(run(splits, [normal(spoil=np.nan)], cache=None))


def test_every_step_is_announced(splits, normal) -> None:
    said: list[str] = []
    list(run(splits, [normal()], cache=None, step=said.append))
    assert said == ["d 2024-05-01 ours", "d 2024-09-01 ours"]


def test_changing_the_holdout_changes_no_bound(attempt_rows, normal) -> None:
    evidence = attempt_rows(np.random.default_rng(0).normal(size=90))
    holdout = attempt_rows(np.zeros(30), start="2025-01-01")
    better = holdout.assign(gain=9.0, z=9.0, score=0.99)
    methods = [normal(), *competitor_forecasters()[:9]]
    first = run([split_holdout(evidence, holdout, None, data="h")], methods, cache=None)
    second = run([split_holdout(evidence, better, None, data="h")], methods, cache=None)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.bounds["attempt"], other.bounds["attempt"])


def test_every_competitor_is_a_forecaster_of_rising_bounds(splits) -> None:
    methods = competitor_forecasters()
    assert [method.name for method in methods] == list(COMPETITORS)
    for result in run(splits[:1], methods, cache=None):
        for bounds in result.bounds.values():
            assert (np.diff(bounds, axis=1) >= 0).all()


def test_other_ranks_are_forecast_as_order_statistics(attempt_rows, normal) -> None:
    evidence = attempt_rows(np.random.default_rng(0).normal(size=90))
    cell = attempt_rows(np.zeros(2), bases=1, benchmarks=("gpqa",), start="2025-01-01")
    cell = cell.assign(cell="c", attempts=40, rank=[20, 40])
    split = split_holdout(evidence, cell, None, data="h")
    (result,) = run([split], [normal()], cache=None)
    middle, best = (result.bounds[quantity][0] for quantity in ("rank", "best"))
    gain = evidence["gain"]
    u = attempt_level(cell, 0.95)
    expected = cell["z_base"].to_numpy() + [np.sort(gain).mean()] * 2
    assert (best > middle).all()
    assert u[1] == pytest.approx(0.95 ** (1 / 40))
    assert middle[0] == pytest.approx(expected[0], abs=0.1)
