import os
from pathlib import Path

import pytest
from pydantic import Field

from leakbound.border import MAX_BYTES, QuantityIn, Strict, files_of, parse, read_toml
from leakbound.errors import InputError


class Inner(Strict):
    amount: QuantityIn


class Outer(Strict):
    number: float
    parts: dict[str, Inner] = Field(default_factory=dict)


def test_tables_of_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text("a = 1\n[b]\nc = 'd'\n")
    assert read_toml(path) == {"a": 1, "b": {"c": "d"}}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "must not be empty"),
        (b"# only a comment\n", "must not be empty"),
        (b"a = = 1", "must be valid TOML"),
        (b"a = 1\na = 2\n", "must be valid TOML"),
        (b"a = 1\x00", "must be valid TOML"),
        (b"\xff\xfe\x00binary", "must be TOML text in UTF-8"),
        (b"a = " + b"[" * 100_000, "must be valid TOML"),
        (b"a = " + b"9" * 5_000, "must be valid TOML"),
        (b"#" * (MAX_BYTES + 1), "must be smaller than"),
    ],
)
def test_bad_content_is_one_line(tmp_path: Path, content: bytes, rule: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rule) as caught:
        read_toml(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must exist"):
        read_toml(tmp_path / "none.toml")


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 'a directory'"):
        read_toml(tmp_path)


def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="must be a regular file"):
        read_toml(tmp_path / "pipe")


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.toml"
    path.write_text("a = 1")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match="must be readable; found 'Permission denied'"):
        read_toml(path)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "f.toml: number: is required; add this key"),
        ({"number": True}, "f.toml: number: must be a valid number; found True"),
        ({"number": "1"}, "f.toml: number: must be a valid number; found '1'"),
        ({"number": float("nan")}, "f.toml: number: must be a finite number; found nan"),
        ({"numbr": 1.0}, "f.toml: numbr: is not a known key; did you mean number?"),
        ({"number": 1, "parts": {"x": {}}}, "f.toml: parts.x.amount: is required; add this key"),
        (
            {"number": 1, "parts": {"x": {"amount": {"low": 1}}}},
            "f.toml: parts.x.amount: an interval needs 'high'; found {'low': 1}; "
            "write { mass = 0.9, low = 1, high = 9 }",
        ),
        (
            {"number": 1, "parts": {"x": {"amount": {"low": 1, "hi": 2}}}},
            "f.toml: parts.x.amount: unknown key 'hi' in an interval; "
            "found {'low': 1, 'hi': 2}; use mass, low and high",
        ),
        (
            {"number": 1, "parts": {"x": {"amount": 10**400}}},
            "f.toml: parts.x.amount: a quantity (or its low and high) must be finite; found 1000",
        ),
    ],
)
def test_first_broken_rule_names_its_key(data: dict[str, object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(Outer, data, "f.toml")
    assert str(caught.value).startswith(told)


def test_whole_number_counts_as_number() -> None:
    assert parse(Outer, {"number": 3}, "f.toml").number == 3.0


def test_files_of_a_folder_count_in_whatever_case_and_subfolders_do_not(tmp_path: Path) -> None:
    for name in ("b.TOML", "a.toml", "c.csv"):
        (tmp_path / name).touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "d.toml").touch()
    assert [path.name for path in files_of(tmp_path, ".toml")] == ["a.toml", "b.TOML"]


def test_a_folder_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a readable folder; found 'No such file"):
        files_of(tmp_path / "absent", ".toml")
