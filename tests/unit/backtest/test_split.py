import datetime as dt

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.split import overlap, split_at, split_holdout

CUT = dt.date(2024, 7, 1)


def test_nothing_from_the_cut_on_is_fitted_on_and_all_of_it_is_forecast(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(100))
    split = split_at(rows, CUT, data="d")
    assert (split.train["released"] < "2024-07-01").all()
    assert (split.tests["attempt"]["released"] >= "2024-07-01").all()
    assert len(split.train) + len(split.tests["attempt"]) == 100
    assert split.tests["best"]["attempts"].sum() == len(split.tests["attempt"])
    assert split.cut_name == "2024-07-01"


def test_a_cell_that_straddles_the_cut_serves_neither_side(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(4), bases=1, benchmarks=("gpqa",)).assign(known=pd.NaT)
    rows["released"] = pd.to_datetime(["2024-01-01", "2024-05-01", "2024-06-01", "2024-08-01"])
    rows["known"] = pd.to_datetime([None, "2024-06-30", "2024-07-20", None])
    split = split_at(rows, CUT, data="d")
    assert split.train["cell"].tolist() == rows["cell"][:2].tolist()
    assert split.tests["attempt"]["cell"].tolist() == rows["cell"][3:].tolist()


def test_a_base_is_known_when_it_had_attempts_before_the_cut(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(40), bases=2)
    late = rows["base_model"] == "org/base-1"
    rows.loc[late & (rows["released"] < "2024-07-01"), ["attempts", "rank", "gain"]] = [
        0,
        0,
        np.nan,
    ]
    tests = split_at(rows, CUT, data="d").tests["attempt"]
    subset = tests.groupby("base_model")["subset"].unique().map(list).to_dict()
    assert subset == {"org/base-0": ["known"], "org/base-1": ["new"]}


def test_order_statistics_are_kept_as_what_they_are(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(6), bases=1, benchmarks=("gpqa",), start="2024-08-01", days=60)
    rows["attempts"], rows["rank"] = [1, 1, 40, 40, 9, 1], [1, 1, 20, 40, 9, 1]
    before = attempt_rows(np.zeros(3), bases=1, benchmarks=("gpqa",), days=30)
    tests = split_at(pd.concat([before, rows], ignore_index=True), CUT, data="d").tests
    assert len(tests["attempt"]) == 3
    assert sorted(tests["best"]["attempts"]) == [3, 9, 40]
    assert tests["rank"][["attempts", "rank"]].to_numpy().tolist() == [[40, 20]]


def test_a_base_only_row_counts_from_its_release_on(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(4), bases=1).assign(released=pd.NaT, attempts=0, rank=0)
    rows["base_released"] = pd.to_datetime(["2024-01-01", "2024-06-30", "2024-07-01", None])
    split = split_at(rows, CUT, data="d")
    assert split.train["cell"].tolist() == rows["cell"][:2].tolist()
    assert split.tests == {}


@pytest.mark.parametrize(("cut", "fitted", "forecast"), [(None, 60, 30), (CUT, 30, 15)])
def test_a_holdout_is_forecast_and_never_fitted_on(attempt_rows, cut, fitted, forecast) -> None:
    evidence = attempt_rows(np.zeros(60))
    holdout = attempt_rows(np.ones(30)).assign(base_model="org/unheard-of")
    split = split_holdout(evidence, holdout, cut, data="held")
    assert len(split.train) == pytest.approx(fitted, abs=1)
    assert "org/unheard-of" not in set(split.train["base_model"])
    assert len(split.tests["attempt"]) == pytest.approx(forecast, abs=1)
    assert split.tests["attempt"]["subset"].unique().tolist() == ["new"]


def test_overlap_counts_what_the_holdout_shares(attempt_rows) -> None:
    evidence = attempt_rows(np.linspace(0, 1, 12), bases=2, benchmarks=("gpqa",))
    holdout = pd.concat(
        [
            evidence[:3],
            evidence[3:5].assign(score=0.999),
            evidence[5:6].assign(benchmark="musr"),
            evidence[6:7].assign(base_model="org/other"),
        ],
        ignore_index=True,
    )
    shared = overlap(evidence, holdout)
    assert (shared.rows, shared.same_measurement) == (7, 3)
    assert (shared.same_lineage, shared.same_base) == (5, 6)
