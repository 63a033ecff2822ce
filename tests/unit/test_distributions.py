import subprocess
import sys

import numpy as np
import pytest
from scipy import integrate

from leakbound.distributions import DISTRIBUTIONS, draw, elicit, log_density, log_tails
from leakbound.errors import InputError

EXAMPLES = {
    "Normal": {"mu": 0.3, "sigma": 0.5},
    "StudentT": {"nu": 5.0, "mu": 0.3, "sigma": 0.5},
    "LogNormal": {"mu": -0.5, "sigma": 0.6},
    "TruncatedNormal": {"mu": 0.3, "sigma": 0.5},
    "HalfNormal": {"sigma": 0.5},
    "Gamma": {"alpha": 3.0, "beta": 2.0},
    "Exponential": {"lam": 2.0},
    "Beta": {"alpha": 3.0, "beta": 2.0},
}
INTERVALS = {"real": (-0.4, 1.1), "positive": (0.2, 1.5), "share": (0.3, 0.8)}


def test_every_family_is_tried():
    assert set(EXAMPLES) == set(DISTRIBUTIONS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_draws_lie_in_the_support_and_are_repeatable(name):
    drawn = draw(name, EXAMPLES[name], np.random.default_rng(1), 2000)
    again = draw(name, EXAMPLES[name], np.random.default_rng(1), 2000)
    np.testing.assert_array_equal(drawn, again)
    if DISTRIBUTIONS[name].support != "real":
        assert drawn.min() > 0.0
    if DISTRIBUTIONS[name].support == "share":
        assert drawn.max() < 1.0


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_density_integrates_to_one_and_belongs_to_the_draws(name):
    ends = {"real": (-np.inf, np.inf), "positive": (0.0, np.inf), "share": (0.0, 1.0)}
    low, high = ends[DISTRIBUTIONS[name].support]

    def density(x):
        return float(np.exp(log_density(name, EXAMPLES[name], x)))

    total, _ = integrate.quad(density, low, high)
    mean, _ = integrate.quad(lambda x: x * density(x), low, high)
    drawn = draw(name, EXAMPLES[name], np.random.default_rng(2), 20_000)
    assert total == pytest.approx(1.0, abs=1e-6)
    assert drawn.mean() == pytest.approx(mean, abs=0.02)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_tails_are_those_of_scipy_and_exact_far_out(name):
    frozen = DISTRIBUTIONS[name].frozen(**EXAMPLES[name])
    mass = np.array([1e-250, 1e-30, 1e-3, 0.2, 0.5])
    x = np.concatenate([frozen.ppf(mass), frozen.isf(mass)])
    x = x[np.isfinite(x)]
    below, above = log_tails(name, EXAMPLES[name], x)
    np.testing.assert_allclose(below, frozen.logcdf(x), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(above, frozen.logsf(x), rtol=1e-9, atol=1e-15)
    if DISTRIBUTIONS[name].support != "real":
        assert log_tails(name, EXAMPLES[name], np.array([0.0]))[0] == -np.inf


def test_shipped_priors_are_read_without_scipys_distributions():
    code = (
        "import sys; from leakbound.priors import read_specification; read_specification('default')\n"
        "print('scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("name", EXAMPLES)
def test_pymc_means_the_same_by_the_same_parameters(name):
    pm = pytest.importorskip("pymc")
    family = DISTRIBUTIONS[name]
    x = np.array([0.15, 0.4, 0.9])
    theirs = pm.logp(getattr(pm, name).dist(**EXAMPLES[name], **family.fixed), x).eval()
    np.testing.assert_allclose(log_density(name, EXAMPLES[name], x), theirs, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ["Normal", "LogNormal", "StudentT", "HalfNormal", "Gamma", "Beta"])
def test_an_elicited_interval_holds_the_stated_mass(name):
    low, high = INTERVALS[DISTRIBUTIONS[name].support]
    if name == "HalfNormal":
        low = 0.01
    values = elicit(name, 0.8, low, high, "here")
    frozen = DISTRIBUTIONS[name].frozen(**values)
    assert frozen.cdf(high) - frozen.cdf(low) == pytest.approx(0.8, abs=0.01)


def test_normal_and_lognormal_leave_equal_tails():
    for name, (low, high) in (("Normal", (-1.0, 2.0)), ("LogNormal", (0.1, 1.0))):
        frozen = DISTRIBUTIONS[name].frozen(**elicit(name, 0.9, low, high, "here"))
        assert frozen.cdf(low) == pytest.approx(0.05)
        assert frozen.cdf(high) == pytest.approx(0.95)


def test_an_interval_that_no_member_can_hold_is_refused():
    with pytest.raises(InputError, match=r"here\.elicited: no HalfNormal holds 90 %"):
        elicit("HalfNormal", 0.9, 5.0, 5.1, "here")
    with pytest.raises(InputError, match="TruncatedNormal takes parameters, not an interval"):
        elicit("TruncatedNormal", 0.9, 0.1, 1.0, "here")


@pytest.mark.parametrize(
    ("name", "mass", "held"), [("HalfNormal", 0.99, "97.34"), ("Exponential", 0.95, "94.5")]
)
def test_a_mass_outside_that_is_not_the_stated_one_is_refused_with_what_can_be_held(
    name, mass, held
):
    """Within two hundredths of the mass inside, but with more outside: 2.7 and 1.1 times as much."""
    says = rf"no {name} holds {100 * mass:g} % between 0\.01 and 1 \(the nearest holds {held} %\)"
    with pytest.raises(InputError, match=says):
        elicit(name, mass, 0.01, 1.0, "here")
    frozen = DISTRIBUTIONS[name].frozen(**elicit(name, float(held) / 100.0, 0.01, 1.0, "here"))
    assert frozen.cdf(1.0) - frozen.cdf(0.01) == pytest.approx(float(held) / 100.0, abs=1e-3)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "TruncatedNormal"])
@pytest.mark.parametrize("mass", [0.5, 0.9, 0.99, 0.999])
def test_the_mass_outside_an_elicited_interval_is_nearly_the_stated_one(name, mass):
    low, high = (-0.4, 1.1) if DISTRIBUTIONS[name].support == "real" else (1e-5, 0.6)
    frozen = DISTRIBUTIONS[name].frozen(**elicit(name, mass, low, high, "here"))
    outside = frozen.cdf(low) + frozen.sf(high)
    assert outside == pytest.approx(1.0 - mass, rel=0.05)


@pytest.mark.parametrize("name", ["HalfNormal", "Exponential"])
def test_of_one_parameter_the_member_that_holds_most_is_known(name, monkeypatch):
    """So that what none can hold is refused without a search."""
    low, high = 0.4, 1.0
    family = DISTRIBUTIONS[name]
    (key, best), *_ = family.fullest(low, high).items()

    def held(value):
        frozen = family.frozen(**{key: value})
        return frozen.cdf(high) - frozen.cdf(low)

    assert held(best) >= max(map(held, np.geomspace(0.01, 100.0, 2001)))
    monkeypatch.setattr("leakbound.distributions._maximum_entropy", None)
    with pytest.raises(InputError, match=f"no {name} holds 50 % between 0.4 and 1"):
        elicit(name, 0.5, low, high, "here")


@pytest.mark.parametrize(
    ("name", "mass", "low", "high"),
    [
        ("Beta", 0.9, 0.0, 1.0),
        ("LogNormal", 0.9999999999999999, 0.1, 1.0),
        ("Normal", 0.9, -1e308, 1e308),
    ],
)
def test_an_interval_without_a_finite_member_is_refused(name, mass, low, high):
    with pytest.raises(InputError, match=rf"here\.elicited: no {name} holds"):
        elicit(name, mass, low, high, "here")


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_family_refuses_parameters_that_are_missing_unknown_or_impossible(name):
    family, good = DISTRIBUTIONS[name], EXAMPLES[name]
    assert family.check("here", dict(reversed(good.items()))) == good
    assert list(family.check("here", dict(reversed(good.items())))) == list(family.rules)
    for key, rule in family.rules.items():
        with pytest.raises(InputError, match=rf"here\.{key}: is required"):
            family.check("here", {k: v for k, v in good.items() if k != key})
        with pytest.raises(InputError, match=rf"here\.{key}: must be {rule}; found nan"):
            family.check("here", {**good, key: float("nan")})
        if rule == "positive":
            with pytest.raises(InputError, match=rf"here\.{key}: must be positive; found 0"):
                family.check("here", {**good, key: 0.0})
    with pytest.raises(InputError, match=r"here\.width: is not a parameter"):
        family.check("here", {**good, "width": 1.0})


@pytest.mark.parametrize(
    ("name", "low", "high", "says"),
    [
        ("Normal", 1.0, 1.0, "less than high"),
        ("Normal", float("nan"), 1.0, "less than high"),
        ("Gamma", -0.1, 1.0, "must be positive"),
        ("Beta", -0.1, 0.5, "must be share"),
        ("Beta", 0.1, 1.5, "at most 1"),
    ],
)
def test_an_interval_outside_the_support_is_refused(name, low, high, says):
    with pytest.raises(InputError, match=says):
        DISTRIBUTIONS[name].check_interval("here", low, high)


def test_a_truncated_normal_of_which_hardly_anything_is_left_is_refused():
    with pytest.raises(
        InputError, match=r"here\.mu: must not lie over 5 sigma below zero, .* -0\.6"
    ):
        DISTRIBUTIONS["TruncatedNormal"].check("here", {"mu": -0.6, "sigma": 0.1})
    assert DISTRIBUTIONS["TruncatedNormal"].check("here", {"mu": -0.4, "sigma": 0.1})["mu"] == -0.4
    assert DISTRIBUTIONS["Normal"].check("here", {"mu": -0.6, "sigma": 0.1})["mu"] == -0.6


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("Normal", {"mu": 1e300}, r"mu: must not exceed 1e\+06 in size; found 1e\+300"),
        ("Normal", {"mu": -2e6}, r"mu: must not exceed 1e\+06 in size"),
        ("Normal", {"sigma": 1e300}, r"sigma: must not exceed 1e\+06"),
        ("Normal", {"sigma": 1e-320}, r"sigma: must not be less than 1e-06"),
        ("LogNormal", {"mu": 800.0}, "mu: must not exceed 50 in size"),
        ("LogNormal", {"sigma": 51.0}, "sigma: must not exceed 50"),
        ("Gamma", {"alpha": 1e-9}, "alpha: must not be less than 1e-06"),
    ],
)  # fmt: skip
def test_numbers_beyond_any_belief_are_refused(name, changes, says):
    with pytest.raises(InputError, match=says):
        DISTRIBUTIONS[name].check("here", {**EXAMPLES[name], **changes})
