"""The pooled effects of the model: which rows its stacked arrays hold, and their names in a posterior.

The sampler knows few large arrays, which compiles and runs faster; everybody else knows effects by name.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from leakbound.parameters import LIKELIHOOD, POPULATIONS
from leakbound.priors import Prior, Specification
from leakbound.units import Array

BENCHMARK_EFFECTS = ("response", "scale", "pair_spread", "gap_own", "gap_ability", "trend", "gap")
DOMAIN_EFFECTS = ("ceiling", "rate", "inference_rate", "inference")
SHARED_EFFECTS = ("", "scale_")
POOLED_AS_LOG = ("response", "scale", "pair_spread", *DOMAIN_EFFECTS)
KEPT_AS_LOG = ("scale",)

ENDLESS_DOSES = ("power",)
SCATTERED_ATTEMPTS = ("gumbel",)
USUAL_GROWTH = 0.4

TRACED = ("benchmark_effects", "domain_effects", "lineage_effects", "pair_effects", "walk")


def endless(specification: Specification) -> bool:
    """Return whether the dose grows with effort as an exponential that nothing levels off."""
    return specification.dose in ENDLESS_DOSES


def growing(specification: Specification) -> bool:
    """Return whether the growth of an endless dose is sampled, from which efficiency follows.

    Growth is slope times efficiency, per year; of a lognormal efficiency its distribution is known.
    """
    return endless(specification) and (
        specification.priors["efficiency"].distribution == "LogNormal"
    )


def scattered(specification: Specification) -> bool:
    """Return whether pairs are centred by the scatter of their attempts, as the draws have it.

    Where the tail of attempts is an exponential of an exponential, a tight score is a wall.
    """
    return specification.attempts in SCATTERED_ATTEMPTS


def held(specification: Specification) -> bool:
    """Return whether the gap common to all benchmarks is sampled on the scale that it is told on.

    Where benchmarks hardly differ all of them tell it, a few times as tightly.
    """
    return scattered(specification) and specification.priors["gap"].distribution == "Normal"


def families(specification: Specification) -> dict[str, list[Prior]]:
    """Return the priors of parameters sampled themselves by distribution, in their vectors' order."""
    own = {"efficiency": growing(specification), "gap": held(specification)}
    apart = {*POPULATIONS, *(name for name, sampled in own.items() if sampled)}
    found: dict[str, list[Prior]] = {}
    for prior in specification.priors.values():
        if prior.name not in apart:
            found.setdefault(prior.distribution, []).append(prior)
    return found


def traced(specification: Specification, *, likelihood: bool = True) -> list[str]:
    """Return the names of the variables that the sampler has to keep, each cell's likelihood or not."""
    vectors = [f"{family}_priors" for family in families(specification)]
    growth = ["dose_growth"] if growing(specification) else []
    common = ["gap_common"] if held(specification) else []
    return [*vectors, *growth, *common, *TRACED, *([LIKELIHOOD] if likelihood else [])]


def _named_raw(name: str) -> bool:
    """Return whether named draws hold an effect itself of which the sampler has the log."""
    return name in POOLED_AS_LOG and name not in KEPT_AS_LOG


def named_draws(
    trace: Mapping[str, npt.NDArray[np.generic]], specification: Specification
) -> dict[str, Array]:
    """Return draws by the names of `parameters.PARAMETERS` and `posterior.DIMS`.

    `trace` holds the variables of `traced`, each (chain, draw, ...).
    """
    out: dict[str, Array] = {}
    for family, members in families(specification).items():
        vector = np.asarray(trace[f"{family}_priors"], dtype=np.float64)
        out |= {prior.name: vector[..., i] for i, prior in enumerate(members)}
    if growing(specification):
        growth = USUAL_GROWTH * np.asarray(trace["dose_growth"], dtype=np.float64)[..., 0]
        out["efficiency"] = growth / out["dose_slope"]
    if held(specification):
        out["gap"] = np.asarray(trace["gap_common"], dtype=np.float64)[..., 0]
    for dim, names in (("benchmark", BENCHMARK_EFFECTS), ("domain", DOMAIN_EFFECTS)):
        stack = np.asarray(trace[f"{dim}_effects"], dtype=np.float64)
        for i, name in enumerate(names):
            values = stack[..., i, :]
            out[f"{name}_by"] = np.exp(values) if _named_raw(name) else values
    for dim in ("lineage", "pair"):
        stack = np.asarray(trace[f"{dim}_effects"], dtype=np.float64)
        out |= {f"{kind}{dim}_effect": stack[..., i, :] for i, kind in enumerate(SHARED_EFFECTS)}
    kept = ("walk", *([LIKELIHOOD] if LIKELIHOOD in trace else []))
    return out | {name: np.asarray(trace[name], dtype=np.float64) for name in kept}


def unnamed(
    draws: Mapping[str, Array], eras: int, specification: Specification
) -> dict[str, Array]:
    """Return the variables of `traced`, each (draw, ...), of named draws (draw, ...).

    The inverse of `named_draws`, without likelihoods; a walk that lacks its last half-years, in which
    it is zero, gets them up to `eras`.
    """
    out: dict[str, Array] = {}
    for family, members in families(specification).items():
        out[f"{family}_priors"] = np.stack([draws[prior.name] for prior in members], axis=-1)
    if growing(specification):
        growth = draws["efficiency"] * draws["dose_slope"] / USUAL_GROWTH
        out["dose_growth"] = growth[..., None]
    if held(specification):
        out["gap_common"] = draws["gap"][..., None]
    for dim, names in (("benchmark", BENCHMARK_EFFECTS), ("domain", DOMAIN_EFFECTS)):
        named = {name: draws[f"{name}_by"] for name in names}
        rows = [np.log(values) if _named_raw(name) else values for name, values in named.items()]
        out[f"{dim}_effects"] = np.stack(rows, axis=-2)
    for dim in ("lineage", "pair"):
        kinds = [draws[f"{kind}{dim}_effect"] for kind in SHARED_EFFECTS]
        out[f"{dim}_effects"] = np.stack(kinds, axis=-2)
    walk = draws["walk"]
    out["walk"] = np.pad(walk, ((0, 0), (0, eras - walk.shape[1]), (0, 0)))
    return out
