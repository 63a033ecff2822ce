"""Recovery of a known truth by the whole chain: rows, cells, fit, predictive bound."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from leakbound.competitors.frame import evidence_frame
from leakbound.evidence.cells import cells
from leakbound.evidence.registry import load_registry
from leakbound.evidence.rows import COLUMNS
from leakbound.evidence.table import Evidence
from leakbound.fit import sample
from leakbound.posterior import posterior_of
from leakbound.predictive import predictive_quantiles
from leakbound.priors import read_specification
from leakbound.units import logit_link, logit_unlink

BENCHMARKS = ("mmlu-pro", "math-lvl5", "ifeval")
GUESS = {"mmlu-pro": 0.1, "math-lvl5": 0.0, "ifeval": 0.0}
BASES, ATTEMPTS = 10, 40
SETTINGS = {"draws": 700, "tune": 700, "target_accept": 0.95, "thin": 1}


def world(seed):
    """Return attempt rows and the true (location, scale) of every pair of base and benchmark."""
    rng = np.random.default_rng(seed)
    truth, rows = {}, []
    for i in range(BASES):
        ability = rng.normal(0.0, 0.5)
        for key in BENCHMARKS:
            z_base = -0.6 + ability + rng.normal(0.0, 0.2)
            base_score = float(logit_unlink(z_base, GUESS[key]))
            z_base = float(logit_link(base_score, GUESS[key]))
            location, scale = rng.normal(0.3, 0.25), 0.15 * np.exp(rng.normal(0.0, 0.3))
            truth[f"base-{i}", key] = (z_base, location, scale)
            gains = stats.logistic.rvs(location, scale, size=ATTEMPTS, random_state=rng)
            for j, gain in enumerate(gains):
                rows.append({
                    "base_model": f"base-{i}", "base_released": "2024-01-15", "benchmark": key,
                    "base_score": base_score, "cell": f"{i}-{key}-{j}", "attempts": 1, "rank": 1,
                    "score": float(logit_unlink(z_base + gain, GUESS[key])),
                    "released": "2024-04-15", "source": "made-up",
                })  # fmt: skip
    frame = pd.DataFrame(rows)
    for column in COLUMNS:
        if column not in frame:
            text = column in ("technique", "actor", "censored")
            frame[column] = "" if text else np.nan
    for column in ("base_released", "released"):
        frame[column] = pd.to_datetime(frame[column])
    frame["known"] = frame["released"]
    return frame[list(COLUMNS)], truth


def bounds(rows, levels, seed=3):
    registry = load_registry()
    specification = read_specification()
    sampler = replace(specification.sampler, **SETTINGS)
    specification = replace(specification, sampler=sampler)
    evidence = Evidence(rows, {}, registry)
    tree, checks = sample(evidence, specification, seed=seed, progress=False)
    assert next(c for c in checks if c.name == "divergences").found < 0.02
    posterior = posterior_of(tree, digest="", checks=checks, seed=seed).thinned(1000)
    frame = evidence_frame(rows, registry).drop_duplicates(["base_model", "benchmark"])
    frame = frame.assign(attempts=1, rank=1)
    found = predictive_quantiles(posterior, specification, registry, frame, levels)
    return frame, found


@pytest.mark.slow
def test_the_bound_covers_what_it_says_and_cells_say_what_attempts_say():
    rows, truth = world(1)
    registry = load_registry()
    levels = (0.8, 0.95)
    frame, from_cells = bounds(cells(rows, registry=registry), levels)
    covered = []
    for (base, key), z in zip(
        frame[["base_model", "benchmark"]].to_numpy(), from_cells, strict=True
    ):
        z_base, location, scale = truth[base, key]
        covered.append(stats.logistic.cdf(z - z_base, location, scale))
    covered = np.array(covered)
    assert covered[:, 0].mean() == pytest.approx(0.8, abs=0.06)
    assert covered[:, 1].mean() == pytest.approx(0.95, abs=0.03)
    every_rank = tuple((np.arange(ATTEMPTS) + 1.0) / ATTEMPTS)
    again, from_attempts = bounds(cells(rows, registry=registry, quantiles=every_rank), levels)
    order = again.set_index(["base_model", "benchmark"]).index.get_indexer(
        frame.set_index(["base_model", "benchmark"]).index
    )
    difference = from_cells[:, 1] - from_attempts[order, 1]
    assert abs(difference.mean()) < 0.04
    assert np.abs(difference).max() < 0.25
