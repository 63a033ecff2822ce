"""A posterior drawn from the priors, cached like a sampled one: plumbing tests need no sampler."""

import datetime as dt

import numpy as np
import pytest
import xarray as xr

from leakbound.checks import Check
from leakbound.distributions import draw
from leakbound.evidence.table import load_evidence
from leakbound.fit import FitRecord, fit_digest, store, versions
from leakbound.model.design import design_of
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.posterior import DIMS, tree_of
from leakbound.priors import read_specification

UNTIL = dt.date(2024, 12, 26)
CHAINS, DRAWS = 4, 100
PASSED = Check("made up for a test", True, 1.0, 1.01, "none", "none")


def prior_trace(design, specification):
    rng = np.random.default_rng(5)
    n = CHAINS * DRAWS
    sizes = {
        "benchmark": len(design.benchmarks), "domain": len(design.domains),
        "lineage": len(design.lineages), "pair": len(design.pairs),
        "era": int(design.arrays["era_count"]) - 1,
    }  # fmt: skip
    draws = {
        name: draw(prior.distribution, dict(prior.parameters), rng, n)
        for name, prior in specification.priors.items()
        if name not in POPULATIONS
    }
    log_scaled = ("response", "ceiling", "rate", "inference", "inference_rate", "pair_spread")
    for name, dims in DIMS.items():
        shape = (n, *(sizes[dim] for dim in dims))
        noise = 0.2 * rng.standard_normal(shape)
        of = name.removesuffix("_by")
        middle = draws[of].reshape(-1, *[1] * len(dims)) if of in PARAMETERS else 0.0
        if of in log_scaled:
            draws[name] = middle * np.exp(noise)
        elif name == "scale_by":
            draws[name] = np.log(middle) + noise
        else:
            draws[name] = middle + noise
    draws["log_likelihood_cell"] = rng.standard_normal((n, design.sizes.cell))
    shaped = {
        name: (("chain", "draw", *[f"{name}_{i}" for i in range(v.ndim - 1)]),
               v.reshape(CHAINS, DRAWS, *v.shape[1:]))
        for name, v in draws.items()
    }  # fmt: skip
    stats = xr.Dataset({"diverging": (("chain", "draw"), np.zeros((CHAINS, DRAWS), bool))})
    return xr.DataTree.from_dict({"posterior": xr.Dataset(shaped), "sample_stats": stats})


@pytest.fixture(scope="session")
def evidence():
    return load_evidence(until=UNTIL)


@pytest.fixture(scope="session")
def specification():
    return read_specification()


@pytest.fixture(scope="session")
def posterior_cache(tmp_path_factory, evidence, specification):
    """A cache folder that holds the default posterior of the evidence until 2024-12-26."""
    folder = tmp_path_factory.mktemp("cache")
    design = design_of(evidence, specification)
    tree = tree_of(prior_trace(design, specification), design, specification)
    digest = fit_digest(evidence, specification, specification.sampler.seed)
    record = FitRecord(digest, (PASSED,), versions(), specification.sampler.seed)
    store(tree, folder / f"{digest[:32]}.nc", record)
    return folder
