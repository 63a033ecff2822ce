"""The committed scoreboard says what the baseline says; `make baseline` moves both together."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_committed_scoreboard_is_the_baseline():
    done = subprocess.run(
        [sys.executable, "experiments/baseline.py", "--check"], cwd=ROOT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((ROOT / "tests/baseline.json").read_text())
