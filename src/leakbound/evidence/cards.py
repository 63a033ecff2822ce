"""Source cards: the TOML beside each evidence file that says where its rows come from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from leakbound.border import Strict, parse, read_toml
from leakbound.writing import write_text


@dataclass(frozen=True)
class Card:
    """Where an evidence file comes from.

    `parts` names the sources inside one file (rows carry them as `file/part`); `made` says how
    the rows were computed: input digest, period, quantiles, and how many rows were refused why.
    """

    title: str
    reference: str
    url: str
    retrieved: dt.date
    licence: str
    caveats: str
    parts: dict[str, str] = field(default_factory=dict)
    made: dict[str, str | int] = field(default_factory=dict)


class CardFile(Strict):
    """The TOML form of a card; every key but `parts` and `made` is required."""

    title: str = Field(min_length=1)
    reference: str = Field(min_length=1)
    url: str
    retrieved: dt.date
    licence: str = Field(min_length=1)
    caveats: str
    parts: dict[str, str] = Field(default_factory=dict)
    made: dict[str, str | int] = Field(default_factory=dict)


def read_card(path: Path) -> Card:
    """Return the card in a TOML file.

    Raises
    ------
    InputError
        The file is missing, is no TOML, or a key is missing, unknown or of the wrong type.
    """
    return Card(**dict(parse(CardFile, read_toml(path), str(path))))


def write_card(card: Card, path: Path) -> None:
    """Write a card as TOML, whole or not at all.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    import json

    def line(key: str, value: object) -> str:
        shown = value if isinstance(value, int | dt.date) else json.dumps(value, ensure_ascii=False)
        return f"{json.dumps(key) if not key.isidentifier() else key} = {shown}"

    scalars = ("title", "reference", "url", "retrieved", "licence", "caveats")
    lines = [line(key, getattr(card, key)) for key in scalars]
    for table in ("parts", "made"):
        entries: dict[str, object] = getattr(card, table)
        if entries:
            lines += ["", f"[{table}]", *(line(key, value) for key, value in entries.items())]
    write_text(path, "\n".join(lines) + "\n")
