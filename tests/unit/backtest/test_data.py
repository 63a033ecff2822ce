import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from leakbound.backtest.data import DEFAULT_CUTS, Data, read_data, splits_of
from leakbound.errors import InputError

POOL = Path(__file__).parents[3] / "../shared/data/attempts_pool.csv"


def test_the_shipped_evidence_is_the_default_and_splits_at_every_default_cut() -> None:
    splits, overlaps = splits_of(read_data("shipped"), [])
    assert [split.cut for split in splits] == list(DEFAULT_CUTS)
    assert overlaps == {}
    assert {"attempt", "best", "rank"} == set(splits[-1].tests)


@pytest.mark.skipif(not POOL.exists(), reason="the attempt-level pool is not beside the repository")
def test_an_attempt_file_is_read_through_its_format() -> None:
    data = read_data(f"pool={POOL}")
    assert data.name == "pool"
    assert (data.frame["attempts"] == 1).all()
    (split,), _ = splits_of(data, [dt.date(2024, 10, 1)])
    assert set(split.tests["attempt"]["subset"]) == {"known", "new"}


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"--data: must be shipped.*found 'pol'; did you mean pool"
    ):
        read_data("pol=some.csv")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        read_data("nowhere.csv")


@pytest.mark.parametrize(("cut", "side"), [("2019-01-01", "before"), ("2031-01-01", "after")])
def test_a_cut_must_leave_rows_on_both_sides(attempt_rows, cut: str, side: str) -> None:
    data = Data("d", attempt_rows(np.zeros(30)))
    rule = f"d, cut {cut}: must leave measured attempts {side} the cut; found 0"
    with pytest.raises(InputError, match=rule):
        splits_of(data, [dt.date.fromisoformat(cut)])


def test_a_holdout_without_cuts_is_forecast_with_all_evidence(attempt_rows) -> None:
    data = Data("d", attempt_rows(np.zeros(30)))
    held = Data("held", attempt_rows(np.zeros(9), start="2020-01-01"))
    (split,), overlaps = splits_of(data, [], holdout=held)
    assert (split.data, split.cut_name, len(split.train)) == ("held", "all-evidence", 30)
    assert len(split.tests["attempt"]) == overlaps["all-evidence"].rows == 9
