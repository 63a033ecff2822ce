import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from leakbound.cli.backtest import backtest
from leakbound.evidence import write_rows

runner = CliRunner()


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(backtest)
    return made


@pytest.fixture
def evidence(attempt_rows, tmp_path) -> Path:
    return written(attempt_rows(np.random.default_rng(0).normal(0.2, 0.3, 120)), tmp_path / "e.csv")


def written(rows: pd.DataFrame, path: Path) -> Path:
    blank = dict.fromkeys(("technique", "actor", "censored"), "")
    write_rows(rows.assign(**blank, source=path.stem, known=pd.NaT), path)
    return path


def invoke(app: typer.Typer, tmp_path: Path, *options: object) -> tuple[str, dict]:
    out = tmp_path / "out.json"
    arguments = ["--json", out, "--cache", tmp_path / "cache", "--method", "buffer-4x", *options]
    result = runner.invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output, json.loads(out.read_text())


def test_cuts_are_scored_and_shown(app, evidence, tmp_path) -> None:
    cuts = ("--until", "2024-09-01", "--until", "2024-05-01")
    output, told = invoke(app, tmp_path, "--data", evidence, *cuts)
    assert {row["cut"] for row in told["rows"]} == {"2024-05-01", "2024-09-01"}
    assert {row["method"] for row in told["rows"]} == {"buffer-4x", "empirical-benchmark"}
    assert "e, cut 2024-05-01, attempt: 95 % bound" in output
    assert output.index("cut 2024-05-01") < output.index("cut 2024-09-01")


def test_a_cut_that_is_no_date_is_refused(app, evidence, tmp_path) -> None:
    options = ("--data", evidence, "--json", tmp_path / "out.json", "--until", "2024-13-01")
    result = runner.invoke(app, [str(option) for option in options])
    assert str(result.exception) == "--until: must be a date such as 2024-12-26; found '2024-13-01'"
    assert not (tmp_path / "out.json").exists()


def test_a_second_run_takes_finished_cuts_from_the_cache(app, evidence, tmp_path) -> None:
    options = ("--data", evidence, "--until", "2024-05-01")
    _, first = invoke(app, tmp_path, *options)
    stored = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.npz")}
    _, second = invoke(app, tmp_path, *options)
    assert len(stored) == 2
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").rglob("*.npz")} == stored
    assert first == second


def test_a_holdout_is_scored_and_its_overlap_told(app, evidence, attempt_rows, tmp_path) -> None:
    rows = attempt_rows(np.zeros(6), bases=2, start="2025-02-01", benchmarks=("gpqa",))
    rows.loc[rows["base_model"] == "org/base-1", "base_model"] = "org/other"
    held = written(rows, tmp_path / "later.csv")
    output, told = invoke(app, tmp_path, "--data", evidence, "--holdout", held)
    assert {row["cut"] for row in told["rows"]} == {"all-evidence"}
    assert {row["data"] for row in told["rows"]} == {"later"}
    assert {row["subset"] for row in told["rows"]} == {"known", "new"}
    assert told["overlaps"]["all-evidence"]["same_base"] == 3
    assert "6 holdout rows" in output
