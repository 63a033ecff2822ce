import json
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leakbound.checks import LIMITS
from leakbound.priors import read_specification

CANDIDATE = Path(__file__).parents[3] / "experiments/candidates/deepseek-v3.toml"
MODELS = ("default", "power-decelerating-gumbel", "log-linear-accelerating-student-t")
UNTIL = ("--until", "2024-12-26")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, evidence, scored_prior):
    found = tmp_path_factory.mktemp("cache")
    for name in MODELS:
        scored_prior(found, evidence, read_specification(name))
    return found


@pytest.fixture(scope="module")
def run(folder):
    from leakbound.cli.main import app

    older = os.environ.get("LEAKBOUND_CACHE")
    os.environ["LEAKBOUND_CACHE"] = str(folder)
    yield lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])
    if older is None:
        del os.environ["LEAKBOUND_CACHE"]
    else:
        os.environ["LEAKBOUND_CACHE"] = older


def test_before_a_comparison_there_is_no_stack_to_assess_with(run, folder, tmp_path):
    assert not list(folder.glob("stack*"))
    done = run("assess", CANDIDATE, *UNTIL, "--model", "stack", "--out", tmp_path / "out")
    assert done.exit_code == 1
    message = str(done.exception)
    assert "run leakbound compare" in message
    assert "\n" not in message
    assert not (tmp_path / "out").exists()


def test_compare_leaves_a_stack_that_assess_uses(run, folder, tmp_path):
    out = tmp_path / "compared"
    done = run("compare", *MODELS, *UNTIL, "--candidate", CANDIDATE, "--out", out)
    assert done.exit_code == 0, done.output
    assert "structures, best first" in done.output
    for name in MODELS:
        assert re.search(rf"\d of 3: {name} ready", done.output)
    told = json.loads((out / "compare.json").read_text())
    assert {row["model"] for row in told["models"]} == set(MODELS)
    assert sum(row["weight"] for row in told["models"]) == pytest.approx(1.0)
    assert all(len(row["verdicts"]) == len(told["stack"]) == 12 for row in told["models"])
    assert len(list(folder.glob("stack-*.json"))) == 1

    done = run("assess", CANDIDATE, *UNTIL, "--model", "stack", "--out", tmp_path / "stack")
    assert done.exit_code == 0, done.output
    verdicts = json.loads((tmp_path / "stack/verdict.json").read_text())
    model = verdicts["model"]
    assert model["name"] == "stack"
    weights = {row["model"]: row["weight"] for row in told["models"]}
    used = {one["model"]: one["weight"] for one in model["members"]}
    assert used == pytest.approx({name: weights[name] for name in used}, abs=0.01)
    assert "stack of " in done.stdout
    bounds = {(row["threshold"], row["scenario"]): row["bound_score"] for row in told["stack"]}
    for row in verdicts["verdicts"]:
        assert row["bound_score"] == pytest.approx(
            bounds[row["threshold"], row["scenario"]], rel=1e-3
        )
    assert len(verdicts["checks"]) == len(MODELS) * len(LIMITS)
    page = (tmp_path / "stack/report.html").read_text()
    assert "What makes the bounds wide" in page
    assert "the mixture of these structures" in page


def test_a_comparison_of_fewer_models_leaves_the_stack_unless_it_is_asked_to(run, folder):
    run("compare", *MODELS, *UNTIL)
    (place,) = folder.glob("stack-*.json")
    whole = place.read_bytes()
    done = run("compare", *MODELS[:2], *UNTIL)
    assert done.exit_code == 0, done.output
    assert f"stays as it was, since it has others ({MODELS[2]})" in done.output
    assert place.read_bytes() == whole
    done = run("compare", *MODELS[:2], *UNTIL, "--stack")
    assert "leakbound assess CANDIDATE.toml --model stack" in done.output
    assert len(json.loads(place.read_text())["entries"]) == 2
    done = run("compare", *MODELS, *UNTIL, "--no-stack")
    assert "no stack was written" in done.output
    assert len(json.loads(place.read_text())["entries"]) == 2
    run("compare", *MODELS, *UNTIL)
    assert place.read_bytes() == whole


def test_one_model_alone_makes_no_stack(run, folder):
    (place,) = folder.glob("stack-*.json")
    place.unlink()
    done = run("compare", MODELS[0], *UNTIL)
    assert "one model alone is no stack" in done.output
    assert not list(folder.glob("stack-*"))
    done = run("compare", MODELS[0], *UNTIL, "--stack", "--json")
    assert json.loads(done.stdout)["models"][0]["weight"] == 1.0
    assert "stack: " in done.stderr
    assert place.exists()


def test_a_stack_that_cannot_be_used_any_more_is_replaced(run, folder):
    run("compare", *MODELS, *UNTIL)
    (place,) = folder.glob("stack-*.json")
    told = json.loads(place.read_text())
    told["entries"][0]["posterior_digest"] = "0" * 64
    place.write_text(json.dumps(told))
    run("compare", *MODELS[:2], *UNTIL)
    assert len(json.loads(place.read_text())["entries"]) == 2


def test_json_is_the_same_twice_and_has_no_nan(run):
    first, second = (run("compare", *MODELS, *UNTIL, "--json") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == second.stdout
    told = json.loads(first.stdout, parse_constant=lambda word: pytest.fail(word))
    assert told["stack"] == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["compare", "defualt"], "shipped model"),
        (["compare", "--until", "yesterday"], "must be a date"),
        (["compare", "--candidate", "nowhere.toml"], "nowhere.toml"),
        (["compare", "--evidence", "nowhere"], "nowhere"),
        (["compare", "default", "--all"], "--all: compares all models, so names none"),
    ],
)
def test_a_bad_argument_is_one_line(run, args, says):
    done = run(*args)
    assert done.exit_code != 0
    assert says in str(done.exception)
    assert "\n" not in str(done.exception)
