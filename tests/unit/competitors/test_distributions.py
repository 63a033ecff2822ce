"""Competitors that state a distribution of attempts, on data whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from leakbound.competitors import COMPETITORS
from leakbound.competitors.empirical import MINIMUM_LINEAGE
from leakbound.competitors.frontier import fit_frontier, smoothed_pinball
from leakbound.units import logit_link


def gain_bound(name: str, train: pd.DataFrame, test: pd.DataFrame, level: float) -> np.ndarray:
    return COMPETITORS[name].fit(train).upper(test, level) - test["z_base"].to_numpy()


def test_the_empirical_quantile_is_that_of_the_benchmark_s_gains(attempt_rows) -> None:
    train = attempt_rows(np.random.default_rng(0).normal(size=300))
    test = attempt_rows(np.zeros(18))
    of_one = train.groupby("benchmark")["gain"].quantile(0.95)
    bound = gain_bound("empirical-benchmark", train, test, 0.95)
    np.testing.assert_allclose(bound, test["benchmark"].map(of_one))
    of_best = train.groupby("benchmark")["gain"].quantile(0.95 ** (1 / 20))
    best = gain_bound("empirical-benchmark", train, test.assign(attempts=20, rank=20), 0.95)
    np.testing.assert_allclose(best, test["benchmark"].map(of_best))


def test_an_unseen_benchmark_takes_its_domain_then_its_link(attempt_rows) -> None:
    train = attempt_rows(np.random.default_rng(0).normal(size=300))
    test = attempt_rows(np.zeros(2), benchmarks=("bbh",))
    reasoning = train.loc[train["domain"] == "reasoning", "gain"].quantile(0.9)
    np.testing.assert_allclose(gain_bound("empirical-benchmark", train, test, 0.9), reasoning)
    other = test.assign(domain="cyber")
    pooled = train["gain"].quantile(0.9)
    np.testing.assert_allclose(gain_bound("empirical-benchmark", train, other, 0.9), pooled)


def test_a_lineage_speaks_for_itself_from_twenty_attempts_on(attempt_rows) -> None:
    rng = np.random.default_rng(0)
    train = attempt_rows(rng.normal(size=2 * MINIMUM_LINEAGE), bases=2, benchmarks=("gpqa",))
    train.loc[train["base_model"] == "org/base-1", "gain"] += 3.0
    short = train.drop(index=train.index[1])
    test = attempt_rows(np.zeros(2), bases=2, benchmarks=("gpqa",))
    own = train.groupby("base_model")["gain"].quantile(0.9)
    np.testing.assert_allclose(gain_bound("empirical-lineage", train, test, 0.9), own)
    fallback = gain_bound("empirical-lineage", short, test, 0.9)
    assert fallback[0] == pytest.approx(own.iloc[0])
    assert fallback[1] == pytest.approx(short["gain"].quantile(0.9))


def test_regression_on_one_base_is_the_textbook_interval(attempt_rows) -> None:
    gains = np.random.default_rng(4).normal(0.3, 0.5, size=15)
    train = attempt_rows(gains, bases=1, benchmarks=("gpqa",)).assign(lag=0.0)
    bound = gain_bound("linear-regression", train, train[:1], 0.95)[0]
    s = gains.std(ddof=1)
    exact = gains.mean() + stats.t.ppf(0.95, 14) * s * np.sqrt(1 + 1 / 15)
    assert bound == pytest.approx(exact, rel=1e-6)


def test_regression_recovers_effects_and_covers_as_it_says(attempt_rows) -> None:
    rng = np.random.default_rng(7)

    def draw(n: int) -> pd.DataFrame:
        rows = attempt_rows(np.zeros(n), bases=12, days=700)
        rows["z_base"] = rows["z_base"] + rows["base_model"].map(shift) * (
            rows["benchmark"] == "gpqa"
        )
        sd = rows["benchmark"].map({"gpqa": 0.2, "musr": 0.4, "math-lvl5": 0.8})
        mean = 0.5 - 0.3 * rows["z_base"] + 0.2 * rows["lag"]
        rows["gain"] = mean + sd * rng.normal(size=n)
        rows["z"] = rows["z_base"] + rows["gain"]
        return rows

    shift = pd.Series(rng.normal(0, 0.5, 12), index=[f"org/base-{i}" for i in range(12)])
    train, test = draw(2400), draw(3600)
    predictor = COMPETITORS["linear-regression"].fit(train)
    for level in (0.5, 0.9, 0.95):
        covered = pd.Series(test["z"].to_numpy() <= predictor.upper(test, level))
        by_benchmark = covered.groupby(test["benchmark"]).mean()
        np.testing.assert_allclose(by_benchmark, level, atol=0.03)
    middle = predictor.upper(test, 0.5) - test["z_base"]
    np.testing.assert_allclose(middle, 0.5 - 0.3 * test["z_base"] + 0.2 * test["lag"], atol=0.12)


def test_the_frontier_s_gradient_is_right() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=40), rng.uniform(size=40)
    at = np.array([0.1, 0.6, 0.2, 1.5])
    error = optimize.check_grad(
        lambda p: smoothed_pinball(p, x, y, 0.9)[0], lambda p: smoothed_pinball(p, x, y, 0.9)[1], at
    )
    assert error < 1e-5


def test_the_frontier_finds_a_known_sigmoid_quantile() -> None:
    rng = np.random.default_rng(2)
    oom = rng.uniform(21, 25, size=4000)
    top = 0.1 + 0.8 / (1 + np.exp(-2.0 * (oom - 23)))
    score = top * rng.uniform(size=4000)
    at = np.array([22.0, 23.0, 24.0, 24.9])
    scores = fit_frontier(oom, score).scores(10.0**at)
    truth = 0.1 + 0.8 / (1 + np.exp(-2.0 * (at - 23)))
    np.testing.assert_allclose(scores[:, 18], 0.95 * truth, atol=0.04)
    assert (np.diff(scores, axis=0) >= 0).all()
    assert (np.diff(scores, axis=1) >= 0).all()


def test_the_frontier_ignores_the_base_s_own_score_and_rises_with_compute(attempt_rows) -> None:
    train = attempt_rows(np.random.default_rng(3).normal(0.3, 0.2, size=360))
    predictor = COMPETITORS["sigmoid-frontier"].fit(train)
    test = attempt_rows(np.zeros(6), benchmarks=("gpqa",))
    bound = predictor.upper(test, 0.95)
    np.testing.assert_array_equal(bound, predictor.upper(test.assign(z_base=9.0), 0.95))
    assert (np.diff(bound) >= 0).all()
    assert bound[-1] > bound[0]


def test_the_frontier_of_unknown_compute_is_the_plain_quantile(attempt_rows) -> None:
    train = attempt_rows(np.random.default_rng(3).normal(0.3, 0.2, size=360))
    test = attempt_rows(np.zeros(1), benchmarks=("gpqa",)).assign(base_pretraining_flop=np.nan)
    bound = COMPETITORS["sigmoid-frontier"].fit(train).upper(test, 0.95)
    scores = train.loc[train["benchmark"] == "gpqa", "score"].quantile(0.95)
    assert bound[0] == pytest.approx(logit_link(scores, 0.25), abs=0.02)
