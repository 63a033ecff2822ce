import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest

from leakbound.explain.buffers import buffers, reevaluate_years, rules_of
from leakbound.forecast import exceedance_at, upper_bound
from leakbound.scenario import RELEASES


@pytest.fixture(scope="module")
def job(make_job):
    return make_job(reach_years=5.0)


@pytest.fixture(scope="module")
def found(job):
    return list(buffers(job))


def case_of(job, one):
    return next(
        job.judged(threshold, scenario)
        for threshold, scenario in job.pairs()
        if (threshold.name, scenario.key) == (one.threshold, one.scenario)
    )


def test_there_is_a_buffer_for_every_verdict(job, found):
    assert len(found) == len(list(job.pairs())) == 12


def test_the_buffer_the_bound_requires_is_its_distance_from_today(job, found):
    for one in found:
        case, judgement = case_of(job, one)
        gain = upper_bound(case.best, case.limit.confidence).z - case.best.z_today
        response = np.median(case.standing.response)
        assert one.needed_oom == pytest.approx(gain / response)
        assert one.needed_points == pytest.approx(judgement.bound_score - case.today)
        assert one.needed_oom >= 0.0


def test_a_rule_is_used_up_when_the_exceedance_of_its_buffer_reaches_the_allowance(job, found):
    seen = 0
    for one in found:
        case, _ = case_of(job, one)
        for name, oom in one.rules.items():
            z = case.best.z_today + oom * float(np.median(case.standing.response))
            years = one.lasts_years[name]
            if years is None:
                assert case.best.exceedance_by(z)[-1] < case.limit.allowance
                continue
            seen += 1
            (chance,) = exceedance_at(case.best, z, np.array([years]))
            assert chance == pytest.approx(case.limit.allowance, abs=1e-7)
    assert seen > 0


def test_a_larger_buffer_lasts_no_shorter(found):
    for one in found:
        order = sorted(one.rules, key=lambda name: one.rules[name])
        lasts = [one.lasts_years[name] or math.inf for name in order]
        assert lasts == sorted(lasts)


def test_the_rules_in_oom(job):
    standing = job.standing("gpqa-diamond")
    rules = rules_of(standing)
    pace = np.median(standing.rate + standing.pace)
    assert rules["4x"] == pytest.approx(0.60206, abs=1e-5)
    assert rules["6x"] == pytest.approx(0.77815, abs=1e-5)
    assert rules["3 months"] == pytest.approx(0.25 * pace)
    assert rules["six months"] == pytest.approx(0.5 * pace)


def test_an_interval_is_worth_what_its_time_curve_gains(job):
    """Half a year of the decelerating curve is log(1.5) years of the linear one."""
    standing = job.standing("gpqa-diamond")
    slower = replace(standing, surface=replace(standing.surface, time="decelerating"))
    pace = np.median(standing.rate + standing.pace)
    assert rules_of(slower)["six months"] == pytest.approx(np.log(1.5) * pace)


def test_the_day_to_look_again_is_the_last_within_the_allowance(job, found):
    for one in found:
        case, _ = case_of(job, one)
        assert one.reevaluate_years == reevaluate_years(job, case)
        if one.reevaluate_years is None:
            assert one.reevaluate_by is None
            continue
        far = job.best(one.benchmark, case.scenario, 5.0)
        by = [0.0, *far.exceedance_by(case.z_threshold)]
        assert np.interp(one.reevaluate_years, far.edges, by) <= case.limit.allowance + 1e-9
        days = (one.reevaluate_by - job.candidate.released) / dt.timedelta(days=1)
        assert 0.0 <= one.reevaluate_years * 365.25 - days < 1.0
    assert any(one.reevaluate_by for one in found)


def test_the_day_to_look_again_may_lie_beyond_the_horizon(make_job, deepseek):
    near = tuple(
        replace(one, horizon_years=dict.fromkeys(RELEASES, 0.25)) for one in deepseek.thresholds
    )
    seen = [one.reevaluate_years for one in buffers(make_job(thresholds=near, reach_years=5.0))]
    assert any(years is not None and years > 0.25 for years in seen)


def test_a_threshold_reached_today_is_due_on_the_day_of_release(make_job, deepseek):
    low = dict.fromkeys(("closed-api", "theft", "open-weights"), 0.5)
    (first, *_) = deepseek.thresholds
    job = make_job(thresholds=(replace(first, scores=low),))
    for one in buffers(job):
        assert one.reevaluate_by == job.candidate.released
        assert one.reevaluate_years == 0.0
