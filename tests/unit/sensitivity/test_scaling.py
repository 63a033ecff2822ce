from dataclasses import replace

import numpy as np
import pytest

from leakbound.errors import FitError
from leakbound.prior_statement import with_statements
from leakbound.reweight import BEFORE_FIT, log_prior, smooth
from leakbound.sensitivity.bound_curve import curve_of
from leakbound.sensitivity.flips import Crossing, PriorFlip
from leakbound.sensitivity.influence import Influence, Sensitivity
from leakbound.sensitivity.scaling import sensitivity
from leakbound.sensitivity.weighted import answer, cases_of


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
        order = [one.least_importance for one in found.of(kind)[len(unknown) :]]
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
    assert some.asked == ("horizons", "rate")
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
    now = [curve_of(case).error for case in cases_of(*given)]
    for move, error in zip(gone.moves, now, strict=True):
        assert not np.isfinite(error) or move.error > error
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


def test_psense_is_zero_where_the_prior_touches_nothing(given):
    posterior = given[2]
    constant = {**posterior.draws, "trend": np.full(posterior.samples, 0.1)}
    changed = (given[0], given[1], replace(posterior, draws=constant), *given[3:])
    one = named(sensitivity(*changed, only=["trend"]), "trend")
    assert one.psense == pytest.approx(0.0, abs=1e-4)
    assert one.importance == pytest.approx(0.0, abs=1e-9)
    assert one.nearest_flip is None


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
