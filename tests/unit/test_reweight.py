from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leakbound.posterior import Posterior
from leakbound.prior_statement import with_statements
from leakbound.reweight import (
    BEFORE_FIT,
    Weights,
    changed,
    prior_weights,
    refit_reason,
    smooth,
)

DRAWS, CHAINS = 8000, 4


def posterior_of(**draws):
    return Posterior(
        draws={"gap": np.zeros(DRAWS), **draws}, chains=CHAINS, benchmarks=(), domains=(),
        lineages=(), pairs=pd.DataFrame(), centres={}, newest=0.0,
        cell_sources=(), responses={}, structure={},
        digest="", checks=(), seed=1,
    )  # fmt: skip


def conjugate(mu, sigma, measured, error):
    """Mean and sd of the posterior of a normal mean under a normal prior."""
    precision = sigma**-2 + error**-2
    return (mu / sigma**2 + measured / error**2) / precision, precision**-0.5


@pytest.mark.parametrize(("mu", "sigma"), [(0.1, 0.5), (0.6, 0.3), (-0.4, 0.25), (0.0, 2.0)])
def test_weights_turn_one_conjugate_posterior_into_another(specification, mu, sigma):
    old = with_statements(specification, ["gap=Normal(0.1, 0.5)"])
    new = with_statements(old, [f"gap=Normal({mu}, {sigma})"])
    measured, error = 0.5, 0.4
    mean, sd = conjugate(0.1, 0.5, measured, error)
    drawn = np.random.default_rng(3).normal(mean, sd, DRAWS)
    weights = prior_weights(posterior_of(gap=drawn), old, new)
    wanted_mean, wanted_sd = conjugate(mu, sigma, measured, error)
    found = weights.values @ drawn
    assert weights.reliable
    assert found == pytest.approx(wanted_mean, abs=4.0 * wanted_sd / np.sqrt(weights.effective))
    spread = np.sqrt(weights.values @ (drawn - found) ** 2)
    assert spread == pytest.approx(wanted_sd, rel=0.1)
    assert weights.values.sum() == pytest.approx(1.0)


def test_a_prior_far_away_is_told_by_k(specification):
    old = with_statements(specification, ["gap=Normal(0.1, 0.5)"])
    new = with_statements(old, ["gap=Normal(6, 0.3)"])
    drawn = np.random.default_rng(3).normal(0.1, 0.3, DRAWS)
    weights = prior_weights(posterior_of(gap=drawn), old, new)
    assert weights.k > 0.7
    assert not weights.reliable


def test_a_narrower_support_gives_zero_weights_and_the_truncated_posterior(specification):
    old = with_statements(specification, ["gap=Normal(0.0, 1.0)"])
    new = with_statements(old, ["gap=HalfNormal(1.0)"])
    drawn = np.random.default_rng(3).normal(0.0, 1.0, DRAWS)
    weights = prior_weights(posterior_of(gap=drawn), old, new)
    assert refit_reason(old, new) is None
    assert weights.reliable
    assert (weights.values[drawn < 0.0] == 0.0).all()
    assert weights.values @ drawn == pytest.approx(np.sqrt(2.0 / np.pi), abs=0.03)


def test_a_wider_support_needs_a_fit_whatever_the_weights_say(specification):
    old = with_statements(specification, ["gap=HalfNormal(1.0)"])
    new = with_statements(old, ["gap=Normal(0.0, 1.0)"])
    drawn = np.abs(np.random.default_rng(3).normal(0.0, 1.0, DRAWS))
    assert prior_weights(posterior_of(gap=drawn), old, new).reliable
    reason = refit_reason(old, new)
    assert reason is not None
    assert "gap allows real values" in reason


@pytest.mark.parametrize("name", BEFORE_FIT)
def test_what_enters_the_expected_dose_needs_a_fit(specification, name):
    prior = specification.priors[name]
    wider = {key: value * 1.1 for key, value in prior.parameters.items()}
    new = specification.with_prior(replace(prior, parameters=wider))
    assert changed(specification, new) == (name,)
    reason = refit_reason(specification, new)
    assert reason is not None
    assert f"{name} enters the expected dose" in reason


def test_the_priors_of_the_expected_dose_are_those_that_change_it(specification):
    from leakbound.model.unknown import expected_dose
    from leakbound.parameters import PARAMETERS

    def doses(spec):
        actors = ("", "organisation", "lab")
        return np.concatenate([expected_dose(spec, actor, [0.0, 3.0]) for actor in actors])

    before = doses(specification)
    for name in PARAMETERS:
        prior = specification.priors[name]
        wider = {key: value * 1.1 for key, value in prior.parameters.items()}
        after = doses(specification.with_prior(replace(prior, parameters=wider)))
        assert (not np.array_equal(before, after)) == (name in BEFORE_FIT), name


def test_equal_ratios_change_nothing():
    weights = smooth(np.full(400, 3.0), CHAINS)
    np.testing.assert_array_equal(weights.values, 1.0 / 400)
    assert weights.k == 0.0
    assert weights.reliable
    assert weights.effective == pytest.approx(400.0)


@pytest.mark.parametrize(
    "ratio",
    [
        np.where(np.arange(400) == 7, np.nan, 0.0),
        np.where(np.arange(400) == 7, np.inf, 0.0),
        np.full(400, -np.inf),
        np.where(np.arange(400) < 20, np.linspace(0.0, 1.0, 400), -np.inf),
        np.where(np.arange(400) < 300, 0.0, -1.0),
    ],
    ids=["NaN", "infinite", "all zero", "too few", "a plateau"],
)
def test_ratios_that_tell_no_k_are_never_reliable(ratio):
    weights = smooth(ratio, CHAINS)
    assert not weights.reliable
    assert np.isfinite(weights.values).all()


def test_an_unknown_k_is_not_reliable():
    assert not Weights(np.full(4, 0.25), float("nan"), 0.7, 1.0).reliable


def test_a_good_k_on_few_effective_draws_is_not_reliable():
    few, many = (np.where(np.arange(400) < n, 1.0 / n, 0.0) for n in (48, 52))
    assert Weights(many, 0.1, 0.7, 1.0).reliable
    assert Weights(few, 0.1, 0.7, 0.99).problem == "47 effective draws, of 50 needed"
    assert Weights(many, 0.1, 0.7, 0.51).problem == "26 effective draws, of 50 needed"


def test_of_several_problems_k_is_told_first():
    one = np.full(4, 0.25)
    assert Weights(one, 0.9, 0.7, 1.0).problem == "Pareto k 0.90 is over 0.70"
    for unknown in (float("nan"), float("inf")):
        assert Weights(one, unknown, 0.7, 1.0).problem.startswith("hardly a draw")


def test_fewer_draws_demand_a_smaller_k():
    rng = np.random.default_rng(1)
    limits = [smooth(rng.normal(size=n), CHAINS).limit for n in (400, 8000)]
    assert limits[0] == pytest.approx(1.0 - 1.0 / np.log10(400))
    assert limits[1] == 0.7


def test_thinned_weights_belong_to_the_draws_that_a_thinned_posterior_keeps():
    drawn = np.random.default_rng(2).normal(size=DRAWS)
    posterior = posterior_of(gap=drawn)
    weights = smooth(0.5 * drawn, CHAINS)
    thin = weights.thinned(2000)
    kept = posterior.thinned(2000).draws["gap"]
    assert len(thin.values) == len(kept) == 2000
    assert thin.values.sum() == pytest.approx(1.0)
    assert np.corrcoef(np.log(thin.values), kept)[0, 1] > 0.99
    assert thin.effective < weights.effective


def test_thinning_to_draws_without_weight_is_not_reliable():
    ratio = np.where(np.arange(400) % 4 == 0, -np.inf, np.random.default_rng(1).normal(size=400))
    weights = smooth(ratio, CHAINS)
    assert not weights.thinned(100).reliable


def test_correlated_weights_count_for_fewer_draws():
    rng = np.random.default_rng(4)
    noise = rng.normal(size=4000)
    slow = np.empty(4000)
    slow[0] = noise[0]
    for i in range(1, 4000):
        slow[i] = 0.98 * slow[i - 1] + 0.2 * noise[i]
    assert smooth(0.3 * slow, CHAINS).effective < 0.2 * smooth(0.3 * noise, CHAINS).effective


def test_thinned_weights_keep_to_their_chain_where_it_is_no_multiple_of_the_step():
    drawn = np.random.default_rng(2).normal(size=CHAINS * 501)
    posterior = replace(posterior_of(), draws={"gap": drawn})
    weights = Weights(np.exp(drawn) / np.exp(drawn).sum(), 0.1, 0.7, 1.0, CHAINS)
    kept = posterior.thinned(1000).draws["gap"]
    np.testing.assert_allclose(weights.thinned(1000).values, np.exp(kept) / np.exp(kept).sum())
