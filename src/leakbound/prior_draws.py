"""The model before any evidence, as a posterior: parameters drawn from the priors, no labels.

It knows no benchmark, domain or base, so that `standing.stand` draws every effect from its
population: the hierarchy is that of the forecast, and nothing is measured.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from leakbound.distributions import draw
from leakbound.model.design import era_of
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.posterior import DIMS, Posterior
from leakbound.priors import Specification
from leakbound.units import Array

PAIR_COLUMNS = ("base_model", "benchmark", "source", "base_score", "z_base", "slot")


def prior_draws(
    specification: Specification,
    *,
    samples: int,
    seed: int,
    newest: float = 0.0,
    centres: Mapping[str, float] | None = None,
) -> Posterior:
    """Return `samples` draws of the priors; it has no checks, so that no verdict may rest on it.

    Parameters
    ----------
    newest, centres
        Release of the newest base (years since 2024-01-01) and mean base scores, as in `Posterior`:
        what the drift counts from and base scores are held against.
    """
    drawn: dict[str, Array] = {}
    for name in PARAMETERS:
        if name in POPULATIONS:
            continue
        prior = specification.priors[name]
        rng = np.random.default_rng([seed, zlib.crc32(f"prior of {name}".encode())])
        drawn[name] = draw(prior.distribution, dict(prior.parameters), rng, samples)
    eras = int(era_of(newest))
    for name, dims in DIMS.items():
        drawn[name] = np.zeros((samples, *(eras if dim == "era" else 0 for dim in dims)))
    return Posterior(
        draws=drawn,
        chains=1,
        benchmarks=(),
        domains=(),
        lineages=(),
        pairs=pd.DataFrame({name: [] for name in PAIR_COLUMNS}),
        centres=dict(centres or {}),
        newest=newest,
        cell_sources=(),
        responses={},
        structure=specification.structure,
        digest="",
        checks=(),
        seed=seed,
    )
