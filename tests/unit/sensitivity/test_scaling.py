from dataclasses import replace

import numpy as np
import pytest

from leakbound.assessment import FORECAST_DRAWS
from leakbound.errors import FitError
from leakbound.prior_change import shifts_of
from leakbound.prior_statement import with_statements
from leakbound.reweight import BEFORE_FIT, log_prior, smooth
from leakbound.sensitivity.bound_curve import curve_of
from leakbound.sensitivity.influence import Change, Influence, Move, Sensitivity
from leakbound.sensitivity.prior_shift import Crossing, PriorFlip, meeting, nearest, prior_flips
from leakbound.sensitivity.scaling import sensitivity
from leakbound.sensitivity.weighted import answer, cases_of, change_error


@pytest.fixture(scope="module")
def found(given):
    return sensitivity(*given)


def named(found, name):
    return next(one for one in found.influences if one.name == name)


def test_every_prior_and_source_has_its_line_the_most_important_first(found, given):
    names = [one.name for one in found.influences]
    assert sorted(names) == sorted([*given[3].priors, *given[1].rows["source"].unique()])
    for kind in ("prior", "source"):
        unknown = [one for one in found.of(kind) if one.importance < 0.0]
        assert found.of(kind)[: len(unknown)] == tuple(unknown)
        order = [one.importance for one in found.of(kind)[len(unknown) :]]
        assert order == sorted(order, reverse=True)
        psense = [np.nan_to_num(one.psense, nan=0.0) for one in unknown]
        assert psense == sorted(psense, reverse=True)


def test_a_move_is_that_of_the_weighted_bound(found, given):
    posterior, specification = given[2], given[3]
    density = log_prior(posterior, specification.priors["response"])
    weights = smooth(0.25 * density, posterior.chains)
    change = named(found, "response").at(1.25)
    assert change.k == weights.k
    for case, now, move in zip(cases_of(*given), found.answers, change.moves, strict=True):
        then = answer(case, weights.values)
        assert move.logits == pytest.approx(then.bound_z - answer(case).bound_z, abs=6e-3)
        assert move.verdict == then.verdict
        margin = case.z_threshold - now.bound_z
        assert move.of_margin == pytest.approx(move.logits / margin, rel=1e-9)


def test_what_weights_cannot_answer_is_never_a_number(found):
    needed = [
        change for one in found.influences for change in one.changes if change.how != "reweighted"
    ]
    assert needed
    for change in needed:
        assert change.how == "refit needed"
        assert change.moves == ()
    for one in found.influences:
        for change in one.changes:
            if change.moves:
                assert change.k <= 0.7


def test_priors_of_the_expected_dose_say_so(found):
    for name in BEFORE_FIT:
        one = named(found, name)
        assert "computed before the fit" in one.note
        assert one.importance == -1.0
        assert [change.how for change in one.changes] == ["refit needed"] * 2


def test_few_effective_draws_need_a_refit_whatever_k_says(given, monkeypatch):
    posterior = given[2]
    rate = posterior.draws["rate"]
    wells = 0.5 * ((rate - np.median(rate)) / (0.06 * rate.std())) ** 2
    weights = smooth(-wells, posterior.chains)
    monkeypatch.setattr(
        "leakbound.sensitivity.scaling.source_log_likelihoods", lambda *_: {"horizons": wells}
    )
    asked = []

    def other(evidence, specification, reason):
        asked.append(reason)
        return posterior

    (one,) = sensitivity(*given, only=["horizons"], refit=other).influences
    assert weights.k <= weights.limit
    assert 20 < weights.effective < 50
    assert one.at(0.0).how == "refitted"
    assert asked == ["without horizons"]


def test_only_what_is_asked_for_is_answered(given):
    some = sensitivity(*given, only=["rate", "horizons"])
    assert [(one.name, one.kind) for one in some.influences] == [
        ("rate", "prior"),
        ("horizons", "source"),
    ]


def test_with_refit_the_fit_answers_what_weights_cannot(given):
    asked = []

    def other(evidence, specification, reason):
        asked.append((reason, evidence.digest, specification.digest))
        posterior = given[2]
        wider = {**posterior.draws, "distillation": 2.0 * posterior.draws["distillation"]}
        return replace(posterior, draws=wider)

    some = sensitivity(*given, only=["pool-cells", "dose_slope"], refit=other)
    reasons = [reason for reason, _, _ in asked]
    assert reasons == ["dose_slope to the power 0.8", "dose_slope to the power 1.25",
                       "without pool-cells"]  # fmt: skip
    assert asked[2][1] == given[1].without("pool-cells").digest
    assert asked[2][2] == given[3].digest
    assert asked[0][1] == given[1].digest
    gone = named(some, "pool-cells").at(0.0)
    assert gone.how == "refitted"
    assert max(move.logits for move in gone.moves) > 0.0
    assert min(move.logits for move in gone.moves) > -1e-2
    assert named(some, "dose_slope").importance > 0.0


def test_a_fit_that_fails_its_checks_is_said_and_the_rest_is_answered(given):
    def other(evidence, specification, reason):
        if reason.endswith("0.8"):
            raise FitError("the fit failed R-hat of parameters")
        return given[2]

    one = named(sensitivity(*given, only=["dose_slope"], refit=other), "dose_slope")
    assert [change.how for change in one.changes] == ["refit failed", "refitted"]
    failed = one.at(0.8)
    assert failed.moves == ()
    assert failed.failed == "dose_slope to the power 0.8: the fit failed R-hat of parameters"
    assert one.at(1.25).failed == ""


def near_threshold(given, points):
    """Return the first case with its threshold so far above the bound."""
    case = cases_of(*given)[0]
    return replace(case, limit=replace(case.limit, score=answer(case).bound_score + points))


def shifted(given, name, shift):
    """The weights of the draws where the prior of a parameter is shifted by so many of its sds."""
    posterior, prior = given[2], given[3].priors[name]
    shifts, drawn = shifts_of(prior), posterior.draws[name]
    ratio = shifts.log_density(drawn, shift) - shifts.log_density(drawn, 0.0)
    return smooth(ratio, posterior.chains)


def weights_at(given, name, shift):
    return shifted(given, name, shift).values


def test_a_bound_meets_its_threshold_at_the_shift_that_is_told(given):
    posterior, specification = given[2], given[3]
    case = near_threshold(given, 0.02)
    (flip,) = prior_flips(posterior, specification.priors["response"], [curve_of(case)])
    assert flip.meets is not None
    then = answer(case, weights_at(given, "response", flip.meets.shift))
    assert then.bound_z == pytest.approx(case.z_threshold, abs=0.05)
    assert flip.low <= flip.meets.shift <= flip.high
    assert 0.0 < flip.meets.error < 3.0


@pytest.mark.parametrize(("name", "points"), [("response", 0.06), ("scale", -0.005)])
def test_at_the_shift_that_flips_the_verdict_is_clear_or_is_clear_no_more(given, name, points):
    """Not where the bound meets its threshold: there it is not told apart from it."""
    posterior, specification = given[2], given[3]
    case = near_threshold(given, points)
    case = replace(case, threshold=replace(case.threshold, extrapolate=True))
    curve = curve_of(case)
    curve = replace(curve, error=0.25 * curve.error)
    (flip,) = prior_flips(posterior, specification.priors[name], [curve])
    was_clear = points > 0.0
    assert (answer(case).verdict == "clear") == was_clear
    assert flip.at is not None
    assert (flip.then == "clear") != was_clear

    def verdict(shift):
        return curve.answer(weights_at(given, name, shift), mcse=curve.error).verdict

    before = flip.at.shift - np.sign(flip.at.shift) * 0.05
    assert verdict(flip.at.shift) == flip.then
    assert (verdict(before) == "clear") == was_clear
    assert flip.median_then != flip.median
    if not was_clear:
        assert abs(flip.meets.shift) < abs(flip.at.shift) - 0.1


def test_a_bound_that_no_reliable_shift_moves_enough_does_not_flip(given):
    posterior, specification = given[2], given[3]
    case = cases_of(*given)[0]
    far = replace(case, limit=replace(case.limit, score=0.3))
    (flip,) = prior_flips(posterior, specification.priors["trend_spread"], [curve_of(far)])
    assert flip.at is None
    assert flip.meets is None
    assert flip.median_then is None
    assert flip.limited == (flip.low > -3.0 or flip.high < 3.0)
    assert -3.0 <= flip.low < flip.high <= 3.0


def test_psense_is_zero_where_the_prior_touches_nothing(given):
    posterior = given[2]
    constant = {**posterior.draws, "trend": np.full(posterior.samples, 0.1)}
    changed = (given[0], given[1], replace(posterior, draws=constant), *given[3:])
    one = named(sensitivity(*changed, only=["trend"]), "trend")
    assert one.psense == pytest.approx(0.0, abs=1e-4)
    assert one.importance == pytest.approx(0.0, abs=1e-9)
    assert one.nearest_flip is None


def test_the_nearest_flip_is_one_that_is_told_from_chance():
    def flip(shift, error):
        at = None if shift is None else Crossing(shift, error)
        return PriorFlip("t", "s", "rate", at, at, 1.0, 2.0, "clear", -3.0, 3.0, False)

    none, chance, sure, far = (
        flip(*one) for one in ((None, None), (0.5, 0.6), (-1.0, 0.2), (2.0, 0.1))
    )
    assert [one.at.sure for one in (chance, sure, far)] == [False, True, True]
    for find in (nearest, lambda flips: (meeting(flips) or (None,))[0]):
        assert find([none, far, chance, sure]) == sure
        assert find([none, chance]) == chance
        assert find([none]) is None


def test_a_power_that_no_prior_has_is_said_not_raised(given):
    candidate, evidence, posterior, specification, scenarios = given
    peaked = with_statements(specification, ["dose_slope=Gamma(0.15, 1)"])
    asked = (candidate, evidence, posterior, peaked, scenarios)
    one = named(sensitivity(*asked, only=["dose_slope"]), "dose_slope")
    assert {change.how for change in one.changes} == {"refit needed"}
    one = named(sensitivity(*asked, only=["dose_slope"], refit=lambda *_: posterior), "dose_slope")
    assert {change.power: change.how for change in one.changes} == {
        0.8: "refitted", 1.25: "no such prior",
    }  # fmt: skip
    assert one.at(1.25).moves == ()


def moved_by(of_margin, scenario="open-weights"):
    return Move("t", scenario, 0.1, 0.0, 0.01, of_margin, 0.5, 0.1, "clear", "clear", "")


def test_the_importance_is_the_largest_move_either_way_at_powers_near_one():
    changes = (
        Change(0.5, "reweighted", 0.1, 300.0, (moved_by(9.0),)),
        Change(0.8, "reweighted", 0.1, 300.0, (moved_by(-0.7), moved_by(np.inf))),
        Change(1.25, "reweighted", 0.1, 300.0, (moved_by(0.2),)),
    )
    assert Influence("rate", "prior", changes, 0.1, (), "").importance == 0.7


def test_a_row_has_the_flips_of_its_own_scenario(found):
    row, other = found.answers[0], found.answers[1]
    assert (row.threshold, row.scenario) != (other.threshold, other.scenario)

    def flip(one, shift):
        at = Crossing(shift, 0.0)
        return PriorFlip(
            one.threshold, one.scenario, "rate", at, at, 1.0, 2.0, "clear", -3.0, 3.0, False
        )

    flips = (flip(row, 2.0), flip(other, 0.5))
    both = Sensitivity((row, other), (Influence("rate", "prior", (), 0.1, flips, ""),))
    assert [both.nearest_flip(one).at.shift for one in (row, other)] == [2.0, 0.5]
    assert [both.meeting(one)[1].shift for one in (row, other)] == [2.0, 0.5]


def test_the_search_for_a_flip_ends_where_weights_cannot_be_trusted(given):
    """The weights of these draws hold on both sides of `rate` for a while, of `gap_spread` upwards."""
    posterior, specification = given[2], given[3]
    curve = curve_of(cases_of(*given)[0])
    ends = []
    for name in ("rate", "gap_spread"):
        (flip,) = prior_flips(posterior, specification.priors[name], [curve])
        for end, side in ((flip.low, -1.0), (flip.high, 1.0)):
            assert end == 0.0 or reliable(given, name, end)
            assert abs(end) == 3.0 or not reliable(given, name, end + 0.5 * side)
        assert flip.limited
        ends += [abs(flip.low) < 3.0, abs(flip.high) < 3.0]
    assert ends == [True, True, True, False]


def reliable(given, name, shift):
    return shifted(given, name, shift).thinned(FORECAST_DRAWS).reliable


def test_a_flip_tells_the_prior_s_median_there_and_its_error_in_shifts(given):
    posterior, prior = given[2], given[3].priors["response"]
    case = near_threshold(given, 0.06)
    case = replace(case, threshold=replace(case.threshold, extrapolate=True))
    curve = curve_of(case)
    curve = replace(curve, error=0.25 * curve.error)
    (flip,) = prior_flips(posterior, prior, [curve])
    assert flip.median_then == shifts_of(prior).median(flip.at.shift)
    curve = curve_of(near_threshold(given, 0.02))
    (flip,) = prior_flips(posterior, prior, [curve])
    shift = flip.meets.shift
    low, high = (
        curve.at_threshold @ weights_at(given, "response", shift + step) for step in (-0.1, 0.1)
    )
    error = change_error(curve.at_threshold, weights_at(given, "response", shift), 4)
    assert flip.meets.error == pytest.approx(error * 0.2 / abs(high - low), rel=0.4)


def test_a_move_in_points_is_up_where_the_bound_is_higher(found):
    for move, row in zip(named(found, "response").at(1.25).moves, found.answers, strict=True):
        assert move.points == pytest.approx(move.bound_score - row.bound_score)
        assert move.points * move.logits >= 0.0


def test_psense_is_that_of_the_most_sensitive_bound(given, found):
    candidate, *rest = given
    alone = [
        sensitivity(replace(candidate, thresholds=(one,)), *rest, only=["ceiling"])
        for one in candidate.thresholds
    ]
    largest = max(named(one, "ceiling").psense for one in alone)
    assert named(found, "ceiling").psense == pytest.approx(largest)
