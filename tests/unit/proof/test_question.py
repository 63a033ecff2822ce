from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from leakbound.calibration.truth import draw_truth
from leakbound.prior_draws import prior_draws
from leakbound.proof.question import answer, questions_on, usual_effort

DRAWS = 300


def certain(truth, design, specification, seed):
    """A posterior that knows the truth exactly: every draw is the truth."""
    empty = prior_draws(
        specification, samples=DRAWS, seed=seed, newest=design.newest, centres=design.centres
    )
    draws = {name: np.broadcast_to(v, (DRAWS, *np.shape(v))) for name, v in truth.items()}
    return replace(
        empty, draws=draws, benchmarks=design.benchmarks, domains=design.domains,
        lineages=design.lineages, pairs=design.pairs, chains=2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def answers(template, small, specification):
    """By question, what a forecast that knows the truth says of it, over 120 truths."""
    design, effort = template.design, usual_effort()
    found = {}
    for i in range(120):
        rng = np.random.default_rng(i)
        truth = draw_truth(design, specification, rng)
        posterior = certain(truth, design, specification, i)
        for question in questions_on(design, small.registry):
            told = answer(question, effort, truth, design, posterior, specification, rng)
            found.setdefault(question.name, []).append(told)
    return found


def test_truth_and_forecast_are_the_same_where_all_effects_are_known(answers):
    for one in answers["known base"]:
        np.testing.assert_allclose(one.locations, one.location, rtol=1e-9)


@pytest.mark.parametrize("name", ["known base", "new base", "new domain"])
def test_the_best_score_lies_where_the_forecast_expects_it(answers, name):
    below = [one.below for one in answers[name]]
    assert stats.kstest(below, "uniform").pvalue > 0.01
    covered = sum(one.covered for one in answers[name])
    assert 105 <= covered <= 120


@pytest.mark.parametrize("name", ["new base", "new domain"])
def test_new_effects_come_from_their_population(answers, name):
    below = [(one.locations < one.location).mean() for one in answers[name]]
    assert stats.kstest(below, "uniform").pvalue > 0.01


def test_questions_are_about_a_known_base_a_new_one_and_a_new_domain(template, small):
    known, new, domain = questions_on(template.design, small.registry)
    assert known.base.lineage in template.design.lineages
    assert new.base.lineage is None
    assert new.benchmark.key in template.design.benchmarks
    assert new.base.fraction_spent > 0.0
    assert domain.benchmark.domain not in template.design.domains
