from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate

from leakbound.distributions import DISTRIBUTIONS, log_density
from leakbound.errors import InputError
from leakbound.prior_change import POWERS, powered, shifts_of
from leakbound.priors import Prior

EXAMPLES = {
    "Normal": {"mu": 0.3, "sigma": 0.5},
    "TruncatedNormal": {"mu": 0.3, "sigma": 0.5},
    "HalfNormal": {"sigma": 0.5},
    "Exponential": {"lam": 2.0},
    "LogNormal": {"mu": -0.5, "sigma": 0.6},
    "StudentT": {"nu": 4.0, "mu": 0.3, "sigma": 0.5},
    "Gamma": {"alpha": 3.0, "beta": 2.0},
    "Beta": {"alpha": 3.0, "beta": 2.0},
}
POINTS = {"real": (-0.7, 0.2, 1.9), "positive": (0.1, 0.5, 2.5), "share": (0.05, 0.5, 0.9)}


def prior(family):
    return Prior("made-up", family, EXAMPLES[family], None, "unit", "source", "why")


def density(one, x):
    return log_density(one.distribution, dict(one.parameters), x)


def test_every_family_has_a_power_and_an_example():
    assert set(POWERS) == set(DISTRIBUTIONS) == set(EXAMPLES)


@pytest.mark.parametrize("family", EXAMPLES)
@pytest.mark.parametrize("power", [0.5, 0.8, 1.25, 2.0])
def test_a_power_of_a_density_is_a_member_of_its_family(family, power):
    one = prior(family)
    x = np.array(POINTS[DISTRIBUTIONS[family].support])
    constant = density(powered(one, power), x) - power * density(one, x)
    np.testing.assert_allclose(constant, constant[0], atol=1e-9)


def test_a_power_without_an_integral_is_refused():
    flat = replace(prior("Beta"), parameters={"alpha": 0.2, "beta": 2.0})
    with pytest.raises(InputError, match=r"power 2\.alpha: must be positive"):
        powered(flat, 2.0)


@pytest.mark.parametrize("family", EXAMPLES)
@pytest.mark.parametrize("sds", [-1.3, 0.0, 0.7])
def test_a_shifted_prior_is_a_density_with_the_median_it_says(family, sds):
    one = prior(family)
    support = DISTRIBUTIONS[family].support
    shifts = shifts_of(one)
    low = {"real": -np.inf, "positive": 0.0, "share": 0.0}[support]
    middle = shifts.median(sds)

    def height(x):
        return float(np.exp(shifts.log_density(x, sds)))

    below, _ = integrate.quad(height, low, middle, limit=400)
    top = 1.0 if support == "share" else np.inf
    above, _ = integrate.quad(height, middle, top, limit=400)
    assert below == pytest.approx(0.5, abs=2e-3)
    assert above == pytest.approx(0.5, abs=2e-3)


def test_shifting_a_normal_and_a_lognormal_moves_mu_by_sigma():
    for family in ("Normal", "LogNormal"):
        one = prior(family)
        mu, sigma = one.parameters["mu"], one.parameters["sigma"]
        moved = replace(one, parameters={"mu": mu + 1.5 * sigma, "sigma": sigma})
        x = np.array(POINTS[DISTRIBUTIONS[family].support])
        np.testing.assert_allclose(shifts_of(one).log_density(x, 1.5), density(moved, x))
