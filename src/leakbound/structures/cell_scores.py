"""Leave-one-out scores of a fitted model, kept beside its posterior in the cache."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from leakbound.chains import configure_xla
from leakbound.evidence.table import Evidence
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.structures.loo import Loo, loo_of
from leakbound.writing import write_text

VERSION = 1
DRAWS = 1000
ARRAYS = ("elpd_cells", "pareto_k", "parameters_cells")


def scores_of(
    posterior: Posterior,
    evidence: Evidence,
    specification: Specification,
    *,
    say: Callable[[str], None] = lambda text: None,
) -> Loo:
    """Return how well a fitted model predicts each cell from all others, its pair's among them.

    From every k-th draw, so that about `DRAWS` are left; effects of pairs and shocks are integrated
    out. Read from the cache where they are there and whole.
    """
    kept = _read(posterior)
    if kept is not None:
        return kept
    say("scoring on cells left out ...")
    found = _scored(posterior.thinned(DRAWS), evidence, specification)
    if posterior.path is not None:
        keep_scores(found, posterior.path, posterior.digest)
    return found


def _scored(posterior: Posterior, evidence: Evidence, specification: Specification) -> Loo:
    configure_xla()
    from leakbound.model.cell_draws import cell_draws_of
    from leakbound.model.design import design_of
    from leakbound.structures.integrated import integrated_log_likelihood

    design = design_of(evidence, specification)
    drawn = cell_draws_of(design, specification, posterior.draws)
    told = integrated_log_likelihood(design, specification.attempts, drawn, posterior.draws)
    return loo_of(told.reshape(posterior.chains, -1, told.shape[1]))


def keep_scores(scores: Loo, posterior: Path, digest: str) -> None:
    """Write scores beside the file of the posterior they are of; they appear whole or not at all."""
    arrays = {name: getattr(scores, name).tolist() for name in ARRAYS}
    told = {"digest": digest, "version": VERSION, "k_limit": scores.k_limit, **arrays}
    write_text(_place(posterior), json.dumps(told) + "\n")


def _place(posterior: Path) -> Path:
    return posterior.with_suffix(".loo.json")


def _read(posterior: Posterior) -> Loo | None:
    """Return the scores kept of a posterior, or None where they are absent, damaged or of another."""
    if posterior.path is None or not _place(posterior.path).exists():
        return None
    try:
        told = json.loads(_place(posterior.path).read_text())
        if told["digest"] != posterior.digest or told["version"] != VERSION:
            return None
        elpd, k, parameters = (np.asarray(told[name], dtype=np.float64) for name in ARRAYS)
        found = Loo(elpd, k, parameters, float(told["k_limit"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    cells = len(posterior.cell_sources)
    whole = elpd.shape == k.shape == parameters.shape == (cells,)
    return found if whole else None
