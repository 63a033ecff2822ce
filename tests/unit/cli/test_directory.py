import csv
import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leakbound.cli.main import app
from leakbound.errors import InputError

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "experiments/candidates"
UNTIL = ("--until", "2024-12-26")
NAMES = ("deepseek-v3", "llama-3.1-8b", "qwen2.5-32b-instruct")


@pytest.fixture(scope="module")
def run(posterior_cache):
    os.environ["LEAKBOUND_CACHE"] = str(posterior_cache)
    yield lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])
    del os.environ["LEAKBOUND_CACHE"]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "candidates"
    made.mkdir()
    for name in NAMES:
        shutil.copy(SHIPPED / f"{name}.toml", made)
    (made / "notes.txt").write_text("no candidate")
    return made


def rows_of(out):
    return list(csv.DictReader((out / "summary.csv").read_text().splitlines()))


def test_a_folder_leaves_one_summary_and_no_reports(run, folder, tmp_path):
    out = tmp_path / "out"
    done = run("assess", folder, *UNTIL, "--out", out)
    assert done.exit_code == 0, done.output
    assert {file.name for file in out.iterdir()} == {"summary.csv", "summary.json"}
    assert "graduate science" in done.stdout
    assert "3 candidates: " in done.stdout
    told = json.loads((out / "summary.json").read_text())
    assert told["schema"] == "leakbound/summary/1"
    assert [one["key"] for one in told["candidates"]] == sorted(NAMES)
    rows = rows_of(out)
    thresholds = [row for row in rows if row["kind"] == "threshold"]
    assert len(thresholds) == sum(len(one["verdicts"]) for one in told["candidates"]) == 36
    assert len(rows) == 36 + 6


def test_its_numbers_are_those_of_the_candidates_own_report(run, folder, tmp_path):
    run("assess", folder, *UNTIL, "--out", tmp_path / "out")
    run("assess", folder / "deepseek-v3.toml", *UNTIL, "--out", tmp_path / "one")
    told = json.loads((tmp_path / "out/summary.json").read_text())
    own = json.loads((tmp_path / "one/verdict.json").read_text())
    assert told["candidates"][0]["verdicts"] == own["verdicts"]
    assert told["evidence_digest"] == own["evidence_digest"]


def test_the_same_bytes_twice(run, folder, tmp_path):
    for name in ("a", "b"):
        run("assess", folder, *UNTIL, "--out", tmp_path / name)
    for file in ("summary.csv", "summary.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_bad_file_is_one_line_the_others_go_on_and_the_exit_code_is_2(run, folder, tmp_path):
    (folder / "broken.toml").write_text("candidate: name")
    done = run("assess", folder, *UNTIL, "--out", tmp_path / "out", "--gate")
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "broken.toml" in done.stderr
    assert "3 candidates, 1 bad file:" in done.stdout
    told = json.loads((tmp_path / "out/summary.json").read_text())
    (bad,) = [one for one in told["candidates"] if "error" in one]
    assert bad["file"] == "broken.toml"


def test_the_gate_is_over_all_candidates(run, folder):
    assert run("assess", folder, *UNTIL, "--gate").exit_code == 3
    assert run("assess", folder, *UNTIL).exit_code == 0


def test_json_goes_to_the_screen_and_is_whole(run, folder, tmp_path):
    alone = json.loads(run("assess", folder, *UNTIL, "--json").stdout)
    written = run("assess", folder, *UNTIL, "--json", "--out", tmp_path / "out").stdout
    assert json.loads(written) == alone
    assert len(alone["candidates"]) == 3


def test_many_candidates_are_counted_not_listed(run, folder):
    for i in range(12):
        shutil.copy(SHIPPED / "llama-3.1-8b.toml", folder / f"copy-{i}.toml")
    done = run("assess", folder, *UNTIL)
    assert "15 candidates: " in done.stdout
    assert "professional knowledge" not in done.stdout


def test_an_older_summary_stays_when_something_goes_wrong(run, folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_text("older")

    def fail(*args):
        raise RuntimeError("made up")

    monkeypatch.setattr("leakbound.assessment.verdicts_of", fail)
    done = run("assess", folder, *UNTIL, "--out", out)
    assert isinstance(done.exception, RuntimeError)
    assert [file.name for file in out.iterdir()] == ["summary.json"]
    assert (out / "summary.json").read_text() == "older"


@pytest.mark.parametrize(("out", "says"), [("file", "folder one can write to")])
def test_a_place_that_is_no_folder_is_refused(run, folder, tmp_path, out, says):
    (tmp_path / out).write_text("")
    done = run("assess", folder, *UNTIL, "--out", tmp_path / out)
    assert isinstance(done.exception, InputError)
    assert says in str(done.exception)


def test_a_folder_without_candidates_is_refused(run, tmp_path):
    done = run("assess", tmp_path, *UNTIL)
    assert isinstance(done.exception, InputError)
    assert "directory" in str(done.exception)


def test_text_that_a_spreadsheet_would_run_is_quoted(run, folder, tmp_path):
    text = (SHIPPED / "deepseek-v3.toml").read_text()
    hostile = text.replace('name = "graduate science"', 'name = "=1+1"')
    (folder / "deepseek-v3.toml").write_text(hostile)
    run("assess", folder, *UNTIL, "--out", tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert "'=1+1" in {row["name"] for row in rows}


def test_capital_suffixes_count_and_subfolders_with_candidates_are_named(run, folder):
    (folder / "deepseek-v3.toml").rename(folder / "deepseek-v3.TOML")
    below = folder / "later"
    below.mkdir()
    (folder / "notes").mkdir()
    shutil.copy(SHIPPED / "deepseek-v3.toml", below)
    found = run("assess", folder, *UNTIL, "--json")
    assert len(json.loads(found.stdout)["candidates"]) == len(NAMES)
    assert "candidates in subfolders are passed over (later)" in found.stderr


def test_candidates_in_subfolders_alone_are_named_too(run, tmp_path):
    below = tmp_path / "candidates" / "later"
    below.mkdir(parents=True)
    shutil.copy(SHIPPED / "deepseek-v3.toml", below)
    found = run("assess", below.parent, *UNTIL)
    assert isinstance(found.exception, InputError)
    assert "candidates in subfolders are passed over (later)" in found.stderr
