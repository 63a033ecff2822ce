"""What a competitor is: a named fit that returns a predictor of upper bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

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


class Fit(Protocol):
    """Returns a predictor whose bounds are finite for benchmarks and bases it has never seen.

    `train` holds single attempts (see `single_attempts`), `bases` base models' own scores without an
    attempt (rows of the same frame with attempts = 0), which only rules on pre-training compute read.
    """

    def __call__(self, train: pd.DataFrame, bases: pd.DataFrame | None = None) -> Predictor:
        """Fit."""
        ...


@dataclass(frozen=True)
class Competitor:
    """A forecaster somebody could use instead of ours."""

    name: str
    title: str
    source: str
    fit: Fit


def with_bases(train: pd.DataFrame, bases: pd.DataFrame | None) -> pd.DataFrame:
    """Return attempts and, below them, the base models' own scores."""
    return train if bases is None else pd.concat([train, bases], ignore_index=True)
