from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.report.figures import look, save_figure


@pytest.fixture
def figure():
    from matplotlib.figure import Figure

    made = Figure(figsize=(3.0, 2.0))
    made.subplots().plot([0, 1], [1, 0], label="a line")
    return made


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_picture_is_written_whole_with_the_same_bytes_each_time(
    figure, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / "new" / f"picture.{suffix}"
    save_figure(figure, out)
    first = out.read_bytes()
    assert len(first) > 2000
    save_figure(figure, out)
    assert out.read_bytes() == first
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_other_suffixes_and_places_are_refused(figure, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must end in one of png, svg, pdf"):
        save_figure(figure, tmp_path / "picture.exe")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="must be a place one can write to"):
        save_figure(figure, tmp_path / "file" / "picture.png")


def test_text_stays_text_in_the_look_of_pictures(figure, tmp_path: Path) -> None:
    figure.suptitle("words to find")
    with look(8):
        save_figure(figure, tmp_path / "picture.svg")
    assert "words to find</text>" in (tmp_path / "picture.svg").read_text()
