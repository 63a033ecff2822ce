import datetime as dt
from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence import Card, read_card
from leakbound.evidence.cards import write_card

CARD = Card(
    title='Ours, "quoted"',
    reference="internal \\ report",
    url="",
    retrieved=dt.date(2024, 5, 1),
    licence="facts",
    caveats="line one\nline two; naïve",
    parts={"part-a": "first", "b.c": "second"},
    made={"rejected: no score": 3, "period": "half-year"},
)


def test_a_written_card_reads_back(tmp_path: Path) -> None:
    write_card(CARD, tmp_path / "card.toml")
    assert read_card(tmp_path / "card.toml") == CARD


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("licence", "license", "license: is not a known key; did you mean licence"),
        ("retrieved = 2024-05-01", 'retrieved = "May"', r"card\.toml: retrieved: must be"),
        ('title = "Ours, \\"quoted\\""', "", "title: is required"),
        ("url", "url =", "must be valid TOML"),
    ],
)
def test_broken_cards_name_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "card.toml"
    write_card(CARD, path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        read_card(path)


def test_a_missing_card_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: must exist"):
        read_card(tmp_path / "none.toml")
