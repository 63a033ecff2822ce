"""Published rules as forecasters of the backtest, each read as reports read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakbound.backtest.own import OwnForecast, OwnForecaster
from leakbound.comparators import COMPARATORS, Comparator
from leakbound.predictive import standings
from leakbound.units import Array


@dataclass(frozen=True)
class RuleForecast:
    """What a rule takes for the bound, by a posterior that was known at the cut."""

    own: OwnForecast
    rule: Comparator

    def bounds(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return (row, level) link-scale bounds, the same at every level and for any attempts."""
        bound = np.full(len(test), np.nan)
        own = self.own
        for index, standing in standings(own.posterior, own.specification, own.registry, test):
            bound[index] = self.rule.bound_z(standing)
        return np.repeat(bound[:, None], len(levels), axis=1)


@dataclass(frozen=True)
class RuleForecaster:
    """A published rule with our own model behind it: of the same posterior as our bound at each cut."""

    own: OwnForecaster
    rule: Comparator

    @property
    def name(self) -> str:
        """The name that rows of verdicts and scoreboard share."""
        return self.rule.competitor

    @property
    def title(self) -> str:
        """The name for readers."""
        return f"{self.rule.title} ({self.rule.source})"

    @property
    def version(self) -> str:
        """Digest of the model behind it."""
        return self.own.version

    def fit(self, train: pd.DataFrame, cut: dt.date | None) -> RuleForecast:
        """Return the rule with our model fitted to `train`, which our own forecaster cached."""
        return RuleForecast(self.own.fit(train, cut), self.rule)


def rule_forecasters(own: OwnForecaster) -> list[RuleForecaster]:
    """Return every published rule that reports state."""
    return [RuleForecaster(own, rule) for rule in COMPARATORS.values()]
