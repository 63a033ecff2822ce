"""What every competitor must do, whatever it is."""

import numpy as np
import pandas as pd
import pytest

from leakbound.competitors import COMPETITORS, PLAIN, REFERENCE
from leakbound.competitors.predictor import AttemptDistribution

names = pytest.mark.parametrize("name", list(COMPETITORS))
DISTRIBUTIONS = (
    "empirical-benchmark",
    "empirical-lineage",
    "linear-regression",
    "sigmoid-frontier",
)


@pytest.fixture
def train(attempt_rows) -> pd.DataFrame:
    gains = np.random.default_rng(1).gumbel(0.1, 0.3, size=360)
    return attempt_rows(gains)


@pytest.fixture
def strange(attempt_rows) -> pd.DataFrame:
    """Unseen benchmarks and bases, unknown compute and dates, a link that is no fraction."""
    rows = attempt_rows(np.full(8, np.nan), bases=8, benchmarks=("bbh",))
    rows["base_pretraining_flop"] = np.nan
    rows.loc[4:, ["benchmark", "domain", "link"]] = ["time-horizon-metr", "agentic", "log"]
    rows[["lag", "score", "z"]] = np.nan
    rows["base_released"] = pd.NaT
    return rows.assign(attempts=[1, 2, 40, 1, 1, 3, 9, 1], rank=[1, 2, 40, 1, 1, 3, 5, 1])


def test_there_are_the_competitors_the_scoreboard_names() -> None:
    plain = [competitor.name for competitor in PLAIN]
    assert REFERENCE in plain
    assert {"asl3-1pct", "buffer-2x", "buffer-4x", "buffer-6x", "eu-third"} <= set(plain)
    assert set(COMPETITORS) == {*plain, *(f"{name}+conformal" for name in plain)}


@names
def test_bounds_are_finite_for_what_was_never_seen(name: str, train, strange) -> None:
    predictor = COMPETITORS[name].fit(train)
    for level in (0.05, 0.5, 0.95, 0.99):
        bound = predictor.upper(strange, level)
        assert bound.shape == (len(strange),)
        assert np.isfinite(bound).all()


@names
def test_a_bound_never_looks_at_the_outcome(name: str, train, attempt_rows) -> None:
    test = attempt_rows(np.linspace(-1, 1, 18), start="2025-01-01")
    blind = test.assign(score=np.nan, z=np.nan, gain=np.nan)
    predictor = COMPETITORS[name].fit(train)
    np.testing.assert_array_equal(predictor.upper(test, 0.9), predictor.upper(blind, 0.9))


@names
def test_a_bound_does_not_depend_on_the_order_of_rows(name: str, train, attempt_rows) -> None:
    test = attempt_rows(np.zeros(18), start="2025-01-01")
    mixed = train.sample(frac=1.0, random_state=2).reset_index(drop=True)
    turned = test.iloc[::-1]
    straight = COMPETITORS[name].fit(train).upper(test, 0.95)
    np.testing.assert_allclose(
        COMPETITORS[name].fit(mixed).upper(turned, 0.95)[::-1], straight, atol=0.02
    )


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_distribution_rises_with_level_and_attempts(name: str, train, attempt_rows) -> None:
    predictor = COMPETITORS[name].fit(train)
    assert isinstance(predictor, AttemptDistribution)
    test = attempt_rows(np.zeros(18), start="2025-01-01")
    by_level = [predictor.upper(test, level) for level in (0.5, 0.8, 0.9, 0.95, 0.99)]
    by_number = [predictor.upper(test.assign(attempts=n, rank=n), 0.9) for n in (1, 3, 30)]
    assert (np.diff(by_level, axis=0) >= 0).all()
    assert (np.diff(by_number, axis=0) >= 0).all()
    assert (by_number[-1] > by_number[0]).any()


@names
def test_a_handful_of_training_rows_is_enough(name: str, train, strange) -> None:
    bound = COMPETITORS[name].fit(train[:3]).upper(strange, 0.95)
    assert np.isfinite(bound).all()
