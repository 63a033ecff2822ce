"""Tables of release ceilings and of the offset between open and closed release."""

from __future__ import annotations

from math import isfinite

from leakbound.assessment import Assessment
from leakbound.report import offset_words, wording
from leakbound.report.past import Coverage
from leakbound.report.table import Table, benchmark_of


def offset_table(found: Assessment, coverage: Coverage) -> Table:
    """How much lower the open ceiling lies: points, link scale, years of progress."""
    rows = []
    for one in found.offsets:
        if not {"closed-api", "open-weights"} <= set(one.ceilings):
            continue
        benchmark = benchmark_of(found, one.benchmark)
        told = offset_words.parts(one, benchmark)
        shown = (
            wording.ceiling(one.ceilings[key], benchmark, riskier_below=key in one.riskier_below)
            for key in ("closed-api", "open-weights")
        )
        rows.append((f"{one.domain}: {one.threshold}", *shown, *told))
    columns = ("domain", "ceiling behind an API", "ceiling for open weights", "lower by",
               "on the link scale", "as progress")  # fmt: skip
    told_of = coverage.sentences({(one.domain, one.confidence) for one in found.offsets})
    note = f"Both at the same limit, horizon and allowance: only the release differs. {told_of}"
    return Table(columns, tuple(rows), "The offset between open and closed", note=note)


def common_table(found: Assessment) -> Table:
    """Release ceilings of every scenario at one limit and horizon."""
    rows = [
        (
            one.threshold,
            wording.limit(one.threshold_score),
            wording.years(one.horizon_years),
            key,
            wording.ceiling(
                value, benchmark_of(found, one.benchmark), riskier_below=key in one.riskier_below
            ),
            wording.number(one.ceilings_z[key]) if isfinite(one.ceilings_z[key]) else "none",
        )
        for one in found.offsets
        for key, value in one.ceilings.items()
    ]
    columns = ("threshold", "limit", "within", "scenario", "ceiling for today's score",
               "on the link scale")  # fmt: skip
    caption = "Ceilings with all scenarios at the lowest limit and the longest horizon"
    return Table(columns, tuple(rows), caption)


def ceiling_table(found: Assessment) -> Table:
    """The highest score today at each threshold's own limit, horizon and allowance."""
    rows = []
    for row in found.verdicts:
        benchmark, ceiling = benchmark_of(found, row.benchmark), row.release_ceiling_score
        riskier = (row.threshold, row.scenario) in found.riskier_below
        spare = 1.0 - row.confidence - row.exceedance
        enough = wording.low_enough(row.today_score, ceiling, benchmark, spare=spare)
        rows.append(
            (
                row.threshold,
                row.scenario,
                wording.score(row.today_score, benchmark),
                wording.ceiling(ceiling, benchmark, riskier_below=riskier),
                "yes" if enough else "no",
                wording.limit(row.threshold_score),
                wording.years(row.horizon_years),
                wording.level(1.0 - row.confidence),
            )
        )
    columns = ("threshold", "scenario", "today", "ceiling for today's score", "low enough", "limit",
               "within", "allowance")  # fmt: skip
    return Table(columns, tuple(rows), "Ceilings with each scenario at its own limit and horizon")
