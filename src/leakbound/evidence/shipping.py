"""Writing evidence files: rows beside a card that says how they were made."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from leakbound.errors import InputError
from leakbound.evidence.cards import Card, read_card, write_card
from leakbound.evidence.cells import QUANTILES, cells
from leakbound.evidence.cleaning import Imported
from leakbound.evidence.csvfile import without_formulas
from leakbound.evidence.importers import IMPORTERS, Options
from leakbound.evidence.registry import Registry, load_registry
from leakbound.evidence.rows import read_rows, validate_rows, write_rows
from leakbound.evidence.table import REGISTRY_FILE, load_evidence
from leakbound.writing import write_text

Made = dict[str, str | int]


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def made_from(source: Path, imported: Imported | None = None, **how: str) -> Made:
    """Return what a card says of how its rows were made: input, options, decisions counted."""
    made: Made = {"from": source.name, "from_sha256": file_digest(source), **how}
    if imported is None:
        return made
    tally = imported.tally()
    keys = tally["verdict"] + ": " + tally["reason"]
    return made | dict(zip(keys, tally["measurements"].tolist(), strict=True))


def as_text(quantiles: Sequence[float]) -> str:
    """Return quantiles as a card names them."""
    return ", ".join(f"{q:g}" for q in quantiles)


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
    how = {}
    if period:
        rows = cells(rows, period=period, registry=options.registry)
        how = {"period": period, "quantiles": as_text(QUANTILES)}
    made = made_from(source, imported, **how)
    card = read_card(out.with_suffix(".toml"))
    return rows, write_evidence(rows, out, card=card, made=made, registry=options.registry)


def write_evidence(
    rows: pd.DataFrame, out: Path, *, card: Card, made: Made, registry: Registry
) -> Card:
    """Check rows, write them and their card beside each other, and return the card.

    Raises
    ------
    InputError
        A row breaks a rule (nothing is written then), or the folder cannot be written to.
    """
    if out.suffix != ".csv":
        raise InputError(str(out), "must end in .csv")
    validate_rows(rows, registry, str(out))
    full = replace(card, made=made, reference=card.reference or str(made["from"]))
    write_rows(rows, out)
    write_card(full, out.with_suffix(".toml"))
    return full


def write_imported(imported: Imported, file: Path, out: Path, registry: Registry) -> None:
    """Write what an importer read: evidence rows with a card, or a ledger as it is.

    Raises
    ------
    InputError
        As `write_evidence`; or every measurement was rejected.
    """
    if imported.rows.empty:
        reasons = "; ".join(imported.tally()["reason"].head(3))
        raise InputError(str(file), "must hold at least one usable measurement", found=reasons)
    if imported.is_ledger:
        frame = without_formulas(imported.rows)
        write_text(out, frame.to_csv(index=False, date_format="%Y-%m-%d", float_format="%.6g"))
    else:
        card = card_for(file, f"Imported from {file.name}")
        made = made_from(file, imported)
        write_evidence(imported.rows, out, card=card, made=made, registry=registry)


def write_rejects(imported: Imported, path: Path) -> None:
    """Write the rejected measurements with their reasons as CSV.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    write_text(path, without_formulas(imported.rejects()).to_csv(index=False))


def card_for(file: Path, title: str) -> Card:
    """Return the card beside `file`, or a bare one with `title`, dated today.

    Raises
    ------
    InputError
        The card beside the file breaks a rule.
    """
    beside = file.with_suffix(".toml")
    if beside.exists():
        return read_card(beside)
    today = dt.datetime.now(tz=dt.UTC).date()
    return Card(title, "", "", today, "not stated", "")


def add_evidence(
    file: Path,
    folder: Path,
    *,
    texts: Mapping[str, str],
    registry_file: Path | None = None,
    replacing: bool = False,
) -> tuple[Path, int]:
    """Check a file of evidence rows and put it with a card into `folder`; return path and rows.

    `texts` overrides the card's texts by name. Rows keep the part of their source that the card
    lists. `registry_file` is put beside them, where `load_evidence` reads it.

    Raises
    ------
    InputError
        A row breaks a rule, there is no title or reference, or the target is taken.
    """
    out = folder / f"{file.stem}.csv"
    if out.exists() and not replacing:
        raise InputError(str(out), "must not exist yet", todo="give --replace to replace it")
    if out.stem in load_evidence().cards:
        rule = "must not have the name of a shipped source"
        raise InputError(str(out), rule, found=out.stem, todo="rename your file")
    registry = load_registry()
    if registry_file is not None:
        registry = registry.merged(load_registry(registry_file))
        _check_registry_place(registry_file, folder, replacing=replacing)
    rows = read_rows(file, registry)
    card = card_for(file, "")
    card = replace(
        card,
        title=texts.get("title") or card.title,
        reference=texts.get("reference") or card.reference,
        url=texts.get("url") or card.url,
        licence=texts.get("licence") or card.licence,
        caveats=texts.get("caveats") or card.caveats,
    )
    if not card.title or not card.reference:
        rule = "needs a card: give --title and --reference, or put a card beside the file"
        raise InputError(str(file), rule, found=str(file.with_suffix(".toml")))
    part = rows["source"].str.replace(r"^[^/]*/?", "", n=1, regex=True)
    source = (file.stem + "/" + part).where(part.isin(list(card.parts)), file.stem)
    made = made_from(file)
    if registry_file is not None:
        write_text(folder / REGISTRY_FILE, registry_file.read_text(encoding="utf-8"))
    write_evidence(rows.assign(source=source), out, card=card, made=made, registry=registry)
    return out, len(rows)


def _check_registry_place(registry_file: Path, folder: Path, *, replacing: bool) -> None:
    place = folder / REGISTRY_FILE
    if place.exists() and not replacing and place.read_bytes() != registry_file.read_bytes():
        rule = "must not exist yet, or be the same registry"
        raise InputError(str(place), rule, todo="merge them, or give --replace")
