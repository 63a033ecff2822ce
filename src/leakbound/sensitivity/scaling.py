"""Which prior and which evidence carries a decision: power-scaling and leaving out, on the bound.

A prior or the likelihood of one source is raised to a power (Kallioinen et al. 2024, arXiv
2107.14054); a source is left out with weights 1/likelihood. What is reported is how far each bound
moves and whether its verdict changes, never a mean. Where the weights cannot be trusted the answer
is "refit needed", or, on demand, that of a new fit. Weights leave out a source's likelihood and keep
the scores that bases are held against; a fit without the source moves those means too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from leakbound.assessment import FORECAST_DRAWS
from leakbound.candidate.types import Candidate
from leakbound.diagnostics import arviz_stats
from leakbound.errors import FitError, InputError
from leakbound.evidence.table import Evidence
from leakbound.posterior import Posterior
from leakbound.prior_change import powered
from leakbound.priors import Specification
from leakbound.reweight import BEFORE_FIT, Weights, log_prior, smooth
from leakbound.scenario import Scenario
from leakbound.sensitivity.bound_curve import BoundCurve, curve_of
from leakbound.sensitivity.influence import LOCAL_POWERS, Change, Influence, Move, Sensitivity
from leakbound.sensitivity.levels import Levels, levels_of, several_cases
from leakbound.sensitivity.prior_shift import prior_flips
from leakbound.sensitivity.weighted import Answer, cases_of
from leakbound.source_likelihood import source_log_likelihoods
from leakbound.units import Array

POWERS = (0.5, 0.8, 1.25, 2.0)
STEP_POWERS = (0.99, 1.01)
SMALLEST_MARGIN = 0.02
Fit = Callable[[Evidence, Specification, str], Posterior]


def sensitivity(
    candidate: Candidate,
    evidence: Evidence,
    posterior: Posterior,
    specification: Specification,
    scenarios: Mapping[str, Scenario],
    *,
    only: Collection[str] = (),
    refit: Fit | None = None,
) -> Sensitivity:
    """Return the influence of every prior and source, or of those in `only`.

    With `refit` given, whatever weights cannot answer is fitted: a prior's powers 0.8 and 1.25, and
    the evidence without a source.
    """
    given = (candidate, evidence, posterior, specification, scenarios)
    curves = [curve_of(case) for case in cases_of(*given)]
    levels = levels_of(curves, several_cases(*given), posterior.chains) if curves else None
    job = _Job(posterior, curves, levels)
    fitted = _Refits(candidate, evidence, specification, scenarios, refit, job.curves)
    found = []
    for name in specification.priors:
        if not only or name in only:
            found.append(_of_prior(job, fitted, name))
    for name, known in source_log_likelihoods(posterior, evidence).items():
        if not only or name in only:
            found.append(_of_source(job, fitted, name, known))
    kinds = {"prior": 0, "source": 1}
    found.sort(key=lambda one: (kinds[one.kind], one.order))
    answers = tuple(curve.now for curve in curves)
    return Sensitivity(answers, tuple(found), asked=tuple(sorted(set(only))))


def _of_prior(job: _Job, fitted: _Refits, name: str) -> Influence:
    prior = fitted.specification.priors[name]
    if name in BEFORE_FIT:
        note = "enters the expected dose, which is computed before the fit"
        changes = tuple(fitted.with_prior(name, power, None) for power in LOCAL_POWERS)
        return Influence(name, "prior", changes, float("nan"), (), note)
    density = log_prior(job.posterior, prior)
    changes = tuple(
        change
        if change.moves or power not in LOCAL_POWERS
        else fitted.with_prior(name, power, change)
        for power in POWERS
        for change in [job.change(density, power)]
    )
    flips = prior_flips(job.posterior, prior, job.curves, job.levels) if job.levels else ()
    return Influence(name, "prior", changes, job.psense(density), flips, "")


def _of_source(job: _Job, fitted: _Refits, name: str, density: Array | None) -> Influence:
    if density is None:
        note = "several sources share its measurements"
        return Influence(name, "source", (fitted.without(name, None),), float("nan"), (), note)
    scaled = tuple(job.change(density, power) for power in LOCAL_POWERS)
    gone = job.change(density, 0.0)
    gone = gone if gone.moves else fitted.without(name, gone)
    return Influence(name, "source", (*scaled, gone), job.psense(density), (), "")


class _Job:
    """The posterior with its curves and levels; changes of (draw) log densities to answers."""

    def __init__(
        self, posterior: Posterior, curves: Sequence[BoundCurve], levels: Levels | None
    ) -> None:
        self.posterior, self.curves, self.levels = posterior, curves, levels

    def change(self, density: Array, power: float) -> Change:
        weights = smooth((power - 1.0) * density, self.posterior.chains)
        thin = weights.thinned(FORECAST_DRAWS)
        if not thin.reliable:
            return Change(power, "refit needed", thin.k, thin.effective, ())
        return Change(power, "reweighted", thin.k, thin.effective, self.moves(thin))

    def moves(self, weights: Weights) -> tuple[Move, ...]:
        then = [curve.answer(weights.values) for curve in self.curves]
        errors = [curve.change_error(weights.values) for curve in self.curves]
        return _moves(self.curves, then, errors)

    def psense(self, density: Array) -> float:
        """Return the largest power-scaling sensitivity of the draw-wise risk at the bounds."""
        power_scale_sense = arviz_stats().base.array_stats.power_scale_sense
        sides = [
            smooth((power - 1.0) * density, self.posterior.chains).thinned(FORECAST_DRAWS).values
            for power in STEP_POWERS
        ]
        found = [
            float(
                power_scale_sense(
                    curve.at_bound[None], sides[0][None], sides[1][None], *STEP_POWERS
                )
            )
            for curve in self.curves
            if np.ptp(curve.at_bound) > 0.0
        ]
        return max(found, default=float("nan"))


class _Refits:
    """New fits on demand; without `fit`, the word that one is needed."""

    def __init__(
        self,
        candidate: Candidate,
        evidence: Evidence,
        specification: Specification,
        scenarios: Mapping[str, Scenario],
        fit: Fit | None,
        now: Sequence[BoundCurve],
    ) -> None:
        self.candidate, self.evidence, self.specification = candidate, evidence, specification
        self.scenarios, self.fit, self.now = scenarios, fit, now

    def with_prior(self, name: str, power: float, tried: Change | None) -> Change:
        if self.fit is None:
            return tried or _needed(power)
        try:
            prior = powered(self.specification.priors[name], power)
        except InputError:
            return Change(power, "no such prior", float("nan"), float("nan"), ())
        other = self.specification.with_prior(prior)
        return self._fitted(self.evidence, other, f"{name} to the power {power:g}", power, tried)

    def without(self, source: str, tried: Change | None) -> Change:
        if self.fit is None:
            return tried or _needed(0.0)
        rest = self.evidence.without(source)
        return self._fitted(rest, self.specification, f"without {source}", 0.0, tried)

    def _fitted(
        self,
        evidence: Evidence,
        specification: Specification,
        reason: str,
        power: float,
        tried: Change | None,
    ) -> Change:
        if self.fit is None:
            return tried or _needed(power)
        k = tried.k if tried else float("nan")
        try:
            posterior = self.fit(evidence, specification, reason)
        except FitError as problem:
            return Change(power, "refit failed", k, float("nan"), (), f"{reason}: {problem}")
        cases = cases_of(self.candidate, evidence, posterior, specification, self.scenarios)
        then = [curve_of(case) for case in cases]
        errors = [
            float(np.hypot(old.error, new.error)) for old, new in zip(self.now, then, strict=True)
        ]
        moves = _moves(self.now, [curve.now for curve in then], errors)
        return Change(power, "refitted", k, float(posterior.samples), moves)


def _needed(power: float) -> Change:
    return Change(power, "refit needed", float("nan"), float("nan"), ())


def _moves(
    now: Sequence[BoundCurve], then: Sequence[Answer], errors: Sequence[float]
) -> tuple[Move, ...]:
    return tuple(
        _move(curve, new, error) for curve, new, error in zip(now, then, errors, strict=True)
    )


def _move(curve: BoundCurve, new: Answer, error: float) -> Move:
    old = curve.now
    margin = curve.case.z_threshold - old.bound_z
    margin = np.copysign(max(abs(margin), SMALLEST_MARGIN), margin)
    logits = new.bound_z - old.bound_z
    return Move(
        threshold=old.threshold,
        scenario=old.scenario,
        logits=logits,
        error=error,
        points=new.bound_score - old.bound_score,
        of_margin=float(logits / margin),
        bound_score=new.bound_score,
        exceedance=new.exceedance,
        was=old.verdict,
        verdict=new.verdict,
        reason=new.reason,
        of_margin_error=float(error / abs(margin)),
        link=curve.case.standing.benchmark.link,
    )
