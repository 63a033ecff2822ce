"""Numbers that do not depend on the processor they were computed on.

A logarithm's last bits differ between processors, as each has its own instructions; a sampler makes
other draws of them. Data and starts of the sampler are therefore cut to fewer bits, and XLA is told
to use instructions that all have (`chains`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from leakbound.units import Array

BITS = 30


def portable(values: npt.ArrayLike) -> Array:
    """Return the values rounded to 30 significant bits (relative error at most 1e-9), same shape."""
    mantissa, exponent = np.frexp(np.asarray(values, dtype=np.float64))
    return np.asarray(np.ldexp(np.rint(np.ldexp(mantissa, BITS)), exponent - BITS))
