"""What a competitor is: a named fit that returns a predictor of upper bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakbound.competitors.frame import attempt_level
from leakbound.units import Array


class Predictor(ABC):
    """A fitted forecaster; it may use every column of `test` but score, z and gain."""

    @abstractmethod
    def uppers(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return link-scale bounds, rows x levels, for each row's rank of its attempts."""

    def upper(self, test: pd.DataFrame, level: float) -> Array:
        """Return the link-scale `level` bound per row of `test`."""
        return self.uppers(test, [level])[:, 0]


@dataclass(frozen=True)
class AttemptDistribution(Predictor):
    """A predictor with a distribution of single attempts; best-of-n follows from independence.

    `quantile(test, u)` returns per row the u-quantile of one attempt, u in 0..1 per row.
    """

    quantile: Callable[[pd.DataFrame, Array], Array]

    def uppers(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return the bounds; see `attempt_level` for the row's rank of its attempts."""
        return np.column_stack(
            [self.quantile(test, attempt_level(test, level)) for level in levels]
        )


@dataclass(frozen=True)
class FixedRule(Predictor):
    """A rule that states one bound: the same at every level and for any number of attempts."""

    bound: Callable[[pd.DataFrame], Array]

    def uppers(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return the rule's bound once per level."""
        return np.repeat(self.bound(test)[:, None], len(levels), axis=1)


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
