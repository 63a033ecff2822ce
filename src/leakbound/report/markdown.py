"""report.md: the report's short form, from the same content as the page."""

from __future__ import annotations

from leakbound.report.document import Document
from leakbound.report.section import Section
from leakbound.report.table import Table
from leakbound.report.wording import mark, plain

SPECIAL = str.maketrans(
    {letter: f"\\{letter}" for letter in "\\`*_[]>|#"} | {"<": "&lt;", "&": "&amp;"}
)
ELSEWHERE = "The pictures and the full tables stand in report.html."


def escaped(text: object) -> str:
    """Return text on one line in which Markdown and HTML find nothing to interpret."""
    return plain(text).translate(SPECIAL)


def as_markdown(document: Document) -> str:
    """Return the Markdown report; long tables and pictures stand on the page only.

    So does the text of a section that is all pictures, as it speaks of them.
    """
    lines = [f"# {escaped(document.title)}", "", escaped(document.subtitle), ""]
    for lead in document.leads:
        lines += [f"**{escaped(lead.domain)}: {mark(lead.verdict)}** {escaped(lead.sentence)}", ""]
        lines += [f"- {escaped(text)}" for text in lead.details]
        lines.append("")
    lines += ["## Verdicts", "", *table_lines(document.matrix)]
    for fold in document.numbers:
        for table in fold.tables:
            lines += ["", *table_lines(table)]
    for section in (document.ceilings, *document.sections):
        lines += _section(section)
    return "\n".join(lines).rstrip() + "\n"


def table_lines(table: Table) -> list[str]:
    """Return a table's lines, its caption above and its note below."""
    rows = [table.columns, *table.rows]
    lines = ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(table.columns))
    above = [escaped(table.caption), ""] if table.caption else []
    return [*above, *lines, *(["", escaped(table.note)] if table.note else [])]


def _section(section: Section) -> list[str]:
    lines = ["", f"## {escaped(section.title)}", ""]
    every = [*section.tables, *(table for fold in section.folds for table in fold.tables)]
    here = section.bullets or section.references or any(table.short for table in every)
    if section.pictures and not here:
        return [*lines, ELSEWHERE]
    for text in section.paragraphs:
        lines += [escaped(text), ""]
    lines += [f"- {escaped(text)}" for text in section.bullets]
    for one in section.references:
        lines.append(f"- {escaped(one.text)}{f' {escaped(one.url)}' if one.url else ''}")
    for table in every:
        if table.short:
            lines += ["", *table_lines(table)]
    pictured = section.pictures or any(fold.pictures for fold in section.folds)
    if pictured or any(not table.short for table in every):
        lines += ["", ELSEWHERE]
    return lines
