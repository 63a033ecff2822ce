"""What a competitor is: a named fit that returns a predictor of upper bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from leakbound.competitors.frame import attempt_level
from leakbound.units import Array


class Predictor(Protocol):
    """A fitted forecaster; it may use every column of `test` but score, z and gain."""

    def upper(self, test: pd.DataFrame, level: float) -> Array:
        """Return the link-scale `level` bound per row of `test`, for its rank of its attempts."""
        ...


@dataclass(frozen=True)
class AttemptDistribution:
    """A predictor with a distribution of single attempts; best-of-n follows from independence.

    `quantile(test, u)` returns per row the u-quantile of one attempt, u in 0..1 per row.
    """

    quantile: Callable[[pd.DataFrame, Array], Array]

    def upper(self, test: pd.DataFrame, level: float) -> Array:
        """Return the bound; see `attempt_level` for the row's rank of its attempts."""
        return self.quantile(test, attempt_level(test, level))


@dataclass(frozen=True)
class FixedRule:
    """A rule that states one bound: the same at every level and for any number of attempts."""

    bound: Callable[[pd.DataFrame], Array]

    def upper(self, test: pd.DataFrame, level: float) -> Array:
        """Return the rule's bound; `level` is not used."""
        return self.bound(test)


@dataclass(frozen=True)
class Competitor:
    """A forecaster somebody could use instead of ours.

    `fit` takes single attempts (see `single_attempts`) and must return a predictor whose bounds
    are finite for benchmarks and bases it has never seen.
    """

    name: str
    title: str
    source: str
    fit: Callable[[pd.DataFrame], Predictor]
