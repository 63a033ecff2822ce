"""What is calibrated, and one simulation of it: truth, evidence, fit, ranks.

Prior variant: truth from the priors, evidence from the truth (Talts et al. 2018, arXiv 1804.06788).
Posterior variant: truth from the posterior of the observed evidence, a second set of evidence from the
truth, and the posterior of both (Saeilynoja et al. 2025, arXiv 2502.03279). Either way the truth is one
more draw of the posterior it is held against, so that its rank among independent draws is uniform.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from leakbound.calibration.miniature import miniature
from leakbound.calibration.ranks import rank_among
from leakbound.calibration.simulate import (
    Swap,
    Template,
    both_sets,
    first_set,
    simulated,
    template_of,
)
from leakbound.calibration.truth import Truth, draw_truth, truth_of
from leakbound.checks import Check, all_passed, check_convergence, check_fit, held_to, require
from leakbound.errors import FitError, InputError, did_you_mean
from leakbound.evidence.table import Evidence
from leakbound.fit import cache_folder, fit_digest, kept_at
from leakbound.model.design import Design
from leakbound.parameters import PARAMETERS
from leakbound.patience import Sampled, with_patience
from leakbound.posterior import Posterior, posterior_of, tree_of
from leakbound.priors import Sampler, Specification
from leakbound.proof.compiled import Swappable, compile_swappable, draws_of, in_halves, swapped
from leakbound.proof.question import Answer, Question, answer, questions_on, usual_effort

if TYPE_CHECKING:
    import xarray as xr

Variant = Literal["prior", "posterior"]
VARIANTS: tuple[Variant, ...] = ("prior", "posterior")
PROCEDURE: dict[Variant, int] = {"prior": 4, "posterior": 6}
LEVELS = 49
LIMITS = {"R-hat": 1.1, "divergences": 0.05}
SHORT: dict[Variant, Sampler] = {
    "prior": Sampler(chains=2, draws=400, tune=300, target_accept=0.9, seed=0),
    "posterior": Sampler(chains=1, draws=800, tune=200, target_accept=0.9, seed=0),
}
FIRST = Sampler(chains=2, draws=4000, tune=2000, target_accept=0.99, seed=0, max_depth=10)
Compiler = Callable[[Design, Specification], Swappable]
Checker = Callable[["xr.DataTree"], tuple[Check, ...]]


@dataclass(frozen=True)
class Simulation:
    """One simulation: ranks of its truth, and how well its fit went.

    Attributes
    ----------
    ranks
        By quantity, 0..LEVELS.
    below
        By question, predictive probability of a best score no higher than the true one.
    covered
        By question, whether the 95 % bound held.
    rhat, divergences
        The largest R-hat of a parameter, between chains or the halves of one, and the share of divergent
        draws.
    twice
        Whether they are those of a second sampling, since the first was not within LIMITS.
    converged
        Whether both are within LIMITS. The others count too, and are counted.
    """

    index: int
    ranks: Mapping[str, int]
    below: Mapping[str, float]
    covered: Mapping[str, bool]
    rhat: float
    divergences: float
    twice: bool
    converged: bool


@dataclass(frozen=True)
class Drawn:
    """What a simulation begins with: truth, arrays that say the evidence, seed of the fit.

    `rng` then draws what the truth brings about, in the order of the task's questions.
    """

    truth: Truth
    swap: Swap
    seed: int
    rng: np.random.Generator


@dataclass(frozen=True)
class Task:
    """What is calibrated: a specification on a template, with the questions asked of each fit.

    `cache` is the folder of finished simulations, of every task.
    """

    evidence: Evidence
    specification: Specification
    variant: Variant
    seed: int
    cache: Path
    compiler: Compiler = compile_swappable

    @cached_property
    def template(self) -> Template:
        """Design to fill in: the evidence's rows, twice in the posterior variant."""
        copies = 2 if self.variant == "posterior" else 1
        return template_of(self.evidence, self.specification, copies=copies)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Questions asked of every fit."""
        return questions_on(self.template.design, self.evidence.registry)

    @cached_property
    def compiled(self) -> Swappable:
        """The model, compiled once for every simulation."""
        return self.compiler(self.template.design, self.specification)

    @cached_property
    def observed(self) -> Posterior:
        """Posterior of the observed evidence alone, from which truths are drawn; kept in the cache.

        Every truth comes from this one fit, so that it is held to what a fit in use is held to.

        Raises
        ------
        FitError
            It fails a check, sampled twice: its draws are not truths.
        """
        found = kept_at(self.place / "observed.nc", self.digest, self.seed, self._sampled_truths)
        _require_truths(found.checks)
        return found

    def _sampled_truths(self) -> Sampled:
        """Return the posterior to keep, sampled once more with patience if it fails a check at first."""
        swap = first_set(self.template)

        def sampled(settings: Sampler, again: bool) -> Sampled:
            return self._sampled(swap, self.seed + again, settings, check_fit)

        (tree, checks), _ = with_patience(FIRST, sampled, judge=lambda check: check)
        _require_truths(checks)
        return tree, checks

    def prepare(self) -> None:
        """Make what all simulations share: the compiled model, and the posterior truths come from."""
        _ = self.compiled
        if self.variant == "posterior":
            _ = self.observed

    @property
    def place(self) -> Path:
        """Folder of the task's own simulations."""
        return self.cache / self.digest[:32]

    @property
    def digest(self) -> str:
        """Key of the simulations: all that changes them, their number excepted."""
        told: list[Any] = [fit_digest(self.evidence, self.specification, self.seed), self.variant]
        told += [PROCEDURE[self.variant], LEVELS, LIMITS]
        told += [FIRST.stated()] if self.variant == "posterior" else []
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def drawn(self, index: int) -> Drawn:
        """Return what simulation number `index` begins with."""
        rng = np.random.default_rng([self.seed, zlib.crc32(self.variant.encode()), index])
        if self.variant == "prior":
            truth = draw_truth(self.template.design, self.specification, rng)
            swap = simulated(self.template, truth, self.specification, rng)
        else:
            truth = truth_of(self.observed, int(rng.integers(self.observed.samples)))
            second = simulated(self.template, truth, self.specification, rng)
            swap = both_sets(self.template, second)
        return Drawn(truth, swap, int(rng.integers(2**31)), rng)

    def simulate(self, index: int) -> Simulation:
        """Return simulation number `index`, which depends on no other."""
        drawn = self.drawn(index)
        posterior, twice = self._fitted(drawn.swap, drawn.seed)
        ranks, below, covered = self._held_against(drawn.truth, posterior, drawn.rng)
        rhat, divergences = _found(posterior.checks)
        converged = bool(all_passed([_within_limits(check) for check in posterior.checks]))
        return Simulation(index, ranks, below, covered, rhat, divergences, twice, converged)

    def _fitted(self, swap: Swap, seed: int) -> tuple[Posterior, bool]:
        """Return the posterior, and whether it was sampled twice: with the patience of `fit`."""

        def sampled(settings: Sampler, again: bool) -> Sampled:
            return self._sampled(swap, seed + again, settings, check_convergence)

        settings = self.specification.sampler
        (tree, checks), twice = with_patience(settings, sampled, judge=_within_limits)
        return posterior_of(tree, digest="", checks=checks, seed=seed + twice), twice

    def _sampled(self, swap: Swap, seed: int, sampler: Sampler, check: Checker) -> Sampled:
        design = replace(self.template.design, arrays={**self.template.design.arrays, **swap})
        specification = replace(self.specification, sampler=sampler)
        draws = draws_of(swapped(self.compiled, design.arrays), specification, seed=seed)
        tree = tree_of(*in_halves(draws), design, specification)
        return tree, check(tree)

    def _held_against(
        self, truth: Truth, posterior: Posterior, rng: np.random.Generator
    ) -> tuple[dict[str, int], dict[str, float], dict[str, bool]]:
        kept = _evenly(posterior.samples, LEVELS)
        ranks = {
            name: rank_among(float(truth[name]), posterior.draws[name][kept])
            for name in PARAMETERS
            if name in truth
        }
        below, covered = {}, {}
        for name, found in self.answers(truth, posterior, rng):
            ranks[f"location, {name}"] = rank_among(found.location, found.locations[kept])
            below[name], covered[name] = found.below, found.covered
        return ranks, below, covered

    def answers(
        self, truth: Truth, posterior: Posterior, rng: np.random.Generator
    ) -> Iterator[tuple[str, Answer]]:
        """Yield by name how `posterior` answers each question; `rng` draws what `truth` leads to."""
        for question in self.questions:
            yield question.name, answer(
                question, usual_effort(), truth, self.template.design, posterior,
                self.specification, rng,
            )  # fmt: skip


def _require_truths(checks: tuple[Check, ...]) -> None:
    try:
        require(checks)
    except FitError as failure:
        raise FitError(f"no truths from the observed evidence: {failure}") from None


def _evenly(samples: int, levels: int) -> Any:
    """Return the indices of `levels` draws, evenly spread over the chains."""
    return ((np.arange(levels) + 0.5) * samples / levels).astype(int)


def _found(checks: tuple[Check, ...]) -> tuple[float, float]:
    by_name = {check.name: check.found for check in checks}
    return by_name["R-hat of parameters"], by_name["divergences"]


def _within_limits(check: Check) -> Check:
    return held_to(check, LIMITS)


def calibration_task(
    evidence: Evidence,
    specification: Specification,
    *,
    variant: Variant,
    seed: int,
    cache: Path | None = None,
) -> Task:
    """Return the task of calibrating a specification on the evidence in miniature, chains shortened."""
    shortened = replace(
        specification, sampler=replace(SHORT[variant], seed=specification.sampler.seed)
    )
    folder = (cache or cache_folder()) / "calibrate"
    return Task(miniature(evidence), shortened, variant, seed, folder)


def check_variant(variant: str) -> None:
    """Raise InputError unless `variant` is one of VARIANTS."""
    if variant not in VARIANTS:
        todo = did_you_mean(variant, list(VARIANTS))
        raise InputError("--variant", "must be prior or posterior", found=variant, todo=todo)
