"""A posterior as the forecast needs it: draws by name, and the labels of their dims.

The tree on disk has the groups `posterior` (chain, draw, named dims), `sample_stats`,
`log_likelihood` (read only when asked for) and `evidence` (labels, centres).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.checks import Check
from leakbound.parameters import LIKELIHOOD, PARAMETERS, POPULATIONS
from leakbound.units import Array

if TYPE_CHECKING:
    import xarray as xr

    from leakbound.model.design import Design
    from leakbound.priors import Specification

DIMS: dict[str, tuple[str, ...]] = {
    "response_by": ("benchmark",),
    "gap_by": ("benchmark",),
    "gap_own_by": ("benchmark",),
    "gap_ability_by": ("benchmark",),
    "trend_by": ("benchmark",),
    "scale_by": ("benchmark",),
    "pair_spread_by": ("benchmark",),
    "ceiling_by": ("domain",),
    "rate_by": ("domain",),
    "inference_by": ("domain",),
    "inference_rate_by": ("domain",),
    "walk": ("era", "benchmark"),
    "lineage_effect": ("lineage",),
    "scale_lineage_effect": ("lineage",),
    "pair_effect": ("pair",),
    "scale_pair_effect": ("pair",),
}


@dataclass(frozen=True)
class Posterior:
    """Draws of a fitted model.

    Attributes
    ----------
    draws
        By name, (sample, ...) with the samples of chain 0 first, then chain 1 and so on.
    chains
        Number of chains the samples consist of, all of one length.
    benchmarks, domains, lineages, pairs, centres, newest
        Labels as in `Design`; `pairs.slot` is a pair's place in the pair effects, -1 for none.
    cell_sources
        Source of each cell, in the order of the cells of `log_likelihood`.
    responses
        Measured response (logits/OOM) and its standard error by benchmark, from base models.
    structure
        Names of dose curve, time curve and attempt distribution.
    """

    draws: Mapping[str, Array]
    chains: int
    benchmarks: tuple[str, ...]
    domains: tuple[str, ...]
    lineages: tuple[str, ...]
    pairs: pd.DataFrame
    centres: Mapping[str, float]
    newest: float
    cell_sources: tuple[str, ...]
    responses: Mapping[str, tuple[float, float]]
    structure: Mapping[str, str]
    digest: str
    checks: tuple[Check, ...]
    seed: int
    path: Path | None = field(default=None, compare=False)

    @property
    def samples(self) -> int:
        """Number of draws over all chains."""
        return len(self.draws["gap"])

    def thinned(self, samples: int) -> Posterior:
        """Return every k-th draw of each chain, so that about `samples` are left."""
        return self.taken(thinned_index(self.samples, self.chains, samples))

    def taken(self, index: npt.NDArray[np.int64]) -> Posterior:
        """Return the draws at these places, which may repeat."""
        return replace(self, draws={name: values[index] for name, values in self.draws.items()})

    def log_likelihood(self) -> Array:
        """Return (chain, draw, cell) log likelihood by cell, read from the file."""
        import xarray as xr

        if self.path is None:
            raise ValueError("this posterior was not read from a file")
        with xr.open_dataset(self.path, group="log_likelihood", engine="h5netcdf") as data:
            return np.asarray(data["cell"].values, dtype=np.float64)


def thinned_index(total: int, chains: int, samples: int) -> npt.NDArray[np.int64]:
    """Return the places of every k-th of `total` draws within each of equally long chains."""
    step = max(1, round(total / samples))
    return np.arange(total, dtype=np.int64).reshape(chains, -1)[:, ::step].ravel()


def tree_of(
    draws: Mapping[str, Array],
    diverging: npt.NDArray[np.bool_],
    design: Design,
    specification: Specification,
) -> xr.DataTree:
    """Return the tree to keep of named draws (chain, draw, ...), single precision.

    `draws` holds what `model.effects.named_draws` returns, with or without likelihoods.
    The walk is zero in the last half-year, which is left out.
    """
    import xarray as xr

    kept: dict[str, Any] = {}
    for name in [*(name for name in PARAMETERS if name not in POPULATIONS), *DIMS]:
        dims, values = DIMS.get(name, ()), draws[name]
        own = values[:, :, :-1] if "era" in dims else values
        kept[name] = (("chain", "draw", *dims), own.astype(np.float32))
    labels = {
        "benchmark": list(design.benchmarks),
        "domain": list(design.domains),
        "lineage": list(design.lineages),
    }
    groups = {
        "posterior": xr.Dataset(kept, coords=labels),
        "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), diverging)}),
    }
    if LIKELIHOOD in draws:
        cell = (("chain", "draw", "cell_index"), draws[LIKELIHOOD].astype(np.float32))
        groups["log_likelihood"] = xr.Dataset({"cell": cell})
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = {
        "evidence": json.dumps(_labels(design)),
        "structure": json.dumps(specification.structure),
    }
    return tree


def _labels(design: Design) -> dict[str, Any]:
    arrays = design.arrays
    columns = ["base_model", "benchmark", "source", "base_score", "z_base", "slot"]
    return {
        "benchmarks": design.benchmarks,
        "domains": design.domains,
        "lineages": design.lineages,
        "pairs": design.pairs[columns].to_dict(orient="list"),
        "centres": dict(design.centres),
        "newest": design.newest,
        "cell_sources": design.pairs["source"].to_numpy()[arrays["cell_pair"]].tolist(),
        "responses": _responses(design),
    }


def _responses(design: Design) -> dict[str, tuple[float, float]]:
    value, error, weight = (
        np.asarray(design.arrays[f"benchmark_response{part}"], dtype=np.float64)
        for part in ("", "_error", "_weight")
    )
    return {
        key: (float(value[i]), float(error[i]))
        for i, key in enumerate(design.benchmarks)
        if weight[i] > 0.0
    }


def posterior_of(
    tree: xr.DataTree,
    *,
    digest: str,
    checks: tuple[Check, ...],
    seed: int,
    path: Path | None = None,
) -> Posterior:
    """Return the posterior held by a kept tree."""
    group = tree["posterior"].to_dataset()
    draws = {}
    for name in group.data_vars:
        values = group[name].values.astype(np.float64)
        draws[str(name)] = values.reshape(-1, *values.shape[2:])
    labels = json.loads(tree.attrs["evidence"])
    return Posterior(
        draws=draws,
        chains=int(group.sizes["chain"]),
        benchmarks=tuple(labels["benchmarks"]),
        domains=tuple(labels["domains"]),
        lineages=tuple(labels["lineages"]),
        pairs=pd.DataFrame(labels["pairs"]),
        centres=labels["centres"],
        newest=float(labels["newest"]),
        cell_sources=tuple(labels["cell_sources"]),
        responses={key: (float(a), float(b)) for key, (a, b) in labels["responses"].items()},
        structure=json.loads(tree.attrs["structure"]),
        digest=digest,
        checks=checks,
        seed=seed,
        path=path,
    )


def posterior_from(path: Path, *, digest: str, checks: tuple[Check, ...], seed: int) -> Posterior:
    """Return the posterior in the file at `path`."""
    import xarray as xr

    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return posterior_of(tree, digest=digest, checks=checks, seed=seed, path=path)
