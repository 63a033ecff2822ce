"""A report's content in order, one object for page and Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leakbound.assessment import Assessment
from leakbound.report import wording
from leakbound.report.past import coverage_of, read_scoreboard
from leakbound.report.picture import Picture
from leakbound.report.pictures.years import years_pictures
from leakbound.report.section import Fold, Section, folded
from leakbound.report.sections.appendix import appendix_sections
from leakbound.report.sections.decision import ceiling_section, decision_sections
from leakbound.report.sections.history import history_sections
from leakbound.report.sentences.leads import Lead, leads
from leakbound.report.shares_section import shares_sections
from leakbound.report.table import Table
from leakbound.report.tables import verdicts as tables


@dataclass(frozen=True)
class Document:
    """A whole report.

    `leads`, `matrix`, `pictures` and `ceilings` are what a reader of five minutes sees; `numbers`
    stand folded under the matrix, `sections` below.
    """

    title: str
    subtitle: str
    leads: tuple[Lead, ...]
    matrix: Table
    numbers: tuple[Fold, ...]
    pictures: tuple[Picture, ...]
    ceilings: Section
    sections: tuple[Section, ...]


def document_of(found: Assessment, *, command: str, scoreboard: Path | None = None) -> Document:
    """Return the report on an assessment; `scoreboard` is a backtest's JSON."""
    board = read_scoreboard(scoreboard)
    coverage = coverage_of(board, found.specification, found.recalibrated, found.evidence.registry)
    return Document(
        title=wording.plain(found.candidate.name),
        subtitle=_subtitle(found),
        leads=tuple(leads(found, coverage)),
        matrix=tables.matrix_table(found),
        numbers=folded(tables.verdict_table(found, coverage), tables.gate_table(found)),
        pictures=tuple(years_pictures(found, coverage)),
        ceilings=ceiling_section(found, coverage),
        sections=(
            *decision_sections(found, coverage),
            *shares_sections(found),
            *history_sections(found, coverage),
            *appendix_sections(found, command),
        ),
    )


def _subtitle(found: Assessment) -> str:
    one = found.candidate
    day = found.until
    known = f"with what was known before {day}" if day else "with all the evidence there is"
    note = f" {wording.plain(one.note)}" if one.note else ""
    moved = f" Recalibrated: {wording.plain(found.recalibrated)}." if found.recalibrated else ""
    return f"Released {one.released}; assessed {known}.{moved}{note}"
