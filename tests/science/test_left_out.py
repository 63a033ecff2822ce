"""Leave-one-out scores with pair effects and shocks integrated out are those of fits without the cell."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import logsumexp
from tests.science.made_up import GUESS, evidence_of

from leakbound.chains import chains_apart, configure_xla
from leakbound.checks import all_passed, check_fit, held_to
from leakbound.model.cell_draws import cell_draws_of
from leakbound.model.design import design_of
from leakbound.posterior import posterior_of, tree_of
from leakbound.priors import read_specification
from leakbound.structures.loo import loo_of
from leakbound.units import logit_unlink

BASES, ATTEMPTS, KNOWN = 6, 20, 4
CELLS = 2
TOLERANCE = 0.04
DIVERGENT = 0.02


def world(seed):
    """Return evidence of few pairs, each with the best of many attempts by one actor, and two others."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(BASES):
        for key, guess in GUESS.items():
            z_base = float(rng.normal(-0.5, 0.4))
            location = 0.3 + 0.2 * rng.standard_normal()
            shock, alone = 0.1 * rng.standard_normal(), 0.15 * rng.standard_normal(2)
            gains = np.sort(stats.logistic.rvs(location + shock, 0.15, ATTEMPTS, random_state=rng))
            told = [("many", ATTEMPTS, ATTEMPTS - k, gains[-1 - k]) for k in range(KNOWN)]
            told += [(f"one-{j}", 1, 1, location + alone[j]) for j in range(2)]
            for j, (cell, attempts, rank, gain) in enumerate(told):
                released = pd.Timestamp("2024-02-15") + pd.Timedelta(
                    days=60 * max(0, j - KNOWN + 1)
                )
                rows.append({
                    "base_model": f"base-{i}", "base_released": "2024-01-15", "benchmark": key,
                    "base_score": float(logit_unlink(z_base, guess)), "cell": f"{i}-{key}-{cell}",
                    "attempts": attempts, "rank": rank,
                    "score": float(logit_unlink(z_base + gain, guess)),
                    "released": str(released.date()), "source": "made-up",
                })  # fmt: skip
    return evidence_of(rows)


def without(design, cell):
    """Return the design with the evidence of one cell taken out; all dims stay."""
    arrays = dict(design.arrays)
    mine = arrays["entry_cell"] == cell
    for name in ("exact", "below", "above", "constant"):
        arrays[f"entry_{name}"] = np.where(mine, 0.0, arrays[f"entry_{name}"])
    inner = mine[arrays["inner_index"]]
    arrays["inner_count"] = np.where(inner, 0.0, arrays["inner_count"])
    return replace(design, arrays=arrays)


def fitted(design, shown, specification):
    """Return the posterior of what `shown` tells."""
    draws = chains_apart(shown, specification, seed=3)
    tree = tree_of(*draws, design, specification)
    checks = [held_to(check, {"divergences": DIVERGENT}) for check in check_fit(tree)]
    assert all_passed(checks), [check for check in checks if not check.passed]
    return posterior_of(tree, digest="", checks=(), seed=3), tree


def integrated(design, specification, posterior):
    from leakbound.structures.integrated import integrated_log_likelihood

    drawn = cell_draws_of(design, specification, posterior.draws)
    return integrated_log_likelihood(design, "logistic", drawn, posterior.draws)


@pytest.mark.slow
def test_scores_are_those_of_fits_without_the_cell():
    configure_xla()
    specification = read_specification()
    settings = replace(specification.sampler, draws=1500, thin=1, tune=700, target_accept=0.9)
    specification = replace(specification, sampler=settings)
    design = design_of(world(11), specification)
    posterior, tree = fitted(design, design, specification)
    plain = loo_of(tree["log_likelihood"]["cell"].values)
    told = integrated(design, specification, posterior)
    found = loo_of(told.reshape(4, -1, told.shape[1]))
    assert found.doubtful.sum() < plain.doubtful.sum()
    worst = np.argsort(np.where(found.doubtful, -np.inf, plain.pareto_k))[::-1][:CELLS]
    assert plain.doubtful[worst].all()
    off = []
    for cell in worst:
        left, _ = fitted(design, without(design, cell), specification)
        exact = integrated(design, specification, left)[:, cell]
        expected = logsumexp(exact) - np.log(len(exact))
        assert found.elpd_cells[cell] == pytest.approx(expected, abs=TOLERANCE)
        off.append((found.elpd_cells[cell] - expected, plain.elpd_cells[cell] - expected))
    of_plain, of_found = np.abs([b for _, b in off]), np.abs([a for a, _ in off])
    assert of_plain.sum() > of_found.sum(), (of_found, of_plain)
