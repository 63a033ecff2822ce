"""Compiling a model and running its chains: nutpie on XLA, two processes side by side.

In one process two chains wait for each other at every step, because XLA is called from Python; in two
they do not (0.16 for 0.24 ms a step on two cores).
"""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import threading
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from leakbound.errors import FitError, one_line
from leakbound.priors import Sampler, Specification
from leakbound.units import Array
from leakbound.workers import cores, keep_to_own_cores, worker_pool

if TYPE_CHECKING:
    import xarray as xr

    from leakbound.model.design import Design

PROCESSES = 2
X86_64 = platform.machine() in ("x86_64", "AMD64")
XLA_FLAGS = (
    "--xla_cpu_multi_thread_eigen=false",
    "--xla_cpu_enable_platform_dependent_math=false",
    "--xla_disable_hlo_passes=tree_reduction_rewriter",
    *(["--xla_cpu_max_isa=AVX2"] if X86_64 else []),
)
Draws = tuple[dict[str, Array], npt.NDArray[np.bool_]]


def compile_model(design: Design, specification: Specification) -> Any:
    """Return nutpie's compiled model: XLA compiles one of constant arrays in seconds."""
    from leakbound.model.build import build, initial_points
    from leakbound.model.effects import traced

    configure_xla()
    import nutpie

    model = build(design, specification)
    return nutpie.compile_pymc_model(
        model,
        backend="jax",
        gradient_backend="jax",
        jitter_rvs=set(),
        initial_points=initial_points(model, specification),
        freeze_model=True,
        var_names=traced(specification),
    )


def configure_xla() -> None:
    """Tell XLA that chains, not the operations of one, run side by side, and to run calls at once.

    Nor may it use instructions or functions that only some processors have: the draws would be others.
    JAX reads no environment variable for the setting made here in code.
    """
    given = os.environ.get("XLA_FLAGS", "")
    missing = [flag for flag in XLA_FLAGS if flag.partition("=")[0] not in given]
    os.environ["XLA_FLAGS"] = " ".join([given, *missing]).strip()
    import jax

    jax.config.update("jax_cpu_enable_async_dispatch", False)  # type: ignore[no-untyped-call]


def chains_of(
    compiled: Any, specification: Specification, *, seed: int, progress: bool = False
) -> Draws:
    """Return named draws (chain, draw, ...) of a compiled model, and which diverged (chain, draw)."""
    from leakbound.model.effects import named_draws

    found, diverged = raw_chains(compiled, specification.sampler, seed=seed, progress=progress)
    return named_draws(found, specification), diverged


def raw_chains(
    compiled: Any,
    settings: Sampler,
    *,
    seed: int,
    progress: bool = False,
    unconstrained: bool = False,
) -> Draws:
    """Return draws of what `compiled` traces, under its names, and which diverged (chain, draw).

    `unconstrained` adds the variables as they are sampled, transformed to the real line. Every
    `thin`-th draw is kept; one counts as divergent if any it stands for was.

    Raises
    ------
    FitError
        The sampler gave up, as where no start has a finite density.
    """
    trace = trace_of(compiled, settings, seed=seed, progress=progress, unconstrained=unconstrained)
    groups = ["posterior", *(["unconstrained_posterior"] if unconstrained else [])]
    variables = {str(name): x for group in groups for name, x in trace[group].data_vars.items()}
    found = {name: x.values[:, :: settings.thin] for name, x in variables.items()}
    diverging = np.asarray(trace["sample_stats"].to_dataset()["diverging"].values, dtype=bool)
    starts = np.arange(0, settings.draws, settings.thin)
    return found, np.logical_or.reduceat(diverging, starts, axis=1)


def trace_of(
    compiled: Any,
    settings: Sampler,
    *,
    seed: int,
    progress: bool = False,
    unconstrained: bool = False,
) -> xr.DataTree:
    """Return every draw and statistic of the sampler, tuning left out; options as in `raw_chains`.

    Raises
    ------
    FitError
        The sampler gave up, as where no start has a finite density.
    """
    import nutpie

    try:
        trace: xr.DataTree = nutpie.sample(
            compiled,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            cores=min(settings.chains, len(cores())),
            target_accept=settings.target_accept,
            maxdepth=settings.max_depth,
            mindepth=settings.min_depth,
            seed=seed,
            save_warmup=False,
            store_unconstrained=unconstrained,
            progress_bar=progress,
        )
    except RuntimeError as problem:
        raise FitError(f"the sampler gave up: {one_line(problem)}") from None
    return trace


def chains_apart(
    design: Design, specification: Specification, *, seed: int, progress: bool = False
) -> Draws:
    """Return what `chains_of` does, half of the chains from each of two processes.

    The number of processes does not depend on the machine, so that neither do the draws. Only the
    first shows its progress.

    Raises
    ------
    FitError
        A process ended before its chains did.
    """
    counts = _split(specification.sampler.chains)
    pool = worker_pool(len(counts))
    try:
        running = [
            pool.submit(_part, design, specification, chains, [seed, k], progress and k == 0)
            for k, chains in enumerate(counts)
        ]
        parts = [one.result() for one in running]
    except BrokenProcessPool:
        todo = "free memory, or sample fewer chains"
        raise FitError(f"a sampling process ended before its chains did; {todo}") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    draws = {name: np.concatenate([part[0][name] for part in parts]) for name in parts[0][0]}
    return draws, np.concatenate([part[1] for part in parts])


def _split(chains: int) -> list[int]:
    first = -(-chains // PROCESSES)
    return [n for n in (first, chains - first) if n > 0]


def _part(
    design: Design, specification: Specification, chains: int, seed: list[int], progress: bool
) -> Draws:
    keep_to_own_cores(seed[-1], PROCESSES)  # XLA then starts no idle threads
    own = replace(specification, sampler=replace(specification.sampler, chains=chains))
    number = int(np.random.SeedSequence(seed).generate_state(1)[0])
    compiled = _staying(compile_model(design, own))
    gc.freeze()
    return chains_of(compiled, own, seed=number, progress=progress)


def _staying(compiled: Any) -> Any:
    """Return a model compiled by XLA whose sampling threads stay known to Python between steps.

    A thread that Python did not start is made known at every call and forgotten after it, which
    takes a tenth of a step. One call that never leaves keeps it known until the process ends.
    """
    make = getattr(compiled, "_make_logp_func", None)
    if make is None:
        return compiled

    def made() -> Any:
        density, known = make(), threading.local()

        def at(x: Any, **shared: Any) -> Any:
            if not hasattr(known, "stays"):
                known.stays = ctypes.pythonapi.PyGILState_Ensure()
            return density(x, **shared)

        return at

    return replace(compiled, _make_logp_func=made)
