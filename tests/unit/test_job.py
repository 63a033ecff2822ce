"""What a candidate says and what the evidence knows of it, as the base of a forecast."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leakbound.backtest.recalibration import Recalibration
from leakbound.bound import NOBODY, lowest
from leakbound.candidate.types import Score
from leakbound.forecast import upper_bound
from leakbound.job import SAME_CEILING, base_of
from leakbound.model.noise import link_error
from leakbound.quantity import Quantity
from leakbound.scenario import load_scenarios
from leakbound.standing import known_links, stand


@pytest.fixture
def registry(deepseek, evidence):
    return deepseek.registry(evidence.registry)


@pytest.fixture
def known(posterior):
    """The base that the evidence knows on most benchmarks."""
    pairs = posterior.pairs[posterior.pairs["slot"] >= 0]
    return str(pairs.groupby("base_model")["benchmark"].nunique().idxmax())


def of(candidate, posterior, name, keys):
    pairs = posterior.pairs[posterior.pairs["base_model"] == name]
    scores = [
        Score(
            key, float(pairs.loc[pairs["benchmark"] == key, "base_score"].iloc[0]), None, None, ""
        )
        for key in keys
    ]
    return replace(candidate, base_model=name, scores=tuple(scores))


def test_scores_that_are_left_out_do_not_move_a_base_that_the_evidence_knows(
    deepseek, posterior, specification, registry, known
):
    keys = list(known_links(posterior, known))
    assert len(keys) > 2
    for key in keys:
        whole = base_of(of(deepseek, posterior, known, keys), registry, posterior)
        alone = base_of(of(deepseek, posterior, known, [key]), registry, posterior)
        one = stand(posterior, specification, whole, registry[key])
        other = stand(posterior, specification, alone, registry[key])
        np.testing.assert_array_equal(one.location, other.location)
        np.testing.assert_array_equal(one.scale, other.scale)


def test_the_candidate_s_own_scores_go_before_those_of_the_evidence(
    deepseek, posterior, registry, known
):
    key = next(iter(known_links(posterior, known)))
    mine = of(deepseek, posterior, known, [key])
    mine = replace(mine, scores=(replace(mine.scores[0], score=0.123),))
    base = base_of(mine, registry, posterior)
    assert base.links[key] == pytest.approx(float(registry[key].to_link(0.123)))
    assert set(base.links) == set(known_links(posterior, known))
    assert base.comparable == registry.comparable(base.links)
    assert set(base.scores) == {key}


def test_minutes_of_a_time_horizon_do_not_move_bounds_elsewhere(
    deepseek, posterior, specification, registry
):
    def location(minutes):
        more = Score("time-horizon-metr", minutes, None, None, "")
        base = base_of(replace(deepseek, scores=(*deepseek.scores, more)), registry, posterior)
        return stand(posterior, specification, base, registry["gpqa-diamond"]).location

    plain = base_of(deepseek, registry, posterior)
    without = stand(posterior, specification, plain, registry["gpqa-diamond"]).location
    for minutes in (1.0, 480.0):
        np.testing.assert_allclose(location(minutes), without)


@pytest.mark.parametrize(("spent", "elicited"), [(0.0, False), (0.002, True)])
def test_scores_of_a_raw_base_count_as_without_inference_techniques(
    deepseek, posterior, registry, spent, elicited
):
    one = replace(deepseek, posttraining_fraction_spent=spent, elicited=("prompting",))
    assert base_of(one, registry, posterior).elicited is elicited
    none = replace(one, elicited=())
    assert base_of(none, registry, posterior).elicited is False


@pytest.mark.parametrize("key", ["closed-api", "theft-oc2", "open-weights"])
@pytest.mark.parametrize("seen", [False, True])
def test_a_base_at_its_ceiling_has_the_allowance_as_its_exceedance(
    make_job, deepseek, posterior, known, key, seen
):
    """Of a base the evidence knows and of a new one; far from today's score too."""
    changes = {"base_model": known} if seen else {}
    job = make_job(**changes)
    threshold = job.candidate.thresholds[0]
    scenario = job.scenarios[key]
    found = 0
    for allowance in (0.02, 0.1, 0.4):
        limit = replace(threshold.at(scenario), confidence=1.0 - allowance)
        z = job.ceiling(threshold.benchmark, limit, scenario)
        if not np.isfinite(z):
            continue
        found += 1
        benchmark = job.registry[threshold.benchmark]
        scores = tuple(
            replace(one, score=float(benchmark.from_link(z)))
            if one.benchmark == threshold.benchmark
            else one
            for one in job.candidate.scores
        )
        again = make_job(scores=scores, **changes)
        best = again.best(threshold.benchmark, scenario, limit.horizon_years)
        chance = best.exceedance_by(float(benchmark.to_link(limit.score)))[-1]
        assert chance == pytest.approx(allowance, rel=0.05)
    assert found or key == "open-weights"


def test_a_base_that_stands_anew_has_the_distribution_of_a_new_assessment(make_job, deepseek):
    job = make_job()
    threshold = job.candidate.thresholds[0]
    benchmark = job.registry[threshold.benchmark]
    scenario = job.scenarios["theft-oc2"]
    scores = tuple(
        replace(one, score=0.4) if one.benchmark == threshold.benchmark else one
        for one in deepseek.scores
    )
    again = make_job(scores=scores).best(threshold.benchmark, scenario, 0.75)
    case = job.case(threshold, replace(threshold.at(scenario), horizon_years=0.75), scenario)
    found = job.scoring(case, float(benchmark.to_link(0.4))).best
    for name in ("location", "scale", "attempts", "edges"):
        np.testing.assert_allclose(getattr(found, name), getattr(again, name), atol=1e-9)
    assert found.z_today == pytest.approx(again.z_today)


def test_no_ceiling_lies_above_the_threshold_nor_where_no_score_is_low_enough(make_job, deepseek):
    job = make_job(reach_years=1.0)
    threshold = job.candidate.thresholds[0]
    scenario = job.scenarios["theft-oc2"]
    key, limit = threshold.benchmark, threshold.at(scenario)
    z_limit = float(job.registry[key].to_link(limit.score))
    today = job._unmoved(key, scenario, limit.horizon_years)
    at = (key, scenario.key, job._far(limit.horizon_years))
    job._bests[at] = replace(today, attempts=np.zeros_like(today.attempts))
    assert job.ceiling(key, limit, scenario) == z_limit - SAME_CEILING
    job._bests[at] = replace(today, location=today.location + 30.0)
    assert job.ceiling(key, limit, scenario) == -np.inf


def scoring(deepseek, key, score):
    return tuple(replace(s, score=score) if s.benchmark == key else s for s in deepseek.scores)


@pytest.mark.parametrize("key", ["closed-api", "theft-oc2", "open-weights"])
def test_a_ceiling_does_not_depend_on_today_s_score(make_job, deepseek, key):
    """Near chance today as well, where lower scores may be riskier than higher ones."""
    threshold = deepseek.thresholds[0]
    for allowance in (0.05, 0.2, 0.4):
        found = set()
        for score in (0.26, 0.28, 0.31, 0.45, 0.565, 0.84):
            job = make_job(scores=scoring(deepseek, threshold.benchmark, score))
            limit = replace(threshold.at(job.scenarios[key]), confidence=1.0 - allowance)
            found.add(round(job.ceiling(threshold.benchmark, limit, job.scenarios[key]), 6))
        assert len(found) == 1, (allowance, found)


def test_a_ceiling_lies_below_its_limit_where_hardly_anyone_tries(make_job):
    job = make_job()
    threshold, shipped = job.candidate.thresholds[0], job.scenarios["closed-api"]
    few = tuple(replace(g, attempts_per_year=Quantity(0.001, 0.001, 0.001)) for g in shipped.groups)
    scenario, key = replace(shipped, key="few", groups=few), threshold.benchmark
    limit = threshold.at(shipped)
    z, z_limit = job.ceiling(key, limit, scenario), float(job.registry[key].to_link(limit.score))
    assert z == z_limit - SAME_CEILING
    best = job._at_score(z, key, scenario, limit.horizon_years)[1]
    assert best.exceeds(z_limit).mean() <= limit.allowance


def test_scores_below_a_ceiling_are_riskier_where_it_says_so(make_job):
    job = make_job()
    threshold, scenario = job.candidate.thresholds[0], job.scenarios["closed-api"]
    benchmark, said = job.registry[threshold.benchmark], set()
    for allowance in np.geomspace(0.02, 0.6, 12):
        limit = replace(threshold.at(scenario), confidence=1.0 - allowance)
        z = job.ceiling(benchmark.key, limit, scenario)
        riskier = job.riskier_below(benchmark.key, limit, scenario, z)
        said.add(riskier)
        if not np.isfinite(z):
            assert not riskier
            continue
        z_limit, chances = float(benchmark.to_link(limit.score)), [0.0]
        for at in np.arange(lowest(benchmark), z - SAME_CEILING, 0.05):
            best = job._at_score(at, benchmark.key, scenario, limit.horizon_years)[1]
            chances.append(best.exceeds(z_limit).mean())
        assert max(chances) > allowance if riskier else max(chances) < 1.02 * allowance
    assert said == {True, False}


def test_a_limit_that_is_reached_today_has_the_ceiling_of_a_lower_score(make_job):
    """At the limit itself others pass it all but surely: it is no score that is low enough."""
    job = make_job(reach_years=1.0)
    threshold, scenario = job.candidate.thresholds[0], job.scenarios["open-weights"]
    key, limit = threshold.benchmark, threshold.at(scenario)
    today = job.standing(key).z_today
    benchmark = job.registry[key]
    for z in (today - 0.1, today):
        low = replace(limit, score=float(benchmark.from_link(z)))
        found = job.ceiling(key, low, scenario)
        assert found < z - 1.0
        if np.isfinite(found):
            best = job._at_score(found, key, scenario, limit.horizon_years)[1]
            assert best.exceeds(z).mean() <= limit.allowance


@pytest.mark.parametrize(
    "idle", [{"start_delay_years": 20.0}, {"guardrail_failure_probability": 0.0}]
)
def test_where_nobody_acts_nothing_is_forecast_and_nothing_clear(make_job, idle):
    shipped = load_scenarios()["closed-api"]
    acts, rests = (
        make_job({"closed-api": scenario}) for scenario in (shipped, replace(shipped, **idle))
    )
    for threshold, scenario in rests.pairs():
        _, judgement = rests.judged(threshold, scenario)
        assert judgement.outside == (NOBODY,)
        assert judgement.verdict.verdict == "undecided"
        assert judgement.bound.z == rests.standing(threshold.benchmark).z_today
    assert not any(NOBODY in acts.judged(*pair)[1].outside for pair in acts.pairs())


def test_a_base_has_the_items_and_the_post_training_that_the_candidate_states(make_job, deepseek):
    job = make_job()
    assert job.base.fraction_spent == deepseek.posttraining_fraction_spent > 0.0
    for score in deepseek.scores:
        one = job.standing(score.benchmark)
        assert one.error == link_error(one.benchmark, score.score, score.items)
    assert job.registry["otis-mock-aime"].items != job.base.items["otis-mock-aime"]


def test_effort_is_as_uncertain_as_the_scenario_says(make_job):
    job = make_job()
    effort = job.effort(job.scenarios["open-weights"], 1.0)
    assert effort.attempts.shape[0] == job.posterior.samples
    assert (np.ptp(effort.attempts.sum(axis=(1, 2))) > 0.0).all()


def test_a_recalibration_moves_by_the_distance_from_the_median_everywhere(make_job):
    """Of today's score and of any other: a release ceiling is moved as the bound is."""
    job = make_job()
    job.recalibration = Recalibration((0.5, 0.95), (0.0, 0.4), 40, 5, dt.date(2024, 10, 1))
    plain = make_job()
    threshold = job.candidate.thresholds[0]
    for scenario in job.scenarios.values():
        limit = threshold.at(scenario)
        case, before = (one.case(threshold, limit, scenario) for one in (job, plain))
        for z in (case.best.z_today, case.best.z_today - 0.5):
            moved, best = job.scoring(case, z).best, plain.scoring(before, z).best
            median, bound = (upper_bound(best, level).z for level in (0.5, 0.95))
            expected = best.location + 0.4 * max(bound - median, 0.05)
            np.testing.assert_allclose(moved.location, expected, atol=1e-6)
