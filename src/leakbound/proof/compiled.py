"""The model compiled once for many simulations: what they share is constant, what differs is data.

Hundreds of short fits are worth a minute and a half of compiling to machine code: each step of the
sampler then costs a quarter of what it does on the backend that compiles fast. Only the density is
compiled so. Effects are needed once a draw, not once a step: they are computed of all draws at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.chains import Draws, raw_chains
from leakbound.model.design import Design
from leakbound.model.effects import named_draws, traced
from leakbound.priors import Specification
from leakbound.units import Array

SWAPPED = (
    "entry_gain",
    "entry_exact",
    "entry_above",
    "entry_below",
    "entry_constant",
    "inner_count",
    "benchmark_response",
)
Traced = dict[str, Array]


@dataclass(frozen=True)
class Swappable:
    """A compiled model in which the arrays of SWAPPED can be exchanged.

    Attributes
    ----------
    density
        nutpie's compiled model, which traces what it samples and nothing else.
    effects
        The variables of `model.effects.traced`, each (chain, draw, ...), from those that were sampled.
    """

    density: Any
    effects: Callable[[Traced], Traced]


def compile_swappable(design: Design, specification: Specification) -> Swappable:
    """Return the compiled model of `design`.

    Kernels are never read from numba's cache on disk: those are not inlined into their callers, which
    is slower and rounds differently, so that draws would depend on what was compiled before.
    """
    import nutpie
    import pytensor
    from pymc.model.transform.optimization import freeze_dims_and_data

    from leakbound.model.build import build, initial_points

    model = build(design, specification)
    starts = initial_points(model, specification)
    constant = [name for name in design.arrays if name not in SWAPPED]
    model = freeze_dims_and_data(model, data=constant)
    with pytensor.config.change_flags(numba__cache=False):
        density = nutpie.compile_pymc_model(
            model,
            backend="numba",
            jitter_rvs=set(),
            initial_points=starts,
            freeze_model=False,
            var_names=[],
        )
    return Swappable(density, effects_of(model, traced(specification, likelihood=False)))


def effects_of(model: Any, names: Sequence[str]) -> Callable[[Traced], Traced]:
    """Return the function from sampled variables, each (chain, draw, ...), to those of `names`.

    Raises
    ------
    ValueError
        One of `names` depends on data that are not constant in `model`.
    """
    import pytensor
    import pytensor.tensor as pt
    from pytensor.compile.mode import Mode
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.graph.replace import vectorize_graph
    from pytensor.graph.traversal import graph_inputs

    outputs = model.replace_rvs_by_values([model[name] for name in names])
    data = sorted(str(x.name) for x in graph_inputs(outputs) if isinstance(x, SharedVariable))
    if data:
        raise ValueError(f"effects are computed once for all data, but depend on {', '.join(data)}")
    drawn = {
        v: pt.tensor(v.name, dtype=v.dtype, shape=(None, *v.type.shape)) for v in model.value_vars
    }
    plain = Mode(linker="py", optimizer=None)
    many = vectorize_graph(outputs, replace=drawn)
    computed = pytensor.function(list(drawn.values()), many, mode=plain, on_unused_input="ignore")

    def effects(sampled: Traced) -> Traced:
        chains = next(iter(sampled.values())).shape[:2]
        found = computed(*(np.concatenate(list(sampled[v.name])) for v in drawn))
        return {
            name: np.asarray(x).reshape(*chains, *np.shape(x)[1:])
            for name, x in zip(names, found, strict=True)
        }

    return effects


def swapped(compiled: Swappable, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Swappable:
    """Return the compiled model on the exchangeable ones of `arrays`."""
    data = {name: arrays[name] for name in SWAPPED}
    return replace(compiled, density=compiled.density.with_data(**data))


def draws_of(compiled: Swappable, specification: Specification, *, seed: int) -> Draws:
    """Return named draws (chain, draw, ...), and which diverged (chain, draw)."""
    settings = specification.sampler
    sampled, diverged = raw_chains(compiled.density, settings, seed=seed, unconstrained=True)
    return named_draws(compiled.effects(sampled), specification), diverged


def in_halves(draws: Draws) -> Draws:
    """Return a chain that is alone as two, its halves, between which R-hat can tell a difference."""
    values, diverged = draws
    if len(diverged) > 1:
        return draws
    halves = {name: x.reshape(2, -1, *x.shape[2:]) for name, x in values.items()}
    return halves, diverged.reshape(2, -1)
