from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.alike import ByEffortForecaster, OtherPriorForecaster
from leakbound.backtest.data import read_data
from leakbound.backtest.named import kinds
from leakbound.backtest.own import DRAWS
from leakbound.competitors.frame import measured
from leakbound.errors import FitError


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return read_data("shipped").frame


class Constant:
    """Forecasts what it was made with, whatever the row."""

    def __init__(self, told):
        self.told = told

    def bounds(self, test, levels):
        return np.full((len(test), len(levels)), self.told)


class Counting:
    """Forecasts the share of raw bases among the attempts it was fitted on."""

    name, title, version = "counting", "Counting", "1"

    def __init__(self):
        self.fitted = []

    def fit(self, train, cut):
        self.fitted.append(train)
        attempts = train[train["attempts"] > 0]
        return Constant(float((~(attempts["base_posttraining_fraction"] > 0)).mean()))


def test_a_rival_told_of_the_effort_forecasts_each_sort_of_base_from_its_own(frame):
    inner = Counting()
    forecast = ByEffortForecaster(inner).fit(frame, None)
    test = measured(frame).tail(400)
    bounds = forecast.bounds(test, [0.5, 0.95])
    raw = ~(test["base_posttraining_fraction"] > 0).to_numpy()
    assert 0 < raw.sum() < len(test)
    assert (bounds[raw] == 1.0).all()
    assert (bounds[~raw] == 0.0).all()
    for fitted in inner.fitted:
        attempts = fitted[fitted["attempts"] > 0]
        assert (kinds(attempts) != "").all()
        assert (fitted["attempts"] == 0).sum() == (frame["attempts"] == 0).sum()


def test_without_a_named_effort_it_takes_every_attempt(frame):
    nameless = frame[kinds(frame) == ""]
    inner = Counting()
    ByEffortForecaster(inner).fit(nameless, None)
    assert (inner.fitted[1]["attempts"] > 0).sum() == len(measured(nameless))


@pytest.fixture
def own(posterior, specification, evidence):
    return SimpleNamespace(
        title="ours", version="1", specification=specification, registry=evidence.registry,
        posterior=lambda train: posterior,
    )  # fmt: skip


def test_another_prior_is_the_posterior_by_its_weights(own, posterior):
    told = OtherPriorForecaster(own, "distillation=HalfNormal(0.4)", "smaller").fit(None, None)
    before, after = (one.draws["distillation"] for one in (posterior, told.posterior))
    assert len(after) == DRAWS
    assert np.isin(after, before).all()
    ratio = np.exp(-(before**2) / 2 * (1 / 0.4**2 - 1 / 0.6**2))
    assert after.mean() == pytest.approx(np.average(before, weights=ratio), abs=0.02)
    assert told.specification.priors["distillation"].parameters["sigma"] == pytest.approx(0.4)


def test_a_prior_that_weights_cannot_reach_is_refused(own):
    far = OtherPriorForecaster(own, "distillation=HalfNormal(0.0001)", "far")
    with pytest.raises(FitError, match="far: weights must carry the posterior"):
        far.fit(None, None)


def test_a_prior_that_enters_before_the_fit_is_refused(own):
    early = OtherPriorForecaster(own, "dose_slope=LogNormal(0.5, 0.2)", "early")
    with pytest.raises(FitError, match="expected dose"):
        early.fit(None, None)
