import pytest

from leakbound.evidence import load_evidence, prepare
from leakbound.report.coverage_figure import Mark, coverage_figure


@pytest.fixture(scope="module")
def rows():
    evidence = load_evidence()
    return prepare(evidence.rows, evidence.registry)


def texts(figure) -> list[str]:
    axes = figure.get_axes()
    return [text.get_text() for axis in axes for text in (axis.title, *axis.texts)]


def test_every_attempt_is_counted_once(rows) -> None:
    cells = rows[rows["attempts"] > 0].drop_duplicates("cell")
    titles = [axis.get_title() for axis in coverage_figure(rows).get_axes()]
    shown = [int(title.split("\n")[-1].split()[0].replace(",", "")) for title in titles]
    assert sum(shown) == cells["attempts"].sum()
    assert shown[2] == cells.loc[cells["log_compute_fraction"].notna(), "attempts"].sum()


def test_marks_stand_at_their_scenario(rows) -> None:
    marks = [Mark("open weights", 0.1, 2.0), Mark("closed API", None, 0.5)]
    figure = coverage_figure(rows, marks)
    stars = {
        (i, tuple(map(float, line.get_xydata()[0])))
        for i, axis in enumerate(figure.get_axes())
        for line in axis.lines
        if line.get_marker() == "*"
    }
    assert (2, (-1.0, 2.0)) in stars
    assert [place[1] for i, place in stars if i == 1] == [0.5]
    assert {"open weights", "closed API"} <= set(texts(figure))


def test_a_mark_beyond_the_evidence_is_inside_the_picture(rows) -> None:
    figure = coverage_figure(rows, [Mark("far", 1e9, 9.0)])
    plane = figure.get_axes()[2]
    assert plane.get_ylim()[1] > 9.0
    (star,) = [line for line in plane.lines if line.get_marker() == "*"]
    assert star.get_xdata()[0] == plane.get_xlim()[1]


def test_no_evidence_gives_an_empty_picture(rows) -> None:
    titles = [axis.get_title() for axis in coverage_figure(rows.iloc[:0]).get_axes()]
    assert all(title.endswith("\n0 attempts") for title in titles)
