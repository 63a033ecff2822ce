from dataclasses import replace

import numpy as np
import pytest

from leakbound.bound import judge
from leakbound.explain.flip_inputs import Input
from leakbound.explain.flips import Aim, flips, nearest
from leakbound.quantity import Quantity
from leakbound.scenario import load_scenarios

SHIPPED = load_scenarios()
SCORES = (0.62, 0.75, 0.9, 0.97, 0.995)


def with_limits(threshold, score):
    same = dict.fromkeys(("closed-api", "theft", "open-weights"), score)
    return replace(threshold, scores=same, extrapolate=True)


@pytest.fixture(scope="module")
def tried(make_job, deepseek):
    """Return jobs with thresholds of many heights, and their flips."""
    found = []
    for score in SCORES:
        thresholds = tuple(with_limits(one, score) for one in deepseek.thresholds)
        some = {key: SHIPPED[key] for key in ("closed-api", "theft-oc2", "open-weights")}
        job = make_job(some, thresholds=thresholds, reach_years=5.0)
        found += [(job, one) for one in flips(job)]
    return found


def scaled(quantity, factor):
    return None if quantity is None else replace(
        quantity, low=quantity.low * factor, high=quantity.high * factor
    )  # fmt: skip


def decided(make_job, job, one):
    """Decide anew with the input at the value found, from the candidate and the scenario alone."""
    threshold = next(t for t in job.candidate.thresholds if t.name == one.threshold)
    scenario, release = SHIPPED[one.scenario], SHIPPED[one.scenario].release
    value = one.flips_at
    if one.what == "threshold":
        threshold = replace(threshold, scores={release: value})
    if one.what == "horizon":
        threshold = replace(threshold, horizon_years={release: value})
    if one.what == "allowance":
        threshold = replace(threshold, confidence={release: 1.0 - value})
    if one.what == "attempts":
        groups = [
            replace(g, attempts_per_year=scaled(g.attempts_per_year, value))
            for g in scenario.groups
        ]
        scenario = replace(scenario, groups=tuple(groups))
    other = make_job({scenario.key: scenario}, thresholds=(threshold,))
    return other.judged(threshold, scenario)[1].verdict.verdict


def test_every_flip_is_confirmed_by_deciding_anew(tried, make_job):
    checked = set()
    for job, one in tried:
        if one.flips_at is None or one.what in ("today's score", "compute"):
            continue
        assert decided(make_job, job, one) == one.then != one.verdict, one
        checked.add((one.what, one.verdict))
    assert {what for what, _ in checked} == {"threshold", "horizon", "allowance", "attempts"}
    assert {verdict for _, verdict in checked} >= {"clear", "crosses"}


def test_a_flip_of_todays_score_is_the_verdict_of_a_new_assessment(tried, make_job):
    """All that follows from the score moves with it: position, error and scatter."""
    found = [(job, one) for job, one in tried if one.what == "today's score" and one.flips_at]
    assert {one.verdict for _, one in found} >= {"clear", "crosses"}
    for job, one in found:
        threshold = next(t for t in job.candidate.thresholds if t.name == one.threshold)
        scores = tuple(
            replace(s, score=one.flips_at) if s.benchmark == threshold.benchmark else s
            for s in job.candidate.scores
        )
        scenario = SHIPPED[one.scenario]
        again = make_job({one.scenario: scenario}, thresholds=(threshold,), scores=scores)
        assert again.judged(threshold, scenario)[1].verdict.verdict == one.then != one.verdict


def test_a_flip_of_compute_is_a_shift_of_every_attempt_that_trains(tried):
    found = [(job, one) for job, one in tried if one.what == "compute" and one.flips_at is not None]
    assert found
    for job, one in found:
        threshold = next(t for t in job.candidate.thresholds if t.name == one.threshold)
        case, _ = job.judged(threshold, SHIPPED[one.scenario])
        effort = case.effort.until(case.limit.horizon_years)
        spent = np.minimum(effort.log10_compute + one.flips_at, 0.0)
        shifted = replace(effort, log10_compute=spent)
        best = job.best_under(threshold.benchmark, shifted)
        again = judge(replace(case, best=best, effort=shifted))
        assert again.verdict.verdict == one.then != one.verdict


def test_two_thirds_of_the_change_do_not_flip(tried, make_job):
    """The value found is the smallest but for Monte-Carlo error, which these few draws have much of."""
    seen = 0
    for job, one in tried:
        large = one.flips_at is not None and abs(one.flips_at - one.stated) > 0.05
        if not large or one.verdict == "clear" or one.what not in ("threshold", "allowance"):
            continue
        less = replace(one, flips_at=one.stated + 0.67 * (one.flips_at - one.stated))
        assert decided(make_job, job, less) != one.then, one
        seen += 1
    assert seen > 5


def test_a_clear_verdict_loosens_and_one_that_holds_tightens(tried):
    riskier = {"threshold": -1, "horizon": 1, "attempts": 1, "compute": 1,
               "allowance": -1}  # fmt: skip
    for _, one in tried:
        if one.flips_at is None:
            assert one.then == one.verdict
            assert one.text.startswith("No ")
            continue
        assert one.low <= one.flips_at <= one.high
        assert one.then == "clear" or one.verdict == "clear"
        assert one.text.endswith(f": {one.then}.")
        if one.what == "today's score":
            continue
        direction = riskier[one.what] * (1 if one.verdict == "clear" else -1)
        assert (one.flips_at - one.stated) * direction > 0.0


def test_sentences_name_the_value_the_verdict_and_what_was_stated(tried):
    units = {"horizon": " years", "compute": " OOM", "attempts": " times as many",
             "allowance": " probability"}  # fmt: skip
    seen = set()
    for _, one in tried:
        unit = units.get(one.what, "")
        if one.flips_at is None:
            expected = (
                f"No {one.what} from {one.low:.3g} to {one.high:.3g}{unit} changes the verdict."
            )
        elif one.what == "attempts":
            expected = f"With {one.flips_at:.3g} times as many attempts: {one.then}."
        elif one.what == "compute":
            expected = f"With compute changed by {one.flips_at:+.2g} OOM: {one.then}."
        else:
            instead = f"{one.flips_at:.3g} instead of {one.stated:.3g}{unit}"
            expected = f"With {one.what} at {instead}: {one.then}."
        assert one.text == expected
        seen.add((one.what, one.flips_at is None))
    assert {(what, False) for what in units} <= seen


def test_outside_the_evidence_nothing_is_cleared(make_job, deepseek):
    thresholds = tuple(
        replace(with_limits(one, 0.75), extrapolate=False) for one in deepseek.thresholds
    )
    job = make_job({"open-weights": SHIPPED["open-weights"]}, thresholds=thresholds)
    job.span = replace(job.span, training_years=-1.0, inference_years=-1.0)
    assert {one.then for one in flips(job)} <= {"crosses", "undecided"}


@pytest.mark.parametrize("passed", [False, None])
def test_nothing_flips_while_the_checks_are_not_passed(make_job, passed):
    job = make_job({"theft-oc2": SHIPPED["theft-oc2"]}, checks_passed=passed)
    found = list(flips(job))
    assert found
    assert {one.flips_at for one in found} == {None}
    assert {one.then for one in found} == {"undecided"}


def test_a_horizon_moves_in_quarters(tried):
    moved = [one for _, one in tried if one.what == "horizon" and one.flips_at is not None]
    assert moved
    assert all(float(4.0 * one.flips_at).is_integer() for one in moved)


def test_compute_is_not_varied_where_nobody_trains(make_job):
    groups = tuple(
        replace(g, techniques=("inference",), compute_fraction=Quantity(1.0, 0.0, 0.0))
        for g in SHIPPED["closed-api"].groups
    )
    job = make_job({"closed-api": replace(SHIPPED["closed-api"], groups=groups)})
    assert "compute" not in {one.what for one in flips(job)}


def test_no_nearer_score_today_flips_the_verdict(tried):
    """But for the resolution: every twentieth of a logit between here and the flip is as it is now."""
    seen = 0
    for job, one in tried[::7]:
        if one.what != "today's score" or one.flips_at is None:
            continue
        threshold = next(t for t in job.candidate.thresholds if t.name == one.threshold)
        case, now = job.judged(threshold, SHIPPED[one.scenario])
        benchmark = job.registry[threshold.benchmark]
        away = float(benchmark.to_link(one.flips_at)) - case.best.z_today
        for nearer in np.arange(0.05, abs(away) - 0.1, 0.05):
            for x in (-nearer, nearer):
                there = judge(job.scoring(case, case.best.z_today + x)).verdict.verdict
                assert (there == "clear") == (now.verdict.verdict == "clear"), (one, x)
        seen += 1
    assert seen


def turning(below, **changes):
    told = {"what": "today's score", "unit": "", "safest": -8.0, "riskiest": 1.0, "turns": True}
    confidence, case = (lambda x: 0.95), (lambda x: None)
    return Input(
        **{**told, **changes}, below=below, confidence=confidence, case=case, value=lambda x: x
    )


def test_a_flip_is_found_between_here_and_an_end_that_flips_nothing():
    """As near chance, where a lower score says less: the margin turns back on the way."""

    def below(x):
        return np.full(4, 0.9 + 0.08 * np.exp(-((x + 1.5) ** 2)))

    aim = Aim(True, 0.0, False, False)
    (found,) = nearest(turning(below), None, aim)
    first = -1.5 + np.sqrt(np.log(0.08 / 0.05))
    assert found == pytest.approx(first, abs=0.01)
    assert below(found).mean() > 0.95
    assert nearest(turning(below, turns=False), None, aim) == []


def test_the_nearest_flip_is_found_where_the_end_of_the_range_flips_too():
    """A score near chance clears as a nearer one does; between them it crosses again."""

    def below(x):
        near, far = np.exp(-((x + 1.5) ** 2)), np.exp(-((x + 8.0) ** 2))
        return np.full(4, 0.9 + 0.08 * (near + far))

    (found,) = nearest(turning(below), None, Aim(True, 0.0, False, False))
    assert found == pytest.approx(-1.5 + np.sqrt(np.log(0.08 / 0.05)), abs=0.01)


@pytest.mark.parametrize(("up", "order"), [(0.5, (1.0, -1.0)), (0.9, (-1.0, 1.0))])
def test_a_score_today_flips_upwards_too_if_that_is_nearer(up, order):
    """A clear verdict ends where a score says less as it does where it says more."""

    def below(x):
        return np.full(4, 0.99 if -0.7 < x < up else 0.9)

    found = nearest(turning(below), None, Aim(False, 0.0, True, False))
    assert np.sign(found).tolist() == list(order)
    assert sorted(np.abs(found)) == pytest.approx(sorted([0.7, up]), abs=0.01)


def test_a_clear_verdict_ends_where_the_evidence_does(make_job, deepseek):
    """A longer horizon leaves the evidence before its bound reaches the threshold."""
    theft = SHIPPED["theft-oc2"]
    threshold = replace(
        with_limits(deepseek.thresholds[0], 0.9), extrapolate=False, confidence={"theft": 0.5}
    )
    job = make_job({"theft-oc2": theft}, thresholds=(threshold,), reach_years=5.0)
    job.span = replace(job.span, training_years=1.5, inference_years=1.5, log10_compute=0.0)
    (one,) = (one for one in flips(job) if one.what == "horizon")
    limit = threshold.at(theft)
    said = {
        float(years): judge(
            job.case(threshold, replace(limit, horizon_years=float(years)), theft)
        ).verdict.verdict
        for years in np.arange(1.0, 5.25, 0.25)
    }
    assert one.verdict == said[1.0] == "clear"
    assert one.then == said[one.flips_at] == "undecided"
    assert said[5.0] == "crosses"
    assert {word for years, word in said.items() if years < one.flips_at} == {"clear"}
