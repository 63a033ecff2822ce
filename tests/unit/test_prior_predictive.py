from dataclasses import replace

import numpy as np
import pytest

from leakbound.parameters import PARAMETERS
from leakbound.prior_predictive import (
    BASES,
    RULES,
    UNJUDGED,
    YEARS,
    beliefs,
    beliefs_by_base,
    flags,
    quantities,
)
from leakbound.prior_statement import with_statements
from leakbound.priors import read_specification


def raised(specification, *statements):
    changed = with_statements(specification, statements)
    return broken(beliefs_by_base(changed, seed=1, samples=1500))


def broken(found):
    return {flag.name for flag in flags(found) if flag.raised}


def test_the_default_priors_hold_no_absurd_mass(specification):
    assert raised(specification) == set()


def test_a_structure_whose_years_gain_ever_more_is_flagged_whatever_its_pace_at_lag_0():
    """By the curves: 2 (exp(t/2) - 1) grows 7.4 times as fast in year five as in year one."""
    name = "saturating-accelerating-logistic"
    found = beliefs(read_specification(name), seed=1, samples=1500)
    faster = np.median(found.growth[:, 4] / found.growth[:, 0])
    assert faster == pytest.approx(np.exp(2.0), rel=0.1)
    assert np.mean(found.growth[:, 0] > 6.0) < 0.01
    assert broken({"mean": found}) == {"too fast"}


@pytest.mark.parametrize(
    "name", ["saturating-decelerating-logistic", "log-linear-decelerating-logistic"]
)
def test_structures_that_slow_down_are_not_flagged(name):
    assert raised(read_specification(name)) == set()


ABSURD = {
    "falls with effort": "gap=Normal(-12, 1)",
    "falls with years": "trend=Normal(-0.3, 0.1)",
    "too fast": "rate=LogNormal(2, 0.5)",
    "too much at once": "ceiling=LogNormal(2.5, 0.5)",
    "wild gains": "gap=Normal(0, 60)",
    "wild attempts": "scale=LogNormal(1, 0.5)",
    "identical attempts": "scale=LogNormal(-7, 0.5)",
    "steep benchmark": "response=LogNormal(2, 0.5)",
    "steep trend": "trend=Normal(30, 1)",
    "almighty teacher": "distillation=HalfNormal(1000)",
    "free compute": "efficiency=LogNormal(6, 0.5)",
    "endless compute": "compute_hobbyist=Normal(30, 1)",
    "no compute": "compute_lab=Normal(-30, 1)",
    "deaf benchmark": "response=LogNormal(-9, 0.1)",
    "wild half-years": "shock_share=HalfNormal(50)",
    "idle compute": "ceiling=LogNormal(-9, 0.1)",
    "sudden dose": "dose_slope=HalfNormal(500)",
    "stray midpoint": "dose_midpoint=Normal(5, 0.1)",
}


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_mass_is_flagged_by_its_rule(specification, name):
    assert name in raised(specification, ABSURD[name])


@pytest.mark.parametrize(
    "statement",
    [
        "gap_own=Normal(0, 50)", "gap_ability=Normal(0, 50)", "gap_slope_spread=HalfNormal(8)",
        "vintage_drift=Normal(-40, 5)", "vintage_spread=HalfNormal(50)", "scale_own=Normal(0, 40)",
        "scale_ability=Normal(0, 15)",
    ],
)  # fmt: skip
def test_what_the_mean_base_does_not_show_is_flagged_of_the_one_above_it(specification, statement):
    found = beliefs_by_base(with_statements(specification, [statement]), seed=1, samples=1500)
    assert broken({"mean": found["mean"]}) == set()
    assert {flag.base for flag in flags(found) if flag.raised} == {"above"}


EXTREMES = {
    "real": ("Normal(40, 1)", "Normal(-40, 1)", "Normal(0, 40)"),
    "positive": ("HalfNormal(50)", "LogNormal(9, 0.1)"),
    "share": ("Beta(1000, 1)", "Beta(1, 1000)"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_an_absurd_prior_is_flagged_or_named_as_one_that_no_rule_looks_at(specification, name):
    for extreme in EXTREMES[PARAMETERS[name].support]:
        assert bool(raised(specification, f"{name}={extreme}")) != (name in UNJUDGED), extreme


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in UNJUDGED])
def test_a_prior_fifty_times_as_wide_as_the_default_s_is_flagged(specification, name):
    one = specification.priors[name]
    wide = replace(one, parameters={**one.parameters, "sigma": 50.0 * one.parameters["sigma"]})
    found = beliefs_by_base(specification.with_prior(wide), seed=1, samples=1500)
    assert broken(found)


def test_the_base_above_the_mean_gains_by_the_equations(specification):
    """In a world where each effect is certain: gap + own + ability + drift of a year."""
    sure = [
        "gap=Normal(1, 0.001)", "gap_own=Normal(2, 0.001)", "gap_ability=Normal(4, 0.001)",
        "vintage_drift=Normal(8, 0.001)",
    ] + [
        f"{name}=HalfNormal(0.001)"
        for name in PARAMETERS
        if name.endswith("spread") or name == "shock_share"
    ]  # fmt: skip
    certain = with_statements(specification, sure)
    mean, above = (beliefs(certain, seed=1, samples=300, base=base) for base in BASES)
    np.testing.assert_allclose(above.large - mean.large, 14.0, atol=0.1)
    np.testing.assert_array_equal(above.large_oom, mean.large_oom)


def test_the_walk_of_the_base_above_the_mean_takes_a_year(specification):
    still = with_statements(specification, ["vintage_drift=Normal(0, 0.001)"])
    walks = with_statements(still, ["vintage_spread=LogNormal(2, 0.001)"])
    found = [beliefs(one, seed=1, base="above").large[:, 0] for one in (still, walks)]
    assert np.std(found[1] - found[0]) == pytest.approx(np.exp(2.0), rel=0.1)


def test_a_half_year_s_share_is_in_the_gains_and_in_no_growth(specification):
    wild = with_statements(specification, ["shock_share=HalfNormal(50)"])
    calm, stormy = (beliefs(one, seed=1, samples=1500) for one in (specification, wild))
    assert np.std(stormy.large[:, 0]) > 2.0 * np.std(calm.large[:, 0])
    np.testing.assert_array_equal(stormy.growth, calm.growth)


@pytest.mark.parametrize("dose", ["saturating", "log-linear", "power"])
def test_a_dose_is_sudden_from_a_slope_that_no_published_curve_comes_near(dose):
    """By the logistic, 10 to 90 % take 2 ln 9 over the slope: a doubling at 14.6 per OOM."""
    name = "default" if dose == "saturating" else f"{dose}-decelerating-logistic"
    shipped = read_specification(name)
    assert "sudden dose" not in raised(shipped, "dose_slope=LogNormal(2.3, 0.01)")
    assert "sudden dose" in raised(shipped, "dose_slope=LogNormal(3.4, 0.01)")


def test_priors_with_nothing_to_gain_are_flagged(specification):
    nothing = [f"{name}=LogNormal(-9, 0.1)" for name in ("ceiling", "inference")]
    assert "nothing to gain" in raised(specification, *nothing)


def test_priors_without_progress_or_width_are_flagged(specification):
    slow = [f"{name}=LogNormal(-9, 0.1)" for name in ("rate", "inference_rate", "efficiency")]
    assert "too slow" in raised(specification, *slow)
    sure = [
        f"{name}=HalfNormal(0.001)"
        for name in ("gap_spread", "response_spread", "domain_spread", "lineage_spread")
    ]
    sure += [
        "gap=Normal(0.1, 0.001)", "response=LogNormal(-3, 0.01)", "pair_spread=LogNormal(-6, 0.1)",
        "vintage_spread=LogNormal(-6, 0.1)",
    ]  # fmt: skip
    assert "foregone" in raised(specification, *sure)


def test_every_rule_is_tried(specification):
    assert set(RULES) == {*ABSURD, "too slow", "foregone", "nothing to gain"}


def test_an_unknown_share_is_flagged():
    from leakbound.prior_predictive import Flag

    assert Flag("made up", "a rule", float("nan"), 0.5).raised
    assert not Flag("made up", "a rule", 0.5, 0.5).raised


def test_beliefs_are_ordered_as_effort_and_years_are(specification):
    found = beliefs(specification, seed=1, samples=800)
    assert (found.large >= found.small).all()
    assert (np.diff(found.large, axis=1) >= 0.0).all()
    assert (np.diff(found.reached, axis=1) >= 0.0).all()
    assert found.small.shape == (800, len(YEARS))


def test_the_table_gives_quantiles_in_order_and_infinity_where_it_is_never(specification):
    slow = [f"{name}=LogNormal(-9, 0.1)" for name in ("rate", "inference_rate", "efficiency")]
    found = quantities(beliefs(with_statements(specification, slow), seed=1, samples=800))
    for line in found:
        assert list(line.quantiles) == sorted(line.quantiles), line.what
    never = next(line for line in found if "gains 4 OOM" in line.what)
    assert never.quantiles[-1] == np.inf


def test_a_draw_that_is_no_number_counts_for_every_rule(specification):
    rate = replace(specification.priors["rate"], parameters={"mu": 800.0, "sigma": 1.0})
    found = beliefs(specification.with_prior(rate), seed=1, samples=500)
    assert broken({"mean": found}) == set(RULES)


def test_gains_without_an_end_break_every_rule(specification):
    found = beliefs(specification, seed=1, samples=500)
    endless = replace(found, large=np.where(np.arange(500)[:, None] < 450, np.inf, found.large))
    assert all(flag.raised and flag.share >= 0.9 for flag in flags({"mean": endless}))
    never = replace(found, reached=np.full_like(found.reached, np.inf))
    assert flags({"mean": never}) == flags({"mean": found})


def test_a_milestone_among_gains_that_are_no_number_is_not_one_never_reached(specification):
    rate = replace(specification.priors["rate"], parameters={"mu": 800.0, "sigma": 1.0})
    found = beliefs(specification.with_prior(rate), seed=1, samples=300)
    assert np.isnan(found.reached).any()
    assert not np.isinf(found.reached).any()


def test_the_share_told_is_that_of_the_base_with_most(specification):
    found = beliefs_by_base(specification, seed=1, samples=500)
    for both, *each in zip(flags(found), *(flags({k: v}) for k, v in found.items()), strict=True):
        assert both.share == max(flag.share for flag in each)
        assert (both.base == "") == (each[0].share == each[1].share)
