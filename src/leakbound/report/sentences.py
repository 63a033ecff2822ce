"""What an assessment says in plain sentences."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from leakbound.assessment import Assessment, Offset
from leakbound.bound import BoundRow
from leakbound.comparators import ComparatorRow
from leakbound.evidence.registry import Benchmark
from leakbound.prices import shipped_prices
from leakbound.report import wording
from leakbound.report.tables import benchmark_of

LEAD_ORDER = ("open-weights", "closed-api", "theft")
ONE_PERCENT = "asl3-1pct"
OUTCOME_NOTE = (
    "Outcomes are shown for comparison only: the fit never uses them, nor anything else that "
    "became known on or after the knowledge date."
)
MEANINGS = (
    (
        "bound",
        "with the stated confidence the best of all attempts stays below it (one-sided upper "
        "credible bound)",
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
)


@dataclass(frozen=True)
class Lead:
    """One threshold's sentences, its worst verdict first."""

    threshold: str
    verdict: str
    sentences: tuple[str, ...]


def leads(found: Assessment) -> list[Lead]:
    """Return for each threshold one sentence per release mode, for the most dangerous scenario."""
    made = []
    for name in dict.fromkeys(row.threshold for row in found.verdicts):
        rows = [row for row in found.verdicts if row.threshold == name]
        worst = [
            max((row for row in rows if row.release == release), key=_danger)
            for release in LEAD_ORDER
            if any(row.release == release for row in rows)
        ]
        said = [row.verdict for row in worst]
        verdict = next((v for v in ("crosses", "undecided") if v in said), "clear")
        made.append(Lead(name, verdict, tuple(sentence(found, row) for row in worst)))
    return made


def _danger(row: BoundRow) -> float:
    return row.exceedance if row.exceedance == row.exceedance else float("inf")


def sentence(found: Assessment, row: BoundRow) -> str:
    """Return one verdict as a sentence for a reader who is no statistician."""
    benchmark = benchmark_of(found, row.benchmark)
    lead = wording.scenario_lead(found.scenarios[row.scenario])
    who = "its attempts" if row.release == "theft" else "all attempts"
    return (
        f"{lead}, the best of {who} within {wording.years(row.horizon_years)} would reach "
        f"{wording.limit(row.threshold_score)} on {wording.plain(benchmark.title)} with "
        f"probability {wording.chance(row.exceedance)}; the conservative bound "
        f"({wording.level(row.confidence)}) is {wording.score(row.bound_score, benchmark)}: "
        f"{row.verdict}."
    )


def offset_sentences(found: Assessment) -> list[str]:
    """Return the answer to the debate's question, one sentence per threshold."""
    return [
        text for one in found.offsets if (text := _offset(one, benchmark_of(found, one.benchmark)))
    ]


def _offset(one: Offset, benchmark: Benchmark) -> str:
    if not {"closed-api", "open-weights"} <= set(one.ceilings):
        return ""
    closed, opened = one.ceilings["closed-api"], one.ceilings["open-weights"]
    title, name = wording.plain(benchmark.title), wording.plain(one.threshold)
    setting = (
        f"With the same limit ({wording.limit(one.threshold_score)} on {title} within "
        f"{wording.years(one.horizon_years)}, allowance "
        f"{wording.level(1 - one.confidence)}) for both"
    )
    if wording.at_chance(closed, benchmark):
        return f"{name}: {setting}, no score above chance today is low enough, open or closed."
    if wording.at_chance(opened, benchmark):
        return (
            f"{name}: {setting}, a model behind an API may score up to "
            f"{wording.score(closed, benchmark)} today; for open weights no score above chance is "
            f"low enough, so their ceiling lies at least {wording.points(one.points)} lower."
        )
    gap = wording.points(one.points) if benchmark.link == "logit" else f"{one.points:.3g}"
    return (
        f"{name}: {setting}, the ceiling on today's score is {wording.score(opened, benchmark)} "
        f"for open weights and {wording.score(closed, benchmark)} behind an API: the open one lies "
        f"{gap} lower ({wording.number(one.logits)} on the link scale)."
    )


def rule_sentences(found: Assessment) -> list[str]:
    """Return what the 1 % rule would have said for the most open release of each threshold."""
    said = []
    for name in dict.fromkeys(row.threshold for row in found.verdicts):
        rows = [r for r in found.comparators if r.threshold == name and r.comparator == ONE_PERCENT]
        order = {release: i for i, release in enumerate(LEAD_ORDER)}
        rows.sort(key=lambda row: order[found.scenarios[row.scenario].release])
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


def later_sources(found: Assessment) -> list[str]:
    """Return the assumptions and priors whose source tells of something after the knowledge date.

    A source does so when it names an outcome of the candidate, or an arXiv number or a month that
    is later. What a source does not say cannot be recognised, so there may be more.
    """
    day = found.until or found.candidate.released
    names = _later_names(found, day)
    said: dict[str, list[str]] = {}
    for where, what, source in _sources(found):
        if _later(source, day, names):
            said.setdefault(f"{what}: {source}", []).append(where)
    return [f"{text} ({', '.join(places)})" for text, places in said.items()]


def _sources(found: Assessment) -> Iterator[tuple[str, str, str]]:
    for key, scenario in found.scenarios.items():
        for one in scenario.assumptions():
            yield key, one.place, one.source
    for name, source in shipped_prices().default.sources.items():
        yield "prices", name, source
    for name, prior in found.specification.priors.items():
        yield "priors", name, prior.source


def _later_names(found: Assessment, day: dt.date) -> set[str]:
    """Return the names of later outcomes, and what in them no earlier name holds ("R1")."""
    later = {row.outcome.name for row in found.outcomes if row.outcome.date >= day}
    parts = {part for name in later for part in re.split(r"[\s-]+", name)}
    known = set(re.split(r"[\s-]+", found.candidate.name))
    telling = {part for part in parts - known if re.search("[A-Za-z]", part)}
    return later | {part for part in telling if re.search(r"\d", part)}


def _later(source: str, day: dt.date, names: set[str]) -> bool:
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", source) for name in names):
        return True
    month = (day.year, day.month)
    told = [(2000 + int(a), int(b)) for a, b in re.findall(r"\b(\d\d)(\d\d)\.\d{4,5}\b", source)]
    told += [(int(a), int(b)) for a, b in re.findall(r"\b(20\d\d)-(\d\d)\b", source)]
    return any(when > month for when in told)
