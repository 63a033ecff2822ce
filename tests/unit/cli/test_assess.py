import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CANDIDATE = ROOT / "experiments/candidates/deepseek-v3.toml"
FILES = {"report.html", "report.md", "verdict.json", "forecast.nc", "manifest.json"}


def leakbound(*args, cache, cwd=ROOT, code=None):
    argv = [str(arg) for arg in args]
    program = code or "from leakbound.cli.main import main; main()"
    env = {**os.environ, "LEAKBOUND_CACHE": str(cache)}
    return subprocess.run(
        [sys.executable, "-c", program, *argv], capture_output=True, text=True, env=env, cwd=cwd,
        timeout=120, check=False,
    )  # fmt: skip


def test_assess_leaves_the_five_files_and_the_same_bytes_twice(posterior_cache, tmp_path):
    runs = []
    for name in ("one", "two words"):
        done = leakbound(
            "assess", CANDIDATE, "--until", "2024-12-26", "--out", tmp_path / name,
            cache=posterior_cache,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "graduate science" in done.stdout
        assert {path.name for path in (tmp_path / name).iterdir()} == FILES
        runs.append((tmp_path / name / "verdict.json").read_bytes())
    assert runs[0] == runs[1]
    told = json.loads(runs[0])
    assert {row["scenario"] for row in told["verdicts"]} >= {
        "closed-api",
        "theft-oc3",
        "open-weights",
    }
    assert len(told["verdicts"]) == 12


def test_a_cached_assessment_does_not_import_pymc(posterior_cache, tmp_path):
    code = (
        "import sys\n"
        "from leakbound.cli.main import main\n"
        "try:\n    main()\n"
        "finally:\n"
        "    heavy = {'pymc', 'pytensor', 'nutpie', 'arviz', 'preliz'} & set(sys.modules)\n"
        "    print('HEAVY', sorted(heavy))\n"
    )
    done = leakbound(
        "assess", CANDIDATE, "--until", "2024-12-26", "--out", tmp_path / "out",
        cache=posterior_cache, code=code,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "HEAVY []" in done.stdout


def test_the_gate_exits_with_3(posterior_cache, tmp_path):
    done = leakbound(
        "assess", CANDIDATE, "--until", "2024-12-26", "--out", tmp_path / "out", "--gate",
        cache=posterior_cache,
    )  # fmt: skip
    told = json.loads((tmp_path / "out/verdict.json").read_text())
    assert any(row["verdict"] != "clear" for row in told["verdicts"])
    assert done.returncode == 3


GOOD = CANDIDATE.read_text()
BAD = {
    "missing key": (GOOD.replace('name = "DeepSeek-V3"\n', "", 1), r"candidate\.name"),
    "unknown key": (GOOD.replace("released =", "relaesed =", 1), "relaesed"),
    "percent": (GOOD.replace("score = 0.5653", "score = 56.53"), "percentage"),
    "nan": (GOOD.replace("score = 0.5653", "score = nan"), "score"),
    "infinite": (GOOD.replace("score = 0.5653", "score = inf"), "score"),
    "unknown benchmark": (GOOD.replace('"gpqa-diamond"', '"gpqa-daimond"'), "gpqa-diamond"),
    "released after until": (
        GOOD.replace("released = 2024-12-26", "released = 2025-12-26"), "until"),
    "negative flop": (GOOD.replace("3.41e24", "-3.41e24"), "pretraining_flop"),
    "zero flop": (GOOD.replace("3.41e24", "0.0"), "pretraining_flop"),
    "empty": ("", "empty"),
    "not toml": ("candidate: name", "TOML"),
    "html": ("<html></html>", "TOML"),
    "nul bytes": ("[candidate]\nname = \"a\0b\"\n", "TOML|control"),
    "negative items": (GOOD.replace("items = 198", "items = -1"), "items"),
    "confidence": (GOOD.replace("confidence = 0.95", "confidence = 95", 1), "confidence"),
    "horizon": (GOOD.replace("open-weights = 2.0", "open-weights = -2.0", 1), "horizon"),
    "release mode": (GOOD.replace("open-weights = 0.75", "open-wieghts = 0.75", 1), "open-weights"),
    "date in quotes": (GOOD.replace("released = 2024-12-26", 'released = "2024-12-26"'), "date"),
    "threshold without score": (
        GOOD.replace('name = "graduate science"\nbenchmark = "gpqa-diamond"',
                     'name = "graduate science"\nbenchmark = "mmlu"'), "mmlu"),
    "score as text": (GOOD.replace("score = 0.5653", 'score = "0.5653"'), "score"),
    "no thresholds": (GOOD.split("[[thresholds]]")[0], "thresholds"),
    "fraction": (GOOD.replace("fraction_spent = 0.0018", "fraction_spent = -1"),
                 "posttraining_fraction_spent"),
}  # fmt: skip


@pytest.fixture(scope="module")
def runner(posterior_cache):
    from typer.testing import CliRunner

    from leakbound.cli.main import app

    os.environ["LEAKBOUND_CACHE"] = str(posterior_cache)
    yield lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])
    del os.environ["LEAKBOUND_CACHE"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_candidate_is_one_line_and_leaves_the_older_report(runner, tmp_path, name):
    from leakbound.errors import InputError

    text, says = BAD[name]
    file, out = tmp_path / "candidate.toml", tmp_path / "out"
    file.write_text(text)
    out.mkdir()
    (out / "verdict.json").write_text("older")
    done = runner("assess", file, "--until", "2024-12-26", "--out", out)
    assert isinstance(done.exception, InputError)
    assert done.exception.exit_code == 2
    message = str(done.exception)
    assert "\n" not in message
    assert str(file) in message or "--until" in message
    import re

    assert re.search(says, message), message
    assert [path.name for path in out.iterdir()] == ["verdict.json"]
    assert (out / "verdict.json").read_text() == "older"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["assess", "missing.toml"], "missing.toml"),
        (["assess", "src"], "directory"),
        (["assess", str(CANDIDATE), "--until", "26.12.2024"], "--until: must be a date"),
        (["assess", str(CANDIDATE), "--model", "defualt"], "default"),
        (["assess", str(CANDIDATE), "--scenarios", "nowhere"], "nowhere"),
        (["assess", str(CANDIDATE), "--evidence", "nowhere"], "nowhere"),
        (["assess", str(CANDIDATE), "--until", "2024-12-26", "--out", "/dev/null/x"], "/dev/null"),
    ],
)
def test_a_bad_option_is_one_line_and_exit_2(posterior_cache, args, says):
    done = leakbound(*args, cache=posterior_cache)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
