import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.recalibration import learn, recalibrated, spread
from leakbound.backtest.run import LEVELS, run
from leakbound.backtest.split import split_at

CUTS = [dt.date(2024, 4, 1), dt.date(2024, 7, 1), dt.date(2024, 10, 1)]


def ran(rows: pd.DataFrame, forecaster) -> list:
    return list(run([split_at(rows, cut, data="d") for cut in CUTS], [forecaster], cache=None))


def covered(result, level: float) -> float:
    bound = result.bounds["attempt"][:, LEVELS.index(level)]
    return float((result.split.tests["attempt"]["z"].to_numpy() <= bound).mean())


def test_a_bound_too_low_reaches_its_level_on_exchangeable_attempts(attempt_rows, normal) -> None:
    rows = attempt_rows(np.random.default_rng(0).normal(0.2, 0.4, size=20_000), bases=40)
    results = ran(rows, normal(spoil=-0.5))
    for result, _ in recalibrated(results):
        for level in LEVELS:
            assert covered(result, level) == pytest.approx(level, abs=0.03)
    assert covered(results[-1], 0.95) < 0.8


def test_a_bound_too_high_is_lowered(attempt_rows, normal) -> None:
    rows = attempt_rows(np.random.default_rng(0).normal(0.2, 0.4, size=3000), bases=40)
    adjusted, learnt = recalibrated(ran(rows, normal(spoil=1.0)))[-1]
    assert covered(adjusted, 0.9) == pytest.approx(0.9, abs=0.03)
    assert learnt["attempt"].moves[LEVELS.index(0.9)] < 0


def test_the_first_cut_has_nothing_to_learn_from(attempt_rows, normal) -> None:
    rows = attempt_rows(np.random.default_rng(0).normal(size=300))
    cuts = [result.split.cut for result, _ in recalibrated(ran(rows, normal()))]
    assert cuts == CUTS[1:]


def test_no_outcome_from_the_scored_cut_on_is_used(attempt_rows, normal) -> None:
    rows = attempt_rows(np.random.default_rng(0).normal(size=600))
    results = ran(rows, normal())
    late = [
        replace(
            result,
            split=replace(
                result.split,
                tests={
                    name: frame.assign(
                        z=frame["z"].where(frame["released"] < pd.Timestamp(CUTS[-1]), 99.0)
                    )
                    for name, frame in result.split.tests.items()
                },
            ),
        )
        for result in results
    ]
    for (plain, learnt), (changed, again) in zip(
        recalibrated(results), recalibrated(late), strict=True
    ):
        assert learnt == again
        np.testing.assert_array_equal(plain.bounds["attempt"], changed.bounds["attempt"])


def test_a_cell_that_ends_after_the_scored_cut_teaches_it_nothing(attempt_rows, normal) -> None:
    rows = attempt_rows(np.random.default_rng(0).normal(size=600))
    later = rows["released"] >= pd.Timestamp(CUTS[-1])
    rows = rows[~later | (rows.index % 5 == 0)].reset_index(drop=True)
    later = rows["released"] >= pd.Timestamp(CUTS[-1])
    changed = rows.assign(z=rows["z"].where(~later, 9.0), gain=rows["gain"].where(~later, 9.0))
    before, after = (
        {result.split.cut: learnt for result, learnt in recalibrated(ran(frame, normal()))}
        for frame in (rows, changed)
    )
    tests = ran(rows, normal())[0].split.tests["best"]
    begun = tests["released"] < pd.Timestamp(CUTS[-1])
    assert (begun & (tests["known"] >= pd.Timestamp(CUTS[-1]))).any()
    assert before[CUTS[-1]] == after[CUTS[-1]]


def test_earlier_outcomes_are_used(attempt_rows, normal) -> None:
    rows = attempt_rows(np.random.default_rng(0).normal(size=600))
    results = ran(rows, normal())
    frame = results[0].split.tests["attempt"]
    early = (frame["released"] < pd.Timestamp(CUTS[1])).to_numpy()
    before = recalibrated(results)[0][1]["attempt"]
    frame.loc[early, "z"] += 1.0
    after = recalibrated(results)[0][1]["attempt"]
    assert before.rows == after.rows == early.sum()
    assert min(np.subtract(after.moves, before.moves)) > 0


def test_without_outcomes_before_the_date_there_is_nothing_to_say(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(9))
    assert learn([(rows, np.zeros((9, len(LEVELS))))], until=dt.date(2023, 1, 1)) is None
    assert learn([], until=CUTS[0]) is None


def test_its_size_is_stated(attempt_rows, normal) -> None:
    rows = attempt_rows(np.random.default_rng(0).normal(size=600))
    _, learnt = recalibrated(ran(rows, normal(spoil=-0.5)))[-1]
    told = learnt["attempt"]
    move = told.moves[LEVELS.index(0.95)]
    assert f"moved by {move:+.2f}" in str(told)
    assert f"{told.rows} outcomes of 6 bases before 2024-10-01" in str(told)


def test_a_wide_forecast_moves_further_than_a_narrow_one() -> None:
    narrow = np.array([[0.0, 0.3, 0.4, 0.5, 0.6, 0.7]])
    wide = 4.0 * narrow
    assert spread(wide)[0] == pytest.approx(4.0 * spread(narrow)[0])
    assert spread(np.zeros((1, len(LEVELS))))[0] == 0.05


def test_adjusted_bounds_still_rise_with_the_level(attempt_rows, normal) -> None:
    rows = attempt_rows(np.random.default_rng(0).gumbel(size=600))
    for result, _ in recalibrated(ran(rows, normal())):
        assert (np.diff(result.bounds["best"], axis=1) >= 0).all()
