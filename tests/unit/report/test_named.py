import json

import pytest
from tests.unit.report.test_past import board, row

from leakbound.backtest import named as backtested
from leakbound.errors import InputError
from leakbound.report.named import (
    AFTER,
    KIND,
    LEFT_OUT,
    MAIN,
    STATED,
    Named,
    kinds_table,
    levels_table,
    named_of,
    read_named,
)
from leakbound.report.named_page import named_page
from leakbound.report.past import Coverage, read_scoreboard
from leakbound.report.tables.past import named_table

PROMPTED = KIND + backtested.PROMPTED


def named_row(**changes):
    return row(**{"data": LEFT_OUT, "cut": "all-evidence", "subset": "new", "bases": 9, **changes})


def rows():
    left = [
        named_row(coverage=0.944, coverage_low=0.91, coverage_high=0.97, n=341, pinball_ratio=0.75),
        named_row(group=MAIN, coverage=0.952, coverage_low=0.88, coverage_high=1.0, n=83),
        named_row(group=STATED, coverage=0.9375, n=16, bases=3, pinball_ratio=0.52),
        named_row(group=PROMPTED, coverage=0.942, n=258, pinball_ratio=0.76),
        named_row(level=0.5, coverage=0.46, n=341),
        named_row(method="rule-sharp", coverage=0.6, n=341, pinball_ratio=0.5),
        named_row(method="rule-sharp", group=STATED, coverage=0.0625, n=16, bases=3),
        named_row(method="dull", coverage=0.8, n=341, pinball_ratio=1.0),
        named_row(method="leakbound+recalibrated", coverage=0.1),
        named_row(group="lag:0-0.25", coverage=0.2),
        named_row(benchmark="ceg", coverage=0.3),
        named_row(quantity="best", coverage=0.94, n=234),
    ]
    later = [
        named_row(data=AFTER, cut=cut, subset=subset, level=level, coverage=share, n=n)
        for cut, subset, level, share, n in (
            ("2024-10-01", "known", 0.95, 0.8, 10),
            ("2024-10-01", "new", 0.95, 1.0, 30),
            ("2024-10-01", "known", 0.5, 0.1, 10),
            ("2024-10-01", "new", 0.5, 0.3, 30),
            ("2025-01-01", "new", 0.95, 0.97, 100),
            ("2025-01-01", "new", 0.5, 0.17, 100),
        )
    ]
    return left + later


@pytest.fixture
def named() -> Named:
    return named_of(rows())


def test_kinds_are_spelt_as_the_backtest_spells_them():
    assert KIND + backtested.MAIN == MAIN
    assert KIND + backtested.STATED == STATED


def test_what_was_covered_is_said_with_what_was_known_and_where_medians_failed(named):
    said = named.sentence("leakbound")
    assert "Of 83 single attempts" in said
    assert "covered 95 % (88 to 100), 15 of the 16 of stated compute (on 3 bases)." in said
    assert "forecast by the same model from evidence without" in said
    assert "before 2024-10-01 and 2025-01-01 they covered 95 and 97 %" in said
    assert "bounds at 50 % covered 25 and 17 %" in said
    assert "forecast by the default model from" in named.sentence("leakbound", "the default model")


def test_nothing_is_said_of_a_method_that_was_not_tested(named):
    assert named.sentence("leakbound-other") == ""


def test_without_later_outcomes_those_left_out_are_said():
    assert named_of(rows()[:4]).sentence("leakbound").endswith("(on 3 bases).")


def test_a_table_has_our_own_first_the_others_by_loss_and_no_ratio_of_few_bases(named):
    table = kinds_table(named.at(LEFT_OUT, "attempt"), "", "leakbound")
    assert table.columns == (
        *("method", "all (341)", "chat models, or stated compute (83)"),
        *(f"{backtested.PROMPTED} (258)", "training, compute stated (16)"),
    )
    assert table.rows == (
        ("leakbound", "94 % (91 to 97), 0.75", "95 % (88 to 100), 0.72", "94 %, 0.76", "15 of 16"),
        ("rule-sharp", "60 % (92 to 98)", "-", "-", "1 of 16"),
        ("dull", "80 % (92 to 98), 1.00", "-", "-", "-"),
    )


def test_levels_are_pooled_over_known_and_new_bases(named):
    table = levels_table(named, "leakbound")
    assert table.columns == ("question", "attempts", "50 %", "95 %")
    assert ("after 2024-10-01", "all (40)", "25 %", "95 %") in table.rows
    assert ("developers left out", "all (341)", "46 %", "94 %") in table.rows


def test_a_page_has_one_table_for_each_question(named):
    page = named_page(named, "leakbound")
    assert page.count("\n## ") == 6
    assert "## after 2025-01-01, new bases, attempt (on 9 bases)" in page


def test_a_file_is_read_as_it_was_written_and_none_is_none(tmp_path, named):
    file = tmp_path / "named-effort.json"
    assert read_named(file) is None
    file.write_text(json.dumps({"rows": rows()}))
    again = read_named(file)
    assert again.sentence("leakbound") == named.sentence("leakbound")
    assert named_page(again, "leakbound") == named_page(named, "leakbound")


@pytest.mark.parametrize("text", ["", "{}", '{"rows": []}', '{"rows": [{"level": "high"}]}', "[1]"])
def test_another_file_is_refused(tmp_path, text):
    file = tmp_path / "named-effort.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"must be what experiments/named_effort\.py writes"):
        read_named(file)


def test_a_row_without_a_coverage_is_refused(tmp_path):
    file = tmp_path / "named-effort.json"
    file.write_text(json.dumps({"rows": [*rows(), named_row(coverage=None)]}))
    with pytest.raises(InputError, match="rows without a coverage"):
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
