import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.errors import InputError
from leakbound.evidence import Evidence, cells, load_registry, validate_rows


def test_a_pool_shrinks_to_median_p75_p90_and_best(attempts) -> None:
    scores = list(np.linspace(0.40, 0.79, 40))
    out = cells(attempts(scores))
    assert out["rank"].tolist() == [20, 30, 36, 40]
    assert out["attempts"].unique().tolist() == [40]
    np.testing.assert_allclose(out["score"], [scores[i - 1] for i in (20, 30, 36, 40)])
    validate_rows(out, load_registry(), "cells")


@pytest.mark.parametrize(
    ("n", "ranks"), [(1, [1]), (2, [1, 2]), (3, [2, 3]), (4, [2, 3, 4]), (10, [5, 8, 9, 10])]
)
def test_small_cells_keep_what_they_have(attempts, n: int, ranks: list[int]) -> None:
    out = cells(attempts([0.5 + 0.01 * i for i in range(n)]))
    assert out["rank"].tolist() == ranks


def test_periods_bases_benchmarks_sources_actors_and_channels_are_apart(attempts) -> None:
    variants = [
        {},
        {"released": "2024-07-01"},
        {"base_model": "org/other"},
        {"benchmark": "bbh"},
        {"source": "theirs"},
        {"actor": "developer"},
        {"technique": "prompting", "compute_fraction": 0.0},
        {"base_score": 0.4},
    ]
    frames = [attempts([0.6], cell=f"c{i}", **same) for i, same in enumerate(variants)]
    out = cells(pd.concat(frames, ignore_index=True))
    assert len(out) == len(variants)
    assert out["cell"].is_unique
    assert out["attempts"].eq(1).all()


@pytest.mark.parametrize(
    ("period", "count"), [("month", 4), ("quarter", 3), ("half-year", 2), ("year", 1)]
)
def test_period_lengths(attempts, period: str, count: int) -> None:
    days = ["2024-01-31", "2024-02-01", "2024-05-31", "2024-12-31"]
    frames = [attempts([0.6], released=day, cell=day) for day in days]
    assert len(cells(pd.concat(frames), period=period)["cell"].unique()) == count


@pytest.mark.parametrize(
    ("period", "last", "name"),
    [
        ("month", "2024-05-31", "2024-M5"),
        ("quarter", "2024-03-31", "2024-Q1"),
        ("half-year", "2024-06-30", "2024-H1"),
        ("year", "2024-12-31", "2024-Y1"),
    ],
)
def test_a_period_has_its_name_and_ends_with_its_last_day(
    attempts, period: str, last: str, name: str
) -> None:
    day = pd.Timestamp(last)
    days = pd.DatetimeIndex([day, day + pd.Timedelta(days=1)]).astype("datetime64[us]")
    out = cells(attempts([0.5, 0.6]).assign(released=days), period=period)
    assert out["attempts"].tolist() == [1, 1]
    assert out["cell"].iloc[0] == f"org/base-7B | mmlu-pro | {name} | mine | any actor"


def test_a_median_between_two_days_is_the_earlier_day(attempts) -> None:
    days = pd.DatetimeIndex(["2024-03-10", "2024-03-11"]).astype("datetime64[us]")
    out = cells(attempts([0.5, 0.6]).assign(released=days))
    assert out["released"].eq(pd.Timestamp("2024-03-10")).all()


def test_a_rank_is_whole_where_the_quantile_of_all_attempts_is(attempts) -> None:
    out = cells(attempts([i / 200 for i in range(100)]), quantiles=(0.07,))
    assert out["rank"].tolist() == [7]


def test_released_is_the_median_date_and_known_the_last(attempts) -> None:
    days = ["2024-01-10", "2024-02-10", "2024-06-30"]
    frames = [attempts([0.5 + i / 10], released=d, cell=d) for i, d in enumerate(days)]
    out = cells(pd.concat(frames, ignore_index=True))
    assert out["released"].eq(pd.Timestamp("2024-02-10")).all()
    assert out["known"].eq(pd.Timestamp("2024-06-30")).all()


def test_a_cell_is_known_when_the_last_of_its_scores_is(attempts) -> None:
    """A score published in June of a model from March is no knowledge of May."""
    later = attempts([0.5], known="2024-06-30")
    for rows in ([later, attempts([0.6, 0.7])], [attempts([0.6], released="2024-02-01"), later]):
        assert cells(pd.concat(rows))["known"].eq(pd.Timestamp("2024-06-30")).all()
    evidence = Evidence(cells(pd.concat([later, attempts([0.6, 0.7])])), {}, load_registry())
    assert evidence.until(dt.date(2024, 5, 1)).rows.empty


def test_ties_keep_the_highest_rank(attempts) -> None:
    out = cells(attempts([0.5, 0.6, 0.6, 0.6]))
    assert out["rank"].tolist() == [4]
    best_tied = cells(attempts([0.5, 0.55, 0.6, 0.6]))
    assert best_tied["rank"].tolist() == [2, 4]
    assert best_tied["score"].tolist() == [0.55, 0.6]


def test_scores_below_chance_tie_on_the_link_scale(attempts) -> None:
    frame = attempts([0.2, 0.22, 0.24, 0.3], benchmark="gpqa", base_score=0.25)
    assert cells(frame)["rank"].tolist() == [2, 3, 4]
    assert cells(frame, registry=load_registry())["rank"].tolist() == [3, 4]


def test_what_attempts_share_is_kept_and_what_differs_is_unknown(attempts) -> None:
    same = attempts([0.5, 0.6], technique="sft", compute_fraction=0.01, base_items=100)
    out = cells(same)
    assert out["technique"].unique().tolist() == ["sft"]
    assert out["compute_fraction"].unique().tolist() == [0.01]
    mixed = same.assign(technique=["sft", "rl"], compute_fraction=[0.01, float("nan")])
    out = cells(mixed)
    assert out["technique"].unique().tolist() == ["mixed"]
    assert out["compute_fraction"].isna().all()
    inference = attempts([0.5, 0.6], compute_fraction=0.0).assign(technique=["tools", "scaffold"])
    assert cells(inference)["technique"].unique().tolist() == ["scaffold+tools"]


@pytest.mark.parametrize(
    "column",
    [
        "base_pretraining_flop",
        "base_posttraining_fraction",
        "base_items",
        "compute_fraction",
        "posttraining_flop",
    ],
)
def test_a_number_is_kept_where_all_attempts_share_it_and_else_unknown(
    attempts, column: str
) -> None:
    frame = attempts([0.5, 0.6])
    assert cells(frame.assign(**{column: 2.0}))[column].tolist() == [2.0, 2.0]
    for values in ([1.0, 2.0], [math.nan, 2.0]):
        assert cells(frame.assign(**{column: values}))[column].isna().all()


def test_a_cell_is_a_lower_limit_only_where_all_its_scores_are(attempts) -> None:
    frame = attempts([0.5, 0.6])
    assert cells(frame.assign(censored="lower"))["censored"].tolist() == ["lower", "lower"]
    assert cells(frame.assign(censored=["", "lower"]))["censored"].tolist() == ["", ""]


def test_many_cells_depend_on_the_set_of_rows_only(attempts) -> None:
    frames = [
        attempts([0.3, 0.2, 0.24, 0.22], benchmark="gpqa", base_score=0.25),
        attempts([0.5, 0.7], technique="tools"),
        attempts([0.6, 0.6, 0.4], base_model="org/another"),
    ]
    frame, registry = pd.concat(frames, ignore_index=True), load_registry()
    expected = cells(frame.sort_values("score"), registry=registry)
    for other in (frame, frame.iloc[::-1], frame.sort_values("base_model")):
        pd.testing.assert_frame_equal(cells(other, registry=registry), expected)


@given(values=st.lists(st.integers(0, 50), min_size=1, max_size=30), random=st.randoms())
def test_cells_depend_on_the_set_of_rows_only(attempts, values: list[int], random) -> None:
    frame = attempts([value / 100 for value in values])
    order = list(range(len(frame)))
    random.shuffle(order)
    first, second = cells(frame), cells(frame.iloc[order])
    pd.testing.assert_frame_equal(first, second)
    n = len(values)
    assert first["score"].max() == max(values) / 100
    expected = sorted(values)[math.ceil(n / 2) - 1] / 100
    assert first["score"].min() >= expected


def test_cells_of_an_empty_frame_are_empty(attempts) -> None:
    assert cells(attempts([0.5]).iloc[:0]).empty


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({"attempts": 4.0}, {}, r"row 0: cells are made of single attempts"),
        ({"attempts": 0.0, "rank": 0.0}, {}, "single attempts"),
        ({}, {"period": "fortnight"}, "period: must be a known period"),
        ({}, {"quantiles": (0.5, 1.2)}, "quantiles: must lie above 0 and at most 1"),
        ({}, {"quantiles": (0.0, 0.5)}, "quantiles: must lie above 0"),
        ({}, {"quantiles": ()}, "quantiles: must lie above 0"),
    ],
)
def test_wrong_input_is_refused(attempts, change, arguments, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cells(attempts([0.5]).assign(**change), **arguments)
