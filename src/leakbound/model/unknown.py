"""Attempts of unknown compute: the share of the ceiling they reach, averaged over what is believed.

Nobody knows what most derivatives cost. Their compute fraction is drawn from the prior of their actor
class, the dose curve from its priors, and the mean share of the ceiling enters the model as a number;
the scatter about it is part of the scatter of attempts. So unknown effort informs ceiling, rate and
spread, and only known effort informs the dose curve.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from leakbound.curves import DOSE_CURVES, TIME_CURVES
from leakbound.distributions import draw
from leakbound.parameters import POPULATIONS
from leakbound.priors import Specification
from leakbound.units import Array

DRAWS = 4000
LAGS = np.linspace(0.0, 8.0, 33)


def expected_dose(specification: Specification, actor: str, lag: npt.ArrayLike) -> Array:
    """Return E[H(c, t)] at lags in years for an actor class ("" is unknown), over the priors."""
    stated = tuple(
        (name, prior.distribution, tuple(prior.parameters.items()))
        for name, prior in specification.priors.items()
        if name in ("dose_slope", "dose_midpoint", "efficiency", *POPULATIONS)
    )
    table = _table(stated, specification.dose, specification.time, actor)
    return np.asarray(np.interp(np.asarray(lag, dtype=np.float64), LAGS, table))


@cache
def _table(
    stated: tuple[tuple[str, str, tuple[tuple[str, float], ...]], ...],
    dose: str,
    time: str,
    actor: str,
) -> Array:
    rng = np.random.default_rng(20240101)
    drawn = {name: draw(family, dict(values), rng, DRAWS) for name, family, values in stated}
    compute = next(drawn[name] for name, actors in POPULATIONS.items() if actor in actors)
    years = TIME_CURVES[time](LAGS, np)[:, None]
    reached = DOSE_CURVES[dose](
        compute + drawn["efficiency"] * years, drawn["dose_slope"], drawn["dose_midpoint"], np
    )
    return np.asarray(reached.mean(axis=1), dtype=np.float64)
