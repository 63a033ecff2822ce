import json
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "report" / "conftest.py"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    import importlib.util
    from dataclasses import replace

    from leakbound.report.render import write_run

    spec = importlib.util.spec_from_file_location("made_by_hand_for_diff", PLACE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    found = made.make_assessment()
    rows = (replace(found.verdicts[0], bound_score=0.91, verdict="crosses"), found.verdicts[1])
    changed = replace(found, posterior=replace(found.posterior, seed=2), verdicts=rows)
    folder = tmp_path_factory.mktemp("runs")
    for name, one in (("a", found), ("b", changed)):
        write_run(one, folder / name, command="x")
    return folder


@pytest.fixture(scope="module")
def leakbound():
    from typer.testing import CliRunner

    from leakbound.cli.main import app

    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


def test_diff_prints_what_changed_and_why(runs, leakbound):
    done = leakbound("diff", runs / "a", runs / "b")
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    assert "seed: 1 to 2" in words
    assert "Only one thing differs, seed: it is the cause of every change." in words
    assert "0.700 → 0.910" in words
    assert "clear → crosses" in words
    assert "verdict changed" in words
    assert "gate: any" in words


def test_diff_prints_json_a_program_can_read(runs, leakbound):
    done = leakbound("diff", runs / "a" / "verdict.json", runs / "b", "--json")
    told = json.loads(done.stdout, parse_constant=pytest.fail)
    assert told["schema"] == "leakbound/diff/1"
    assert told["ingredients"] == [{"name": "seed", "details": ["1 to 2"]}]
    (changed,) = [row for row in told["rows"] if row["verdict"][0] != row["verdict"][1]]
    assert changed["scenario"] == "closed-api"
    assert changed["bound"] == [0.7, 0.91]


@pytest.mark.parametrize("other", ["missing", "."])
def test_diff_of_what_is_no_run_is_an_input_error(runs, leakbound, other, tmp_path):
    from leakbound.errors import InputError

    done = leakbound("diff", runs / "a", tmp_path / other)
    assert isinstance(done.exception, InputError)
    assert done.exception.exit_code == 2
    assert "\n" not in str(done.exception)
