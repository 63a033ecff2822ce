import itertools
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.report.drawing import width_of
from leakbound.report.pictures.naming import write_names
from leakbound.report.plot import Scale, plot_of, spread


def test_values_map_onto_pixels_and_outside_ones_onto_the_edge():
    scale = Scale(0.0, 2.0, 100.0, 0.0)
    assert [scale(value) for value in (0.0, 1.0, 2.0, 5.0, -1.0)] == [100, 50, 0, 0, 100]
    assert scale(math.nan) == 100.0
    logarithmic = Scale(1.0, 100.0, 0.0, 10.0, log=True)
    assert logarithmic(10.0) == pytest.approx(5.0)
    assert logarithmic(0.0) == 0.0


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (0.4, 1.0, ["0.4", "0.6", "0.8", "1"]),
        (0.0, 3.0, ["0", "1", "2", "3"]),
    ],
)
def test_ticks_are_round(low, high, labels):
    assert [label for _, label in Scale(low, high, 0, 1).ticks()] == labels


def test_ticks_of_a_log_scale():
    labels = [label for _, label in Scale(2.0, 120.0, 0, 1, log=True).ticks()]
    assert labels == ["3", "10", "30", "100"]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_labels_are_spread_in_order_inside_their_room(wanted):
    found = spread(wanted, 0.0, 100.0, 10.0)
    assert all(-1e-9 <= place <= 100.0 + 1e-9 for place in found)
    ordered = [place for _, place in sorted(zip(wanted, found, strict=True))]
    assert all(b - a > 10.0 - 1e-6 for a, b in itertools.pairwise(sorted(ordered)))


def test_labels_that_need_no_room_stay_where_they_are():
    assert spread([20.0, 50.0], 0.0, 100.0, 10.0) == [20.0, 50.0]


def test_a_long_title_stays_on_the_picture():
    plot = plot_of((200, 100), (0.0, 1.0), (0.0, 1.0))
    plot.frame("a title that is longer than its axis")
    assert 'x="197"' in plot.canvas.svg()


def test_a_curve_leaves_out_what_is_not_finite():
    plot = plot_of((200, 100), (0.0, 1.0), (0.0, 1.0))
    plot.curve([0.0, 0.5, 1.0], [0.0, math.nan, 1.0], "ink")
    assert plot.canvas.svg().count(",") - 1 <= 4
    assert "nan" not in plot.canvas.svg()


def test_names_beside_points_do_not_hit_each_other():
    plot = plot_of((400, 300), (0.0, 1.0), (0.0, 1.0))
    write_names(plot, [(100, 100, "first"), (102, 103, "second"), (104, 101, "third")])
    boxes = []
    for x, y, rest, said in re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)"([^>]*)>(\w+)<', plot.canvas.svg()
    ):
        width = width_of(said, 10.0)
        left = float(x) - (width if 'anchor="end"' in rest else 0.0)
        boxes.append((left, left + width, float(y)))
    assert len(boxes) == 3
    for (left, right, y), (other_left, other_right, other_y) in itertools.combinations(boxes, 2):
        assert right <= other_left or other_right <= left or abs(y - other_y) > 8
