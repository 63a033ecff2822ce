import datetime as dt
import json

import pytest

from leakbound.backtest.stored import read_recalibration
from leakbound.errors import InputError


def move(until: str, at_95: float, *, quantity: str = "best", bases: int = 5) -> dict:
    return {
        "quantity": quantity, "levels": [0.5, 0.95], "moves": [0.0, at_95], "rows": 40,
        "bases": bases, "until": until,
    }  # fmt: skip


@pytest.fixture
def stored(tmp_path):
    def write(*moves: dict):
        path = tmp_path / "scores.json"
        path.write_text(json.dumps({"moves": moves}))
        return path

    return write


def test_the_latest_before_the_date_is_taken_and_of_two_the_least_favourable(stored) -> None:
    path = stored(
        move("2024-07-20", 0.1), move("2024-10-01", 0.2), move("2024-10-01", 0.3, bases=9),
        move("2025-01-01", 0.4), move("2024-10-01", 0.5, quantity="attempt", bases=20),
    )  # fmt: skip
    assert read_recalibration(path, until=dt.date(2024, 12, 26)).moves == (0.0, 0.3)
    assert read_recalibration(path, until=None).moves == (0.0, 0.4)
    path = stored(move("2024-10-01", -0.37, bases=16), move("2024-10-01", 0.07, bases=14))
    assert read_recalibration(path, until=None).moves == (0.0, 0.07)


def test_it_moves_a_bound_in_units_of_its_distance_from_the_median(stored) -> None:
    found = read_recalibration(stored(move("2024-07-20", 0.5)), until=None)
    assert found.shift(1.0, 3.0) == pytest.approx(1.0)
    assert found.shift(1.0, 1.0) == pytest.approx(0.5 * 0.05)
    assert "moved by +0.50" in str(found)


def test_a_date_before_all_of_them_is_refused(stored) -> None:
    with pytest.raises(
        InputError, match="must hold one from before 2024-01-01; found '2024-07-20'"
    ):
        read_recalibration(stored(move("2024-07-20", 0.1)), until=dt.date(2024, 1, 1))


def test_a_backtest_at_a_single_cut_teaches_no_move(stored) -> None:
    with pytest.raises(
        InputError, match="must hold one, which takes two cuts or more; found 'none'"
    ):
        read_recalibration(stored(), until=None)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", '{"moves": 3}', '{"moves": [{"quantity": "best"}]}',
        json.dumps({"moves": [move("2024-07-20", float("nan"))]}),
        json.dumps({"moves": [move("2024-07-20", 0.1)]}).replace("40", "1e999"), "[" * 100_000,
        json.dumps({"moves": [move("2024-07-20", float("inf"))]}),
        json.dumps({"moves": [move("2024-07-20", float("-inf"))]}),
        json.dumps({"moves": [{**move("2024-07-20", 0.1), "levels": [0.5, 0.9]}]}),
        json.dumps({"moves": [{**move("2024-07-20", 0.1), "levels": [0.96, 0.95]}]}),
        json.dumps({"moves": [{**move("2024-07-20", 0.1), "levels": [-0.5, 0.95]}]}),
    ],
)  # fmt: skip
def test_a_file_that_is_no_backtest_is_refused(tmp_path, text) -> None:
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(InputError, match="must hold recalibrations"):
        read_recalibration(path, until=None)


def test_a_move_from_few_outcomes_is_not_believed(stored) -> None:
    few = {**move("2025-01-01", -5.0), "rows": 18}
    assert read_recalibration(stored(move("2024-10-01", 0.2), few), until=None).moves == (0.0, 0.2)
    with pytest.raises(
        InputError, match="at least 19 outcomes, as a 95 % quantile needs; found 18"
    ):
        read_recalibration(stored(few), until=None)


def test_a_file_that_is_not_there_or_a_folder_is_refused_by_the_same_rule(tmp_path) -> None:
    for path, found in ((tmp_path / "none.json", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(InputError, match=f"must hold recalibrations .*; found '{found}"):
            read_recalibration(path, until=None)
