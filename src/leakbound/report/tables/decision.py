"""Tables for who has to decide: leaks, buffers, what flips a verdict, what to evaluate next."""

from __future__ import annotations

from math import isfinite

from leakbound.assessment import Assessment
from leakbound.explain.flips import Flip
from leakbound.explain.worth import EvaluationWorth
from leakbound.report import wording
from leakbound.report.table import Table, benchmark_of
from leakbound.risk import SecurityStep


def risk_table(found: Assessment) -> Table:
    """Not released, but may leak: chance of theft, exceedance given theft, and the total."""
    rows = []
    for one in found.risks:
        for actor, theft in one.theft.items():
            given = one.exceedance.get(actor, float("nan"))
            both = wording.chance(theft * given)
            rows.append((one.threshold, actor, wording.chance(theft), wording.chance(given), both))
        kept = wording.chance(one.unleaked)
        rows.append((one.threshold, "the API as operated", "-", kept, kept))
        rows.append((one.threshold, "in all: kept, but may leak", "-", "-",
                     wording.chance(one.total)))  # fmt: skip
        rows.append((one.threshold, "published", "-", "-", wording.chance(one.released)))
    columns = ("threshold", "who", "chance of theft", "chance to reach the limit, given it",
               "both")  # fmt: skip
    return Table(columns, tuple(rows), "Chance by thief, and in all")


def security_table(found: Assessment) -> Table:
    """The total at every security level by threshold, and what one gains against the candidate's.

    Chances that are stated without a level have a row of their own: levels are the documented ones.
    """
    levels = sorted({step.level for one in found.risks for step in one.steps})
    said = {
        (one.threshold, step.level): _step(step, now=step.level == one.level)
        for one in found.risks
        for step in one.steps
    }
    names = [one.threshold for one in found.risks]
    rows = [(f"SL{level}", *(said.get((name, level), "-") for name in names)) for level in levels]
    note = "Total chance; in brackets the change in points against now."
    if any(one.level is None for one in found.risks):
        stated = (f"{wording.chance(one.total)} (now)" for one in found.risks)
        rows.insert(0, ("chances as stated", *stated))
        note += " Levels have the documented default chances, which need not go with those stated."
    return Table(("security level", *names), tuple(rows), "The value of better security", note=note)


def _step(step: SecurityStep, *, now: bool) -> str:
    points = round(-100 * step.reduction, 1) + 0.0
    change = "now" if now else f"{points:+.1f}" if points else "same"
    return f"{wording.chance(step.total)} ({change})"


def buffer_table(found: Assessment) -> Table:
    """What distance the bound requires, how long published buffers last, when to look again."""
    names = list(dict.fromkeys(name for one in found.buffers for name in one.rules))
    rows = []
    for one in found.buffers:
        benchmark = benchmark_of(found, one.benchmark)
        gap = (
            wording.points(one.needed_points)
            if benchmark.link == "logit"
            else wording.number(one.needed_points)
        )
        lasts = [_lasts(one.lasts_years.get(name)) if name in one.rules else "-" for name in names]
        date = str(one.reevaluate_by) if one.reevaluate_by else "not in the years looked at"
        rows.append((one.threshold, one.scenario, _oom(one.needed_oom), gap, date, *lasts))
    told = {name: one.rules[name] for one in found.buffers for name in one.rules}
    columns = ("threshold", "scenario", "buffer the bound requires", "in score", "re-evaluate by",
               *(f"{name} ({told[name]:.2g} OOM) lasts" for name in names))  # fmt: skip
    return Table(columns, tuple(rows), "Buffers and the date to look again")


def _oom(value: float) -> str:
    return f"{value:.2g} OOM" if isfinite(value) else "unknown"


def _lasts(years: float | None) -> str:
    if years is None:
        return "the whole horizon"
    return "no time at all" if years <= 0.0 else wording.years(years)


def nearest_table(flips: tuple[Flip, ...]) -> Table:
    """For every row the nearest change that flips its verdict, in one line."""
    rows = tuple(
        (
            f"{one.threshold}, {one.scenario}",
            wording.mark(one.verdict),
            "nothing searched flips it"
            if one.flips_at is None
            else f"{one.what}: {_amount(one.flips_at, one.unit)} instead of "
            f"{_amount(one.stated, one.unit if one.unit == 'probability' else '')}",
            "-" if one.flips_at is None else wording.mark(one.then),
        )
        for one in flips
    )
    columns = ("verdict on", "now", "nearest change", "then")
    return Table(columns, rows, "The nearest flip of every verdict")


def flip_table(flips: tuple[Flip, ...], *, caption: str) -> Table:
    """What would flip the verdict: one input at a time, the smallest change that does."""
    rows = tuple(
        (
            one.threshold,
            one.scenario,
            wording.mark(one.verdict),
            one.what,
            _amount(one.stated, one.unit),
            "nothing searched flips it"
            if one.flips_at is None
            else _amount(one.flips_at, one.unit),
            "-" if one.flips_at is None else wording.mark(one.then),
            f"{_amount(one.low, one.unit)} to {_amount(one.high, one.unit)}",
        )
        for one in flips
    )
    columns = ("threshold", "scenario", "now", "what changes", "from", "to", "then", "searched")
    return Table(columns, rows, caption)


def _amount(value: float, unit: str = "") -> str:
    if not isfinite(value):
        return "unknown"
    if unit == "probability":
        return f"{100 * value:.3g} %"
    if unit == "years" and value == 1.0:
        return "1 year"
    if unit == "times as many" and value == 1.0:
        return "as many"
    return f"{value:.3g} {wording.plain(unit)}".strip()


def worth_table(found: Assessment) -> Table:
    """Evaluations by how far each lowers the share at stake that is decided wrongly, best first."""
    rows = tuple(
        (
            one.evaluation,
            one.threshold,
            one.scenario,
            wording.chance(one.chance_wrong),
            wording.chance(one.chance_wrong_after),
            wording.points(one.worth),
        )
        for one in ranked(found)
    )
    columns = ("evaluation", "threshold", "scenario", "at stake, decided wrongly", "after it",
               "worth")  # fmt: skip
    return Table(columns, rows, "Evaluations, the most useful first")


def ranked(found: Assessment) -> list[EvaluationWorth]:
    """Return evaluations by their worth, the largest first and unknown ones last."""
    return sorted(found.worths, key=lambda one: -one.worth if isfinite(one.worth) else 1.0)
