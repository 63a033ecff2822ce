"""Benchmark response: how many logits a benchmark gains per order of magnitude of compute.

Base models of known pre-training compute give, for each benchmark,

    z = link(sigmoid(a + k (log10 FLOP - 23))) + noise

whose estimate of k and standard error enter the model as one measurement of k_b each. The curve is
flat near chance and ceiling, as scores are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leakbound.units import SMOOTHING, Array, logit_link

REFERENCE_LOG10_FLOP = 23.0
MINIMUM_BASES = 8
ERROR_FLOOR = 0.02
LOSS_SCALE = 0.3
LEVERAGE_CAP = 0.99
TOLERANCE = 1e-14
DECIMALS = 4


@dataclass(frozen=True)
class ResponseEstimate:
    """Estimate of k (logits per OOM) with its standard error, from `bases` base models."""

    value: float
    error: float
    bases: int


def expected_link(latent: npt.ArrayLike) -> Array:
    """Return the smoothed logit link of sigmoid(latent)."""
    return logit_link(_sigmoid(latent))


def estimate_response(log10_flop: npt.ArrayLike, z: npt.ArrayLike) -> ResponseEstimate | None:
    """Return the robust least-squares estimate of k, or None with fewer than 8 base models.

    Parameters
    ----------
    log10_flop, z
        (base) log10 pre-training FLOP and score on the smoothed logit link.

    Notes
    -----
    Soft-L1 loss with scale 0.3 logits; both numbers have four decimals, the same on every processor.
    """
    from scipy.optimize import least_squares

    x = np.asarray(log10_flop, dtype=np.float64) - REFERENCE_LOG10_FLOP
    y = np.asarray(z, dtype=np.float64)
    if len(x) < MINIMUM_BASES or np.ptp(x) <= 0.0:
        return None

    def residual(theta: Array) -> Array:
        return expected_link(theta[0] + theta[1] * x) - y

    def jacobian(theta: Array) -> Array:
        slope = _link_slope(theta[0] + theta[1] * x)
        return np.stack([slope, slope * x], axis=1)

    best = least_squares(
        residual, np.array([-1.5, 0.5]), jac=jacobian, loss="soft_l1", f_scale=LOSS_SCALE,
        ftol=TOLERANCE, xtol=TOLERANCE, gtol=TOLERANCE,
    ).x  # fmt: skip
    error = max(_sandwich_error(residual(best), jacobian(best)), ERROR_FLOOR)
    return ResponseEstimate(round(float(best[1]), DECIMALS), round(error, DECIMALS), len(x))


def _sigmoid(latent: npt.ArrayLike) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(latent, dtype=np.float64))))


def _link_slope(latent: Array) -> Array:
    p = _sigmoid(latent)
    return np.asarray(
        p * (1.0 - p) * (1.0 / (p + SMOOTHING) + 1.0 / (1.0 - p + SMOOTHING)), dtype=np.float64
    )


def _sandwich_error(residual: Array, jacobian: Array) -> float:
    """Return the standard error of the second coefficient under a soft-L1 loss.

    The sandwich of an M-estimator (Huber 1967), residuals divided by one minus their leverage (HC3,
    MacKinnon & White 1985), so that base models which scatter more at some compute do not make it
    too small.
    """
    square = 1.0 + (residual / LOSS_SCALE) ** 2
    curvature, score = square**-1.5, residual * square**-0.5
    bread = np.linalg.pinv(jacobian.T @ (curvature[:, None] * jacobian))
    leverage = curvature * ((jacobian @ bread) * jacobian).sum(axis=1)
    told = jacobian * (score / (1.0 - np.minimum(leverage, LEVERAGE_CAP)))[:, None]
    return float(np.sqrt((bread @ (told.T @ told) @ bread)[1, 1]))
