"""How well a model predicts each cell it has not seen: PSIS-LOO, differences, stacking weights.

Pareto-smoothed importance sampling (Vehtari, Gelman and Gabry 2017, arXiv 1507.04544) takes a cell out
of the posterior by weights on the draws; its diagnostic k says where that cannot be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.diagnostics import arviz_stats
from leakbound.errors import FitError
from leakbound.reweight import k_limit
from leakbound.units import Array

GAP = 1e-6
STEPS = 50_000
SOLVER_STEPS = 1000
PRECISION = 1e-13
SMALLEST_DENSITY = 1e-100
LEAST = 1e-8
BOOTSTRAPS = 200


@dataclass(frozen=True)
class Loo:
    """Leave-one-out scores of one model; arrays have dim (cell).

    Attributes
    ----------
    elpd_cells
        Expected log predictive density of each cell without itself.
    pareto_k
        Shape of its weights' tail; above `k_limit` the score is not reliable, mostly too good.
    parameters_cells
        Effective number of parameters.
    k_limit
        0.7, less for few draws: 1 - 1/log10(draws).
    """

    elpd_cells: Array
    pareto_k: Array
    parameters_cells: Array
    k_limit: float

    @property
    def elpd(self) -> float:
        """Sum over cells."""
        return float(self.elpd_cells.sum())

    @property
    def se(self) -> float:
        """Standard error of `elpd`, cells taken as independent."""
        return _error_of_sum(self.elpd_cells)

    @property
    def parameters(self) -> float:
        """Effective number of parameters of all cells."""
        return float(self.parameters_cells.sum())

    @cached_property
    def doubtful(self) -> npt.NDArray[np.bool_]:
        """(cell) Whether k is above its limit; NaN counts as above."""
        return ~(self.pareto_k <= self.k_limit)


def loo_of(log_likelihood: Array) -> Loo:
    """Return the scores of (chain, draw, cell) log likelihoods."""
    told = np.asarray(log_likelihood, dtype=np.float64)
    draws = told.shape[0] * told.shape[1]
    elpd, k, parameters = arviz_stats().base.array_stats.loo(told, chain_axis=0, draw_axis=1)
    return Loo(np.asarray(elpd), np.asarray(k), np.asarray(parameters), k_limit(draws))


def difference(
    one: Loo, other: Loo, among: npt.NDArray[np.bool_] | None = None
) -> tuple[float, float]:
    """Return by how much `one` scores above `other`, and the standard error of that, cell by cell.

    `among` (cell) picks the cells; all when not given.
    """
    gained = one.elpd_cells - other.elpd_cells
    if among is not None:
        gained = gained[among]
    return float(gained.sum()), _error_of_sum(gained)


def stacking_weights(elpd_cells: Array) -> Array:
    """Return the weights of models whose mixture predicts the cells best (Yao et al. 2018).

    Maximises the mean over cells of log sum_m w_m p_m, which is concave.

    Parameters
    ----------
    elpd_cells
        (model, cell) leave-one-out log densities, all finite.

    Raises
    ------
    ValueError
        A density that is not finite, or no model at all.
    FitError
        The maximum was not found.
    """
    density = _relative_density(elpd_cells)
    cells = density.shape[1]
    return _best_mixture(density, np.full(cells, 1.0 / cells))


def _relative_density(elpd_cells: Array) -> Array:
    """Return (model, cell) densities as shares of each cell's largest."""
    scores = np.asarray(elpd_cells, dtype=np.float64)
    if scores.ndim != 2 or not scores.size or not np.isfinite(scores).all():
        raise ValueError("stacking needs finite log densities (model, cell) of at least one model")
    return np.asarray(np.exp(scores - scores.max(axis=0)))


def _best_mixture(density: Array, shares: Array) -> Array:
    """Return the weights (model) that maximise the mean log density, cells weighed by `shares`.

    Starts at equal weights, so that models that say the same share. What the solver leaves, the
    multiplicative fixed point finishes. By the duality of this problem the mean log score lies within
    `GAP` of the best there is once no model's mean ratio to the mixture exceeds 1 + `GAP` (arXiv
    1704.02030); nothing else is returned.

    Raises
    ------
    FitError
        The maximum was not found.
    """
    weights = _solved(density, shares)
    for _ in range(STEPS):
        ratio = density @ (shares / (weights @ density))
        if ratio.max() <= 1.0 + GAP:
            return weights
        weights = weights * ratio
        weights /= weights.sum()
    raise FitError(f"stacking weights lie {ratio.max() - 1.0:.1g} from the best, more than {GAP:g}")


def _solved(density: Array, shares: Array) -> Array:
    """Return near-optimal weights, all positive: sequential least squares (SciPy's SLSQP)."""
    from scipy.optimize import minimize

    models = len(density)
    held = np.maximum(density, SMALLEST_DENSITY)

    def loss(weights: Array) -> tuple[float, Array]:
        mixture = weights @ held
        return -float(shares @ np.log(mixture)), -held @ (shares / mixture)

    even = np.full(models, 1.0 / models)
    summed: Any = {"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": np.ones_like}
    found = minimize(
        loss, even, jac=True, bounds=[(0.0, 1.0)] * models, constraints=summed, method="SLSQP",
        options={"ftol": PRECISION, "maxiter": SOLVER_STEPS},
    ).x  # fmt: skip
    if not np.isfinite(found).all():
        return even
    found = np.clip(found, 0.0, None)
    return np.asarray((1.0 - LEAST) * found / found.sum() + LEAST * even)


@dataclass(frozen=True)
class Weights:
    """Stacking weights (model): mean and sd over the bootstrap; plain ones of the cells as they are."""

    mean: Array
    sd: Array
    plain: Array


def bootstrapped_weights(elpd_cells: Array, seed: int) -> Weights:
    """Return stacking weights averaged over a Bayesian bootstrap of the cells (Rubin 1981).

    Stacking gives all to one of two models that predict alike, however small its lead. The
    bootstrap keeps both, by how often each leads when the cells are weighed anew (as Yao et al. 2018,
    section 3.4, do for their other weights).
    """
    density = _relative_density(elpd_cells)
    rng = np.random.default_rng([seed, 23])
    shares = rng.dirichlet(np.ones(density.shape[1]), BOOTSTRAPS)
    weights = np.stack([_best_mixture(density, one) for one in shares])
    return Weights(weights.mean(axis=0), weights.std(axis=0, ddof=1), stacking_weights(elpd_cells))


def _error_of_sum(cells: Array) -> float:
    n = len(cells)
    return float(np.sqrt(n * np.var(cells, ddof=1))) if n > 1 else float("nan")
