"""The appendix of a report: how to read it, what it rests on, how to make it again."""

from __future__ import annotations

import math

from leakbound.assessment import Assessment
from leakbound.calibration.conflict import Conflict
from leakbound.report import wording
from leakbound.report.manifest import bibliography, digests
from leakbound.report.pictures.evidence import evidence_pictures
from leakbound.report.section import Section, folded
from leakbound.report.sentences.answers import MEANINGS
from leakbound.report.sentences.later import later_sources
from leakbound.report.table import Table
from leakbound.report.tables import sources as tables
from leakbound.report.tables import verdicts as verdict_tables
from leakbound.span import span_of
from leakbound.structures.stack import StackedSpecification, members_of


def appendix_sections(found: Assessment, command: str) -> list[Section]:
    """Return the sections in order."""
    return [
        _how_to_read(),
        _reasons(found),
        _extrapolation(found),
        _evidence(found),
        _assumptions(found),
        _checks(found),
        Section("bibliography", "Bibliography", references=bibliography(found)),
        _again(found, command),
    ]


def _how_to_read() -> Section:
    bullets = tuple(f"{word}: {meaning}." for word, meaning in MEANINGS)
    return Section("read", "How to read this", bullets=bullets)


def _reasons(found: Assessment) -> Section:
    table = verdict_tables.reason_table(found)
    return Section("reasons", "Why, when and who", folds=folded(table))


def _extrapolation(found: Assessment) -> Section:
    title, span = "What the forecast extrapolates", span_of(found.evidence)
    reach = (
        ("What training gains", f"up to {_years(span.training_years)} after a base's release"),
        ("what inference techniques gain", f"up to {_years(span.inference_years)} after it"),
        ("what known compute gains", f"up to {_fraction(span.log10_compute)} of pre-training"),
    )
    text = (
        f"{'; '.join(f'{what} was measured {how}' for what, how in reach)}; cells hold up to "
        f"{span.attempts} attempts. Half a year, and half an order of magnitude of compute, beyond that "
        "count as inside. Farther out the bound rests on the form of the model, its priors and published "
        "rates of progress."
    )
    table = verdict_tables.extrapolation_table(found)
    if not table.rows:
        return Section("extrapolates", title, (text, "No scenario leaves it."))
    return Section("extrapolates", title, (text,), tables=(table,))


def _years(value: float) -> str:
    return wording.years(value) if math.isfinite(value) else "no time"


def _fraction(log10_compute: float) -> str:
    return f"a fraction of {10**log10_compute:.2g}" if math.isfinite(log10_compute) else "nothing"


def _evidence(found: Assessment) -> Section:
    out = "; ".join(f"{reason}: {n} rows" for reason, n in found.evidence.left_out.items())
    text = f"{len(found.evidence.rows)} rows from {len(found.evidence.cards)} files."
    said = (text, f"Left out: {out}.") if out else (text,)
    made = folded(tables.card_table(found), tables.caveat_table(found))
    pictures = tuple(evidence_pictures(found))
    return Section("evidence", "Evidence used", said, pictures=pictures, folds=made)


def _assumptions(found: Assessment) -> Section:
    later = Table(
        ("assumption or prior that draws on something later",),
        tuple((text,) for text in later_sources(found)),
        "Known only after the knowledge date",
    )
    text = [
        "Who works on the model, how often and with how much compute is assumed, not fitted. A "
        "number without a source is the user's assumption."
    ]
    if found.candidate.elicited and not found.candidate.counts_as_elicited:
        text.append(
            "The candidate says that inference techniques are in its scores. Of a base without "
            "post-training that counts for nothing: the scores of the raw bases that the model learnt "
            "from may be prompted too."
        )
    if later.rows:
        text.append(
            "The evidence is cut at the knowledge date; these assumptions and priors are not: at "
            f"least {len(later.rows)} of them draw on something that became known afterwards."
        )
    made = (
        later,
        *tables.assumption_tables(found),
        tables.price_table(),
        tables.prior_table(found),
    )
    title = "Assumptions and their sources"
    return Section("assumptions", title, tuple(text), folds=folded(*made))


def _checks(found: Assessment) -> Section:
    failed = [one for one in found.posterior.checks if not one.passed]
    if not found.posterior.checks:
        text = "No check of the fit is known: nothing may be concluded from it."
    else:
        text = f"{len(failed)} checks failed." if failed else "Every check of the fit passed."
    agreed = "No prior-data conflict was found."
    said = (text, *(tuple(_sentence(one) for one in found.conflicts) or (agreed,)))
    table = tables.check_table(found)
    if failed:
        return Section("checks", "Checks of the fit", said, tables=(table,))
    return Section("checks", "Checks of the fit", said, folds=folded(table))


def _sentence(one: Conflict) -> str:
    return f"{one.line[0].upper()}{one.line[1:]}."


def _again(found: Assessment, command: str) -> Section:
    rows = [("command", wording.plain(command)), ("seed", str(found.posterior.seed))]
    rows += [(f"{name} digest", value) for name, value in digests(found).items()]
    text = "The same command with the same versions (manifest.json) gives the same verdict.json."
    if isinstance(found.specification, StackedSpecification):
        text = f"{text} The stack is made by `leakbound compare` with its models, before."
        rows += [
            (
                f"stacked {one.specification.name}",
                f"weight {one.weight:.3f}, {one.specification.digest}",
            )
            for one in members_of(found.specification)
        ]
    return Section(
        "again", "How to reproduce", (text,), tables=(Table(("what", "value"), tuple(rows)),)
    )
