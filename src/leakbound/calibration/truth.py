"""A truth: one value of every parameter and pooled effect, drawn from the priors.

Written from the equations of `model.build`, not by its code, so that calibration compares two
statements of one model.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from leakbound.distributions import draw
from leakbound.model.cell_draws import spread_of_pairs
from leakbound.model.design import ERAS_PER_YEAR, Design
from leakbound.parameters import POPULATIONS
from leakbound.posterior import DIMS, Posterior
from leakbound.priors import Specification
from leakbound.units import Array

Truth = Mapping[str, npt.NDArray[np.float64]]
"""By the names of `parameters.PARAMETERS` (scalars) and `posterior.DIMS` (vectors)."""

SPREADS = {
    "response": "response_spread",
    "gap": "gap_spread",
    "gap_own": "gap_slope_spread",
    "gap_ability": "gap_slope_spread",
    "trend": "trend_spread",
    "scale": "scale_spread",
    "pair_spread": "pair_spread_spread",
    "ceiling": "domain_spread",
    "rate": "domain_spread",
    "inference": "domain_spread",
    "inference_rate": "domain_spread",
}
MULTIPLIED = ("response", "pair_spread", "ceiling", "rate", "inference", "inference_rate")


def draw_truth(
    design: Design,
    specification: Specification,
    rng: np.random.Generator,
    *,
    given: Mapping[str, float] | None = None,
) -> Truth:
    """Return a truth drawn from the priors, with the effects that `design` has.

    Parameters of `given` have that value, and effects are drawn accordingly.
    """
    truth = {
        name: np.asarray(draw(prior.distribution, dict(prior.parameters), rng, 1)[0])
        for name, prior in specification.priors.items()
        if name not in POPULATIONS
    }
    truth |= {name: np.asarray(value) for name, value in (given or {}).items()}
    sizes = {"benchmark": len(design.benchmarks), "domain": len(design.domains)}
    for name, spread in SPREADS.items():
        size = sizes[DIMS[f"{name}_by"][0]]
        truth[f"{name}_by"] = pooled(name, truth, spread, rng.standard_normal(size))
    truth["walk"] = _walk(truth, design, rng)
    return truth | _lineages(truth, design, rng) | _pairs(truth, design, rng)


def pooled(name: str, truth: Truth, spread: str, z: Array) -> Array:
    """Return effects pooled on parameter `name`; those of `scale` are logarithms."""
    offset = truth[spread] * z
    if name in MULTIPLIED:
        return np.asarray(truth[name] * np.exp(offset))
    return np.asarray(np.log(truth[name]) + offset if name == "scale" else truth[name] + offset)


def _walk(truth: Truth, design: Design, rng: np.random.Generator) -> Array:
    """Return (era, benchmark) the random walk, backwards from zero in the last era, left out."""
    size = (design.sizes.era - 1, len(design.benchmarks))
    steps = truth["vintage_spread"] / np.sqrt(ERAS_PER_YEAR) * rng.standard_normal(size)
    return np.asarray(np.cumsum(steps[::-1], axis=0)[::-1])


def _lineages(truth: Truth, design: Design, rng: np.random.Generator) -> dict[str, Array]:
    n = len(design.lineages)
    return {
        "lineage_effect": truth["lineage_spread"] * rng.standard_normal(n),
        "scale_lineage_effect": truth["scale_lineage_spread"] * rng.standard_normal(n),
    }


def _pairs(truth: Truth, design: Design, rng: np.random.Generator) -> dict[str, Array]:
    spread = spread_of_pairs(design, truth)
    return {
        "pair_effect": spread * rng.standard_normal(len(spread)),
        "scale_pair_effect": truth["scale_pair_spread"] * rng.standard_normal(len(spread)),
    }


def truth_of(posterior: Posterior, sample: int) -> Truth:
    """Return one draw of a posterior as a truth."""
    return {name: np.asarray(values[sample]) for name, values in posterior.draws.items()}
