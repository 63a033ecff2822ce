from dataclasses import replace

import numpy as np
import pytest

from leakbound.prior_predictive import RULES, YEARS, beliefs, flags, quantities
from leakbound.prior_statement import with_statements
from leakbound.priors import read_specification


def raised(specification, *statements):
    changed = with_statements(specification, statements)
    return {flag.name for flag in flags(beliefs(changed, seed=1, samples=1500)) if flag.raised}


def test_the_default_priors_hold_no_absurd_mass(specification):
    assert raised(specification) == set()


def test_a_structure_whose_years_gain_ever_more_is_flagged_whatever_its_pace_at_lag_0():
    """By the curves: 2 (exp(t/2) - 1) grows 7.4 times as fast in year five as in year one."""
    name = "saturating-accelerating-logistic"
    found = beliefs(read_specification(name), seed=1, samples=1500)
    faster = np.median(found.growth[:, 4] / found.growth[:, 0])
    assert faster == pytest.approx(np.exp(2.0), rel=0.1)
    assert np.mean(found.growth[:, 0] > 6.0) < 0.01
    assert {flag.name for flag in flags(found) if flag.raised} == {"too fast"}


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
}


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_mass_is_flagged_by_its_rule(specification, name):
    assert name in raised(specification, ABSURD[name])


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
    assert {flag.name for flag in flags(found) if flag.raised} == set(RULES)


def test_gains_without_an_end_break_every_rule(specification):
    found = beliefs(specification, seed=1, samples=500)
    endless = replace(found, large=np.where(np.arange(500)[:, None] < 450, np.inf, found.large))
    assert all(flag.raised and flag.share >= 0.9 for flag in flags(endless))
    never = replace(found, reached=np.full_like(found.reached, np.inf))
    assert [flag.share for flag in flags(never)] == [flag.share for flag in flags(found)]
