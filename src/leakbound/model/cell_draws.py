"""What a cell's likelihood needs beside the effects of its pair and its shock, for draws of all else.

The model's own graph gives it, with the effects of pairs at zero, so that no second code path can
say anything else of where attempts are expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leakbound.model.design import Design
from leakbound.model.effects import traced, unnamed
from leakbound.priors import Specification
from leakbound.units import Array

OWN = "pair_effects"


@dataclass(frozen=True)
class CellDraws:
    """Of each draw, what a cell's likelihood needs beside pair effects and shock.

    Attributes
    ----------
    location, log_scale, left_out
        (draw, cell) location and log scale of attempts where effects of pair and shock are zero,
        and variance of what has no effect of its own (shocks left out), in link units.
    spread
        (draw, seen pair) sd of the pair's effect on location; that on log scale has `scale_spread`.
    scale_spread, shock_share
        (draw, 1) sd of pairs' effects on log scale; sd of a shock over the scale of its attempts.
    """

    location: Array
    log_scale: Array
    left_out: Array
    spread: Array
    scale_spread: Array
    shock_share: Array


def cell_draws_of(
    design: Design, specification: Specification, draws: Mapping[str, Array]
) -> CellDraws:
    """Return what `draws` (sample, ...), named as in a posterior, say of each cell and seen pair."""
    import pytensor
    import pytensor.tensor as pt
    from pytensor.graph.replace import clone_replace

    from leakbound.model.build import build_with_cells

    model, cells = build_with_cells(design, specification)
    values = unnamed(draws, design.sizes.era, specification)
    names = [name for name in traced(specification, likelihood=False) if name != OWN]
    given = {name: model[name].type(name) for name in names}
    replaced = {model[name]: given[name] for name in names}
    none = pt.zeros((2, design.sizes.seen))
    outputs = clone_replace(cells, {**replaced, model[OWN]: none})
    at = pytensor.function(
        list(given.values()), outputs, mode="FAST_COMPILE", on_unused_input="ignore"
    )
    found = [at(*(values[name][i] for name in names)) for i in range(len(draws["gap"]))]
    location, log_scale, left_out = (np.stack(part) for part in zip(*found, strict=True))
    return CellDraws(
        location=location,
        log_scale=log_scale,
        left_out=left_out,
        spread=spread_of_pairs(design, draws),
        scale_spread=draws["scale_pair_spread"][:, None],
        shock_share=draws["shock_share"][:, None],
    )


def spread_of_pairs(design: Design, draws: Mapping[str, Array]) -> Array:
    """Return (..., seen pair) sd of the pairs' effects on location, of draws (...) or of one truth.

    It holds the measurement error of the base's score, and the spread of a lineage without an effect.
    """
    seen = np.asarray(design.arrays["seen_pair"], dtype=np.int64)
    benchmark = np.asarray(design.arrays["pair_benchmark"], dtype=np.int64)[seen]
    error = np.asarray(design.arrays["pair_error"], dtype=np.float64)[seen]
    nameless = np.asarray(design.arrays["pair_lineage"], dtype=np.int64)[seen] < 0
    in_oom = np.asarray(design.arrays["benchmark_in_oom"], dtype=np.float64)[benchmark] > 0.0
    response = np.where(in_oom, 1.0, draws["response_by"][..., benchmark])
    of_lineage = response * np.asarray(draws["lineage_spread"])[..., None]
    spread = np.hypot(draws["pair_spread_by"][..., benchmark], error)
    return np.asarray(np.hypot(spread, np.where(nameless, of_lineage, 0.0)))
