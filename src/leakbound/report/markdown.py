"""report.md: the report's short form, from the same content as the page."""

from __future__ import annotations

from leakbound.report.document import Document, Section
from leakbound.report.tables import Table
from leakbound.report.wording import mark, plain

SPECIAL = str.maketrans(
    {letter: f"\\{letter}" for letter in "\\`*_[]>|#"} | {"<": "&lt;", "&": "&amp;"}
)


def escaped(text: object) -> str:
    """Return text on one line in which Markdown and HTML find nothing to interpret."""
    return plain(text).translate(SPECIAL)


def as_markdown(document: Document) -> str:
    """Return the Markdown report; long tables and pictures stand on the page only."""
    lines = [f"# {escaped(document.title)}", "", escaped(document.subtitle), ""]
    for lead in document.leads:
        lines += [f"**{escaped(lead.threshold)}: {mark(lead.verdict)}**", ""]
        lines += [f"- {escaped(text)}" for text in lead.sentences]
        lines.append("")
    lines += [f"- {escaped(text)}" for text in document.answers]
    lines += ["", "## Verdicts", "", *table_lines(document.verdicts)]
    if document.gates.rows:
        lines += ["", *table_lines(document.gates)]
    for section in document.sections:
        lines += _section(section)
    return "\n".join(lines).rstrip() + "\n"


def table_lines(table: Table) -> list[str]:
    """Return a table's lines."""
    rows = [table.columns, *table.rows]
    lines = ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(table.columns))
    return [f"{escaped(table.caption)}", "", *lines] if table.caption else lines


def _section(section: Section) -> list[str]:
    lines = ["", f"## {escaped(section.title)}", ""]
    for text in section.paragraphs:
        lines += [escaped(text), ""]
    lines += [f"- {escaped(text)}" for text in section.bullets]
    for one in section.references:
        lines.append(f"- {escaped(one.text)}{f' {escaped(one.url)}' if one.url else ''}")
    for table in section.tables:
        if table.short:
            lines += ["", *table_lines(table)]
    if any(not table.short for table in section.tables):
        lines += ["", "The full table stands in report.html."]
    return lines
