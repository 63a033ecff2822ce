import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.logic import Fact, at_least
from leakbound.rules import (
    CLEAR,
    BoundBelow,
    ChecksPassed,
    ExceedanceAtMost,
    Finding,
    McseSmall,
    Verdict,
    WithinEvidence,
    decide,
    decide_together,
)

SAFE = Finding(
    bound_score=0.60,
    bound_mcse=0.01,
    threshold_score=0.75,
    exceedance=0.01,
    allowance=0.05,
    checks_passed=True,
    inside_evidence=True,
    extrapolate_allowed=False,
)
OVER = dataclasses.replace(SAFE, bound_score=0.80, exceedance=0.2)


def test_clear_needs_all_and_says_why() -> None:
    verdict = decide(SAFE)
    assert verdict.verdict == "clear"
    assert verdict.reason.startswith("the bound 0.6 is below the threshold 0.75")
    assert len(verdict.parts) == 5
    assert all(part.holds is True for part in verdict.parts)


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"bound_mcse": 0.08}, "undecided", "straddles the threshold"),
        ({"bound_mcse": 0.075}, "undecided", "straddles the threshold"),
        ({"exceedance": 0.06}, "undecided", "exceeds the allowance"),
        ({"exceedance": 0.05}, "clear", "is within the allowance"),
        ({"checks_passed": False}, "undecided", "the checks of the fit failed"),
        ({"inside_evidence": False}, "undecided", "which the threshold does not allow"),
        ({"inside_evidence": False, "extrapolate_allowed": True}, "clear", "as the threshold"),
        ({"bound_score": 0.75, "bound_mcse": 0.0}, "crosses", "reaches the threshold"),
        ({"bound_score": np.nextafter(0.75, 0), "bound_mcse": 0.0}, "clear", "is below"),
        ({"bound_score": 0.80}, "crosses", "the bound 0.8 reaches the threshold 0.75"),
        ({"bound_score": 0.76, "bound_mcse": 0.1}, "crosses", "reaches the threshold"),
        ({"bound_score": 0.80, "checks_passed": False}, "undecided", "checks of the fit failed"),
        ({"bound_score": 0.80, "inside_evidence": False}, "crosses", "reaches the threshold"),
        ({"checks_passed": np.bool_(True)}, "clear", "passed"),
        ({"checks_passed": np.bool_(False)}, "undecided", "failed"),
        ({"checks_passed": 1}, "undecided", "were not all made"),
        ({"exceedance": 1.2}, "undecided", "is unknown"),
        ({"bound_mcse": -0.01}, "undecided", "is unknown"),
        ({"bound_score": -math.inf}, "undecided", "is unknown"),
    ],
)
def test_verdict_by_case(changes: dict[str, object], verdict: str, reason: str) -> None:
    found = decide(dataclasses.replace(SAFE, **changes))
    assert found.verdict == verdict
    assert reason in found.reason


@pytest.mark.parametrize("finding", [SAFE, OVER], ids=["safe", "over"])
@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Finding)])
@pytest.mark.parametrize("unknown", [math.nan, None, "x"])
def test_anything_unknown_is_undecided(finding: Finding, field: str, unknown: object) -> None:
    verdict = decide(dataclasses.replace(finding, **{field: unknown}))
    assert verdict.verdict == "undecided"
    assert "unknown" in verdict.reason or "not all made" in verdict.reason


numbers = st.floats() | st.none()
findings = st.builds(
    Finding,
    bound_score=numbers,
    bound_mcse=numbers,
    threshold_score=numbers,
    exceedance=numbers,
    allowance=numbers,
    checks_passed=st.booleans() | st.none(),
    inside_evidence=st.booleans() | st.none(),
    extrapolate_allowed=st.booleans(),
)


@given(finding=findings)
def test_clear_only_with_everything_in_order(finding: Finding) -> None:
    if decide(finding).verdict == "clear":
        assert finding.bound_score + 2 * finding.bound_mcse < finding.threshold_score
        assert 0 <= finding.exceedance <= finding.allowance <= 1
        assert finding.checks_passed is True
        assert finding.inside_evidence or finding.extrapolate_allowed


scores = st.floats(0, 1)


@given(bound=scores, worse=scores, threshold=scores, lower=scores, mcse=st.floats(0, 0.1))
def test_worse_never_turns_crosses_into_clear(
    bound: float, worse: float, threshold: float, lower: float, mcse: float
) -> None:
    before = dataclasses.replace(
        SAFE, bound_score=bound, threshold_score=threshold, bound_mcse=mcse
    )
    after = dataclasses.replace(
        before,
        bound_score=max(bound, worse),
        threshold_score=min(threshold, lower),
    )
    if decide(before).verdict != "clear":
        assert decide(after).verdict != "clear"
    if decide(before).verdict == "crosses":
        assert decide(after).verdict == "crosses"


def test_leaf_can_carry_its_own_limit() -> None:
    facts = SAFE.facts()
    assert BoundBelow(0.5).ask(facts).holds is False
    assert BoundBelow(0.61).ask(facts).holds is True
    assert ExceedanceAtMost(0.001).ask(facts).holds is False
    assert BoundBelow(math.nan).ask(facts).holds is None


@pytest.mark.parametrize(
    "rule", [BoundBelow(), McseSmall(), ExceedanceAtMost(), ChecksPassed(), WithinEvidence()]
)
def test_leaf_asks_only_for_the_facts_it_names(rule: object) -> None:
    facts = SAFE.facts()
    assert rule.facts <= set(facts)
    assert rule.ask({name: facts[name] for name in rule.facts}).holds is True
    assert rule.ask({}).holds is None
    assert rule.facts <= CLEAR.facts
    assert rule.label in CLEAR.label


def said(word: str) -> Verdict:
    return Verdict(word, word, ())


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.product(["clear", "crosses", "undecided"], repeat=2))
)
def test_gates_over_two_thresholds(first: str, second: str) -> None:
    verdicts = {"a": said(first), "b": said(second)}
    rank = {"clear": 0, "undecided": 1, "crosses": 2}
    word = {0: "clear", 1: "undecided", 2: "crosses"}
    low, high = sorted((rank[first], rank[second]))
    assert decide_together(Fact("a") | Fact("b"), verdicts).verdict == word[high]
    assert decide_together(Fact("a") & Fact("b"), verdicts).verdict == word[low]


def test_gate_with_a_missing_threshold_is_never_clear_by_it() -> None:
    verdict = decide_together(Fact("a") | Fact("b"), {"a": said("clear")})
    assert verdict.verdict == "undecided"
    assert verdict.reason == "a | b (a: clear, b: no verdict)"


def test_gate_that_counts() -> None:
    rule = at_least(2, Fact("a"), Fact("b"), Fact("c"))
    verdicts = {"a": said("crosses"), "b": said("undecided"), "c": said("clear")}
    assert decide_together(rule, verdicts).verdict == "undecided"
    assert decide_together(rule, {**verdicts, "b": said("crosses")}).verdict == "crosses"
    assert decide_together(rule, {**verdicts, "b": said("clear")}).verdict == "clear"


def test_a_threshold_that_crosses_clears_no_gate_that_asks_for_its_opposite() -> None:
    a, b = Fact("a"), Fact("b")
    for rule in (~a, a & ~a, b & ~a, ~(a & b)):
        verdicts = {"a": said("crosses"), "b": said("crosses")}
        assert decide_together(rule, verdicts).verdict == "undecided"
    assert decide_together(b & ~a, {"a": said("crosses"), "b": said("clear")}).verdict == "clear"
    assert (
        decide_together(~(~a & ~b), {"a": said("crosses"), "b": said("clear")}).verdict == "crosses"
    )
    assert decide_together(~a, {"a": said("clear")}).verdict == "crosses"


def test_negation_keeps_the_undecided_undecided() -> None:
    assert decide_together(~Fact("a"), {"a": said("undecided")}).verdict == "undecided"
