"""What each source of evidence says about each draw: its log likelihood, by source."""

from __future__ import annotations

import numpy as np

from leakbound.evidence.table import Evidence
from leakbound.posterior import Posterior
from leakbound.units import Array


def source_log_likelihoods(posterior: Posterior, evidence: Evidence) -> dict[str, Array | None]:
    """Return (draw) log likelihood by source.

    Base models' response measurements count for the source of their rows; None when several sources
    share them, so that no part of the likelihood is one source's own.
    """
    cells = posterior.log_likelihood().reshape(posterior.samples, -1)
    owner = np.asarray(posterior.cell_sources)
    measured = evidence.rows.loc[~(evidence.rows["attempts"] > 0), "source"].unique()
    found: dict[str, Array | None] = {
        str(name): np.asarray(cells[:, owner == name].sum(axis=1))
        for name in sorted({*owner, *measured})
    }
    measured_part = response_log_likelihood(posterior)
    for name in map(str, measured):
        own = found[name]
        found[name] = None if own is None or len(measured) > 1 else own + measured_part
    return found


def response_log_likelihood(posterior: Posterior) -> Array:
    """Return (draw) log density of the measured responses, normal about `response_by`."""
    total = np.zeros(posterior.samples)
    for key, (value, error) in posterior.responses.items():
        drawn = posterior.draws["response_by"][:, posterior.benchmarks.index(key)]
        total = total - 0.5 * ((value - drawn) / error) ** 2
    return total
