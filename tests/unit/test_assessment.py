import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.conftest import CANDIDATES

from leakbound.assessment import _paths, assess, prior_conflicts, verdicts_of
from leakbound.backtest.recalibration import Recalibration
from leakbound.bound import lowest
from leakbound.candidate import read_candidate
from leakbound.checks import Check
from leakbound.evidence.registry import load_registry
from leakbound.forecast import upper_bound
from leakbound.job import Job
from leakbound.prior_statement import with_statements
from leakbound.scenario import load_scenarios
from leakbound.structures.mixture import Member, mixture_of

SHIPPED = load_scenarios()


@pytest.fixture(scope="module")
def assessed(evidence, posterior, specification):
    def make(name):
        file = CANDIDATES / f"{name}.toml"
        one = read_candidate(file, evidence.registry, until=None, scenarios=SHIPPED)
        return assess(one, evidence, posterior, specification, SHIPPED)

    return make


@pytest.fixture(scope="module")
def biology(assessed):
    return assessed("biology-illustrative")


def test_a_benchmark_the_evidence_has_never_seen_works_and_says_so(biology):
    assert len(biology.verdicts) == 12
    for row in biology.verdicts:
        assert math.isfinite(row.bound_score)
        assert row.bound_score >= row.today_score
        assert 0.0 <= row.exceedance <= 1.0
        assert row.verdict in ("clear", "crosses", "undecided")
        assert not row.release_ceiling_score >= row.threshold_score
        assert any("pooled width" in note for note in row.notes)


def test_every_part_of_an_assessment_is_there(biology):
    assert len(biology.risks) == len(biology.maps) == len(biology.offsets) == 2
    assert len(biology.buffers) == len(biology.crossings) == 12
    assert len(biology.worths) == 36
    assert {one.what for one in biology.flips} == {
        "today's score", "threshold", "horizon", "attempts", "compute", "allowance"
    }  # fmt: skip
    assert {one.level for one in biology.risks} == {3}
    assert biology.risks[0].theft["oc5"] == pytest.approx(1.0 - 0.2**2)


def test_a_prior_that_the_evidence_contradicts_is_told(posterior, specification):
    """Draws of a trend at .1 under a prior that held it to be 3: an exact made-up conflict."""
    far = with_statements(specification, ["trend=Normal(3, 0.1)"])
    (one,) = prior_conflicts(posterior, far)
    assert (one.parameter, one.model) == ("trend", "")
    assert one.line.startswith("prior-data conflict in trend: the posterior is ")
    assert prior_conflicts(posterior, specification) == ()


def test_in_a_mixture_each_structure_is_held_against_its_own_priors(posterior, specification):
    far = replace(with_statements(specification, ["trend=Normal(3, 0.1)"]), name="far")
    members = [(Member(far, 0.5), posterior), (Member(specification, 0.5), posterior)]
    (one,) = prior_conflicts(mixture_of(members), far)
    assert (one.parameter, one.model) == ("trend", "far")
    assert "prior-data conflict in trend of far: " in one.line


@pytest.mark.parametrize("name", ["deepseek-v3", "llama-3.1-8b", "qwen2.5-32b-instruct"])
def test_verdicts_alone_are_those_of_the_assessment(
    assessed, evidence, posterior, specification, name
):
    whole = assessed(name)
    rows, gates = verdicts_of(whole.candidate, evidence, posterior, specification, SHIPPED)
    assert gates == whole.gates
    for alone, row in zip(rows, whole.verdicts, strict=True):
        assert alone.verdict == row.verdict
        for field in ("bound_z", "exceedance", "median_score", "release_ceiling_z", "bound_mcse"):
            assert getattr(alone, field) == pytest.approx(getattr(row, field), rel=1e-9)


@pytest.mark.parametrize("checks", [(), (Check("made up", False, 2.0, 1.0, "none", "none"),)])
def test_failed_or_missing_checks_clear_nothing(
    deepseek, evidence, posterior, specification, checks
):
    doubtful = replace(posterior, checks=checks)
    rows, _ = verdicts_of(deepseek, evidence, doubtful, specification, SHIPPED)
    assert {row.verdict for row in rows} == {"undecided"}


def test_a_threshold_reached_today_crosses_whoever_works_on_it(make_job, deepseek):
    low = dict.fromkeys(("closed-api", "theft", "open-weights"), 0.5)
    job = make_job(thresholds=(replace(deepseek.thresholds[0], scores=low),))
    for threshold, scenario in job.pairs():
        _, judgement = job.judged(threshold, scenario)
        assert judgement.exceedance == 1.0
        assert judgement.verdict.verdict == "crosses"


def test_a_path_ends_at_its_bound_and_never_lies_below_today(assessed):
    found = assessed("deepseek-v3")
    for path in found.paths:
        row = next(
            r
            for r in found.verdicts
            if (r.scenario, r.benchmark) == (path.scenario, path.benchmark)
        )
        at = np.interp(row.horizon_years, path.years, path.bound)
        assert at == pytest.approx(row.bound_score, abs=0.01)
        assert (path.bound >= row.today_score - 1e-9).all()
        assert (path.bound >= path.median - 1e-9).all()


def test_the_curve_of_several_limits_is_the_strictest_bound(make_job, deepseek):
    one = deepseek.thresholds[0]
    strict = replace(one, name="strict", confidence=dict.fromkeys(one.confidence, 0.99))
    for thresholds in ((one, strict), (strict, one)):
        job = make_job({"closed-api": SHIPPED["closed-api"]}, thresholds=thresholds)
        (path,) = _paths(job)
        assert path.confidence == 0.99
        bound = upper_bound(job.best(one.benchmark, SHIPPED["closed-api"], path.years[-1]), 0.99)
        score = float(job.registry[one.benchmark].from_link(bound.z))
        assert path.bound[-1] == pytest.approx(score, abs=0.01)


def test_nearer_horizons_are_read_off_the_longer_distribution(make_job):
    near, far = make_job(), make_job(reach_years=5.0)
    for threshold, scenario in near.pairs():
        years = threshold.at(scenario).horizon_years
        one = near.best(threshold.benchmark, scenario, years)
        other = far.best(threshold.benchmark, scenario, years)
        assert np.array_equal(one.location, other.location)
        assert np.array_equal(one.attempts, other.attempts)
    odd = far.best("gpqa-diamond", SHIPPED["open-weights"], 0.6)
    assert odd.edges[-1] == 0.6


@pytest.mark.parametrize("at_95", [-0.3, 0.0, 0.4])
def test_a_recalibration_moves_every_bound_and_says_so(evidence, posterior, specification, at_95):
    file = CANDIDATES / "deepseek-v3.toml"
    one = read_candidate(file, evidence.registry, until=None, scenarios=SHIPPED)
    given = Recalibration((0.5, 0.95), (0.0, at_95), 40, 5, dt.date(2024, 10, 1))
    plain = assess(one, evidence, posterior, specification, SHIPPED)
    moved = assess(one, evidence, posterior, specification, SHIPPED, recalibration=given)
    assert "moved by" in moved.recalibrated
    for before, after in zip(plain.verdicts, moved.verdicts, strict=True):
        assert any("moved by" in note for note in after.notes)
        assert np.sign(after.bound_z - before.bound_z) in (0.0, np.sign(at_95))
        assert np.sign(after.exceedance - before.exceedance) in (0.0, np.sign(at_95))
        assert (after.bound_score >= after.threshold_score) == (after.exceedance > 0.05)
    for before, after in zip(plain.maps, moved.maps, strict=True):
        grown = after.bound - before.bound
        assert (np.sign(grown) * np.sign(at_95) >= 0.0).all()
        assert (abs(grown) > 0.0).any() == (at_95 != 0.0)


def test_a_flip_of_compute_begins_at_the_bound_as_it_was_moved(evidence, posterior, specification):
    """A change of nothing leaves the recalibrated chance what it is."""
    from leakbound.explain.flip_inputs import _compute

    one = read_candidate(CANDIDATES / "deepseek-v3.toml", evidence.registry, scenarios=SHIPPED)
    given = Recalibration((0.5, 0.95), (0.0, 0.6), 40, 5, dt.date(2024, 10, 1))
    job = Job(
        one, evidence, posterior, specification, SHIPPED, checks_passed=True, recalibration=given
    )
    for threshold, scenario in job.pairs():
        case, _ = job.judged(threshold, scenario)
        gain = case.z_threshold - case.best.z_today
        moved = _compute(job, case).below(1e-7).mean()
        assert moved == pytest.approx(case.best.below(gain).mean(), abs=1e-5)


def test_an_outcome_stands_beside_the_bound_that_was_forecast_for_its_day(
    evidence, posterior, specification, assessed
):
    found = assessed("deepseek-v3")
    job = Job(found.candidate, evidence, posterior, specification, SHIPPED, checks_passed=True)
    assert len(found.outcomes) == len(found.candidate.outcomes) == 6
    for one in found.outcomes:
        days = (one.outcome.date - found.candidate.released).days
        assert one.years == pytest.approx(days / 365.25)
        for key, scenario in SHIPPED.items():
            z = upper_bound(job.best(one.outcome.benchmark, scenario, one.years), 0.95).z
            score = float(job.registry[one.outcome.benchmark].from_link(z))
            assert one.bound_by_scenario[key] == pytest.approx(score, abs=1e-6)


def test_an_offset_is_how_much_lower_open_weights_must_stay(assessed):
    offsets = assessed("deepseek-v3").offsets
    for one in offsets:
        benchmark = load_registry()[one.benchmark]
        z = {key: max(value, lowest(benchmark)) for key, value in one.ceilings_z.items()}
        score = {key: float(benchmark.from_link(value)) for key, value in z.items()}
        assert one.logits == pytest.approx(z["closed-api"] - z["open-weights"])
        assert one.points == pytest.approx(score["closed-api"] - score["open-weights"])
        assert one.logits >= 0.0
    assert any(one.logits > 0.0 for one in offsets)


def test_in_a_mixture_each_structure_brings_its_own_draws(posterior, specification):
    """A structure whose prior is elsewhere, with draws that are there too, is in no conflict."""
    far = replace(with_statements(specification, ["trend=Normal(3, 0.1)"]), name="far")
    there = {**posterior.draws, "trend": 3.0 + 0.1 * np.random.default_rng(1).normal(size=400)}
    own = [
        (Member(far, 0.5), replace(posterior, draws=there)),
        (Member(specification, 0.5), posterior),
    ]
    assert prior_conflicts(mixture_of(own), far) == ()
