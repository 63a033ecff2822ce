"""The sigmoid quantile frontier over pre-training compute of Prescriptive Scaling.

score_u(x) = y0 + L sigmoid(a + b x), b >= 0, L >= 0, x = log10 FLOP, standardised; fitted per
benchmark and level by smoothed pinball loss. Source: Zhang et al., arXiv 2602.15327 (2026).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leakbound.competitors.predictor import AttemptDistribution, Competitor, Predictor, with_bases
from leakbound.competitors.reference import by_benchmark, speaking_for
from leakbound.units import LINKS, Array

LEVELS = np.array([*np.arange(0.05, 0.96, 0.05), 0.98, 0.99, 0.995, 0.999])
"""Levels fitted; those in between are interpolated, those beyond take the nearest."""

SMOOTHING_POINTS = 0.005
RIDGE = 1e-4
MINIMUM_COMPUTES = 3


@dataclass(frozen=True)
class Frontier:
    """Sigmoids of one benchmark: `parameters` is levels x (y0, L, a, b); `oom` centre and scale."""

    parameters: Array
    oom_centre: float
    oom_scale: float

    def scores(self, flop: Array) -> Array:
        """Return rows x levels of scores for pre-training FLOP, sorted to rise with the level."""
        from scipy.special import expit

        x = (np.log10(flop) - self.oom_centre) / self.oom_scale
        y0, height, a, b = self.parameters.T
        return np.sort(np.clip(y0 + height * expit(a + np.outer(x, b)), 0.0, 1.0), axis=1)


def smoothed_pinball(parameters: Array, x: Array, y: Array, level: float) -> tuple[float, Array]:
    """Return the mean of level u + h log(1 + exp(-u/h)), u = y - sigmoid, and its gradient.

    h = 0.005 score points; a ridge of 1e-4 on a and b keeps a flat frontier identified.
    """
    from scipy.special import expit

    y0, height, a, b = parameters
    s = expit(a + b * x)
    u = y - y0 - height * s
    h = SMOOTHING_POINTS
    loss = np.mean(level * u + h * np.logaddexp(0.0, -u / h)) + RIDGE * (a * a + b * b)
    pull = -(level - expit(-u / h)) / len(y)
    slope = height * s * (1.0 - s)
    gradient = [
        pull.sum(),
        pull @ s,
        pull @ slope + 2 * RIDGE * a,
        pull @ (slope * x) + 2 * RIDGE * b,
    ]
    return float(loss), np.array(gradient)


def fit_frontier(oom: Array, score: Array) -> Frontier:
    """Fit every level, from its own start and from the level below, and keep the better."""
    from scipy.optimize import minimize

    centre, scale = float(oom.mean()), float(oom.std())
    x = (oom - centre) / scale
    fitted: list[Array] = []
    for level in LEVELS:
        low, high = np.quantile(score, [0.5 * level, level])
        starts = [np.array([low, high - low, 0.0, 1.0]), *fitted[-1:]]
        bounds = [(0.0, 1.0), (0.0, 1.0), (-8.0, 8.0), (0.0, 8.0)]
        results = [
            minimize(smoothed_pinball, start, (x, score, level), "TNC", jac=True, bounds=bounds)
            for start in starts
        ]
        fitted.append(min(results, key=lambda result: float(result.fun)).x)
    return Frontier(np.array(fitted), centre, scale)


def fit_sigmoid_frontier(train: pd.DataFrame, bases: pd.DataFrame | None = None) -> Predictor:
    """Return the frontier's bound per benchmark, a base's own score not being used.

    It is fitted to attempts and bases alike where pre-training FLOP is known, as in the paper.
    Fallbacks: bases of unknown FLOP, benchmarks with fewer than three distinct amounts of compute
    and scores that are not fractions take the plain quantile of the benchmark's scores (of its
    domain's or link's gains on top of the base score where the benchmark was never seen).
    """
    frontiers = {}
    every = with_bases(train, bases)
    for name, rows in every[every["link"] == "logit"].groupby("benchmark"):
        points = _known_compute(rows)
        if points["base_pretraining_flop"].nunique() >= MINIMUM_COMPUTES:
            oom = np.log10(points["base_pretraining_flop"].to_numpy(dtype=float))
            frontiers[str(name)] = fit_frontier(oom, points["score"].to_numpy(dtype=float))

    def quantile(test: pd.DataFrame, u: Array) -> Array:
        bound = np.empty(len(test))
        for row, at in by_benchmark(test):
            rows = speaking_for(row, train)
            seen = bool((rows["benchmark"] == row["benchmark"]).all())
            base = 0.0 if seen else test["z_base"].to_numpy(dtype=float)[at]
            bound[at] = base + np.quantile(rows["z" if seen else "gain"], u[at])
            if row["benchmark"] in frontiers:
                flop = test["base_pretraining_flop"].to_numpy(dtype=float)[at]
                known = np.isfinite(flop)
                scores = frontiers[row["benchmark"]].scores(flop[known])
                score = _at_level(scores, u[at][known])
                bound[at[known]] = LINKS["logit"].forward(score, float(row["guess"]))
        return bound

    return AttemptDistribution(quantile)


def _known_compute(rows: pd.DataFrame) -> pd.DataFrame:
    """Return compute and score of attempts, and of every base once."""
    columns = ["base_pretraining_flop", "score"]
    bases = rows.drop_duplicates("base_model")[["base_pretraining_flop", "base_score"]]
    return pd.concat([rows[columns], bases.set_axis(columns, axis=1)]).dropna()


def _at_level(scores: Array, u: Array) -> Array:
    step = np.clip(np.searchsorted(LEVELS, u), 1, len(LEVELS) - 1)
    share = np.clip((u - LEVELS[step - 1]) / (LEVELS[step] - LEVELS[step - 1]), 0.0, 1.0)
    row = np.arange(len(u))
    return np.asarray((1.0 - share) * scores[row, step - 1] + share * scores[row, step])


SIGMOID_FRONTIER = Competitor(
    "sigmoid-frontier",
    "Sigmoid quantile frontier over log compute",
    "Prescriptive Scaling, arXiv 2602.15327",
    fit_sigmoid_frontier,
)
