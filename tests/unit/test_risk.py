from dataclasses import replace

import numpy as np
import pytest

from leakbound.errors import InputError
from leakbound.risk import chances_at, thefts, total_risks
from leakbound.scenario import load_scenarios
from leakbound.security import ACTOR_CLASSES, LEVELS, Security, shipped_security, total_exceedance

SHIPPED = load_scenarios()


@pytest.fixture(scope="module")
def risks(make_job):
    return list(total_risks(make_job()))


def test_there_is_one_risk_for_each_threshold_at_its_strictest(risks, deepseek):
    assert [one.threshold for one in risks] == [one.name for one in deepseek.thresholds]
    assert [one.threshold_score for one in risks] == [0.75, 0.6]
    assert {one.horizon_years for one in risks} == {2.0}


def test_without_a_stated_security_the_default_level_counts(risks):
    assert {(one.level, one.stated) for one in risks} == {(shipped_security().default_level, False)}


def test_the_total_lies_between_its_parts_and_their_sum(risks):
    for one in risks:
        each = [one.theft[actor] * one.exceedance[actor] for actor in one.theft]
        assert max([one.unleaked, *each]) - 1e-9 <= one.total <= one.unleaked + sum(each) + 1e-9
        assert 0.0 <= one.total <= 1.0


def test_the_total_is_built_draw_by_draw(make_job, risks):
    job = make_job()
    one = risks[0]
    z = float(job.standing(one.benchmark).benchmark.to_link(one.threshold_score))
    given = {
        actor: job.best(one.benchmark, SHIPPED[f"theft-{actor}"], 2.0).exceeds(z)
        for actor in ("oc2", "oc3", "oc4", "oc5")
    }
    given["oc1"] = given["oc2"]
    unleaked = job.best(one.benchmark, SHIPPED["closed-api"], 2.0).exceeds(z)
    expected = total_exceedance(given, one.theft, unleaked=unleaked).mean()
    assert one.total == pytest.approx(float(expected))
    assert one.exceedance["oc4"] == pytest.approx(given["oc4"].mean())


def test_better_security_never_costs_and_steps_are_against_the_stated_level(make_job):
    for level in LEVELS:
        for one in total_risks(make_job(security=Security(level, {"oc5": 0.8}))):
            totals = [step.total for step in one.steps]
            assert totals == sorted(totals, reverse=True)
            assert one.steps[level - 1].total == pytest.approx(one.total)
            assert one.steps[level - 1].reduction == 0.0
            assert [step.reduction for step in one.steps] == pytest.approx(
                [one.total - total for total in totals]
            )
            assert one.stated


def test_a_stated_chance_bounds_those_of_other_levels():
    table = shipped_security().chance
    stated = Security(3, {"oc5": 0.7})
    assert chances_at(3, stated)["oc5"] == 0.7
    assert chances_at(1, stated)["oc5"] == table[1]["oc5"]
    assert chances_at(4, stated)["oc5"] == table[4]["oc5"]
    careful = Security(3, {"oc5": 0.1})
    assert [chances_at(level, careful)["oc5"] for level in LEVELS] == [0.9, 0.9, 0.1, 0.1, 0.1]
    assert chances_at(2, Security(None, dict.fromkeys(ACTOR_CLASSES, 0.1))) == table[2]


def test_without_a_level_the_stated_chances_count(make_job):
    never = dict.fromkeys(ACTOR_CLASSES, 0.0)
    (one, _) = total_risks(make_job(security=Security(None, never)))
    assert one.level is None
    assert one.theft == never
    assert one.total == pytest.approx(one.unleaked)


def test_a_thief_of_whom_nothing_is_said_is_not_left_out(make_job):
    with pytest.raises(InputError, match="security: must state a level"):
        list(total_risks(make_job(security=Security(None, {"oc2": 0.1}))))


def test_a_class_beyond_the_strongest_scenario_has_the_exceedance_of_release(make_job):
    some = {key: SHIPPED[key] for key in ("closed-api", "theft-oc3", "open-weights")}
    one = next(iter(total_risks(make_job(some))))
    assert one.exceedance["oc1"] == one.exceedance["oc3"]
    assert one.exceedance["oc5"] == pytest.approx(one.released)
    del some["open-weights"]
    unknown = next(iter(total_risks(make_job(some))))
    assert np.isnan(unknown.total)
    assert np.isnan(unknown.released)


@pytest.mark.parametrize("missing", ["closed-api", "theft"])
def test_without_a_service_or_a_thief_there_is_no_total(make_job, missing):
    some = {key: one for key, one in SHIPPED.items() if not key.startswith(missing)}
    assert list(total_risks(make_job(some))) == []


def test_a_thief_is_of_the_class_of_its_strongest_group():
    assert {key: [one.key for one in own] for key, own in thefts(SHIPPED).items()} == {
        actor: [f"theft-{actor}"] for actor in ("oc2", "oc3", "oc4", "oc5")
    }
    weaker = replace(SHIPPED["theft-oc5"], groups=SHIPPED["theft-oc3"].groups)
    assert set(thefts({"any name": weaker})) == {"oc3"}


def test_of_several_thieves_of_one_class_the_worst_counts(make_job, risks):
    late = replace(SHIPPED["theft-oc3"], key="late", start_delay_years=1.9)
    for both, alone in zip(total_risks(make_job({**SHIPPED, "late": late})), risks, strict=True):
        assert both.exceedance["oc3"] == pytest.approx(alone.exceedance["oc3"])


def test_a_thief_with_helpers_is_of_the_strongest_class_among_them():
    groups = (*SHIPPED["theft-oc3"].groups, *SHIPPED["theft-oc5"].groups)
    assert set(thefts({"any name": replace(SHIPPED["theft-oc5"], groups=groups)})) == {"oc5"}
