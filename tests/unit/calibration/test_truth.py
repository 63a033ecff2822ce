import numpy as np
import pytest

from leakbound.calibration.truth import draw_truth, truth_of
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.posterior import DIMS
from leakbound.prior_draws import prior_draws


@pytest.fixture(scope="module")
def truths(template, specification):
    rng = np.random.default_rng(4)
    return [draw_truth(template.design, specification, rng) for _ in range(400)]


def test_a_truth_has_every_parameter_and_effect(truths):
    assert set(truths[0]) == {*(set(PARAMETERS) - set(POPULATIONS)), *DIMS}


def test_parameters_follow_their_priors(truths, specification):
    from leakbound.calibration.conflict import normal_scores

    for name, prior in specification.priors.items():
        if name not in POPULATIONS:
            z = normal_scores(prior, np.array([float(t[name]) for t in truths]))
            assert z.mean() == pytest.approx(0.0, abs=0.2), name
            assert z.std() == pytest.approx(1.0, abs=0.15), name


def test_effects_scatter_by_their_spread(truths, template):
    z = [(t["gap_by"][0] - t["gap"]) / t["gap_spread"] for t in truths]
    assert np.std(z) == pytest.approx(1.0, abs=0.15)
    z = [np.log(t["rate_by"][0] / t["rate"]) / t["domain_spread"] for t in truths]
    assert np.std(z) == pytest.approx(1.0, abs=0.15)
    z = [(t["scale_by"][1] - np.log(t["scale"])) / t["scale_spread"] for t in truths]
    assert np.std(z) == pytest.approx(1.0, abs=0.15)


def test_the_walk_spreads_backwards_from_the_last_era(truths, template):
    eras = template.design.sizes.era
    z = np.array([t["walk"][:, 0] / t["vintage_spread"] for t in truths])
    expected = np.sqrt((eras - 1 - np.arange(eras - 1)) / 2.0)
    np.testing.assert_allclose(z.std(axis=0), expected, rtol=0.15)


def test_a_draw_of_a_posterior_is_a_truth(specification):
    posterior = prior_draws(specification, samples=5, seed=1)
    truth = truth_of(posterior, 3)
    assert float(truth["gap"]) == posterior.draws["gap"][3]
