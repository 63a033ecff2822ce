"""Writing evidence files: rows beside a card that says how they were made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from leakbound.evidence.cards import Card, read_card, write_card
from leakbound.evidence.cells import QUANTILES, cells
from leakbound.evidence.cleaning import Imported
from leakbound.evidence.importers import IMPORTERS, Options
from leakbound.evidence.rows import validate_rows, write_rows


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def made_from(
    imported: Imported, source: Path, *, period: str = "", quantiles: Sequence[float] = ()
) -> dict[str, str | int]:
    """Return what a card says of how its rows were made: input, aggregation, decisions counted."""
    tally = imported.tally()
    made: dict[str, str | int] = {"from": source.name, "from_sha256": file_digest(source)}
    if period:
        made["period"] = period
        made["quantiles"] = ", ".join(f"{q:g}" for q in quantiles)
    keys = tally["verdict"] + ": " + tally["reason"]
    return made | dict(zip(keys, tally["measurements"].tolist(), strict=True))


def regenerate(
    source: Path, out: Path, *, format_: str, column_map: Path | None = None, period: str = ""
) -> tuple[pd.DataFrame, Card]:
    """Import `source`, aggregate it if a period is given, and write `out` and its card's [made].

    The card beside `out` must exist: title, licence and caveats are written by hand.

    Raises
    ------
    InputError
        Source, map, card or a resulting row breaks a rule; nothing is written then.
    """
    options = Options(source=out.stem, column_map=column_map)
    imported = IMPORTERS[format_](source, options)
    rows = imported.rows
    if period:
        rows = cells(rows, period=period, registry=options.registry)
    validate_rows(rows, options.registry, str(out))
    card_path = out.with_suffix(".toml")
    made = made_from(imported, source, period=period, quantiles=QUANTILES if period else ())
    card = replace(read_card(card_path), made=made)
    write_rows(rows, out)
    write_card(card, card_path)
    return rows, card
