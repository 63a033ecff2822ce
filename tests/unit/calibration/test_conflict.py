from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from leakbound.calibration.conflict import conflicts, lines, normal_scores
from leakbound.parameters import PARAMETERS
from leakbound.prior_draws import prior_draws


@pytest.fixture(scope="module")
def prior(specification):
    return prior_draws(specification, samples=8000, seed=3)


def updated(prior, specification, name, estimate, error):
    """A posterior whose parameter `name` has seen one normal estimate; its prior must be normal."""
    mu, sigma = (specification.priors[name].parameters[key] for key in ("mu", "sigma"))
    precision = sigma**-2 + error**-2
    mean = (mu / sigma**2 + estimate / error**2) / precision
    draws = mean + stats.norm.ppf((np.arange(8000) + 0.5) / 8000) / np.sqrt(precision)
    return replace(prior, draws={**prior.draws, name: draws})


def test_no_evidence_is_no_conflict(prior, specification):
    found = conflicts(prior, specification)
    assert not any(one.conflicting for one in found)
    assert lines(found) == (f"no prior-data conflict in {len(found)} parameters",)


@pytest.mark.parametrize("error", [0.05, 0.5, 0.8])
@pytest.mark.parametrize("distance", [0.5, 2.0, 6.0])
def test_the_tail_is_exact_for_a_normal_prior_and_likelihood(prior, specification, error, distance):
    mu, sigma = (specification.priors["gap"].parameters[key] for key in ("mu", "sigma"))
    estimate = mu + distance * np.hypot(sigma, error)
    posterior = updated(prior, specification, "gap", estimate, error)
    one = next(c for c in conflicts(posterior, specification) if c.parameter == "gap")
    assert one.tail == pytest.approx(2.0 * stats.norm.sf(distance), rel=0.02)
    assert one.shrinkage == pytest.approx(sigma**2 / (sigma**2 + error**2), rel=0.01)
    assert one.conflicting == (distance > 3.5)


def test_a_parameter_that_moves_without_shrinking_conflicts_no_more_than_its_move_can_carry(
    prior, specification
):
    moved = prior.draws["gap"] + 2.5 * specification.priors["gap"].parameters["sigma"]
    posterior = replace(prior, draws={**prior.draws, "gap": moved})
    one = conflicts(posterior, specification)[0]
    assert one.parameter == "gap"
    assert one.conflicting
    assert one.tail == pytest.approx(2.0 * stats.norm.sf(2.5 / 0.5), rel=0.3)


def test_a_conflict_is_said_in_the_parameters_own_words(prior, specification):
    posterior = updated(prior, specification, "trend", 1.8, 0.05)
    found = conflicts(posterior, specification)
    assert found[0].parameter == "trend"
    said = lines(found)
    assert len(said) == 1
    assert said[0].startswith("prior-data conflict in trend: the posterior is 1.6")
    assert PARAMETERS["trend"].unit in said[0]
    assert "above which its prior held under 0.01 %" in said[0]


def test_scores_stay_finite_far_in_the_tail(specification):
    prior = specification.priors["rate"]
    z = normal_scores(prior, np.array([1e-9, 1e9]))
    mu, sigma = prior.parameters["mu"], prior.parameters["sigma"]
    np.testing.assert_allclose(z, (np.log([1e-9, 1e9]) - mu) / sigma, rtol=1e-6)


def test_nan_draws_conflict(prior, specification):
    posterior = replace(prior, draws={**prior.draws, "gap": np.full(8000, np.nan)})
    with np.errstate(invalid="ignore"):
        found = {one.parameter: one for one in conflicts(posterior, specification)}
    assert found["gap"].conflicting
