"""Fixtures of the unit tests: made-up attempts, and a posterior drawn from the priors.

The posterior is cached like a sampled one, so that plumbing tests need no sampler.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leakbound.calibration.miniature import miniature
from leakbound.calibration.simulate import template_of
from leakbound.candidate import read_candidate
from leakbound.checks import LIMITS, Check
from leakbound.distributions import draw
from leakbound.evidence.table import load_evidence
from leakbound.fit import FitRecord, fit, fit_digest, store, versions
from leakbound.job import Job
from leakbound.model.design import design_of
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.posterior import DIMS, tree_of
from leakbound.priors import read_specification
from leakbound.scenario import load_scenarios
from leakbound.structures.cell_scores import keep_scores
from leakbound.structures.loo import loo_of
from leakbound.units import logit_link, logit_unlink

UNTIL = dt.date(2024, 12, 26)


CHAINS, DRAWS = 4, 100


PASSED = tuple(
    Check(name, True, 2.0 * limit if "ESS" in name else min(limit, 1.0), limit, "made up", "none")
    for name, limit in LIMITS.items()
)
"""Every check of a posterior, as found in one that is well."""


def checks_with(*changed):
    """Return the same with some of them replaced by those of their name."""
    own = {check.name: check for check in changed}
    return tuple(own.get(check.name, check) for check in PASSED)


def prior_draws(design, specification):
    rng = np.random.default_rng(5)
    n = CHAINS * DRAWS
    sizes = {
        "benchmark": len(design.benchmarks), "domain": len(design.domains),
        "lineage": len(design.lineages), "pair": design.sizes.seen,
        "era": design.sizes.era,
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
    return {name: v.reshape(CHAINS, DRAWS, *v.shape[1:]) for name, v in draws.items()}


@pytest.fixture(scope="session")
def evidence():
    return load_evidence(until=UNTIL)


@pytest.fixture(scope="session")
def specification():
    return read_specification()


def store_prior(folder, evidence, specification, checks=PASSED):
    """Put a posterior drawn from the priors into a cache folder, as `fit` would."""
    design = design_of(evidence, specification)
    tree = tree_of(
        prior_draws(design, specification), np.zeros((CHAINS, DRAWS), bool), design, specification
    )
    digest = fit_digest(evidence, specification, specification.sampler.seed)
    record = FitRecord(digest, checks, versions(), specification.sampler.seed)
    store(tree, folder / f"{digest[:32]}.nc", record)
    return tree, folder / f"{digest[:32]}.nc", digest


def score_prior(folder, evidence, specification, checks=PASSED):
    """Put a posterior drawn from the priors into a cache folder, with scores of made-up likelihoods."""
    tree, place, digest = store_prior(folder, evidence, specification, checks)
    keep_scores(loo_of(tree["log_likelihood"]["cell"].values), place, digest)


@pytest.fixture(scope="session")
def stored_prior():
    return store_prior


@pytest.fixture(scope="session")
def scored_prior():
    return score_prior


@pytest.fixture(scope="session")
def posterior_cache(tmp_path_factory, evidence, specification):
    """A cache folder that holds the default posterior of the evidence until 2024-12-26."""
    folder = tmp_path_factory.mktemp("cache")
    store_prior(folder, evidence, specification)
    return folder


DOMAINS = {"gpqa": "knowledge", "musr": "reasoning", "bbh": "reasoning", "math-lvl5": "maths"}


GUESS = {"gpqa": 0.25, "musr": 0.3, "bbh": 0.3, "math-lvl5": 0.0}


Maker = Callable[..., pd.DataFrame]


def make_rows(
    gains: np.ndarray,
    *,
    bases: int = 6,
    benchmarks: tuple[str, ...] = ("gpqa", "musr", "math-lvl5"),
    start: str = "2024-01-01",
    days: int = 365,
) -> pd.DataFrame:
    """Attempts dealt out to bases and benchmarks in turn, evenly over `days`."""
    n = len(gains)
    base = np.arange(n) % bases
    name = np.array(benchmarks)[np.arange(n) // bases % len(benchmarks)]
    guess = np.array([GUESS[b] for b in name])
    z_base = logit_link(logit_unlink(-1.0 + 0.2 * base, guess), guess)
    released = pd.Timestamp(start) + pd.to_timedelta(np.arange(n) * days // n, unit="D")
    rows = pd.DataFrame(
        {
            "base_model": [f"org/base-{i}" for i in base],
            "benchmark": name,
            "domain": [DOMAINS[b] for b in name],
            "link": "logit",
            "guess": guess,
            "base_score": logit_unlink(z_base, guess),
            "z_base": z_base,
            "gain": gains,
            "base_released": pd.Timestamp("2023-10-01"),
            "released": released,
            "base_pretraining_flop": 10.0 ** (22 + 0.5 * base),
            "cell": [f"attempt-{start}-{i}" for i in range(n)],
            "attempts": 1,
            "rank": 1,
        }
    )
    rows["z"] = rows["z_base"] + rows["gain"]
    rows["score"] = logit_unlink(rows["z"], guess)
    rows["lag"] = (rows["released"] - rows["base_released"]).dt.days / 365.25
    return rows


@pytest.fixture
def attempt_rows() -> Maker:
    return make_rows


@pytest.fixture(scope="session")
def posterior(evidence, specification, posterior_cache):
    return fit(evidence, specification, folder=posterior_cache)


CANDIDATES = Path(__file__).parents[2] / "experiments/candidates"


@pytest.fixture(scope="session")
def deepseek(evidence):
    file = CANDIDATES / "deepseek-v3.toml"
    return read_candidate(file, evidence.registry, until=UNTIL, scenarios=load_scenarios())


@pytest.fixture(scope="session")
def given(evidence, specification, posterior, deepseek):
    """What commands on priors work with: candidate, evidence, posterior, model, scenarios."""
    return deepseek, evidence, posterior, specification, load_scenarios()


@pytest.fixture(scope="session")
def make_job(evidence, specification, posterior, deepseek):
    """Return a job on the made-up posterior: its candidate's fields and its scenarios may be given."""

    def make(scenarios=None, *, checks_passed=True, reach_years=0.0, **changes):
        return Job(
            replace(deepseek, **changes), evidence, posterior, specification,
            load_scenarios() if scenarios is None else scenarios,
            checks_passed=checks_passed, reach_years=reach_years,
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def small():
    """The shipped evidence in miniature."""
    return miniature(load_evidence())


@pytest.fixture(scope="session")
def template(small, specification):
    return template_of(small, specification)
