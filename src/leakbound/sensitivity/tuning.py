"""Other priors, at once: the verdicts of a candidate before and after, by weights or by a new fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from leakbound.assessment import FORECAST_DRAWS
from leakbound.candidate.types import Candidate
from leakbound.evidence.table import Evidence
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.reweight import changed, prior_weights, refit_reason
from leakbound.scenario import Scenario
from leakbound.sensitivity.weighted import Answer, answer, cases_of

Fit = Callable[[Specification, str], Posterior]


@dataclass(frozen=True)
class Tuning:
    """Answers under the old and the new priors, row by row, and how the new ones were found.

    `k`, the `limit` it is held to and `effective` draws belong to the weights, and are NaN where none
    could be made; `reason` says why there was a new fit, "" where the weights held.
    """

    old_specification: Specification
    specification: Specification
    changed: tuple[str, ...]
    refitted: bool
    reason: str
    k: float
    limit: float
    effective: float
    old: tuple[Answer, ...]
    new: tuple[Answer, ...]


def tune(
    candidate: Candidate,
    evidence: Evidence,
    posterior: Posterior,
    old: Specification,
    new: Specification,
    scenarios: Mapping[str, Scenario],
    *,
    fit: Fit,
) -> Tuning:
    """Return the answers under `old`, whose posterior is given, and under `new`.

    `fit(new, reason)` is called where weights cannot carry the old posterior to the new one.
    """
    cases = cases_of(candidate, evidence, posterior, old, scenarios)
    before = tuple(answer(case) for case in cases)
    names, reason = changed(old, new), refit_reason(old, new)
    k = limit = effective = float("nan")
    if reason is None:
        thin = prior_weights(posterior, old, new).thinned(FORECAST_DRAWS)
        k, limit, effective = thin.k, thin.limit, thin.effective
        if thin.reliable:
            after = tuple(answer(case, thin.values) for case in cases) if names else before
            return Tuning(old, new, names, False, "", k, limit, effective, before, after)
        reason = thin.problem
    other = fit(new, reason)
    cases = cases_of(candidate, evidence, other, new, scenarios)
    after = tuple(answer(case) for case in cases)
    return Tuning(old, new, names, True, reason, k, limit, effective, before, after)
