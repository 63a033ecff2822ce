import json

import pytest
from tests.unit.report.test_past import board, row

from leakbound.errors import InputError
from leakbound.report.named import (
    LEFT_OUT,
    PROMPTED,
    STATED,
    Named,
    kinds_table,
    named_of,
    read_named,
)
from leakbound.report.past import Coverage, read_scoreboard
from leakbound.report.tables.past import named_table


def named_row(**changes):
    return row(**{"data": LEFT_OUT, "cut": "all-evidence", "subset": "new", **changes})


def rows():
    return [
        named_row(coverage=0.944, coverage_low=0.91, coverage_high=0.97, n=341, pinball_ratio=0.75),
        named_row(group=STATED, coverage=0.9375, n=16, pinball_ratio=0.52),
        named_row(group=PROMPTED, coverage=0.942, n=258, pinball_ratio=0.76),
        named_row(method="sharp", coverage=0.6, n=341, pinball_ratio=0.5),
        named_row(method="sharp", group=STATED, coverage=0.0625, n=16, pinball_ratio=6.01),
        named_row(method="dull", coverage=0.8, n=341, pinball_ratio=1.0),
        named_row(method="leakbound+recalibrated", coverage=0.1),
        named_row(group="lag:0-0.25", coverage=0.2),
        named_row(benchmark="ceg", coverage=0.3),
        named_row(level=0.5, coverage=0.4),
        named_row(quantity="best", coverage=0.94, n=234),
        named_row(data="named", cut="2025-01-01", coverage=0.99, n=55),
    ]


@pytest.fixture
def named() -> Named:
    return named_of(rows())


def test_what_was_covered_is_said_with_its_interval_and_what_was_of_stated_compute(named):
    said = named.sentence("leakbound")
    assert said.endswith(
        "covered 94 % (91 to 97 %) of 341 (258 of them prompting of a raw base), "
        "15 of the 16 of stated compute."
    )
    assert "forecast by the same model without any attempt" in said
    assert "forecast by the default model without" in named.sentence(
        "leakbound", "the default model"
    )


def test_nothing_is_said_of_a_method_that_was_not_tested(named):
    assert named.sentence("leakbound-other") == ""


def test_without_stated_compute_the_whole_is_said():
    assert (
        named_of(rows()[:1])
        .sentence("leakbound")
        .endswith("(91 to 97 %) of 341 (0 of them prompting of a raw base).")
    )


def test_a_table_has_our_own_first_and_the_others_by_loss(named):
    table = kinds_table(named.of(LEFT_OUT, "attempt"), "", "leakbound")
    assert table.columns == (
        *("method", "all (341)", "prompting of a raw base (258)", "training, compute stated (16)"),
    )
    assert table.rows == (
        ("leakbound", "94 % (91 to 97), 0.75", "94 %, 0.76", "94 %, 0.52"),
        ("sharp", "60 % (92 to 98), 0.50", "-", "6 %, 6.01"),
        ("dull", "80 % (92 to 98), 1.00", "-", "-"),
    )


def test_a_file_is_read_as_it_was_written_and_none_is_none(tmp_path, named):
    file = tmp_path / "named-effort.json"
    assert read_named(file) is None
    file.write_text(json.dumps({"rows": rows()}))
    assert read_named(file).rows.equals(named.rows)


@pytest.mark.parametrize("text", ["", "{}", '{"rows": []}', '{"rows": [{"level": "high"}]}', "[1]"])
def test_another_file_is_refused(tmp_path, text):
    file = tmp_path / "named-effort.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"must be what experiments/named_effort\.py writes"):
        read_named(file)


def test_a_report_tells_what_was_covered_where_a_file_lies_beside_the_scoreboard(tmp_path):
    place = board(tmp_path / "scoreboard.json")
    (without,) = Coverage(read_scoreboard(place)).scope
    assert "was not tested by it" in without
    (tmp_path / "named-effort.json").write_text(json.dumps({"rows": rows()}))
    told = read_scoreboard(place)
    (scope,) = Coverage(told).scope
    assert "15 of the 16 of stated compute" in scope
    assert "was not tested" not in scope
    assert len(named_table(told).rows) == 3
