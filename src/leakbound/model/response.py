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

from leakbound.units import SMOOTHING, Array

REFERENCE_LOG10_FLOP = 23.0
MINIMUM_BASES = 8
ERROR_FLOOR = 0.02


@dataclass(frozen=True)
class ResponseEstimate:
    """Estimate of k (logits per OOM) with its standard error, from `bases` base models."""

    value: float
    error: float
    bases: int


def expected_link(latent: npt.ArrayLike) -> Array:
    """Return the smoothed logit link of sigmoid(latent)."""
    p = 1.0 / (1.0 + np.exp(-np.asarray(latent, dtype=np.float64)))
    return np.asarray(np.log((p + SMOOTHING) / (1.0 - p + SMOOTHING)), dtype=np.float64)


def estimate_response(log10_flop: npt.ArrayLike, z: npt.ArrayLike) -> ResponseEstimate | None:
    """Return the robust least-squares estimate of k, or None with fewer than 8 base models.

    Parameters
    ----------
    log10_flop, z
        (base) log10 pre-training FLOP and score on the smoothed logit link.

    Notes
    -----
    Soft-L1 loss with scale 0.3 logits; the standard error is the sandwich's, so that base models
    which scatter more at some compute do not make it too small (White 1980).
    """
    from scipy.optimize import least_squares

    x = np.asarray(log10_flop, dtype=np.float64) - REFERENCE_LOG10_FLOP
    y = np.asarray(z, dtype=np.float64)
    if len(x) < MINIMUM_BASES or np.ptp(x) <= 0.0:
        return None

    def residual(theta: Array) -> Array:
        return expected_link(theta[0] + theta[1] * x) - y

    best = least_squares(residual, np.array([-1.5, 0.5]), loss="soft_l1", f_scale=0.3)
    jacobian = np.asarray(best.jac)
    bread = np.linalg.pinv(jacobian.T @ jacobian)
    scores = jacobian * residual(best.x)[:, None]
    cover = bread @ (scores.T @ scores) @ bread * len(x) / (len(x) - 2)
    error = float(np.sqrt(max(cover[1, 1], 0.0)))
    return ResponseEstimate(float(best.x[1]), max(error, ERROR_FLOOR), len(x))
