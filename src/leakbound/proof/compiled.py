"""The model compiled once for many simulations: what they share is constant, what differs is data.

Hundreds of short fits are worth a minute of compiling to machine code: each step of the sampler then
costs a quarter of what it does on the backend that compiles fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.chains import compile_model
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
    return compile_model(design, specification, swapped=SWAPPED)


def swapped(compiled: Any, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Any:
    """Return the compiled model on the exchangeable ones of `arrays`."""
    return compiled.with_data(**{name: arrays[name] for name in SWAPPED})
