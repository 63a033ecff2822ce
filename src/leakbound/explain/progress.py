"""What a distance between scores is worth in years of technique progress."""

from __future__ import annotations

import numpy as np

from leakbound.standing import Standing
from leakbound.units import Array

FRACTION = 0.1
LONGEST = 20.0
YEARS = np.linspace(0.0, LONGEST, 81)


def years_of_progress(standing: Standing, logits: float) -> float:
    """Return after how many years the same effort typically gains `logits` more, on the link scale.

    The effort is a tenth of pre-training with inference techniques, as the model has it: progress may
    slow down or speed up, and raises the ceiling alone or the use of compute too. Typical is the median
    over the draws. Infinite where 20 years are not enough, NaN where `logits` is no number.
    """
    if not np.isfinite(logits):
        return float("nan")
    gained = np.maximum.accumulate(np.median(_gained(standing), axis=0))
    if logits > gained[-1]:
        return float("inf")
    return float(np.interp(max(logits, 0.0), gained, YEARS))


def _gained(standing: Standing) -> Array:
    """Return (draw, year) gains of that effort over the same one at lag 0."""
    lag = np.broadcast_to(YEARS, (len(standing.response), len(YEARS)))
    oom = standing.both_channels(float(np.log10(FRACTION)), lag)
    return np.asarray(standing.response[:, None] * (oom - oom[:, :1]))
