"""Forecasters of outcomes whose effort is named, for fairness: rivals told of it, our model told less."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.backtest.method import CompetitorForecaster, Forecast
from leakbound.backtest.named import kinds
from leakbound.backtest.own import DRAWS, OwnForecast, OwnForecaster
from leakbound.competitors.frame import measured
from leakbound.errors import FitError
from leakbound.model.design import raw_bases
from leakbound.prior_statement import with_statements
from leakbound.reweight import prior_weights, refit_reason
from leakbound.units import Array

BY_EFFORT = "-by-effort"


@dataclass(frozen=True)
class ByRaw:
    """One forecast for raw bases and one for others, in that order."""

    parts: tuple[Forecast, Forecast]

    def bounds(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return the bounds (row, level) of whichever a row's base is."""
        out = np.full((len(test), len(levels)), np.nan)
        raw = raw_bases(test)
        for part, at in zip(self.parts, (raw, ~raw), strict=True):
            if at.any():
                out[at] = part.bounds(test[at].reset_index(drop=True), levels)
        return out


@dataclass(frozen=True)
class ByEffortForecaster:
    """A competitor that knows of what the outcomes are: fitted on named efforts alone, raw bases apart.

    Without a named effort on one sort of base it takes those on the other, without any every attempt.
    """

    inner: CompetitorForecaster

    @property
    def name(self) -> str:
        """The competitor's name and what it is fitted on."""
        return f"{self.inner.name}{BY_EFFORT}"

    @property
    def title(self) -> str:
        """The name for readers."""
        return f"{self.inner.title}, on named efforts alone"

    @property
    def version(self) -> str:
        """The competitor's own, and that of this rule."""
        return f"{self.inner.version}-1"

    def fit(self, train: pd.DataFrame, cut: dt.date | None) -> Forecast:
        """Fit twice; base-only rows serve both."""
        attempts = measured(train)
        named = attempts[kinds(attempts) != ""]
        rows = named if len(named) else attempts
        raw = raw_bases(rows)
        bases = train[train["attempts"] == 0]
        first, second = (
            self.inner.fit(
                pd.concat([rows[at] if at.any() else rows, bases], ignore_index=True), cut
            )
            for at in (raw, ~raw)
        )
        return ByRaw((first, second))


@dataclass(frozen=True)
class OtherPriorForecaster:
    """Our model under another prior, by weights on the posterior of the same rows."""

    own: OwnForecaster
    statement: str
    name: str

    @property
    def title(self) -> str:
        """The name for readers."""
        return f"{self.own.title}, {self.statement}"

    @property
    def version(self) -> str:
        """Digest of the model behind it, and the prior."""
        return f"{self.own.version}-{self.statement}"

    def fit(self, train: pd.DataFrame, cut: dt.date | None) -> OwnForecast:
        """Return the forecast of as many draws as our own has, drawn by their weights.

        Raises
        ------
        FitError
            Weights cannot carry the posterior to that prior.
        """
        old = self.own.specification
        new = with_statements(old, [self.statement])
        posterior = self.own.posterior(train)
        weights = prior_weights(posterior, old, new)
        problem = refit_reason(old, new) or weights.problem
        if problem:
            rule = f"weights must carry the posterior to {self.statement}"
            raise FitError(f"{self.name}: {rule}; {problem}")
        index = _systematic(weights.values, DRAWS, posterior.seed)
        return OwnForecast(posterior.taken(index), new, self.own.registry)


def _systematic(weights: Array, count: int, seed: int) -> npt.NDArray[np.int64]:
    """Return places drawn with probability `weights` by systematic resampling (Kitagawa 1996)."""
    at = (np.arange(count) + np.random.default_rng(seed).random()) / count
    return np.searchsorted(np.cumsum(weights), at).clip(max=len(weights) - 1)
