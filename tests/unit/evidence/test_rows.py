from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leakbound.errors import InputError
from leakbound.evidence import COLUMNS, load_registry, read_rows, validate_rows, write_rows

HEADER = "base_model,base_released,benchmark,base_score,cell,attempts,rank,score,released,source"
GOOD = "org/base,2024-01-10,mmlu-pro,0.5,c1,1,1,0.6,2024-03-01,mine"


def rows_file(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def with_column(column: str, value: str) -> tuple[str, str]:
    names, cells = HEADER.split(","), GOOD.split(",")
    if column in names:
        cells[names.index(column)] = value
    else:
        names, cells = [*names, column], [*cells, value]
    return ",".join(cells), ",".join(names)


def test_absent_columns_are_unknown(tmp_path: Path) -> None:
    rows = read_rows(rows_file(tmp_path, GOOD), load_registry())
    assert list(rows.columns) == list(COLUMNS)
    assert rows.index.tolist() == [2]
    assert rows["technique"].tolist() == [""]
    assert rows["compute_fraction"].isna().all()
    assert rows["known"].isna().all()
    assert rows["released"].tolist() == [pd.Timestamp("2024-03-01")]


def test_base_only_rows_need_no_date_and_no_attempt(tmp_path: Path) -> None:
    line = "org/base,,mmlu-pro,0.5,c1,0,0,,,mine"
    rows = read_rows(rows_file(tmp_path, line), load_registry())
    assert rows["attempts"].tolist() == [0.0]


def test_writing_and_reading_gives_the_same_rows(tmp_path: Path, attempts) -> None:
    frame = attempts([0.61, 0.7], posttraining_flop=1.2345e21, technique="sft+rl", actor="lab")
    write_rows(frame, tmp_path / "out.csv")
    again = read_rows(tmp_path / "out.csv", load_registry())
    pd.testing.assert_frame_equal(again.reset_index(drop=True), frame)


def test_numbers_are_written_with_six_significant_digits(tmp_path: Path, attempts) -> None:
    frame = attempts([0.123456], posttraining_flop=1.23456e21)
    write_rows(frame, tmp_path / "out.csv")
    again = read_rows(tmp_path / "out.csv", load_registry())
    assert again["score"].tolist() == [0.123456]
    assert again["posttraining_flop"].tolist() == [1.23456e21]


def test_counts_are_written_whole(tmp_path: Path, attempts) -> None:
    write_rows(attempts([0.6], attempts=1_234_567.0, rank=1_234_566.0), tmp_path / "out.csv")
    again = read_rows(tmp_path / "out.csv", load_registry())
    assert again[["attempts", "rank"]].to_numpy().tolist() == [[1_234_567.0, 1_234_566.0]]


def test_columns_that_are_no_evidence_are_not_written(tmp_path: Path, attempts) -> None:
    frame = attempts([0.6])
    write_rows(frame.assign(gain=0.1), tmp_path / "out.csv")
    again = read_rows(tmp_path / "out.csv", load_registry())
    pd.testing.assert_frame_equal(again.reset_index(drop=True), frame)


def test_spaces_around_a_cell_mean_nothing(tmp_path: Path) -> None:
    plain = read_rows(rows_file(tmp_path, GOOD), load_registry())
    spaced = read_rows(rows_file(tmp_path, GOOD.replace(",", " , ")), load_registry())
    pd.testing.assert_frame_equal(spaced, plain)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("score", "56.5", r"column score: must be a fraction from 0 to 1 .*found 56\.5"),
        ("score", "-0.1", "column score: must be a fraction"),
        ("score", "nan", "column score: must be a finite number or empty; found 'nan'"),
        ("score", "", "column score: must be known where attempts is 1 or more"),
        ("base_score", "", "column base_score: must be known"),
        ("base_score", "50", "column base_score: must be a fraction"),
        ("benchmark", "mmlu-pr", "column benchmark: .*did you mean mmlu-pro"),
        ("benchmark", "", "column benchmark: must not be empty"),
        ("base_model", "", "column base_model: must not be empty"),
        ("base_model", "=cmd()", "column base_model: must not look like a formula"),
        ("cell", "@SUM(A1)", "column cell: must not look like a formula"),
        ("benchmark", "=cmd()", "column benchmark: must not look like a formula"),
        ("technique", "=cmd()", "column technique: must not look like a formula"),
        ("actor", "=cmd()", "column actor: must not look like a formula"),
        ("source", "=cmd()", "column source: must not look like a formula"),
        ("censored", "=cmd()", "column censored: must not look like a formula"),
        ("attempts", "1.5", "column attempts: must be a whole number"),
        ("attempts", "", "column attempts: must be known"),
        ("rank", "2", "column rank: must be from 1 to attempts; found 2"),
        ("attempts", "0", "column rank: must be 0 where attempts is 0"),
        ("released", "", "column released: must be known"),
        ("released", "2023-12-01", "column released: must not lie over 30 days before"),
        ("base_released", "", "column base_released: must be known"),
        ("known", "2024-02-01", "column known: must not lie before released"),
        ("technique", "sft+magic", "column technique: must be words of the vocabulary"),
        ("technique", "sft+", "column technique: must be words of the vocabulary"),
        ("actor", "spy", "column actor: must be empty or one of hobbyist"),
        ("censored", "upper", "column censored: must be empty or lower"),
        ("compute_fraction", "-0.1", "column compute_fraction: must be a fraction of pre-training"),
        ("compute_fraction", "0", "column compute_fraction: must be above 0 unless only inference"),
        ("posttraining_flop", "-1e20", "column posttraining_flop: must be above 0"),
        ("base_pretraining_flop", "0", "column base_pretraining_flop: must be above 0"),
        ("base_items", "0.5", "column base_items: must be 1 or more"),
    ],
)
def test_broken_rows_name_line_column_value_and_rule(
    tmp_path: Path, column: str, value: str, message: str
) -> None:
    line, header = with_column(column, value)
    path = rows_file(tmp_path, line, header=header)
    with pytest.raises(InputError, match=rf"mine\.csv: line 2: {message}"):
        read_rows(path, load_registry())


def test_fractions_and_flop_exclude_each_other(attempts) -> None:
    frame = attempts([0.6], compute_fraction=0.1, posttraining_flop=1e20)
    with pytest.raises(InputError, match="posttraining_flop: must be empty where compute_fraction"):
        validate_rows(frame, load_registry(), "here")


def test_inference_costs_no_training_compute(attempts) -> None:
    validate_rows(attempts([0.6], technique="tools", compute_fraction=0.0), load_registry(), "x")
    frame = attempts([0.6], technique="tools", compute_fraction=0.1)
    with pytest.raises(InputError, match="technique: inference techniques need"):
        validate_rows(frame, load_registry(), "here")


def test_horizons_and_gains_have_their_own_ranges(attempts) -> None:
    minutes = attempts([90.0], benchmark="time-horizon-metr", base_score=30.0)
    validate_rows(minutes, load_registry(), "here")
    with pytest.raises(InputError, match=r"score: must be above 0 \(minutes\)"):
        validate_rows(minutes.assign(score=0.0), load_registry(), "here")


def test_rows_of_a_cell_share_what_makes_it_one(attempts) -> None:
    cell = attempts([0.5, 0.6, 0.7], cell="c", attempts=9.0).assign(rank=[5.0, 7.0, 9.0])
    validate_rows(cell, load_registry(), "here")
    registry = load_registry()
    with pytest.raises(InputError, match="attempts: must be the same in all rows of one cell"):
        validate_rows(cell.assign(attempts=[9.0, 9.0, 8.0], rank=[5, 7, 8]), registry, "here")
    for column, values in (
        ("technique", ["", "rl", "rl"]), ("actor", ["lab", "lab", ""]),
        ("compute_fraction", [0.1, 0.1, 0.2]), ("posttraining_flop", [1e20, np.nan, 1e20]),
    ):  # fmt: skip
        with pytest.raises(InputError, match=f"{column}: must be the same in all rows of one cell"):
            validate_rows(cell.assign(**{column: values}), registry, "here")
    with pytest.raises(InputError, match="rank: must appear once in its cell"):
        validate_rows(cell.assign(rank=[5.0, 9.0, 9.0]), registry, "here")
    with pytest.raises(InputError, match="score: must not fall as rank rises"):
        validate_rows(cell.assign(score=[0.5, 0.7, 0.6]), registry, "here")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("base_posttraining_fraction", [0.002, np.nan]), ("base_items", [500.0, 400.0]),
        ("base_pretraining_flop", [np.nan, 1e24]),
        ("base_released", pd.to_datetime(["2024-01-10", "2024-01-11"])),
    ],
)  # fmt: skip
def test_one_measurement_of_a_base_is_told_in_one_way(attempts, column, values) -> None:
    """Else whichever row came first would say what the fit takes for true."""
    rows = attempts([0.6, 0.7]).assign(**{column: values})
    with pytest.raises(InputError, match=f"{column}: must be the same in all rows of one base"):
        validate_rows(rows, load_registry(), "here")
    validate_rows(rows.assign(source=["mine", "theirs"]), load_registry(), "here")


def test_duplicate_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 3: column rank: must appear once in its cell"):
        read_rows(rows_file(tmp_path, GOOD, GOOD), load_registry())


def test_the_error_counts_the_other_rows_that_break_the_rule(tmp_path: Path) -> None:
    lines = [GOOD.replace("0.6", "60").replace("c1", f"c{i}") for i in range(3)]
    with pytest.raises(InputError, match="2 more rows break this rule"):
        read_rows(rows_file(tmp_path, *lines), load_registry())


def test_a_frame_without_a_column_is_refused(attempts) -> None:
    frame = attempts([0.6]).drop(columns="actor")
    with pytest.raises(InputError, match="must have every evidence column; found 'no actor'"):
        validate_rows(frame, load_registry(), "here")
