"""What a report is made of: sections with text, pictures and tables, some of it folded away."""

from __future__ import annotations

from dataclasses import dataclass

from leakbound.report.manifest import Reference
from leakbound.report.picture import Picture
from leakbound.report.table import Table


@dataclass(frozen=True)
class Fold:
    """Pictures and tables that start closed on the page, under a title."""

    title: str
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it, the folds last."""

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    folds: tuple[Fold, ...] = ()
    references: tuple[Reference, ...] = ()


def folded(*tables: Table) -> tuple[Fold, ...]:
    """Return each table in a fold of its own that carries its caption and length."""
    return tuple(
        Fold(f"{table.caption} ({len(table.rows)} rows)", tables=(table,))
        for table in tables
        if table.rows
    )
