import pandas as pd
import pytest
from tests.unit.evidence.conftest import attempt_frame

from leakbound.backtest.own import own_forecaster


def fitted_on(singles, *others):
    train = pd.concat([attempt_frame([0.5 + i / 100 for i in range(singles)]), *others])
    rows = own_forecaster()._evidence(train).rows
    return rows[rows["attempts"] > 0]


def cell_of_nine():
    return attempt_frame([0.6, 0.7], cell="nine", attempts=9.0).assign(rank=[5.0, 9.0])


def test_single_attempts_of_a_pool_count_as_a_cell():
    assert fitted_on(20)["attempts"].unique().tolist() == [20.0]


def test_cells_among_them_stay_as_they_are():
    rows = fitted_on(20, cell_of_nine())
    assert rows["attempts"].value_counts().to_dict()[9.0] == 2
    assert set(rows["attempts"]) == {9.0, 20.0}
    pd.testing.assert_frame_equal(
        rows[rows["cell"] == "nine"].reset_index(drop=True), cell_of_nine(), check_dtype=False
    )


@pytest.mark.parametrize("singles", [1, 10])
def test_among_many_cells_single_attempts_stay_single(singles):
    rows = fitted_on(singles, cell_of_nine())
    assert sorted(set(rows["attempts"])) == [1.0, 9.0]
    assert (rows["attempts"] == 1.0).sum() == singles
