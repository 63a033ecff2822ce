"""Questions whose true answer is known in a simulation: the best attempt on a base by a horizon.

Truth and forecast come from different code: the truth is one attempt after the other, drawn from the
equations of the model; the forecast is `standing` and `forecast`, as in any assessment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leakbound.calibration.simulate import SURVIVAL_QUANTILES
from leakbound.calibration.truth import SPREADS, Truth, pooled
from leakbound.curves import DOSE_CURVES, TIME_CURVES
from leakbound.effort import Effort
from leakbound.evidence.registry import Benchmark, Registry
from leakbound.forecast import SHOCKS_PER_YEAR, best_of, half_year_shocks, upper_bound
from leakbound.model.attempts import ATTEMPTS
from leakbound.model.design import ERAS_PER_YEAR, Design, era_of, vintage
from leakbound.model.noise import link_error
from leakbound.model.unknown import expected_dose
from leakbound.posterior import DIMS, Posterior
from leakbound.priors import Specification
from leakbound.standing import Base, stand
from leakbound.units import Array

HORIZON = 2.0
BINS = 4
CONFIDENCE = 0.95
KNOWN_BASE, KNOWN_BENCHMARK = "meta-llama/Meta-Llama-3-8B", "math-lvl5"
NEW_BASE_ON, NEW_DOMAIN = "gpqa-diamond", "wmdp-cyber"
RELEASED = dt.date(2025, 9, 1)


@dataclass(frozen=True)
class Question:
    """One base on one benchmark; `name` says what is new about it."""

    name: str
    base: Base
    benchmark: Benchmark


@dataclass(frozen=True)
class Answer:
    """The truth held against the forecast.

    Attributes
    ----------
    location, locations
        Gain of a typical attempt of the strongest group at the horizon: truth, and its draws.
    below
        Predictive probability of a best score no higher than the true one: uniform if calibrated.
    covered
        Whether the true best score lies at or below the 95 % bound.
    """

    location: float
    locations: Array
    below: float
    covered: bool


def questions_on(design: Design, registry: Registry) -> tuple[Question, ...]:
    """Return three questions: a base the evidence knows, a new base, and a new domain."""
    pairs = design.pairs
    known = pairs[pairs["base_model"] == KNOWN_BASE]
    scores = dict(zip(known["benchmark"], known["base_score"], strict=True))
    links = dict(zip(known["benchmark"], known["z_base"], strict=True))
    items: dict[str, int | None] = dict.fromkeys(known["benchmark"])
    released = known["base_released"].iloc[0].date()
    old = Base(released, scores, links, registry.comparable(links), items, lineage=KNOWN_BASE)
    return (
        Question("known base", old, registry[KNOWN_BENCHMARK]),
        Question("new base", _new(registry[NEW_BASE_ON], 0.5, 0.002), registry[NEW_BASE_ON]),
        Question("new domain", _new(registry[NEW_DOMAIN], 0.5, 0.0), registry[NEW_DOMAIN]),
    )


def _new(benchmark: Benchmark, score: float, fraction: float) -> Base:
    return Base(
        released=RELEASED,
        scores={benchmark.key: score},
        links={benchmark.key: float(benchmark.to_link(score))},
        comparable=[benchmark.key],
        items={benchmark.key: None},
        fraction_spent=fraction,
        elicited=fraction > 0.0,
    )


def usual_effort() -> Effort:
    """Return two years of many cheap attempts and few expensive ones with inference techniques."""
    edges = np.linspace(0.0, HORIZON, BINS + 1)
    wide = np.ones((1, 1, BINS))
    return Effort(
        scenario="calibration",
        groups=("hobbyists", "labs"),
        edges=edges,
        attempts=np.concatenate([25.0 * wide, 2.0 * wide], axis=1),
        log10_compute=np.concatenate([-4.5 * wide, -1.0 * wide], axis=1),
        lag_years=np.stack([edges[1:], edges[1:]]),
        training=np.array([True, True]),
        inference=np.array([False, True]),
        distillation=np.array([False, True]),
        at_cap=np.zeros((1, 2, BINS), dtype=bool),
    )


def answer(
    question: Question,
    effort: Effort,
    truth: Truth,
    design: Design,
    posterior: Posterior,
    specification: Specification,
    rng: np.random.Generator,
) -> Answer:
    """Return the forecast of `posterior` beside what `truth` brings about."""
    standing = stand(posterior, specification, question.base, question.benchmark)
    shocks = half_year_shocks(posterior.seed, posterior.samples, question.benchmark.key)
    best = best_of(posterior, standing, effort, shocks)
    location, reached = _brought_about(question, effort, truth, design, specification, rng)
    bound = upper_bound(best, CONFIDENCE)
    return Answer(
        location=location,
        locations=best.location[-1, -1] - standing.shock * shocks[_half_year(effort)[-1]],
        below=float(best.below(reached).mean()),
        covered=bool(best.z_today + reached <= bound.z),
    )


def _half_year(effort: Effort) -> Any:
    return (np.ceil(effort.edges[1:] * SHOCKS_PER_YEAR - 1e-9) - 1).astype(int)


def _brought_about(
    question: Question,
    effort: Effort,
    truth: Truth,
    design: Design,
    specification: Specification,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the true location of the last group and bin without shock, and the true best gain."""
    here = _Here(question, truth, design, rng)
    own_scale, start = here.own_scale, here.start
    error = link_error(question.benchmark, question.base.scores[question.benchmark.key], None)
    scale = np.hypot(own_scale, error / ATTEMPTS[specification.attempts].sd)
    gained = _oom(here, effort, question.base.fraction_spent, specification)
    location = start + here.by["response"] * gained
    periods = _half_year(effort)
    shock = truth["shock_share"] * own_scale * rng.standard_normal(periods.max() + 1)
    left = -np.expm1(np.log(rng.random(location.shape)) / effort.attempts[0])
    y = SURVIVAL_QUANTILES[specification.attempts](left)
    reached = location + shock[periods] + scale * y
    return float(location[-1, -1]), float(reached.max())


def _oom(here: _Here, effort: Effort, fraction: float, specification: Specification) -> Array:
    """Return (group, bin) OOM that attempts add to what the base has had."""
    t, d = here.truth, here.domain
    years = TIME_CURVES[specification.time](effort.lag_years, np)
    curve, shape = DOSE_CURVES[specification.dose], (t["dose_slope"], t["dose_midpoint"], np)
    effective = effort.log10_compute[0] + t["efficiency"] * years
    dose = curve(effective, *shape)
    raw = expected_dose(specification, "", 0.0)
    had = curve(np.log10(fraction), *shape) if fraction > 0.0 else raw
    both = curve(np.log10(fraction + 10.0**effective), *shape)
    trained = d["ceiling"] * (both - had) + d["rate"] * years * dose
    elicited = t["elicited_share"] * d["inference"] * (fraction > 0.0)
    inferred = d["inference"] + d["inference_rate"] * years - elicited
    distilled = t["distillation"] * effort.distillation[:, None]
    return np.asarray(trained + distilled + effort.inference[:, None] * inferred)


class _Here:
    """The true effects of a base on a benchmark; those the design has not are drawn."""

    def __init__(
        self, question: Question, truth: Truth, design: Design, rng: np.random.Generator
    ) -> None:
        self.truth, self.rng = truth, rng
        base, benchmark = question.base, question.benchmark
        self.by = self._effects("benchmark", benchmark.key, design.benchmarks)
        self.domain = self._effects("domain", benchmark.domain, design.domains)
        comparable = set(design.centres) & set(base.comparable)
        z = {k: v - design.centres[k] for k, v in base.links.items() if k in comparable}
        ability = float(np.mean(list(z.values()))) if z else 0.0
        own = z.get(benchmark.key, 0.0) - ability if benchmark.key in design.centres else 0.0
        gap = self.by["gap"] + self.by["gap_own"] * own + self.by["gap_ability"] * ability
        gap = gap + self._vintage(base.released, benchmark.key, design)
        left = float(truth["spent_share"]) if base.fraction_spent > 0.0 else 1.0
        lineage, wide = self._lineage(base, design)
        pair, wider, told = self._pair(question, design)
        lineage = 0.0 if told and base.lineage not in design.lineages else lineage
        log_scale = self.by["scale"] + truth["scale_own"] * own + truth["scale_ability"] * ability
        self.own_scale = float(np.exp(log_scale + wide + wider))
        self.start = float(left * gap + self.by["response"] * lineage + pair)

    def _effects(self, dim: str, key: str, known: tuple[str, ...]) -> dict[str, float]:
        names = [name for name in SPREADS if DIMS[f"{name}_by"] == (dim,)]
        if key in known:
            return {name: float(self.truth[f"{name}_by"][known.index(key)]) for name in names}
        new = {}
        for name in names:
            z = self.rng.standard_normal(1)
            new[name] = float(pooled(name, self.truth, SPREADS[name], z)[0])
        return new

    def _vintage(self, released: dt.date, key: str, design: Design) -> float:
        years = float(vintage(pd.Timestamp(released)))
        era, last = int(era_of(years)), design.sizes.era - 1
        drift = float(self.truth["vintage_drift"]) * (years - design.newest)
        if era < last and key in design.benchmarks:
            return drift + float(self.truth["walk"][era, design.benchmarks.index(key)])
        sd = float(self.truth["vintage_spread"]) * np.sqrt(abs(era - last) / ERAS_PER_YEAR)
        return drift + float(sd * self.rng.standard_normal())

    def _lineage(self, base: Base, design: Design) -> tuple[float, float]:
        names = ("lineage_effect", "scale_lineage_effect")
        if base.lineage in design.lineages:
            at = design.lineages.index(str(base.lineage))
            return float(self.truth[names[0]][at]), float(self.truth[names[1]][at])
        z = self.rng.standard_normal(2)
        spreads = (self.truth["lineage_spread"], self.truth["scale_lineage_spread"])
        return float(spreads[0] * z[0]), float(spreads[1] * z[1])

    def _pair(self, question: Question, design: Design) -> tuple[float, float, bool]:
        """Return effects on location and log scale, and whether the design has them."""
        base, key, pairs = question.base, question.benchmark.key, design.pairs
        mine = pairs[(pairs["base_model"] == base.lineage) & (pairs["benchmark"] == key)]
        mine = mine[mine["slot"] >= 0]
        if len(mine):
            at = int(mine["slot"].iloc[0])
            on_location, on_scale = (
                self.truth["pair_effect"][at],
                self.truth["scale_pair_effect"][at],
            )
            return float(on_location), float(on_scale), True
        error = link_error(question.benchmark, base.scores[key], None)
        z = self.rng.standard_normal(2)
        spread = np.hypot(self.by["pair_spread"], error)
        return float(spread * z[0]), float(self.truth["scale_pair_spread"] * z[1]), False
