"""Structures held against each other: leave-one-out scores, stacking weights, a bound for each.

Every model is fitted to the same evidence and its likelihood is that of the same cells, so their
scores can be compared: over the cells whose score is reliable under every model (Pareto k), since the
others bring noise of the size of the differences. A model whose fit fails a check gets no weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from leakbound.assessment import FORECAST_DRAWS, verdicts_of
from leakbound.bound import BoundRow
from leakbound.candidate.types import Candidate
from leakbound.checks import require
from leakbound.errors import FitError
from leakbound.evidence.table import Evidence
from leakbound.fit import cache_folder, load, posterior_place
from leakbound.parallel_fits import Work, each_done, fitting, processes_for
from leakbound.posterior import Posterior
from leakbound.priors import STRUCTURE, Specification, read_specification
from leakbound.scenario import Scenario
from leakbound.structures.cell_scores import scores_of
from leakbound.structures.loo import Loo, bootstrapped_weights, difference
from leakbound.structures.stack import Stack, stack_of, stacked

Shares = tuple[float, float, float, float]
NO_WEIGHT: Shares = (0.0, 0.0, 0.0, 0.0)
DEFAULTS = (
    "default",
    "log-linear-linear-logistic",
    "power-linear-logistic",
    "saturating-decelerating-logistic",
    "saturating-accelerating-logistic",
    "saturating-linear-gumbel",
    "saturating-linear-student-t",
)
"""The default model, and every model that differs from it in one part of its structure."""


@dataclass(frozen=True)
class Question:
    """A candidate and the scenarios it is assessed in."""

    candidate: Candidate
    scenarios: Mapping[str, Scenario]


@dataclass(frozen=True)
class Compared:
    """One model of a comparison; `failed` says why it is out, all numbers are then NaN.

    Attributes
    ----------
    elpd, se
        Expected log predictive density of all cells left out, and its standard error.
    behind, behind_se
        The same less the best model's, over the reliable cells: zero or negative.
    parameters
        Effective number of parameters.
    cells, doubtful
        Cells, and those whose Pareto k is above its limit in this model.
    weight, weight_sd
        Stacking weight from the reliable cells, 0 for a model that failed, and its sd: mean and sd
        over a bootstrap of the cells.
    weight_plain, weight_all
        The same without the bootstrap; and with it, but from all cells.
    verdicts
        Bounds of the candidate under this model alone.
    """

    model: str
    specification: Specification
    failed: str
    elpd: float = float("nan")
    se: float = float("nan")
    behind: float = float("nan")
    behind_se: float = float("nan")
    parameters: float = float("nan")
    cells: int = 0
    doubtful: int = 0
    weight: float = 0.0
    weight_sd: float = 0.0
    weight_plain: float = 0.0
    weight_all: float = 0.0
    verdicts: tuple[BoundRow, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Models by falling score, the failed ones last; the stack; what their mixture says."""

    models: tuple[Compared, ...]
    stack: Stack
    mixture: tuple[BoundRow, ...] = ()


@dataclass(frozen=True)
class _Scored:
    loo: Loo | None
    verdicts: tuple[BoundRow, ...]
    failed: str


def all_structures() -> tuple[str, ...]:
    """Return the shipped models, one for every structure; the default is one of them."""
    names = [
        f"{dose}-{time}-{attempts}"
        for dose in STRUCTURE["dose"]
        for time in STRUCTURE["time"]
        for attempts in STRUCTURE["attempts"]
    ]
    own = read_specification()
    default = f"{own.dose}-{own.time}-{own.attempts}"
    return ("default", *(name for name in names if name != default))


def compare(
    models: Sequence[str],
    evidence: Evidence,
    *,
    seed: int | None = None,
    folder: Path | None = None,
    question: Question | None = None,
    processes: int | None = None,
    fitted: Callable[[str, str], None] = lambda model, failed: None,
    say: Callable[[str], None] = lambda text: None,
    work: Work | None = None,
) -> Comparison:
    """Fit the models that are not cached, score them, weigh them.

    Parameters
    ----------
    fitted
        Called with a model's name, and why it failed or "", each time one is fitted.
    say
        Called with what is done once all are fitted, where it takes a while.
    work
        What fits a model into the cache; the sampler when none is given.

    Raises
    ------
    InputError
        A model that does not exist or breaks a rule.
    FitError
        No model passed the checks of its fit.
    """
    known = {model: read_specification(model) for model in dict.fromkeys(models)}
    if not known:
        raise ValueError("a comparison needs at least one model")
    folder = folder or cache_folder()
    todo = {name: one for name, one in known.items() if not _is_cached(evidence, one, seed, folder)}
    failed = dict.fromkeys(known, "")
    for name in known:
        if name not in todo:
            fitted(name, "")
    work = work or fitting(evidence, seed, folder)
    for name, problem in each_done(todo, work, processes or processes_for(todo.values())):
        failed[name] = problem
        fitted(name, problem)
    scored = {
        name: _Scored(None, (), failed[name])
        if failed[name]
        else _score(evidence, one, seed, folder, question, say)
        for name, one in known.items()
    }
    return _weigh(known, scored, evidence, seed, folder, question)


def _is_cached(evidence: Evidence, one: Specification, seed: int | None, folder: Path) -> bool:
    return load(*posterior_place(evidence, one, seed, folder)) is not None


def _score(
    evidence: Evidence,
    one: Specification,
    seed: int | None,
    folder: Path,
    question: Question | None,
    say: Callable[[str], None],
) -> _Scored:
    """Return scores and verdicts of a cached model; its draws are not kept in memory."""
    posterior = load(*posterior_place(evidence, one, seed, folder))
    if posterior is None:
        return _Scored(None, (), "its posterior is not in the cache")
    try:
        require(posterior.checks)
    except FitError as problem:
        return _Scored(None, (), str(problem))
    loo = scores_of(posterior, evidence, one, say=lambda text: say(f"{one.name}: {text}"))
    if not np.isfinite(loo.elpd_cells).all():
        return _Scored(None, (), "its log likelihood is not finite in every cell")
    return _Scored(loo, _verdicts(posterior, one, evidence, question), "")


def _verdicts(
    posterior: Posterior, one: Specification, evidence: Evidence, question: Question | None
) -> tuple[BoundRow, ...]:
    if question is None:
        return ()
    thin = posterior.thinned(FORECAST_DRAWS)
    return verdicts_of(question.candidate, evidence, thin, one, question.scenarios)[0]


def _weigh(
    known: Mapping[str, Specification],
    scored: Mapping[str, _Scored],
    evidence: Evidence,
    seed: int | None,
    folder: Path,
    question: Question | None,
) -> Comparison:
    loos = {name: one.loo for name, one in scored.items() if one.loo is not None}
    if not loos:
        name, one = next(iter(scored.items()))
        raise FitError(f"no model passed the checks of its fit; {name}: {one.failed}")
    sure = reliable(list(loos.values()))
    weights = _weights(loos, sure, seed or 0)
    best = max(loos.values(), key=lambda loo: float(loo.elpd_cells[sure].sum()))
    rows = [
        _row(name, known[name], scored[name], weights.get(name, NO_WEIGHT), best, sure)
        for name in known
    ]
    rows.sort(key=lambda row: -row.behind if not row.failed else np.inf)
    passed = [row for row in rows if not row.failed]
    stack = stack_of(
        evidence, seed, int(sure.sum()),
        [(_stored(r.model), r.specification, r.weight, r.elpd, r.doubtful) for r in passed],
    )  # fmt: skip
    if question is None:
        return Comparison(tuple(rows), stack)
    posterior, leading = stacked(stack, evidence, folder)
    return Comparison(tuple(rows), stack, _verdicts(posterior, leading, evidence, question))


def reliable(loos: Sequence[Loo]) -> npt.NDArray[np.bool_]:
    """Return (cell) whether the score is reliable under every model.

    Raises
    ------
    FitError
        No cell's is: nothing can be compared.
    """
    sure = ~np.any([loo.doubtful for loo in loos], axis=0)
    if not sure.any():
        raise FitError("no cell's leave-one-out score is reliable under every model (Pareto k)")
    return np.asarray(sure)


def _weights(loos: Mapping[str, Loo], sure: npt.NDArray[np.bool_], seed: int) -> dict[str, Shares]:
    """Return each model's weight, its sd, the plain one, all from the reliable cells, and from all."""
    scores = np.stack([loo.elpd_cells for loo in loos.values()])
    found = bootstrapped_weights(scores[:, sure], seed)
    every = bootstrapped_weights(scores, seed)
    return {
        name: (
            float(found.mean[i]),
            float(found.sd[i]),
            float(found.plain[i]),
            float(every.mean[i]),
        )
        for i, name in enumerate(loos)
    }


def _row(
    model: str,
    specification: Specification,
    scored: _Scored,
    weights: Shares,
    best: Loo,
    sure: npt.NDArray[np.bool_],
) -> Compared:
    loo = scored.loo
    if loo is None:
        return Compared(model, specification, scored.failed)
    behind, behind_se = difference(loo, best, sure)
    return Compared(
        model, specification, "", loo.elpd, loo.se, behind, behind_se, loo.parameters,
        len(loo.elpd_cells), int(loo.doubtful.sum()), *weights, scored.verdicts,
    )  # fmt: skip


def _stored(model: str) -> str:
    """Return the name of a shipped model, the whole path of a file."""
    return str(Path(model).resolve()) if Path(model).suffix else model
