"""Inputs as functions of x: zero is as stated, and the ends are as far as a search goes."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leakbound.backtest.recalibration import Recalibration
from leakbound.explain.flip_inputs import inputs
from leakbound.quantity import Quantity
from leakbound.scenario import RELEASES, load_scenarios

SHIPPED = load_scenarios()


def inputs_of(job):
    case, _ = next(job.judged(*pair) for pair in job.pairs())
    return case, {one.what: one for one in inputs(job, case)}


@pytest.fixture(scope="module")
def laid_out(make_job):
    return inputs_of(make_job({"open-weights": SHIPPED["open-weights"]}, reach_years=5.0))


def test_at_zero_every_input_is_as_stated(laid_out):
    case, found = laid_out
    stated = {"today's score": case.today, "threshold": 0.75, "horizon": case.limit.horizon_years,
              "attempts": 1.0, "compute": 0.0, "allowance": case.limit.allowance}  # fmt: skip
    assert set(found) == set(stated)
    below = case.best.below(case.z_threshold - case.best.z_today)
    for what, value in stated.items():
        one = found[what]
        assert one.value(0.0) == pytest.approx(value, abs=1e-12), what
        assert one.below(0.0) == pytest.approx(below, abs=1e-9), what
        assert one.confidence(0.0) == pytest.approx(case.limit.confidence), what
        assert one.safest <= 0.0 <= one.riskiest, what


def test_a_recalibrated_forecast_does_not_jump_where_compute_begins_to_move(make_job):
    job = make_job({"open-weights": SHIPPED["open-weights"]})
    job.recalibration = Recalibration((0.95,), (0.5,), 40, 9, dt.date(2024, 1, 1))
    _, found = inputs_of(job)
    one = found["compute"]
    assert one.below(1e-9) == pytest.approx(one.below(0.0), abs=1e-6)


def test_between_quarters_a_horizon_is_between_them(laid_out):
    _, found = laid_out
    earlier, between, later = (found["horizon"].below(x).mean() for x in (0.0, 0.125, 0.25))
    assert later < between < earlier


def test_more_is_riskier(laid_out):
    case, found = laid_out
    for what, one in found.items():
        if what in ("today's score", "allowance"):
            continue
        x = one.next(0.25, False)
        assert one.below(x).mean() < one.below(0.0).mean(), what
        assert one.below(one.next(-0.25, True)).mean() > one.below(0.0).mean(), what
    assert found["allowance"].confidence(1.0) > case.limit.confidence


def test_a_case_is_what_its_function_says_of_it(laid_out):
    """`below` is a shorter way to what the case laid out anew has to say."""
    _, found = laid_out
    for what, one in found.items():
        for x in (one.next(-0.5, True), one.next(0.5, False)):
            case = one.case(x)
            below = 1.0 - case.best.exceeds(case.z_threshold)
            assert one.below(x) == pytest.approx(below, abs=1e-6), what
            assert one.confidence(x) == pytest.approx(case.limit.confidence), what


def test_the_ends_of_every_search(laid_out):
    """Scores from chance to one, a quarter of a year to the reach, a thousandth to a thousandfold.

    Allowances down to that of the highest confidence that may be stated.
    """
    case, found = laid_out
    ends = {"today's score": (0.25, 0.75), "threshold": (1.0, case.today), "horizon": (0.25, 5.0),
            "attempts": (1e-3, 1e3), "compute": (-4.0, 3.0), "allowance": (0.999, 0.01)}  # fmt: skip
    for what, (safest, riskiest) in ends.items():
        one = found[what]
        assert one.value(one.safest) == pytest.approx(safest, abs=1e-6), what
        assert one.value(one.riskiest) == pytest.approx(riskiest, abs=1e-6), what


def test_no_score_below_chance_is_looked_at(laid_out):
    case, found = laid_out
    assert found["today's score"].safest == pytest.approx(np.log(0.02 / 1.02) - case.best.z_today)


def test_a_threshold_at_todays_score_is_reached_for_certain(laid_out):
    _, found = laid_out
    one = found["threshold"]
    assert (one.below(one.riskiest) == 0.0).all()


def test_a_horizon_off_the_quarters_is_not_moved(make_job, deepseek):
    (first, *_) = deepseek.thresholds
    odd = replace(first, horizon_years=dict.fromkeys(RELEASES, 1.1))
    theft = {"theft-oc2": SHIPPED["theft-oc2"]}
    case, found = inputs_of(make_job(theft, thresholds=(odd,), reach_years=5.0))
    one = found["horizon"]
    assert case.limit.horizon_years == 1.1
    assert one.safest == one.riskiest == 0.0


def test_compute_stays_under_the_scenarios_cap(make_job):
    capped = replace(SHIPPED["open-weights"], compute_fraction_cap=0.2)
    case, found = inputs_of(make_job({"open-weights": capped}))
    top = found["compute"].case(3.0)
    trains = case.effort.training
    assert case.effort.log10_compute[:, trains].min() < np.log10(0.2)
    assert top.effort.log10_compute.max() == pytest.approx(np.log10(0.2))


def test_compute_of_a_group_that_never_tries_is_no_input(make_job):
    (group, *rest) = [g for g in SHIPPED["open-weights"].groups if g.trains]
    idle = replace(group, attempts_per_year=Quantity(0.0, 0.0, 0.0))
    answers = replace(
        rest[0],
        techniques=("inference",),
        budget_usd=None,
        compute_fraction=Quantity(0.0, 0.0, 0.0),
    )
    scenario = replace(SHIPPED["open-weights"], groups=(idle, answers))
    case, found = inputs_of(make_job({"open-weights": scenario}))
    assert case.effort.training.any()
    assert "compute" not in found


def test_only_scores_with_a_unit_of_their_own_are_told_with_it(laid_out):
    _, found = laid_out
    assert found["threshold"].unit == found["today's score"].unit == ""
    assert found["horizon"].unit == "years"
