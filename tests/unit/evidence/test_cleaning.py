import pandas as pd
import pytest

from leakbound.evidence import load_registry, validate_rows
from leakbound.evidence.cleaning import (
    Imported,
    draft,
    finished,
    finished_base_only,
    reject,
    reject_usual,
)


def measured(**columns: list[object]) -> pd.DataFrame:
    n = max(len(values) for values in columns.values())
    frame = pd.DataFrame(
        {
            "line": range(2, 2 + n),
            "name": [f"m{i}" for i in range(n)],
            "base_model": "org/base",
            "benchmark": "mmlu-pro",
            "base_score": 0.4,
            "score": 0.5,
            "base_released": pd.Timestamp("2024-01-31"),
            "released": pd.Timestamp("2024-03-01"),
        }
    ).assign(**columns)
    return draft(frame)


def test_the_first_reason_stands() -> None:
    frame = measured(score=[0.5, 0.6])
    frame = reject(frame, pd.Series([True, False]), "first")
    frame = reject(frame, pd.Series([True, True]), "second")
    assert frame["reason"].tolist() == ["first", "second"]


def test_usual_rejections_say_what_is_missing_or_impossible() -> None:
    frame = measured(
        base_model=["", *["org/base"] * 6],
        score=[0.5, None, *[0.5] * 5],
        base_score=[0.4, 0.4, None, *[0.4] * 4],
        base_released=pd.to_datetime(["2024-01-31"] * 3 + [None] + ["2024-01-31"] * 3),
        released=pd.to_datetime(["2024-03-01"] * 4 + [None, "2023-12-31", "2024-01-01"]),
    )
    assert reject_usual(frame)["reason"].tolist() == [
        "no base model named",
        "no score",
        "no score of the base in this harness",
        "release date of the base unknown",
        "date of the attempt unknown",
        "dated more than 30 days before its base",
        "",
    ]


def test_nothing_is_dropped_without_a_decision() -> None:
    frame = reject_usual(measured(score=[0.5, None, 0.5], name=["a", "b", "a"]))
    imported = finished(frame, "mine")
    assert imported.decisions["verdict"].tolist() == ["kept", "rejected", "rejected"]
    assert imported.decisions["reason"].tolist()[2] == "repeats another row of the file"
    assert len(imported.rows) == 1
    tally = imported.tally()
    assert tally["measurements"].sum() == 3
    assert tally["verdict"].tolist() == ["kept", "rejected", "rejected"]
    assert imported.rejects()["line"].tolist() == [3, 4]


def test_rows_are_valid_single_attempts() -> None:
    imported = finished(reject_usual(measured(score=[0.5, 0.6], name=["a", "a"])), "mine")
    validate_rows(imported.rows, load_registry(), "here")
    assert imported.rows["cell"].is_unique
    assert imported.rows["source"].unique().tolist() == ["mine"]
    assert imported.rows[["attempts", "rank"]].eq(1).all(axis=None)


def test_details_are_apart_from_reasons() -> None:
    frame = reject(measured(score=[0.5]), pd.Series([True]), "copy of another: x/y")
    decision = finished(frame, "mine").decisions.iloc[0]
    assert (decision["reason"], decision["detail"]) == ("copy of another", "x/y")


def test_base_only_rows_are_dated_by_their_base() -> None:
    frame = measured(base_released=pd.to_datetime(["2024-01-31", None]), base_score=[0.4, 0.5])
    frame = frame.assign(base_model=["org/a", "org/b"], released=pd.NaT)
    rows = finished_base_only(frame.assign(score=float("nan")), "mine").rows
    validate_rows(rows, load_registry(), "here")
    assert rows["attempts"].tolist() == [0.0, 0.0]
    assert rows["released"].isna().tolist() == [False, True]


def test_checked_rows_count_as_kept(attempts) -> None:
    imported = Imported.of_rows(attempts([0.5, 0.6]))
    assert imported.tally()["measurements"].tolist() == [2]
    assert not imported.is_ledger


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("base_model", ["org/a", "org/b"]),
        ("name", ["a", "b"]),
        ("benchmark", ["mmlu-pro", "bbh"]),
        ("released", list(pd.to_datetime(["2024-03-01", "2024-03-02"]))),
        ("base_score", [0.4, 0.41]),
        ("score", [0.5, 0.51]),
        ("technique", ["sft", "rl"]),
    ],
)
def test_measurements_that_differ_in_anything_are_no_repeats(column: str, values: list) -> None:
    frame = measured(**{"name": ["a", "a"], column: values})
    assert finished(frame, "mine").decisions["verdict"].tolist() == ["kept", "kept"]


def test_a_measurement_does_not_repeat_a_rejected_one() -> None:
    frame = reject(measured(name=["a", "a"]), pd.Series([True, False]), "a mirror")
    imported = finished(frame, "mine")
    assert imported.decisions["verdict"].tolist() == ["rejected", "kept"]
    assert len(imported.rows) == 1


def test_the_tally_counts_lines_and_measurements_the_most_frequent_first() -> None:
    frame = measured(line=[2, 3, 3, 4, 5])
    frame = reject(frame, frame["line"] == 2, "too old")
    frame = reject(frame, frame["line"] < 5, "no score: empty")
    tally = finished(frame, "mine").tally()
    assert tally[["reason", "lines", "measurements"]].to_numpy().tolist() == [
        ["passes every rule", 1, 1],
        ["no score", 2, 3],
        ["too old", 1, 1],
    ]


def test_a_note_is_the_reason_to_keep_a_measurement() -> None:
    imported = finished(measured(note=["", "mean of mirrors: a, b"]), "mine")
    told = imported.decisions[["verdict", "reason", "detail"]].to_numpy().tolist()
    assert told == [["kept", "passes every rule", ""], ["kept", "mean of mirrors", "a, b"]]


def test_a_source_that_is_given_stays() -> None:
    rows = finished(measured(source=["", "mine/lab"]), "mine").rows
    assert rows["source"].tolist() == ["mine", "mine/lab"]


def test_a_base_without_a_score_is_rejected_under_its_own_name() -> None:
    imported = finished_base_only(measured(base_score=[0.4, None], name=["", ""]), "mine")
    told = imported.decisions[["name", "verdict", "reason"]].to_numpy().tolist()
    assert told == [
        ["org/base", "kept", "passes every rule"],
        ["org/base", "rejected", "no score"],
    ]


def test_checked_rows_are_told_by_line_and_cell(attempts) -> None:
    rows = attempts([0.5, 0.6]).set_axis([2, 5])
    decisions = Imported.of_rows(rows).decisions
    assert decisions["line"].tolist() == [2, 5]
    assert decisions["name"].tolist() == ["attempt 0", "attempt 1"]


def test_a_cell_is_named_by_base_derivative_and_benchmark_and_numbered_from_the_second() -> None:
    frame = measured(name=["a", "a", "a", "a"], score=[0.5, 0.6, 0.7, 0.8])
    frame["base_model"] = ["org/base", "org/base", "org/other", "org/base"]
    assert finished(frame, "mine").rows["cell"].tolist() == [
        "org/base > a | mmlu-pro",
        "org/base > a | mmlu-pro | 2",
        "org/other > a | mmlu-pro",
        "org/base > a | mmlu-pro | 3",
    ]


def test_what_a_file_leaves_out_is_unknown() -> None:
    out = draft(pd.DataFrame({"line": [2, 3], "name": ["a", "b"], "technique": ["sft", None]}))
    assert out["technique"].tolist() == ["sft", ""]
    assert out["actor"].tolist() == ["", ""]
    assert out[["score", "released"]].isna().all(axis=None)
