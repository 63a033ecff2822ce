"""A report's content in order, one object for page and Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leakbound.assessment import Assessment
from leakbound.report import figures, sentences, tables, wording
from leakbound.report.figures import Picture
from leakbound.report.manifest import Reference, bibliography, digests
from leakbound.report.past import past_table
from leakbound.report.sentences import Lead
from leakbound.report.tables import Table


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it; `folded` tables start closed on the page."""

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    bullets: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    folded: bool = False


@dataclass(frozen=True)
class Document:
    """A whole report: the leads and answers at its top, verdicts, main pictures, sections."""

    title: str
    subtitle: str
    leads: tuple[Lead, ...]
    answers: tuple[str, ...]
    verdicts: Table
    gates: Table
    pictures: tuple[Picture, ...]
    sections: tuple[Section, ...]


def document_of(found: Assessment, *, command: str, scoreboard: Path | None = None) -> Document:
    """Return the report on an assessment; `scoreboard` is a backtest's JSON."""
    return Document(
        title=wording.plain(found.candidate.name),
        subtitle=_subtitle(found),
        leads=tuple(sentences.leads(found)),
        answers=tuple(sentences.offset_sentences(found) + sentences.rule_sentences(found)),
        verdicts=tables.verdict_table(found),
        gates=tables.gate_table(found),
        pictures=tuple(figures.main_pictures(found)),
        sections=(
            _how_to_read(),
            _rules(found),
            _outcomes(found),
            _ceilings(found),
            _reasons(found),
            _extrapolation(found),
            _evidence(found),
            _assumptions(found),
            _checks(found),
            _past(scoreboard),
            Section("bibliography", "Bibliography", references=bibliography(found), folded=True),
            _again(found, command),
        ),
    )


def _subtitle(found: Assessment) -> str:
    one = found.candidate
    day = found.until
    known = f"with what was known before {day}" if day else "with all the evidence there is"
    note = f" {wording.plain(one.note)}" if one.note else ""
    return f"Released {one.released}; assessed {known}.{note}"


def _how_to_read() -> Section:
    bullets = tuple(f"{word}: {meaning}." for word, meaning in sentences.MEANINGS)
    return Section("read", "How to read this", bullets=bullets)


def _rules(found: Assessment) -> Section:
    text = (
        "Each rule is read as the highest score it would lead one to expect of the same model. "
        "None looks at years after the release or at how many try, so a rule says the same in "
        "every scenario but for the limit it is held against."
    )
    return Section(
        "rules", "What published rules would have said", (text,),
        tuple(figures.comparator_pictures(found)), (tables.comparator_table(found),),
    )  # fmt: skip


def _outcomes(found: Assessment) -> Section:
    if not found.outcomes:
        text = "The candidate's file lists no outcomes."
        return Section("outcomes", "Outcomes against the bound", (text, sentences.OUTCOME_NOTE))
    text = (
        "What derivatives of the model later reached, against the bound at 95 % forecast for that "
        "day. An outcome belongs to the release that really happened; the other scenarios are "
        "shown beside it."
    )
    return Section(
        "outcomes", "Outcomes against the bound", (text, sentences.OUTCOME_NOTE),
        tables=(tables.outcome_table(found),),
    )  # fmt: skip


def _ceilings(found: Assessment) -> Section:
    text = (
        "A release ceiling is the highest score today at which the chance to reach the limit "
        "within the horizon stays within the allowance. Shaded in the pictures: guessing."
    )
    return Section(
        "ceilings", "Release ceilings and the offset between open and closed",
        (text, *sentences.offset_sentences(found)), tuple(figures.ceiling_pictures(found)),
        (tables.ceiling_table(found), tables.offset_table(found)),
    )  # fmt: skip


def _reasons(found: Assessment) -> Section:
    tables_ = (tables.reason_table(found),)
    return Section("reasons", "Why, when and who", tables=tables_, folded=True)


def _extrapolation(found: Assessment) -> Section:
    title, span = "What the forecast extrapolates", found.posterior.span
    text = (
        f"The evidence reaches to {span.lag_years:.1f} years after a base's release, to a compute "
        f"fraction of {10**span.log10_compute_high:.2g} where it is known, and to cells of "
        f"{span.attempts} attempts. Beyond it the bound rests on the form of the model "
        "and its priors."
    )
    table = tables.extrapolation_table(found)
    if not table.rows:
        return Section("extrapolates", title, (text, "No scenario leaves it."))
    return Section("extrapolates", title, (text,), tables=(table,))


def _evidence(found: Assessment) -> Section:
    out = "; ".join(f"{reason}: {n} rows" for reason, n in found.evidence.left_out.items())
    text = f"{len(found.evidence.rows)} rows from {len(found.evidence.cards)} files."
    said = (text, f"Left out: {out}.") if out else (text,)
    return Section(
        "evidence",
        "Evidence used",
        said,
        pictures=tuple(figures.coverage_pictures(found)),
        tables=(tables.card_table(found), tables.caveat_table(found)),
    )


def _assumptions(found: Assessment) -> Section:
    later = tuple(sentences.later_sources(found))
    text = [
        "Who works on the model, how often and with how much compute is assumed, not fitted. A "
        "number without a source is the user's assumption."
    ]
    if later:
        text.append(
            "The evidence is cut at the knowledge date; these assumptions and priors are not. At "
            "least these draw on something that became known afterwards:"
        )
    made = (*tables.assumption_tables(found), tables.price_table(), tables.prior_table(found))
    return Section(
        "assumptions", "Assumptions and their sources", tuple(text), tables=made, bullets=later,
        folded=True,
    )  # fmt: skip


def _checks(found: Assessment) -> Section:
    failed = [one for one in found.posterior.checks if not one.passed]
    if not found.posterior.checks:
        text = "No check of the fit is known: nothing may be concluded from it."
    else:
        text = f"{len(failed)} checks failed." if failed else "Every check of the fit passed."
    return Section("checks", "Checks of the fit", (text,), tables=(tables.check_table(found),))


def _past(scoreboard: Path | None) -> Section:
    title = "How well the bound did on the past"
    table = past_table(scoreboard)
    if table is None:
        return Section("past", title, ("No scoreboard of a backtest is available here.",))
    text = (
        "Share of later outcomes at or below the bound stated at 95 %, from the backtest: known "
        "bases had attempts before the cut, new ones had none. A pinball ratio below 1 is better "
        "than the empirical quantile."
    )
    return Section("past", title, (text,), tables=(table,))


def _again(found: Assessment, command: str) -> Section:
    rows = [("command", wording.plain(command)), ("seed", str(found.posterior.seed))]
    rows += [(f"{name} digest", value) for name, value in digests(found).items()]
    table = Table(("what", "value"), tuple(rows))
    text = "The same command with the same versions (manifest.json) gives the same verdict.json."
    return Section("again", "How to reproduce", (text,), tables=(table,))
