import os
from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.writing import check_file, check_folder, write_text, write_whole


@pytest.fixture
def closed(tmp_path: Path):
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        folder.chmod(0o700)
        pytest.skip("this user may write everywhere")
    yield folder
    folder.chmod(0o700)


def test_a_text_is_written_as_it_is_in_a_folder_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "out.txt"
    write_text(path, "ä\r\nb\n")
    assert path.read_bytes() == "ä\r\nb\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644


def test_an_older_file_survives_a_failed_write(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_text(path, "old")

    def write(part: Path) -> None:
        part.write_text("half")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_whole(path, write)
    assert path.read_text() == "old"
    assert [place.name for place in tmp_path.iterdir()] == ["out.csv"]


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    def write(part: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="must be a place one can write to; found 'No space left"):
        write_whole(tmp_path / "out.csv", write)
    assert not list(tmp_path.iterdir())


def test_a_closed_folder_takes_nothing(closed: Path) -> None:
    with pytest.raises(InputError, match="must be a place one can write to"):
        write_text(closed / "out.csv", "new")
    for folder in (closed, closed / "new"):
        with pytest.raises(
            InputError, match="/closed: must be a folder one can write to; found 'one closed"
        ):
            check_folder(folder)


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(InputError, match="must be a place one can write to"):
        write_text(file / "out.csv", "new")
    for check, place in (
        (check_folder, file),
        (check_folder, file / "new"),
        (check_file, file / "new.csv"),
    ):
        with pytest.raises(
            InputError, match="/file: must be a folder one can write to; found 'a file'"
        ):
            check(place)


def test_a_folder_where_a_file_should_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a file; found 'a folder'; add a file's name"):
        check_file(tmp_path)


def test_places_that_are_open_or_can_be_made_pass(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, tmp_path / "a" / "b", Path("a/b"), Path(".")):
        check_folder(folder)
        check_file(folder / "out.json")
    assert not list(tmp_path.iterdir())
