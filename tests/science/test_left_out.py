"""Leave-one-out scores with pair effects and shocks integrated out are those of fits without the cell."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from leakbound.calibration.miniature import miniature
from leakbound.chains import chains_apart, configure_xla
from leakbound.checks import all_passed, check_fit
from leakbound.evidence.table import load_evidence
from leakbound.loo import loo_of
from leakbound.model.cell_draws import cell_draws_of
from leakbound.model.design import design_of
from leakbound.posterior import posterior_of, tree_of
from leakbound.priors import read_specification

CELLS = 2
TOLERANCE = 0.15


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
    checks = check_fit(tree)
    assert all_passed(checks), [check for check in checks if not check.passed]
    return posterior_of(tree, digest="", checks=(), seed=3), tree


def integrated(design, specification, posterior):
    from leakbound.integrated import integrated_log_likelihood

    drawn = cell_draws_of(design, specification, posterior.draws)
    return integrated_log_likelihood(design, "logistic", drawn, posterior.draws)


@pytest.mark.slow
def test_scores_are_those_of_fits_without_the_cell():
    configure_xla()
    specification = read_specification()
    settings = replace(specification.sampler, draws=4000, thin=4, tune=1000, target_accept=0.9)
    specification = replace(specification, sampler=settings)
    design = design_of(miniature(load_evidence()), specification)
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
