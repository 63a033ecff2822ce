"""Answers to the debate: how much lower the open ceiling is, what the published rules said."""

from __future__ import annotations

from leakbound.assessment import Assessment, Offset
from leakbound.comparators import ComparatorRow
from leakbound.evidence.registry import Benchmark
from leakbound.report import offset_words, wording
from leakbound.report.sentences.leads import LEAD_ORDER
from leakbound.report.table import benchmark_of

NEAR_CHANCE = "lower scores near chance say less of a model and may cross"
ONE_PERCENT = "asl3-1pct"
OUTCOME_NOTE = (
    "Outcomes are shown for comparison only: the fit never uses them, nor anything else that "
    "became known on or after the knowledge date."
)
MEANINGS = (
    (
        "bound",
        "with the stated confidence the best of all attempts stays below it (one-sided upper "
        "credible bound); after ± stands twice its numerical error",
    ),
    (
        "limit",
        "the score that others must not reach, the threshold or line; the candidate's file sets it",
    ),
    (
        "allowance",
        "the highest chance to reach the limit that is accepted: one less the confidence",
    ),
    (
        "theft-oc1 to theft-oc5",
        "a theft by an actor of one of RAND's operational capacity classes, from an amateur to a state's "
        "best-resourced programme",
    ),
    ("SL1 to SL5", "RAND's security levels, each meant to hold against the class of its number"),
    (
        "link scale",
        "where gains add up: logits for fractions correct, log minutes for time horizons",
    ),
    ("chance", "the probability that the best of all attempts reaches the limit within the time"),
    ("median", "the best of all attempts lies below or above it with even chances"),
    (
        "clear",
        "the bound is below the limit, its numerical error small, every check passed, and the "
        "scenario inside what the evidence covers",
    ),
    ("crosses", "the bound reaches the limit"),
    ("undecided", "neither; counts as hold"),
    (
        "OOM",
        "order of magnitude: a tenfold of effective pre-training compute; a buffer of 4x is 0.6 OOM",
    ),
)


def offset_sentences(found: Assessment) -> list[str]:
    """Return the answer to the debate's question, one sentence per threshold."""
    told = (_offset(one, benchmark_of(found, one.benchmark)) for one in found.offsets)
    return [text for text in told if text]


def _offset(one: Offset, benchmark: Benchmark) -> str:
    if not {"closed-api", "open-weights"} <= set(one.ceilings):
        return ""
    closed, opened = one.ceilings["closed-api"], one.ceilings["open-weights"]
    setting = (
        f"{wording.plain(one.threshold)}: with the same limit "
        f"({wording.limit(one.threshold_score)} on {wording.plain(benchmark.title)} within "
        f"{wording.years(one.horizon_years)}, allowance "
        f"{wording.level(1 - one.confidence)}) for both"
    )
    said = offset_words.amounts(one, benchmark)
    near = f" ({NEAR_CHANCE})" if one.riskier_below else ""
    if wording.at_chance(closed, benchmark):
        return f"{setting}, no score above chance today is low enough, open or closed."
    if wording.at_chance(opened, benchmark):
        return (
            f"{setting}, a model behind an API may score up to {wording.score(closed, benchmark)} "
            f"today{near}; for open weights no score above chance is low enough, which is lower by "
            f"{said}."
        )
    return (
        f"{setting}, the ceiling on today's score is {wording.score(opened, benchmark)} for open "
        f"weights and {wording.score(closed, benchmark)} behind an API{near}: the open one lies lower "
        f"by {said}."
    )


def rule_sentences(found: Assessment) -> list[str]:
    """Return what the 1 % rule would have said for the most open release of each threshold."""
    said = []
    for name in dict.fromkeys(row.threshold for row in found.verdicts):
        rows = [r for r in found.comparators if r.threshold == name and r.comparator == ONE_PERCENT]
        rows.sort(key=lambda row: LEAD_ORDER.index(found.scenarios[row.scenario].release))
        if rows:
            said.append(_rule(found, rows[0]))
    return said


def _rule(found: Assessment, row: ComparatorRow) -> str:
    benchmark = benchmark_of(found, row.benchmark)
    text = (
        f"{wording.plain(row.threshold)}: the 1 % rule (test with 1 % of the training cost and "
        f"today's techniques) would have expected {wording.score(row.bound_score, benchmark)} "
        f"against a limit of {wording.limit(row.threshold_score)} for {row.scenario} "
        f"and said {row.verdict}."
    )
    later = [one for one in found.outcomes if one.outcome.benchmark == row.benchmark]
    above = [one for one in later if one.outcome.score > row.bound_score]
    if above:
        best = max(above, key=lambda one: one.outcome.score)
        text += (
            f" {wording.plain(best.outcome.name)} reached "
            f"{wording.score(best.outcome.score, benchmark)} after {wording.years(best.years)}."
        )
    return text
