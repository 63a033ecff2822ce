"""Not released, but may leak: total exceedance over thefts and the service, by security level.

Thefts are independent; given the posterior's draw so are the attempts of thieves and users, so the
total is built draw by draw:  1 - (1 - unleaked) prod_a (1 - theft_a exceedance_a),  then averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from leakbound.candidate.types import Threshold
from leakbound.job import Job
from leakbound.scenario import Scenario
from leakbound.security import (
    ACTOR_CLASSES,
    LEVELS,
    Security,
    shipped_security,
    theft_within,
    total_exceedance,
)
from leakbound.units import Array


@dataclass(frozen=True)
class SecurityStep:
    """Total exceedance at a security level, and its fall against the candidate's level."""

    level: int
    total: float
    reduction: float


@dataclass(frozen=True)
class TotalRisk:
    """Exceedance of one threshold when the weights are kept but may be stolen, against release.

    All scenarios are taken at one threshold score, the strictest, and one horizon, the longest.

    Attributes
    ----------
    level, stated
        Security level (None: every class's chance is stated instead); `stated` is False when the
        candidate says nothing and the default level of the security table counts.
    theft
        Chance of at least one theft within the horizon, by actor class.
    exceedance
        Exceedance given theft on the first day, by actor class; a class without a scenario has that
        of the next stronger one.
    unleaked
        Exceedance of the closed API as operated.
    total, released
        Exceedance of "not released, but may leak", and of open weights.
    steps
        The total at every security level, best last.
    """

    threshold: str
    benchmark: str
    domain: str
    threshold_score: float
    horizon_years: float
    level: int | None
    stated: bool
    theft: Mapping[str, float]
    exceedance: Mapping[str, float]
    unleaked: float
    total: float
    released: float
    steps: tuple[SecurityStep, ...]


def total_risks(job: Job) -> Iterator[TotalRisk]:
    """Yield the total risk of each threshold; none without scenarios of a closed API and a theft."""
    closed = [one for one in job.scenarios.values() if one.release == "closed-api"]
    if closed and thefts(job.scenarios):
        for threshold in job.candidate.thresholds:
            yield _total_risk(job, threshold, closed)


def thefts(scenarios: Mapping[str, Scenario]) -> dict[str, list[Scenario]]:
    """Return the theft scenarios by actor class: that of their strongest group."""
    found: dict[str, list[Scenario]] = {}
    for one in scenarios.values():
        classes = [group.actor for group in one.groups if group.actor in ACTOR_CLASSES]
        if one.release == "theft" and classes:
            found.setdefault(max(classes), []).append(one)
    return dict(sorted(found.items()))


def _total_risk(job: Job, threshold: Threshold, closed: list[Scenario]) -> TotalRisk:
    strict = threshold.strictest(job.scenarios)
    score, years = strict.score, strict.horizon_years
    z = float(job.standing(threshold.benchmark).benchmark.to_link(score))

    def exceeds(scenarios: list[Scenario]) -> Array:
        """Return (draw) exceedance, the worst of several scenarios of one kind."""
        bests = [job.best(threshold.benchmark, one, years) for one in scenarios]
        return np.asarray(np.max([best.exceeds(z) for best in bests], axis=0), dtype=np.float64)

    opened = [one for one in job.scenarios.values() if one.release == "open-weights"]
    released = exceeds(opened) if opened else np.full(job.posterior.samples, np.nan)
    thieves = {actor: exceeds(own) for actor, own in thefts(job.scenarios).items()}
    given = {actor: _bounded(actor, thieves, released) for actor in ACTOR_CLASSES}
    unleaked = exceeds(closed)
    table = shipped_security()
    security = job.candidate.security or Security(table.default_level, {})
    theft = _within(security.chances(table), years)

    def total(chances: Mapping[str, float]) -> float:
        return float(total_exceedance(given, chances, unleaked=unleaked).mean())

    now = total(theft)
    steps = [(level, total(_within(chances_at(level, security), years))) for level in LEVELS]
    return TotalRisk(
        threshold=threshold.name,
        benchmark=threshold.benchmark,
        domain=threshold.domain,
        threshold_score=score,
        horizon_years=years,
        level=security.level,
        stated=job.candidate.security is not None,
        theft=theft,
        exceedance={actor: float(given[actor].mean()) for actor in theft},
        unleaked=float(unleaked.mean()),
        total=now,
        released=float(released.mean()),
        steps=tuple(SecurityStep(level, value, now - value) for level, value in steps),
    )


def chances_at(level: int, security: Security) -> dict[str, float]:
    """Return the chance of theft per year by actor class at another level of security.

    It is the table's, except that no level better than the candidate's raises a chance the
    candidate states, and no worse one lowers it.
    """
    chances = dict(shipped_security().chance[level])
    if security.level is None:
        return chances
    for actor, stated in security.theft_per_year.items():
        pick = max if level < security.level else min
        chances[actor] = stated if level == security.level else pick(chances[actor], stated)
    return chances


def _within(per_year: Mapping[str, float], years: float) -> dict[str, float]:
    return {actor: float(theft_within(chance, years)) for actor, chance in per_year.items()}


def _bounded(actor: str, thieves: Mapping[str, Array], released: Array) -> Array:
    """Return the exceedance of a class, or of the next stronger one that has a scenario.

    Beyond the strongest thief it is that of open weights: none gets more than what is public.
    """
    stronger = [known for known in sorted(thieves) if known >= actor]
    return thieves[stronger[0]] if stronger else released
