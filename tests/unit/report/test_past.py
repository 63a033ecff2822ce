import json
import subprocess
import sys
from dataclasses import fields, replace

import pandas as pd
import pytest
from tests.unit.report.conftest import bound_row

from leakbound.errors import InputError
from leakbound.evidence.registry import load_registry
from leakbound.prior_statement import with_statements
from leakbound.priors import read_specification
from leakbound.report.past import Coverage, Scoreboard, coverage_of, read_scoreboard
from leakbound.report.tables.past import miss_table, missed_table, past_table
from leakbound.structures.stack import StackedSpecification

REGISTRY = load_registry()
MISS = {
    "method": "leakbound", "data": "pool", "cut": "2024-04-01", "base_model": "org/base",
    "benchmark": "ifeval", "released": "2024-10-06", "base_score": 0.1, "score": 0.69,
    "bound": 0.35, "misses": 63, "forecasts": 71, "attempts_known": 0,
}  # fmt: skip


def row(**changes):
    told = {
        "data": "pool", "cut": "2024-10-01", "subset": "known", "benchmark": "all", "group": "",
        "quantity": "attempt", "method": "leakbound", "level": 0.95, "coverage": 0.958,
        "coverage_low": 0.92, "coverage_high": 0.98, "pinball_ratio": 0.72, "pinball": 0.05,
        "sharpness_points": 0.101, "n": 300, "bases": 8,
    }  # fmt: skip
    return {**told, **changes}


def board(path):
    rows = [
        row(),
        row(cut="2025-01-01", coverage=0.918, n=100),
        row(subset="new", coverage=0.8, n=100),
        row(level=0.5, coverage=0.4),
        row(quantity="best", coverage=1.0, n=10),
        row(quantity="best", coverage=0.9, n=30, cut="2025-01-01"),
        row(quantity="best", coverage=0.7, n=10, subset="new"),
        row(quantity="best", coverage=0.3, n=10, level=0.5),
        row(benchmark="ifeval", coverage=0.8, n=10, quantity="best", subset="new"),
        row(benchmark="ifeval", coverage=0.1, n=10, quantity="best", subset="new", group="lag:1-2"),
        row(benchmark="math-lvl5", coverage=1.0, n=20, quantity="best"),
        row(benchmark="math-lvl5", coverage=0.9, n=30, quantity="best", cut="2025-01-01"),
        row(benchmark="math-lvl5", coverage=0.5, n=20, quantity="best", subset="new"),
        row(benchmark="aime-2024", coverage=0.7, n=20, quantity="best", subset="new"),
        row(benchmark="unregistered", coverage=0.0, n=90, quantity="best", subset="new"),
        row(benchmark="math-lvl5", coverage=0.0, quantity="best", method="linear-regression"),
        row(method="linear-regression", coverage=0.5, pinball_ratio=2.0),
        row(method="linear-regression+conformal", coverage=0.6),
    ]
    path.write_text(json.dumps({"rows": rows, "misses": [MISS, {**MISS, "method": "other"}]}))
    return path


@pytest.fixture
def scoreboard(tmp_path):
    return read_scoreboard(board(tmp_path / "scoreboard.json"))


def test_a_stated_level_says_what_it_covered_each_outcome_counting_once(scoreboard):
    coverage = Coverage(scoreboard)
    assert coverage.share(0.95, "known") == pytest.approx((300 * 0.958 + 100 * 0.918) / 400)
    assert coverage.share(0.95, "new", "best") == pytest.approx(0.7)


def test_a_bound_has_the_coverage_of_its_own_domain_beside_it(scoreboard):
    """Of all its benchmarks, data and cuts together; that of all domains may be far better."""
    coverage = Coverage(scoreboard, registry=REGISTRY)
    told = (
        "95 % bound (covered 94 % of 50 later half-years' best in maths on bases it knew, "
        "60 % of 40 on new ones)"
    )
    assert coverage.stated(bound_row(domain="maths", extrapolates=())) == told
    assert coverage.share(0.95, "new", "best", domain="maths") == pytest.approx(0.6)
    said = coverage.sentences([("maths", 0.95), ("maths", 0.95)])
    assert said == f"Bounds at 95 % in maths: {coverage.words(0.95, 'maths')}."
    assert coverage.words(0.95, "instruction") == (
        "covered 80 % of 10 later half-years' best in instruction on new ones"
    )


def test_a_domain_that_was_not_backtested_says_so_beside_the_coverage_of_the_others(scoreboard):
    coverage = Coverage(scoreboard, registry=REGISTRY)
    pooled = "covered 92 % of 40 later half-years' best in {} domains on bases it knew, 70 % of 10"
    told = f"not backtested in biology; such bounds {pooled.format('other')} on new ones"
    assert coverage.words(0.95, "biology") == told
    assert coverage.words(0.5, "maths") == (
        "not backtested domain by domain; such bounds covered 30 % of 10 later half-years' best in all "
        "domains on bases it knew"
    )
    unregistered = Coverage(scoreboard)
    assert unregistered.words(0.95, "maths").startswith(
        "not backtested in maths; such bounds covered 92 %"
    )


@pytest.mark.parametrize("domain", ["maths", "biology"])
def test_outside_the_evidence_no_coverage_stands_beside_a_bound(scoreboard, domain):
    coverage = Coverage(scoreboard, registry=REGISTRY)
    row = bound_row(domain=domain, extrapolates=("laboratories: lag 3 y, evidence to 2 y",))
    told = "95 % bound (outside the evidence, where no coverage was measured)"
    assert coverage.stated(row) == told
    assert coverage.notes([row]).endswith(
        "Outside the evidence, where some scenarios lie, no coverage was measured."
    )
    assert "Outside" not in coverage.notes([replace(row, extrapolates=())])


def test_a_note_has_one_sentence_for_each_domain_and_level(scoreboard):
    coverage = Coverage(scoreboard, registry=REGISTRY)
    rows = [bound_row(domain=domain, extrapolates=()) for domain in ("maths", "biology", "maths")]
    said = coverage.notes(rows, levels=(0.5,))
    told = ("50 % in biology", "50 % in maths", "95 % in biology", "95 % in maths")
    assert [said.count(f"Bounds at {one}: ") for one in told] == [1, 1, 1, 1]
    both = [("knowledge", 0.975), ("maths", 0.975)]
    alike = "Bounds at 97.5 % in knowledge and maths: a level that was not backtested."
    assert coverage.sentences(both) == alike
    assert Coverage(None).notes(rows) == "No backtest is available here."


def test_a_level_that_was_not_backtested_says_so(scoreboard):
    coverage = Coverage(scoreboard, registry=REGISTRY)
    row = bound_row(confidence=0.975, extrapolates=())
    assert coverage.stated(row) == "97.5 % bound (a level that was not backtested)"
    assert ("97.5 %", "not backtested", "-", "-") in coverage.table([0.975]).rows


def test_the_table_of_levels_has_the_domains_beside_all_of_them(scoreboard):
    table = Coverage(scoreboard, registry=REGISTRY).table([0.95], ["maths", "biology", "maths"])
    assert [line[1:] for line in table.rows] == [
        ("later attempts", "95 % of 400", "80 % of 100"),
        ("the best of each base and half-year", "92 % of 40", "70 % of 10"),
        ("the best of each base and half-year, maths", "94 % of 50", "60 % of 40"),
    ]


def test_another_model_does_not_borrow_the_coverage_of_the_default(scoreboard, specification):
    covered = coverage_of(scoreboard, specification, "", REGISTRY).words(0.95, "maths")
    assert covered.startswith("covered 94 % of 50 later half-years' best in maths")
    for other in (
        read_specification("saturating-linear-gumbel"),
        with_statements(specification, ["rate=LogNormal(0, 1)"]),
        StackedSpecification(
            **{f.name: getattr(specification, f.name) for f in fields(specification)}
            | {"name": "stack"}
        ),
    ):
        found = coverage_of(scoreboard, other, "", REGISTRY)
        assert found.words(0.95, "biology").startswith(
            "not backtested in biology; the default model covered 92 % of 40"
        )
        assert found.words(0.95, "maths") == f"not backtested; the default model {covered}"
        assert found.table([0.95]).note.startswith(
            "Of the default model; what is assessed here was"
        )
    moved = coverage_of(scoreboard, specification, "0.95 bound moved by +0.07", REGISTRY)
    told = f"not backtested; the same model without the recalibration {covered}"
    assert moved.words(0.95, "maths") == told
    none = coverage_of(None, specification, "", REGISTRY)
    assert none.words(0.95, "maths") == "no backtest is available here"


def test_what_was_backtested_may_be_another_shipped_model(scoreboard, specification):
    gumbel = read_specification("saturating-linear-gumbel")
    board = replace(scoreboard, method="leakbound-saturating-linear-gumbel")
    board.rows["method"] = board.rows["method"].replace("leakbound", board.method)
    assert coverage_of(board, gumbel, "", REGISTRY).words(0.95, "maths").startswith("covered 94 %")
    told = coverage_of(board, specification, "", REGISTRY).words(0.95, "maths")
    assert told.startswith("not backtested; the saturating-linear-gumbel model covered 94 %")
    unknown = replace(board, method="leakbound-mine")
    assert coverage_of(unknown, specification, "", REGISTRY).whose == "the mine model"


def test_a_published_rule_says_what_it_covered(scoreboard):
    of_best = [
        row(method="rule-1pct", quantity=of, subset=subset, coverage=share, n=10)
        for of, subset, share in (
            ("attempt", "known", 0.9),
            ("best", "known", 0.4),
            ("best", "new", 0.3),
        )
    ]
    rows = pd.concat([scoreboard.rows, pd.DataFrame(of_best)])
    assert Coverage(replace(scoreboard, rows=rows)).rule("rule-1pct") == "40 %, 30 %"
    assert Coverage(scoreboard).rule("linear-regression") == "not backtested"
    assert Coverage(scoreboard).rule("unheard-of") == "not backtested"
    assert Coverage(None).rule("linear-regression") == "not backtested"


def test_without_a_backtest_no_coverage_is_claimed():
    coverage = Coverage(None)
    assert coverage.words(0.95, "maths") == "no backtest is available here"
    assert coverage.table([0.95]) is None


def test_the_table_of_levels_holds_attempts_and_best(scoreboard):
    table = Coverage(scoreboard).table([0.95, 0.5, 0.95])
    assert [line[:2] for line in table.rows] == [
        ("50 %", "later attempts"),
        ("50 %", "the best of each base and half-year"),
        ("95 %", "later attempts"),
        ("95 %", "the best of each base and half-year"),
    ]
    assert table.note == (
        "Pooled over pool, cut 2024-10-01; pool, cut 2025-01-01; an outcome that several forecast "
        "counts in each."
    )


def test_every_method_stands_in_the_headline_on_the_cuts_that_all_have(scoreboard):
    table = past_table(scoreboard)
    assert table.note.endswith("cuts that every method has: pool, cut 2024-10-01.")
    assert {line[0]: line[1:] for line in table.rows} == {
        "leakbound": ("96 %, 0.72", "80 %, 0.72"),
        "linear-regression": ("50 %, 2.00", "-"),
    }


def test_misses_are_our_own_with_what_was_known(scoreboard):
    (line,) = miss_table(scoreboard).rows
    assert line[:2] == ("org/base", "ifeval")
    assert line[-2:] == ("63 of 71", "no attempt on this base and benchmark")


def test_demands_that_were_missed_are_told(scoreboard):
    table = missed_table(scoreboard)
    assert any("new bases: coverage 0.90" in line[1] for line in table.rows)
    assert len([one for one in scoreboard.demands if not one.met]) == len(table.rows) > 0


def test_nothing_missed_is_no_table():
    rows = pd.DataFrame([row(quantity="best", coverage=0.97)])
    assert missed_table(Scoreboard(rows, (), "leakbound")) is None


def test_without_a_scoreboard_there_is_none(tmp_path):
    assert read_scoreboard(None) is None
    assert read_scoreboard(tmp_path / "absent.json") is None


@pytest.mark.parametrize(
    "text", ['{"rows": 3}', "[]", "{", '{"rows": [{"method": "leakbound"}]}',
             json.dumps({"rows": [row()], "misses": [{"method": "leakbound"}]})],
)  # fmt: skip
def test_a_file_that_is_no_scoreboard_is_named(tmp_path, text):
    file = tmp_path / "scoreboard.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"scoreboard\.json: must be what `leakbound backtest"):
        read_scoreboard(file)


def test_reading_it_does_not_import_the_sampler(tmp_path):
    board(tmp_path / "scoreboard.json")
    code = (
        "import sys; from pathlib import Path;"
        "from leakbound.report.past import read_scoreboard;"
        "from leakbound.report.tables.past import past_table;"
        "import leakbound.report.render; past_table(read_scoreboard(Path(sys.argv[1])));"
        "print([name for name in ('pymc', 'pytensor', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "scoreboard.json")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
