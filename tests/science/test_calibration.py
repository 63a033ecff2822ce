"""Calibration finds a wrong sign, a forgotten rank, too few attempts, and nothing in the model as it is.

The evidence is the shipped one in miniature, its single attempts spread over years, so that the rate of
technique progress matters within the evidence and not in the forecast alone.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from leakbound.calibration.ranks import uniformity
from leakbound.evidence.table import Evidence, load_evidence
from leakbound.model.surface import Surface
from leakbound.priors import read_specification
from leakbound.proof import question
from leakbound.proof.outcome import outcome_of, ranks_of
from leakbound.proof.run import run
from leakbound.proof.task import LEVELS, Task, Variant, calibration_task

pytestmark = pytest.mark.slow
SIMULATIONS = 48
STRETCH = 6
NOTHING = 1e-300
"""Times zero would take the arrays out of the graph, where simulated evidence could not replace them."""


def stretched(evidence: Evidence) -> Evidence:
    """The evidence with single attempts on post-trained bases released six times as late."""
    rows = evidence.rows.copy()
    late = rows["source"].str.startswith("lineages")
    lag = rows["released"] - rows["base_released"]
    rows["released"] = rows["released"].where(~late, rows["base_released"] + STRETCH * lag)
    return replace(evidence, rows=rows)


def task_of(seed: int, cache: Path, variant: Variant = "prior") -> Task:
    task = calibration_task(
        load_evidence(), read_specification(), variant=variant, seed=seed, cache=cache
    )
    return replace(task, evidence=stretched(task.evidence))


def outside(task):
    """Quantities outside their band, all of them looked at together, with their verdicts."""
    simulations = list(run(task, SIMULATIONS))
    found = uniformity(ranks_of(simulations), LEVELS)
    return {one.name: one for one in found if one.p_all < 0.05}, outcome_of(task, simulations)


class Backwards(Surface):
    """A surface whose techniques get worse with time."""

    def training(self, dose, lag, *, ceiling, rate, xp):
        return super().training(dose, lag, ceiling=ceiling, rate=-rate, xp=xp)


def forgetful(density):
    """The likelihood of order statistics that takes every known score for a single attempt's."""

    def forgotten(family, gain, location, scale, ranks, xp, add):
        alone = replace(
            ranks, below=NOTHING * ranks.below, above=ranks.above * (1.0 - ranks.exact),
            inner_count=NOTHING * ranks.inner_count, log_constant=NOTHING * ranks.log_constant,
        )  # fmt: skip
        return density(family, gain, location, scale, alone, xp, add)

    return forgotten


def test_the_model_as_it_is_stays_inside(tmp_path):
    found, outcome = outside(task_of(seed=11, cache=tmp_path))
    assert not found
    assert all(one.as_stated for one in outcome.coverage)
    assert outcome.fitted


def test_a_wrong_sign_in_the_rate_is_caught(monkeypatch, tmp_path):
    monkeypatch.setattr("leakbound.model.build.Surface", Backwards)
    found, _ = outside(task_of(seed=11, cache=tmp_path))
    assert "rate" in found
    assert found["rate"].mean > 0.6


def test_a_likelihood_that_forgets_the_rank_is_caught(monkeypatch, tmp_path):
    from leakbound.model import build

    forgotten = forgetful(build.order_statistic_log_density)
    monkeypatch.setattr(build, "order_statistic_log_density", forgotten)
    found, _ = outside(task_of(seed=11, cache=tmp_path))
    assert {"gap", "bound, known base"} & set(found)


def test_a_forecast_of_a_tenth_of_the_attempts_is_caught_by_the_bound_alone(monkeypatch, tmp_path):
    """Truths of the posterior variant; every fit is right, so that no parameter's ranks can tell."""
    best_of = question.best_of

    def of_few(posterior, standing, effort, shocks):
        return best_of(posterior, standing, replace(effort, attempts=0.1 * effort.attempts), shocks)

    monkeypatch.setattr(question, "best_of", of_few)
    found, _ = outside(task_of(seed=11, cache=tmp_path, variant="posterior"))
    assert found
    assert all(name.startswith("bound, ") for name in found)
