import numpy as np
import pytest

from leakbound.competitors import COMPETITORS
from leakbound.competitors.conformal import conformal_quantile


@pytest.mark.parametrize(
    ("n", "level", "rank"), [(19, 0.95, 19), (99, 0.95, 95), (9, 0.5, 5), (10, 0.95, 10)]
)
def test_the_conformal_quantile_is_an_order_statistic(n: int, level: float, rank: int) -> None:
    scores = np.random.default_rng(0).permutation(np.arange(1.0, n + 1))
    assert conformal_quantile(scores, level) == rank


def test_without_calibration_rows_nothing_moves() -> None:
    assert conformal_quantile(np.array([]), 0.95) == 0.0


def test_a_split_conformal_bound_covers_exchangeable_outcomes() -> None:
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(4000):
        past, new = rng.gumbel(size=40), rng.gumbel()
        covered.append(new <= conformal_quantile(past, 0.9))
    assert np.mean(covered) == pytest.approx(37 / 41, abs=0.015)


@pytest.mark.parametrize("name", ["buffer-2x", "empirical-benchmark", "empirical-lineage"])
def test_a_competitor_that_is_off_is_set_right_by_the_latest_quarter(name, attempt_rows) -> None:
    rng = np.random.default_rng(3)
    gains = rng.normal(0.0, 0.3, size=1200)
    gains[900:] += 1.0
    train = attempt_rows(gains)
    test = attempt_rows(rng.normal(1.0, 0.3, size=1200), start="2025-01-01")
    plain = (test["z"] <= COMPETITORS[name].fit(train).upper(test, 0.9)).mean()
    shifted = COMPETITORS[f"{name}+conformal"].fit(train)
    assert plain < 0.75
    assert (test["z"] <= shifted.upper(test, 0.9)).mean() == pytest.approx(0.9, abs=0.06)


def test_shifts_are_each_benchmark_s_own_where_rows_are_enough(attempt_rows) -> None:
    rng = np.random.default_rng(3)
    train = attempt_rows(rng.normal(0.0, 0.3, size=900))
    wide = train["benchmark"] == "musr"
    train.loc[wide, ["gain", "z"]] += 2.0 * rng.normal(size=(int(wide.sum()), 1))
    bound = COMPETITORS["buffer-2x+conformal"].fit(train).upper(train, 0.95) - train["z_base"]
    assert bound[wide].min() > 2.0 * bound[~wide].max()


def test_best_of_n_has_its_own_shift(attempt_rows) -> None:
    train = attempt_rows(np.random.default_rng(3).normal(0.0, 0.3, size=1200))
    predictor = COMPETITORS["buffer-2x+conformal"].fit(train)
    single = predictor.upper(train, 0.9)
    best = predictor.upper(train.assign(attempts=30, rank=30), 0.9)
    assert (best > single).all()


def test_training_rows_of_one_day_leave_the_competitor_as_it_is(attempt_rows) -> None:
    train = attempt_rows(np.random.default_rng(3).normal(0.0, 0.3, size=60), days=1)
    plain = COMPETITORS["empirical-benchmark"].fit(train).upper(train, 0.9)
    shifted = COMPETITORS["empirical-benchmark+conformal"].fit(train).upper(train, 0.9)
    np.testing.assert_array_equal(plain, shifted)
