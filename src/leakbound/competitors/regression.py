"""Linear regression of gains on what is known of the base, with a true prediction interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakbound.competitors.predictor import AttemptDistribution, Competitor, Predictor
from leakbound.units import Array

MINIMUM_ROWS = 10


@dataclass(frozen=True)
class Design:
    """Turns a frame into regressors: benchmark effects, own z, general ability and lag.

    `benchmarks` are the training ones in order; `centres` their mean base z; `ability` the training
    bases' mean centred z over benchmarks.
    """

    benchmarks: list[str]
    centres: pd.Series
    ability: pd.Series

    def matrix(self, frame: pd.DataFrame) -> Array:
        """Return rows x (benchmarks + 3); a benchmark never seen shares all effects equally."""
        named = np.equal.outer(
            frame["benchmark"].to_numpy(), np.array(self.benchmarks, dtype=object)
        )
        effects = named.astype(float)
        effects[~named.any(axis=1)] = 1.0 / len(self.benchmarks)
        own = centred(frame, self.centres)
        ability = frame["base_model"].map(self.ability)
        ability = ability.fillna(own.groupby(frame["base_model"]).transform("mean"))
        covariates = np.column_stack([own, ability, frame["lag"].fillna(0.0)])
        return np.hstack([effects, covariates.astype(float)])


def centred(frame: pd.DataFrame, centres: pd.Series) -> pd.Series:
    """Return z_base minus its benchmark's centre (the mean centre where never seen)."""
    return frame["z_base"] - frame["benchmark"].map(centres).fillna(centres.mean())


def design_of(train: pd.DataFrame) -> Design:
    """Return the design of the training bases, each counted once."""
    bases = train.drop_duplicates(["base_model", "benchmark"])
    centres = bases.groupby("benchmark")["z_base"].mean()
    ability = centred(bases, centres).groupby(bases["base_model"]).mean()
    return Design([str(name) for name in centres.index], centres, ability)


def fit_regression(train: pd.DataFrame, bases: pd.DataFrame | None = None) -> Predictor:
    """Return x'b + t_u s_b sqrt(1 + leverage): the prediction interval of weighted least squares.

    gain = benchmark effect + b1 own z + b2 mean z over benchmarks + b3 lag + error, the error's
    variance its own per benchmark (one reweighting from ordinary least squares; weights 1/s_b^2).
    A benchmark never seen has the average effect, and the variance of the effects on top of the
    mean error variance. Errors count as independent, which lineages are not.
    """
    design = design_of(train)
    from scipy.special import stdtrit

    x, y = design.matrix(train), train["gain"].to_numpy(dtype=float)
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    rank = int(np.linalg.matrix_rank(x))
    freedom = max(len(y) - rank, 1)
    variance = _variances(train, residual) * len(y) / freedom
    weight = 1.0 / train["benchmark"].map(variance).to_numpy(dtype=float)
    inverse = np.linalg.pinv(x.T @ (weight[:, None] * x), hermitian=True)
    b = inverse @ (x.T @ (weight * y))
    unseen = float(variance.mean() + np.var(b[: len(design.benchmarks)]))

    def quantile(test: pd.DataFrame, u: Array) -> Array:
        at = design.matrix(test)
        s2 = test["benchmark"].map(variance).fillna(unseen).to_numpy(dtype=float)
        s2 = s2 + np.einsum("ij,jk,ik->i", at, inverse, at)
        t = stdtrit(freedom, u)
        return np.asarray(test["z_base"].to_numpy(dtype=float) + at @ b + t * np.sqrt(s2))

    return AttemptDistribution(quantile)


def _variances(train: pd.DataFrame, residual: Array) -> pd.Series:
    squares = pd.Series(residual**2).groupby(train["benchmark"].to_numpy())
    overall = max(float(np.mean(residual**2)), 1e-6)
    return squares.mean().where(squares.size() >= MINIMUM_ROWS, overall).clip(lower=1e-6)


REGRESSION = Competitor(
    "linear-regression",
    "Linear regression with prediction interval",
    "Weighted least squares of gain on benchmark, base score, mean base score and lag",
    fit_regression,
)
