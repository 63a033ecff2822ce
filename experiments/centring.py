"""Sample a structure with pairs centred as their attempts scatter, beside the form in use (decision 028).

Usage: python experiments/centring.py [MODEL] [--scatter] [--draws N] [--accept A] [--depth D]
                                      [--least D] [--tune N] [--until DATE] [--seed S]
The model is the same, what is sampled is not. Prints steps a draw, divergent draws by chain, and the
quantities with the fewest effective draws; nothing is cached. All evidence unless told otherwise.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.chains import PROCESSES, compile_model, trace_of
from leakbound.evidence.table import load_evidence
from leakbound.model.design import Design, design_of
from leakbound.model.effects import BENCHMARK_EFFECTS, named_draws, traced
from leakbound.model.portable import portable
from leakbound.model.told import SEEN_ATTEMPTS
from leakbound.priors import Specification, read_specification
from leakbound.units import Array
from leakbound.workers import keep_to_own_cores, worker_pool

SHOCK_VARIANCE = 1.5
INFORMED_SCATTER = 2.0
SHOWN = 8


def by_scatter(design: Design) -> Design:
    """Return the design with what centring by scatter needs.

    `seen_scattered` is 1 for trained pairs of several attempts, whose location is centred by their
    scatter; `seen_left` the variance that attempts leave of it, in variances of one, each cell's shock
    counted; `seen_gain` the mean of their cells' lowest known gains. Their scales are told by their
    attempts, but where an effort is known; a benchmark's spread between pairs by its pairs in full.
    """
    arrays = dict(design.arrays)
    seen = np.asarray(arrays["seen_pair"], dtype=np.int64)
    at = np.asarray(arrays["cell_pair"], dtype=np.int64)
    pairs = design.pairs.loc[seen]
    n = pairs["attempts"].to_numpy(dtype=np.float64)
    cells = np.bincount(at, minlength=len(design.pairs))[seen]
    of_cell = np.asarray(arrays["cell_known"], dtype=np.float64)
    known = np.bincount(at, of_cell, len(design.pairs))[seen] > 0.0
    _, first = np.unique(arrays["entry_cell"], return_index=True)
    lowest = np.asarray(arrays["entry_gain"], dtype=np.float64)[first]
    gain = np.bincount(at, lowest, len(design.pairs))[seen] / cells
    scattered = pairs["trained"].to_numpy(dtype=bool) & (n >= SEEN_ATTEMPTS)
    told = np.array(arrays["seen_told"])
    told[1] = np.where(scattered & ~known, n / (n + INFORMED_SCATTER), told[1])
    of_benchmarks = np.array(arrays["benchmark_told"])
    of_benchmarks[BENCHMARK_EFFECTS.index("pair_spread")] *= 2.0
    arrays |= {
        "seen_told": portable(told),
        "benchmark_told": portable(of_benchmarks),
        "seen_scattered": scattered.astype(np.float64),
        "seen_left": portable(SHOCK_VARIANCE / cells + 1.0 / n),
        "seen_gain": portable(np.where(scattered, gain, 0.0)),
    }
    return replace(design, arrays=arrays)


def own_effects(theta: Any, centre: Any, variance: Any, data: Any, design: Design) -> Any:
    """Return what `build._own_effects` does, locations centred as their attempts scatter.

    The share is what a pair's spread has in the variance of its attempts' mean, the factor its root.
    """
    import pymc as pm
    import pytensor.tensor as pt

    from leakbound.model import build

    seen, n = data.seen_pair, (design.sizes.seen,)
    mean, spread = centre[:, seen], pt.sqrt(variance[seen])
    spread = pt.stack([spread, theta.scale_pair_spread + 0.0 * spread])
    share, factor = build._fixed(data.seen_told, spread)
    form = share[1], factor[1]
    on_scale = build._partly_centred("pair_scale", mean[1], spread[1], form, n)
    left = pt.exp(2.0 * (mean[1] + data.seen_scaled * on_scale)) * data.seen_left
    followed = spread[0] ** 2 / (spread[0] ** 2 + left)
    follows = data.seen_scattered > 0
    form = pt.where(follows, followed, share[0]), pt.where(follows, pt.sqrt(followed), factor[0])
    on_location = build._partly_centred("pair", mean[0] - data.seen_gain, spread[0], form, n)
    own = pm.Deterministic("pair_effects", pt.stack([on_location, on_scale]))
    return build._with_zero(pt.stack([own[0], data.seen_scaled * own[1]]))


def part(
    design: Design, specification: Specification, seed: list[int], *, scatter: bool, least: int
) -> tuple[dict[str, Array], npt.NDArray[np.bool_], float]:
    """Return named draws, which diverged (both chain, draw), and steps a draw, of one process."""
    import nutpie

    from leakbound.model import build

    keep_to_own_cores(seed[-1], PROCESSES)
    nutpie.sample = partial(nutpie.sample, mindepth=least)
    if scatter:
        build._own_effects = own_effects
    compiled = compile_model(design, specification)
    number = int(np.random.SeedSequence(seed).generate_state(1)[0])
    trace = trace_of(compiled, specification.sampler, seed=number)
    posterior, stats = (trace[group].to_dataset() for group in ("posterior", "sample_stats"))
    names = traced(specification, likelihood=False)
    draws = named_draws({name: posterior[name].values for name in names}, specification)
    return draws, np.asarray(stats["diverging"].values, dtype=bool), float(stats["n_steps"].mean())


def fewest(draws: dict[str, Array], design: Design) -> list[tuple[float, float, str]]:
    """Return (effective draws, R-hat, name) of the quantities with the fewest effective draws."""
    import arviz_stats

    rows = []
    for name, values in draws.items():
        columns = values.reshape(*values.shape[:2], -1)
        for j in range(columns.shape[2]):
            x = columns[..., j]
            if np.ptp(x) > 0.0:
                of = design.benchmarks[j] if name in ("scale_by", "pair_spread_by") else str(j)
                rows.append((float(arviz_stats.ess(x)), float(arviz_stats.rhat(x)), f"{name} {of}"))
    return sorted(rows)[:SHOWN]


def main() -> int:
    """Sample, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="saturating-linear-gumbel")
    parser.add_argument("--scatter", action="store_true", help="centre pairs by their scatter")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--tune", type=int, default=600)
    parser.add_argument("--accept", type=float, default=0.9)
    parser.add_argument("--depth", type=int, default=6)
    parser.add_argument("--least", type=int, default=0, help="least depth of a tree")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until", type=dt.date.fromisoformat, default=None)
    asked = parser.parse_args()
    specification = read_specification(asked.model)
    settings = replace(
        specification.sampler, draws=asked.draws, tune=asked.tune, thin=1, chains=2,
        target_accept=asked.accept, max_depth=asked.depth,
    )  # fmt: skip
    specification = replace(specification, sampler=settings)
    design = design_of(load_evidence(until=asked.until), specification)
    design = by_scatter(design) if asked.scatter else design
    start = time.perf_counter()
    with worker_pool(PROCESSES) as pool:
        running = [
            pool.submit(
                part,
                design,
                specification,
                [asked.seed, k],
                scatter=asked.scatter,
                least=asked.least,
            )
            for k in range(PROCESSES)
        ]
        parts = [one.result() for one in running]
    draws = {name: np.concatenate([p[0][name] for p in parts]) for name in parts[0][0]}
    diverged = np.concatenate([p[1] for p in parts])
    steps = np.mean([p[2] for p in parts])
    print(f"{time.perf_counter() - start:.0f} s, {steps:.1f} steps a draw")
    print(f"divergent by chain {diverged.sum(axis=1).tolist()} of {diverged.shape[1]} draws each")
    for effective, rhat, name in fewest(draws, design):
        print(f"{effective:6.0f} effective draws, R-hat {rhat:.4f}  {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
