"""The seam between the backtest and whatever forecasts: our own model or a competitor."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

import leakbound.competitors
from leakbound.competitors import COMPETITORS, Competitor, Predictor
from leakbound.competitors.frame import single_attempts
from leakbound.units import Array


class Forecast(Protocol):
    """A fitted forecaster. It may use every column of `test` but score, z and gain."""

    def bounds(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return link-scale bounds, rows x levels, for each row's rank of its attempts.

        `levels` rise; so must the bounds along each row.
        """
        ...


class Forecaster(Protocol):
    """Something to backtest.

    `version` must change whenever the same training rows could give another forecast: finished
    cuts are cached by it. `fit` gets the rows knowable before `cut` (see `competitors.frame`;
    order statistics, base-only and censored rows included) and nothing else.
    """

    @property
    def name(self) -> str:
        """Return the short name of the rows."""
        ...

    @property
    def title(self) -> str:
        """Return the name for readers."""
        ...

    @property
    def version(self) -> str:
        """Return a digest of everything but the data that determines the forecast."""
        ...

    def fit(self, train: pd.DataFrame, cut: dt.date | None) -> Forecast:
        """Return the forecast made at the cut (None: with all evidence)."""
        ...


@dataclass(frozen=True)
class CompetitorForecast:
    """A competitor's predictor, one level after the other, rising with the level."""

    predictor: Predictor

    def bounds(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return bounds, rows x levels, sorted where adjusted levels would cross."""
        return np.sort(self.predictor.uppers(test, levels), axis=1)


@dataclass(frozen=True)
class CompetitorForecaster:
    """A competitor, given the single attempts its training rows stand for, and base models' scores."""

    competitor: Competitor
    version: str

    @property
    def name(self) -> str:
        """Return the competitor's name."""
        return self.competitor.name

    @property
    def title(self) -> str:
        """Return the competitor's title."""
        return self.competitor.title

    def fit(self, train: pd.DataFrame, cut: dt.date | None) -> Forecast:
        """Fit the competitor; the cut adds nothing to what the rows say."""
        bases = train[train["attempts"] == 0]
        return CompetitorForecast(self.competitor.fit(single_attempts(train), bases))


def competitor_forecasters() -> list[Forecaster]:
    """Return all of `COMPETITORS`, their version being the text of their modules."""
    folder = Path(leakbound.competitors.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return [CompetitorForecaster(one, digest.hexdigest()) for one in COMPETITORS.values()]
