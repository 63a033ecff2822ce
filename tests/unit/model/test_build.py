"""How effects are centred changes no prior, and named draws hold every parameter and effect."""

from dataclasses import replace

import numpy as np
import pytest

from leakbound.model.design import design_of
from leakbound.model.effects import (
    BENCHMARK_EFFECTS,
    DOMAIN_EFFECTS,
    families,
    growing,
    named_draws,
    traced,
)
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.posterior import DIMS
from leakbound.priors import read_specification


def assert_standard_normal_and_apart(z, others, name):
    """Assert that 4000 draws (draw, column) are standard normal and correlate with no other."""
    assert np.abs(z.mean(axis=0)).max() < 4.5 / np.sqrt(4000), name
    assert np.abs(z.std(axis=0) - 1.0).max() < 4.5 / np.sqrt(8000), name
    for other in others:
        with_other = [np.corrcoef(other, z[:, i])[0, 1] for i in range(z.shape[1])]
        assert np.abs(with_other).max() < 4.5 / np.sqrt(4000), name


def joint_log_density(design, specification):
    """Return the log density by unconstrained values, and a point of no particular kind."""
    from leakbound.model.build import build

    model = build(design, specification)
    rng = np.random.default_rng(8)
    at = {
        name: value + 0.1 * rng.standard_normal(value.shape)
        for name, value in model.initial_point().items()
    }
    return model.compile_logp(mode="FAST_COMPILE"), at


def set_to(at, specification, **values):
    """Set parameters at an unconstrained point, those of positive distributions by their log."""
    for family, members in families(specification).items():
        suffix = "" if family == "Normal" else "_log__"
        for i, prior in enumerate(members):
            if prior.name in values:
                value = values[prior.name]
                at[f"{family}_priors{suffix}"][i] = np.log(value) if suffix else value


@pytest.mark.parametrize("name", ["default", "power-accelerating-logistic"])
def test_how_effects_are_centred_leaves_their_prior_as_it_is(evidence, name):
    import pymc as pm

    from leakbound.model.build import build

    specification = read_specification(name)
    design = design_of(evidence, specification)
    model = build(design, specification)
    theta = {}
    names = [f"{family}_priors" for family in families(specification)]
    if growing(specification):
        names.append("dose_growth")
    drawn = pm.draw(
        [
            model["benchmark_effects"], model["walk"], model["domain_effects"],
            *(model[name] for name in names),
        ],
        draws=4000, random_seed=3, mode="FAST_COMPILE",
    )  # fmt: skip
    growth = drawn.pop() if growing(specification) else None
    for (_, members), values in zip(families(specification).items(), drawn[3:], strict=True):
        theta |= {prior.name: values[:, i] for i, prior in enumerate(members)}
    if growth is not None:
        theta["efficiency"] = 0.4 * growth[:, 0] / theta["dose_slope"]
    prior = specification.priors["efficiency"].parameters
    z = (np.log(theta["efficiency"]) - prior["mu"]) / prior["sigma"]
    assert_standard_normal_and_apart(z[:, None], [theta["dose_slope"]], "efficiency")
    effect = dict(zip(BENCHMARK_EFFECTS, np.moveaxis(drawn[0], 1, 0), strict=True))
    spreads = {"gap": "gap_spread", "gap_own": "gap_slope_spread", "trend": "trend_spread"}
    for name, spread in spreads.items():
        z = (effect[name] - theta[name][:, None]) / theta[spread][:, None]
        others = [theta["vintage_drift"], theta[name], theta[spread], drawn[1][:, 0, 0]]
        if name == "gap":
            others += [effect["gap_own"][:, 0], effect["gap_ability"][:, 0]]
        assert_standard_normal_and_apart(z, others, name)
    for name, effects in zip(DOMAIN_EFFECTS, np.moveaxis(drawn[2], 1, 0), strict=True):
        z = (effects - np.log(theta[name])[:, None]) / theta["domain_spread"][:, None]
        others = [theta[name], theta["domain_spread"], theta["dose_slope"], theta["efficiency"]]
        assert_standard_normal_and_apart(z, others, name)


@pytest.mark.parametrize("name", ["default", "saturating-linear-gumbel"])
def test_how_pairs_are_centred_leaves_the_prior_of_their_effects_as_it_is(evidence, name):
    import pymc as pm

    from leakbound.model.build import build

    specification = read_specification(name)
    design = design_of(evidence, specification)
    model = build(design, specification)
    vectors = [f"{family}_priors" for family in families(specification)]
    drawn = pm.draw(
        [model["pair_effects"], model["benchmark_effects"], *(model[name] for name in vectors)],
        draws=4000, random_seed=4, mode="FAST_COMPILE",
    )  # fmt: skip
    theta = {}
    for (_, members), values in zip(families(specification).items(), drawn[2:], strict=True):
        theta |= {prior.name: values[:, i] for i, prior in enumerate(members)}
    seen = np.asarray(design.arrays["seen_pair"])
    of = np.asarray(design.arrays["pair_benchmark"])[seen]
    log_spread = drawn[1][:, BENCHMARK_EFFECTS.index("pair_spread")][:, of]
    response = np.exp(drawn[1][:, BENCHMARK_EFFECTS.index("response")][:, of])
    response = np.where(np.asarray(design.arrays["benchmark_in_oom"])[of] > 0, 1.0, response)
    nameless = np.asarray(design.arrays["pair_lineage"])[seen] < 0
    of_lineage = np.where(nameless, response * theta["lineage_spread"][:, None], 0.0)
    error = np.asarray(design.arrays["pair_error"])[seen]
    spread = np.sqrt(np.exp(2.0 * log_spread) + error**2 + of_lineage**2)
    on_location, on_scale = np.moveaxis(drawn[0], 1, 0)
    z = on_scale / theta["scale_pair_spread"][:, None]
    scale = drawn[1][:, BENCHMARK_EFFECTS.index("scale")]
    others = [theta["scale_pair_spread"], theta["scale"], scale[:, of[0]]]
    assert_standard_normal_and_apart(z, others, "scale")
    others += [z[:, 0], z[:, -1], theta["gap_spread"], theta["response"], log_spread[:, 0]]
    assert_standard_normal_and_apart(on_location / spread, others, "location")


def test_the_gap_sampled_on_the_scale_that_it_is_told_on_keeps_its_prior(evidence):
    import pymc as pm

    from leakbound.model.build import build

    specification = read_specification("saturating-linear-gumbel")
    model = build(design_of(evidence, specification), specification)
    index = [prior.name for prior in families(specification)["HalfNormal"]].index("gap_spread")
    common, effects, half_normal = pm.draw(
        [model["gap_common"], model["benchmark_effects"], model["HalfNormal_priors"]],
        draws=4000, random_seed=5, mode="FAST_COMPILE",
    )  # fmt: skip
    spread = half_normal[:, [index]]
    prior = specification.priors["gap"].parameters
    z = (common - prior["mu"]) / prior["sigma"]
    assert_standard_normal_and_apart(z, [np.log(spread[:, 0])], "gap")
    own = (effects[:, BENCHMARK_EFFECTS.index("gap")] - common) / spread
    assert_standard_normal_and_apart(own, [np.log(spread[:, 0]), z[:, 0]], "gap of a benchmark")


def test_where_the_dose_has_no_ceiling_its_growth_and_gains_are_sampled_and_the_model_stays(
    evidence, monkeypatch
):
    """At the same parameters and effects the densities differ by the Jacobian of the growth alone."""
    specification = read_specification("power-accelerating-logistic")
    design = design_of(evidence, specification)
    log_density, _ = joint_log_density(design, specification)
    monkeypatch.setattr("leakbound.model.effects.ENDLESS_DOSES", ())
    plain, at = joint_log_density(design, specification)
    values = {"dose_slope": 0.8, "efficiency": 0.5, "dose_midpoint": -2.0, "domain_spread": 0.4}
    set_to(at, specification, **values)
    moved = {name: value.copy() for name, value in at.items()}
    lognormal = [prior.name for prior in families(specification)["LogNormal"]]
    of_efficiency = lognormal.index("efficiency")
    moved["LogNormal_priors_log__"] = np.delete(at["LogNormal_priors_log__"], of_efficiency)
    growth = np.log(np.expm1(0.8 * 0.5 / 0.4))
    moved["dose_growth_log_exp_m1__"] = np.array([growth])
    general = design.domains.index("general")
    assert design.arrays["domain_known"][general] == 1.0
    compute, lag = (float(design.arrays[f"domain_{of}"][general]) for of in ("compute", "lag"))
    years = 2.0 * np.expm1(lag / 2.0)
    log_dose = np.log(0.5) + 0.5 * 0.8 * (compute + 0.5 * years + 2.0)
    r = (0.4 / 0.33) ** 2
    lead = 0.9 * r / (1.0 - 0.9 + 0.9 * r) * log_dose
    assert abs(lead) > 0.05
    jacobian = -np.log1p(np.exp(-growth)) - np.log(np.log1p(np.exp(growth)))
    unled = log_density(moved)
    moved["domain_z"][:2, general] += lead
    assert log_density(moved) == pytest.approx(plain(at) + jacobian, abs=1e-8)
    assert unled != pytest.approx(plain(at) + jacobian, abs=1e-3)


@pytest.mark.parametrize("name", ["default", "power-linear-logistic"])
def test_named_draws_hold_every_parameter_and_effect(evidence, name):
    specification = read_specification(name)
    design = design_of(evidence, specification)
    b, d = len(design.benchmarks), len(design.domains)
    shapes = {
        "benchmark_effects": (7, b), "domain_effects": (4, d), "walk": (design.sizes.era, b),
        "lineage_effects": (2, design.sizes.lineage), "pair_effects": (2, design.sizes.seen),
        "log_likelihood_cell": (design.sizes.cell,),
    }  # fmt: skip
    shapes |= {f"{name}_priors": (len(m),) for name, m in families(specification).items()}
    if growing(specification):
        shapes["dose_growth"] = (1,)
    assert sorted(shapes) == sorted(traced(specification))
    rng = np.random.default_rng(1)
    trace = {name: rng.standard_normal((2, 3, *shape)) for name, shape in shapes.items()}
    draws = named_draws(trace, specification)
    assert set(draws) == {*PARAMETERS, *DIMS, "log_likelihood_cell"} - set(POPULATIONS)
    np.testing.assert_allclose(draws["response_by"], np.exp(trace["benchmark_effects"][..., 0, :]))
    np.testing.assert_allclose(draws["scale_by"], trace["benchmark_effects"][..., 1, :])
    np.testing.assert_allclose(draws["ceiling_by"], np.exp(trace["domain_effects"][..., 0, :]))
    np.testing.assert_allclose(draws["scale_pair_effect"], trace["pair_effects"][..., 1, :])
    if growing(specification):
        growth = 0.4 * trace["dose_growth"][..., 0]
        np.testing.assert_allclose(draws["efficiency"] * draws["dose_slope"], growth)


def test_an_efficiency_that_is_not_lognormal_is_sampled_itself(evidence):
    specification = read_specification("power-linear-logistic")
    halfnormal = replace(
        specification.priors["efficiency"], distribution="HalfNormal", parameters={"sigma": 0.6}
    )
    other = replace(specification, priors={**specification.priors, "efficiency": halfnormal})
    assert growing(specification)
    assert not growing(other)
    assert "dose_growth" not in traced(other)
    assert "efficiency" in [prior.name for prior in families(other)["HalfNormal"]]
    log_density, at = joint_log_density(design_of(evidence, other), other)
    assert np.isfinite(log_density(at))


def test_of_two_attempts_only_the_location_is_told(evidence, specification):
    """The scale effect of such a pair does not move the likelihood of any cell."""
    from leakbound.model.build import build

    design = design_of(evidence, specification)
    model = build(design, specification)
    (cells,) = model.replace_rvs_by_values([model["log_likelihood_cell"]])
    value = model.compile_fn(cells, inputs=model.value_vars, mode="FAST_COMPILE")
    start = model.initial_point()
    scaled = design.arrays["seen_scaled"]
    for told in (0.0, 1.0):
        k = int(np.flatnonzero(scaled == told)[0])
        moved = {name: np.array(value, dtype=float) for name, value in start.items()}
        moved["pair_z"][1, k] += 0.7
        changed = np.abs(value(moved) - value(start)) > 1e-9
        pair = design.arrays["seen_pair"][k]
        of_pair = design.arrays["cell_pair"] == pair
        np.testing.assert_array_equal(changed, of_pair & (told > 0.0))
