"""Rules that state one bound: buffers, the 1 % test, six months of trend."""

import numpy as np
import pandas as pd
import pytest

from leakbound.competitors import COMPETITORS
from leakbound.competitors.scaling import DEFAULT_LOGITS_PER_OOM, fit_base_scaling
from leakbound.competitors.trend import frontier_slope
from leakbound.units import logit_unlink

BUFFERS = {
    "asl3-1pct": 1.01,
    "eu-third": 4 / 3,
    "buffer-2x": 2.0,
    "buffer-4x": 4.0,
    "buffer-6x": 6.0,
}


@pytest.fixture
def train(attempt_rows) -> pd.DataFrame:
    """Bases half an OOM apart whose own z rises by 0.2 each: 0.4 logits an OOM."""
    return attempt_rows(np.zeros(72))


@pytest.mark.parametrize(("name", "factor"), BUFFERS.items())
def test_a_buffer_adds_what_its_compute_adds_to_a_base(name: str, factor: float, train) -> None:
    bound = COMPETITORS[name].fit(train).upper(train, 0.95)
    np.testing.assert_allclose(bound - train["z_base"], 0.4 * np.log10(factor), atol=1e-9)


def test_a_benchmark_never_seen_takes_the_common_slope(train, attempt_rows) -> None:
    test = attempt_rows(np.zeros(3), benchmarks=("bbh",))
    np.testing.assert_allclose(fit_base_scaling(train).slope(test), 0.4)


def test_slopes_are_each_benchmark_s_own(train) -> None:
    steep = train.copy()
    own = steep["benchmark"] == "gpqa"
    steep.loc[own, "z_base"] += 0.6 * np.log10(steep.loc[own, "base_pretraining_flop"])
    slope = fit_base_scaling(steep).slope(steep)
    np.testing.assert_allclose(slope[own], 1.0)
    np.testing.assert_allclose(slope[~own], 0.4)


def test_more_compute_never_lowers_a_bound(train) -> None:
    falling = train.assign(z_base=-train["z_base"])
    assert (fit_base_scaling(falling).slope(falling) == 0.0).all()


def test_without_known_compute_the_published_slope_holds(train) -> None:
    unknown = train.assign(base_pretraining_flop=np.nan)
    assert (fit_base_scaling(unknown).slope(unknown) == DEFAULT_LOGITS_PER_OOM).all()


def test_the_one_percent_test_is_the_best_early_attempt(attempt_rows) -> None:
    train = attempt_rows(np.zeros(12), bases=2, benchmarks=("gpqa",))
    train["lag"] = 1.0
    train.loc[[0, 2, 1], "lag"] = 0.1
    train.loc[[0, 2, 1, 4], "gain"] = [0.3, 0.7, 0.1, 5.0]
    test = attempt_rows(np.zeros(3), bases=3, benchmarks=("gpqa",))
    gain = COMPETITORS["asl3-1pct-elicited"].fit(train).upper(test, 0.95) - test["z_base"]
    np.testing.assert_allclose(gain, [0.7, 0.1, 0.4])


def test_the_one_percent_test_never_lowers_the_base(attempt_rows) -> None:
    train = attempt_rows(np.full(6, -1.0)).assign(lag=0.0)
    bound = COMPETITORS["asl3-1pct-elicited"].fit(train).upper(train, 0.95)
    np.testing.assert_allclose(bound, train["z_base"])


def frontier(months: list[int], z: list[float]) -> pd.DataFrame:
    dates = [pd.Timestamp("2023-01-15") + pd.DateOffset(months=m) for m in months]
    return pd.DataFrame({"released": dates, "z": z, "benchmark": "gpqa"})


def test_the_frontier_slope_is_its_rate() -> None:
    rows = frontier(list(range(24)), [0.1 * m for m in range(24)])
    assert frontier_slope(rows) == pytest.approx(1.2, rel=0.01)


def test_months_without_attempts_carry_the_frontier_on() -> None:
    rows = frontier([0, 6, 12, 18], [0.0, 1.0, 0.5, 2.0])
    steps = np.polyfit(np.arange(19) / 12, [0.0] * 6 + [1.0] * 12 + [2.0], 1)[0]
    assert frontier_slope(rows) == pytest.approx(steps, rel=0.02)


def test_too_short_a_history_has_no_slope() -> None:
    assert np.isnan(frontier_slope(frontier([0, 2], [0.0, 1.0])))


def test_the_trend_moves_every_base_by_half_a_year(attempt_rows) -> None:
    train = attempt_rows(np.zeros(48), bases=1, benchmarks=("gpqa",), days=720)
    train["z"] = train["z_base"] + 2.0 * train["lag"]
    test = attempt_rows(np.zeros(4), bases=2, benchmarks=("gpqa", "bbh"))
    gain = COMPETITORS["trend-6-months"].fit(train).upper(test, 0.95) - test["z_base"]
    np.testing.assert_allclose(gain, 1.0, rtol=0.05)


def test_a_rule_is_the_same_at_every_level_and_number(train) -> None:
    predictor = COMPETITORS["buffer-4x"].fit(train)
    many = train.assign(attempts=50, rank=50)
    np.testing.assert_array_equal(predictor.upper(train, 0.5), predictor.upper(many, 0.99))


def test_bounds_are_on_the_link_scale(train) -> None:
    bound = COMPETITORS["buffer-6x"].fit(train).upper(train, 0.95)
    assert (logit_unlink(bound, train["guess"]) > train["base_score"]).all()
