"""The top of a report: one sentence per domain for a reader who is no statistician."""

from __future__ import annotations

from dataclasses import dataclass

from leakbound.assessment import Assessment
from leakbound.bound import BoundRow
from leakbound.report import wording
from leakbound.report.past import Coverage
from leakbound.report.table import benchmark_of

LEAD_ORDER = ("open-weights", "closed-api", "theft")
SUBJECTS = {
    "open-weights": "publishing the weights",
    "closed-api": "serving it behind an API that can be withdrawn, the weights never stolen,",
    "theft": "a theft of the weights",
}
SAYS = {
    "crosses": "crosses the line",
    "clear": "stays clear of the line",
    "undecided": "is undecided, which counts as hold",
}
ORDER = ("crosses", "undecided", "clear")
BARELY = ", by less than twice the numerical error of its bound"


@dataclass(frozen=True)
class Lead:
    """One domain: its worst verdict, one sentence, and the sentences behind it."""

    domain: str
    verdict: str
    sentence: str
    details: tuple[str, ...]


def leads(found: Assessment, coverage: Coverage) -> list[Lead]:
    """Return a lead for each domain, each release mode by its most dangerous scenario."""
    domains = dict.fromkeys(row.domain for row in found.verdicts)
    return [_lead(found, domain, coverage) for domain in domains]


def _lead(found: Assessment, domain: str, coverage: Coverage) -> Lead:
    rows = [row for row in found.verdicts if row.domain == domain]
    worst = [
        max(mine, key=_danger)
        for release in LEAD_ORDER
        if (mine := [row for row in rows if row.release == release])
    ]
    said = [row.verdict for row in worst]
    verdict = next((one for one in ORDER if one in said), "undecided")
    text = "; ".join(_clause(found, row, first=i == 0) for i, row in enumerate(worst))
    notes = dict.fromkeys(wording.plain(note) for row in worst for note in row.notes)
    text = "; ".join([text, *_outside(worst), *notes])
    each = [
        max((r for r in rows if (r.threshold, r.release) == key), key=_danger)
        for key in dict.fromkeys((r.threshold, r.release) for r in _ordered(rows))
    ]
    details = tuple(sentence(found, row, coverage) for row in each)
    details += tuple(_limit_notes(found, {row.threshold for row in rows}))
    return Lead(wording.plain(domain), verdict, f"{text[:1].upper()}{text[1:]}.", details)


def _limit_notes(found: Assessment, names: set[str]) -> list[str]:
    """Return what the candidate's file says of its limits, none twice."""
    notes = (one.note for one in found.candidate.thresholds if one.name in names and one.note)
    return [f"Its file says of the limits: {wording.plain(note)}." for note in dict.fromkeys(notes)]


def _outside(rows: list[BoundRow]) -> list[str]:
    """Return what keeps undecided rows outside the evidence, none twice."""
    texts = (text for row in rows if row.verdict == "undecided" for text in row.extrapolates)
    return [f"outside the evidence: {wording.plain(text)}" for text in dict.fromkeys(texts)]


def _ordered(rows: list[BoundRow]) -> list[BoundRow]:
    return sorted(rows, key=lambda row: LEAD_ORDER.index(row.release))


def _danger(row: BoundRow) -> tuple[int, float]:
    """Return what orders rows: the verdict, then the exceedance, an unknown one highest."""
    risk = row.exceedance if row.exceedance == row.exceedance else float("inf")
    return -ORDER.index(row.verdict) if row.verdict in ORDER else 1, risk


def _clause(found: Assessment, row: BoundRow, *, first: bool) -> str:
    who = SUBJECTS[row.release]
    if row.scenario != row.release:
        who += f" ({wording.plain(row.scenario)})"
    within, chance = wording.years(row.horizon_years), wording.chance(row.exceedance)
    limit = wording.limit(row.threshold_score)
    says = SAYS.get(row.verdict, SAYS["undecided"]) + (BARELY if _barely(row) else "")
    if not first:
        return f"{who} {says} ({chance} for {limit} within {within})"
    title = wording.plain(benchmark_of(found, row.benchmark).title)
    return (
        f"{who} {says}: within {within} others would reach "
        f"{limit} on {title} with a chance of {chance}, where "
        f"{wording.level(1.0 - row.confidence)} is allowed"
    )


def _barely(row: BoundRow) -> bool:
    """Return whether a bound crosses by less than two of its Monte-Carlo errors."""
    return row.verdict == "crosses" and row.bound_score - 2.0 * row.bound_mcse < row.threshold_score


def sentence(found: Assessment, row: BoundRow, coverage: Coverage) -> str:
    """Return one verdict as a full sentence, its bound with what such bounds covered."""
    benchmark = benchmark_of(found, row.benchmark)
    lead = wording.scenario_lead(found.scenarios[row.scenario])
    who = "its attempts" if row.release == "theft" else "all attempts"
    return (
        f"{wording.plain(row.threshold)}: {lead}, the best of {who} within "
        f"{wording.years(row.horizon_years)} would reach "
        f"{wording.limit(row.threshold_score)} on {wording.plain(benchmark.title)} with "
        f"probability {wording.chance(row.exceedance)}; the conservative "
        f"{coverage.stated(row)} is "
        f"{wording.with_error(row.bound_score, row.bound_mcse, benchmark)}: "
        f"{row.verdict}."
    )
