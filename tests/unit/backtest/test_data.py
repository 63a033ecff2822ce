import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
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
    assert set(data.frame["attempts"]) == {0, 1}
    (split,), _ = splits_of(data, [dt.date(2024, 10, 1)])
    assert set(split.tests["attempt"]["subset"]) == {"known", "new"}


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"--data: must be shipped.*found 'pol'; did you mean pool"
    ):
        read_data("pol=some.csv")


SCORES = "base_model,base_released,benchmark,base_score,cell,attempts,rank,score,released,source\n"
ROW = "org/base,2024-01-10,mmlu-pro,0.5,{},1,1,0.6,2024-0{}-01,mine\n"


def test_data_without_base_models_scores_gets_those_that_were_known(tmp_path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(SCORES + "".join(ROW.format(f"cell {i}", i) for i in range(2, 9)))
    data = read_data(str(path))
    bases = data.frame[data.frame["attempts"] == 0]
    assert len(bases) > 400
    assert np.isfinite(bases["z_base"]).all()
    (split,), _ = splits_of(data, [dt.date(2024, 5, 1)])
    known = split.train[split.train["attempts"] == 0]
    assert 0 < len(known) < len(bases)
    assert known["released"].max() < pd.Timestamp("2024-05-01")
    assert {len(rows) for rows in split.tests.values()} == {4, 2}


def test_a_format_s_rows_keep_the_rules_of_evidence(tmp_path) -> None:
    path = tmp_path / "scaffolds.csv"
    path.write_text(
        "leaderboard,name,date,resolved,tags,model\n"
        "Verified,one,2024-07-01,120,,gpt-4o-2024-05-13\n"
        "Verified,two,2024-08-01,565,,gpt-4o-2024-05-13\n"
    )
    with pytest.raises(InputError, match="must be a fraction from 0 to 1"):
        read_data(f"swebench={path}")


@pytest.mark.skipif(not POOL.exists(), reason="the measurement files are not beside the repository")
def test_a_ledger_of_compute_is_no_data_to_forecast() -> None:
    ledger = POOL.parent / "epoch_posttraining_compute.csv"
    with pytest.raises(
        InputError, match="--data: must be of a format that holds scores of attempts"
    ):
        read_data(f"epoch-models={ledger}")


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
