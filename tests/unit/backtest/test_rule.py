"""Published rules in the backtest are those of the report, on the posterior of the cut."""

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.methods import forecasters, is_own
from leakbound.backtest.own import OwnForecast
from leakbound.backtest.rule import RuleForecast
from leakbound.comparators import COMPARATORS
from leakbound.competitors.frame import evidence_frame, measured


@pytest.fixture
def rows(evidence):
    known = measured(evidence_frame(evidence.rows, evidence.registry))
    found = known[known["benchmark"].isin(["gpqa-diamond", "mmlu-pro"])]
    return pd.concat([found.head(5), found.tail(5)], ignore_index=True)


@pytest.fixture
def own(posterior, specification, evidence):
    return OwnForecast(posterior, specification, evidence.registry)


@pytest.mark.parametrize("key", list(COMPARATORS))
def test_a_rule_states_one_bound_at_every_level(own, rows, key):
    bounds = RuleForecast(own, COMPARATORS[key]).bounds(rows, [0.5, 0.95])
    assert bounds.shape == (len(rows), 2)
    assert np.isfinite(bounds).all()
    np.testing.assert_array_equal(bounds[:, 0], bounds[:, 1])
    assert (bounds[:, 0] >= rows["z_base"].to_numpy() - 1e-12).all()


def test_it_does_not_look_at_the_outcome_nor_at_how_many_try(own, rows):
    rule = RuleForecast(own, COMPARATORS["asl3-1pct"])
    hidden = rows.assign(score=np.nan, z=np.nan, gain=np.nan, attempts=99, rank=99)
    np.testing.assert_array_equal(rule.bounds(hidden, [0.95]), rule.bounds(rows, [0.95]))


def test_every_rule_of_a_report_is_backtested_under_the_name_it_gives():
    names = [one.name for one in forecasters()]
    assert len(names) == len(set(names))
    for rule in COMPARATORS.values():
        assert rule.competitor in names
        assert not is_own(rule.competitor)
    assert is_own("leakbound")
