"""The model compiled once for many simulations: what they share is constant, what differs is data.

Hundreds of short fits are worth a minute of compiling to machine code: each step of the sampler then
costs a quarter of what it does on the backend that compiles fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.model.design import Design
from leakbound.priors import Specification

SWAPPED = (
    "entry_gain",
    "entry_exact",
    "entry_above",
    "entry_below",
    "entry_constant",
    "inner_count",
    "benchmark_response",
)


def compile_swappable(design: Design, specification: Specification) -> Any:
    """Return nutpie's compiled model of `design`, in which the arrays of SWAPPED can be exchanged."""
    import nutpie
    from pymc.model.transform.optimization import freeze_dims_and_data

    from leakbound.model.build import build, initial_points
    from leakbound.model.effects import traced

    model = build(design, specification)
    constant = [name for name in design.arrays if name not in SWAPPED]
    return nutpie.compile_pymc_model(
        freeze_dims_and_data(model, data=constant),
        backend="numba",
        jitter_rvs=set(),
        initial_points=initial_points(model, specification),
        freeze_model=False,
        var_names=traced(specification),
    )


def swapped(compiled: Any, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Any:
    """Return the compiled model on the exchangeable ones of `arrays`."""
    return compiled.with_data(**{name: arrays[name] for name in SWAPPED})
