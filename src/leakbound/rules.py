"""Decision rules: when a bound is clear of its threshold, when it crosses, and when nobody can say.

    clear   = bound below threshold & tail error small & exceedance within allowance
              & checks passed & within evidence
    crosses = bound at or above threshold & checks passed, every fact being known

All else is undecided, which counts as hold. A score equal to the threshold has reached it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from leakbound.logic import Answer, Facts, Rule, number, truth

VerdictWord = Literal["clear", "crosses", "undecided"]
MCSE_MULTIPLE = 2.0


@dataclass(frozen=True)
class Finding:
    """What the forecast found for one threshold in one scenario; NaN and None mean unknown.

    Scores and `bound_mcse`, the Monte-Carlo standard error of the bound, are in the benchmark's
    unit; `exceedance` and `allowance` are probabilities; `checks_passed` covers every check of the
    fit; `inside_evidence` says whether the scenario stays inside the evidence's range.
    """

    bound_score: float
    bound_mcse: float
    threshold_score: float
    exceedance: float
    allowance: float
    checks_passed: bool | None
    inside_evidence: bool | None
    extrapolate_allowed: bool

    def facts(self) -> Facts:
        """Return the fields by name, as the facts that rules ask."""
        return dict(vars(self))


@dataclass(frozen=True)
class Verdict:
    """`clear`, `crosses` or `undecided`, why, and what each rule answered."""

    verdict: VerdictWord
    reason: str
    parts: tuple[Answer, ...]


@dataclass(frozen=True)
class BoundBelow(Rule):
    """The bound lies strictly below the threshold: the finding's, or the one given here."""

    threshold: float | None = None

    @property
    def label(self) -> str:
        """The comparison in words."""
        given = "the threshold" if self.threshold is None else f"{self.threshold:g}"
        return f"bound below {given}"

    @property
    def facts(self) -> frozenset[str]:
        """Bound, and threshold unless given here."""
        own = {"threshold_score"} if self.threshold is None else set()
        return frozenset({"bound_score"} | own)

    def ask(self, facts: Facts) -> Answer:
        """Compare; equality counts as reaching the threshold."""
        bound = number(facts.get("bound_score"))
        limit = number(facts.get("threshold_score") if self.threshold is None else self.threshold)
        if bound is None or limit is None:
            return Answer(None, "bound or threshold is unknown")
        below = bound < limit
        word = "is below" if below else "reaches"
        return Answer(below, f"the bound {bound:.4g} {word} the threshold {limit:.4g}")


@dataclass(frozen=True)
class McseSmall(Rule):
    """The bound plus and minus `multiple` Monte-Carlo errors stays on one side of the threshold."""

    multiple: float = MCSE_MULTIPLE

    @property
    def label(self) -> str:
        """The demand in words."""
        return f"bound +/- {self.multiple:g} MCSE on one side of the threshold"

    @property
    def facts(self) -> frozenset[str]:
        """Bound, its error, threshold."""
        return frozenset({"bound_score", "bound_mcse", "threshold_score"})

    def ask(self, facts: Facts) -> Answer:
        """Compare the distance to the threshold with the error; touching is too close."""
        bound, error = number(facts.get("bound_score")), number(facts.get("bound_mcse"))
        limit = number(facts.get("threshold_score"))
        if bound is None or limit is None or error is None or error < 0.0:
            return Answer(None, "the Monte-Carlo error of the bound is unknown")
        reach = self.multiple * error
        apart = bound + reach < limit or bound - reach >= limit
        word = "stays on one side of" if apart else "straddles"
        return Answer(apart, f"the bound +/- {reach:.2g} (Monte Carlo) {word} the threshold")


@dataclass(frozen=True)
class ExceedanceAtMost(Rule):
    """The exceedance is at most the allowance: the finding's, or the one given here."""

    allowance: float | None = None

    @property
    def label(self) -> str:
        """The comparison in words."""
        given = "the allowance" if self.allowance is None else f"{self.allowance:g}"
        return f"exceedance at most {given}"

    @property
    def facts(self) -> frozenset[str]:
        """Exceedance, and allowance unless given here."""
        own = {"allowance"} if self.allowance is None else set()
        return frozenset({"exceedance"} | own)

    def ask(self, facts: Facts) -> Answer:
        """Compare; equality is within the allowance. Outside 0 to 1 is no probability."""
        chance = _probability(facts.get("exceedance"))
        stated = facts.get("allowance") if self.allowance is None else self.allowance
        limit = _probability(stated)
        if chance is None or limit is None:
            return Answer(None, "the exceedance or its allowance is unknown")
        within = chance <= limit
        word = "is within" if within else "exceeds"
        return Answer(within, f"the exceedance {chance:.3g} {word} the allowance {limit:.3g}")


@dataclass(frozen=True)
class ChecksPassed(Rule):
    """Every check of the fit passed."""

    @property
    def label(self) -> str:
        """The demand in words."""
        return "checks passed"

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return frozenset({"checks_passed"})

    def ask(self, facts: Facts) -> Answer:
        """Answer with the outcome of the checks; none made is undecided."""
        passed = truth(facts.get("checks_passed"))
        said = {True: "passed", False: "failed", None: "were not all made"}[passed]
        return Answer(passed, f"the checks of the fit {said}")


@dataclass(frozen=True)
class WithinEvidence(Rule):
    """The scenario stays inside the evidence's range, or the threshold allows to extrapolate."""

    @property
    def label(self) -> str:
        """The demand in words."""
        return "inside the evidence, or extrapolation allowed"

    @property
    def facts(self) -> frozenset[str]:
        """Both facts."""
        return frozenset({"inside_evidence", "extrapolate_allowed"})

    def ask(self, facts: Facts) -> Answer:
        """Answer; not knowing whether the scenario is inside is undecided, allowed or not."""
        inside = truth(facts.get("inside_evidence"))
        allowed = truth(facts.get("extrapolate_allowed"))
        if inside is None or allowed is None:
            return Answer(None, "whether the scenario is inside the evidence is unknown")
        if inside:
            return Answer(True, "the scenario is inside the evidence")
        word = "as the threshold allows" if allowed else "which the threshold does not allow"
        return Answer(allowed, f"the scenario is outside the evidence, {word}")


CLEAR = BoundBelow() & McseSmall() & ExceedanceAtMost() & ChecksPassed() & WithinEvidence()
CROSSES = ~BoundBelow() & ChecksPassed()


def decide(finding: Finding) -> Verdict:
    """Return the verdict on `finding`; anything unknown makes it undecided."""
    facts = finding.facts()
    clear, crosses = CLEAR.ask(facts), CROSSES.ask(facts)
    unknown = [part.reason for part in clear.parts if part.holds is None]
    if unknown:
        return Verdict("undecided", "; ".join(unknown), clear.parts)
    if clear.holds is True:
        return Verdict("clear", clear.reason, clear.parts)
    if crosses.holds is True:
        return Verdict("crosses", clear.parts[0].reason, clear.parts)
    return Verdict("undecided", clear.reason, clear.parts)


def decide_together(rule: Rule, verdicts: Mapping[str, Verdict]) -> Verdict:
    """Return the verdict of a gate: crosses when `rule` holds of the thresholds that cross.

    `verdicts` go by threshold name. An undecided or missing threshold is an unknown fact, so the
    gate is clear only if the rule fails whatever that threshold would have said. Nor does a threshold
    that crosses clear a gate that asks for its opposite: its bound says that it may be reached.
    """
    known = {"crosses": True, "clear": False, "undecided": None}
    facts = {name: known[verdict.verdict] for name, verdict in verdicts.items()}
    answer = rule.ask(facts)
    if answer.holds is False:
        answer = rule.ask({name: None if crosses else crosses for name, crosses in facts.items()})
    words: dict[bool | None, VerdictWord] = {True: "crosses", False: "clear", None: "undecided"}
    reasons = [f"{name}: {verdicts[name].verdict}" for name in sorted(rule.facts & set(verdicts))]
    missing = [f"{name}: no verdict" for name in sorted(rule.facts - set(verdicts))]
    reason = f"{rule.label} ({', '.join(reasons + missing)})"
    return Verdict(words[answer.holds], reason, (answer,))


def _probability(value: object) -> float | None:
    chance = number(value)
    return chance if chance is not None and 0.0 <= chance <= 1.0 else None
