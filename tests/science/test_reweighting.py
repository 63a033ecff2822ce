"""Weights and a new fit agree: the same evidence under other priors, both ways."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.science.made_up import GUESS, evidence_of

from leakbound.assessment import FORECAST_DRAWS
from leakbound.candidate import read_candidate
from leakbound.fit import sample
from leakbound.posterior import posterior_of
from leakbound.prior_statement import with_statements
from leakbound.priors import read_specification
from leakbound.reweight import prior_weights
from leakbound.scenario import load_scenarios
from leakbound.sensitivity.weighted import answer, cases_of
from leakbound.units import logit_link, logit_unlink

CANDIDATE = Path(__file__).parents[2] / "experiments/candidates/deepseek-v3.toml"
BASES, ATTEMPTS = 5, 12
SETTINGS = {"draws": 1500, "tune": 700, "target_accept": 0.9, "thin": 1}
STATEMENTS = ("gap=Normal(0.4, 0.3)", "scale=LogNormal(-1.6, 0.5)", "rate=Normal(0.6, 0.25)")
TOLERANCE = 4.0


def small_world(seed):
    """Return attempts of unknown compute on a few bases, at lags up to a year."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(BASES):
        for key, guess in GUESS.items():
            base_score = float(logit_unlink(-0.5 + rng.normal(0.0, 0.4), guess))
            z_base = float(logit_link(base_score, guess))
            location, scale = rng.normal(0.3, 0.2), 0.15
            gains = stats.logistic.rvs(location, scale, size=ATTEMPTS, random_state=rng)
            for j, gain in enumerate(gains):
                lag = pd.Timedelta(days=30 * (1 + j % 12))
                rows.append({
                    "base_model": f"base-{i}", "base_released": "2024-01-15", "benchmark": key,
                    "base_score": base_score, "cell": f"{i}-{key}-{j}", "attempts": 1, "rank": 1,
                    "score": float(logit_unlink(z_base + gain, guess)),
                    "released": str((pd.Timestamp("2024-01-15") + lag).date()),
                    "source": "made-up",
                })  # fmt: skip
    return evidence_of(rows)


def fitted(evidence, specification, seed):
    tree, checks = sample(evidence, specification, seed=seed, progress=False)
    return posterior_of(tree, digest="", checks=checks, seed=seed)


@pytest.mark.slow
def test_reweighting_and_refitting_agree():
    evidence, scenarios = small_world(1), load_scenarios()
    default = read_specification()
    old = replace(default, sampler=replace(default.sampler, **SETTINGS))
    new = with_statements(old, STATEMENTS)
    before, after = fitted(evidence, old, 3), fitted(evidence, new, 3)
    weights = prior_weights(before, old, new)
    assert weights.reliable
    moved = 0
    for name in ("gap", "scale", "rate", "trend", "response", "pair_spread"):
        one, other = before.draws[name], after.draws[name]
        mean = weights.values @ one
        error = np.hypot(one.std() / np.sqrt(weights.effective), other.std() / np.sqrt(300.0))
        assert abs(mean - other.mean()) < TOLERANCE * error, name
        moved += abs(one.mean() - other.mean()) > TOLERANCE * error
    assert moved >= 1, "the priors changed nothing, so that agreement says nothing"
    candidate = read_candidate(CANDIDATE, evidence.registry, scenarios=scenarios)
    thin = weights.thinned(FORECAST_DRAWS).values
    rest = (candidate, evidence)
    pairs = zip(
        cases_of(*rest, before, old, scenarios), cases_of(*rest, after, new, scenarios), strict=True
    )
    for one, other in pairs:
        weighted, refitted = answer(one, thin), answer(other)
        error = np.hypot(weighted.bound_mcse, refitted.bound_mcse)
        assert abs(weighted.bound_score - refitted.bound_score) < TOLERANCE * error + 0.005
        assert weighted.exceedance == pytest.approx(refitted.exceedance, abs=0.05)
