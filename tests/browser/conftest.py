"""The assessment made by hand for the report's unit tests, and a real browser."""

import importlib.util
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "unit" / "report" / "conftest.py"
SCOREBOARD = Path(__file__).parents[2] / "results" / "scoreboard.json"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--hide-scrollbars")  # fmt: skip


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    from leakbound.evidence.table import load_evidence
    from leakbound.report.render import write_run

    spec = importlib.util.spec_from_file_location("made_by_hand", PLACE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    out = tmp_path_factory.mktemp("page") / "run"
    found = replace(made.make_assessment(), evidence=load_evidence())
    write_run(found, out, command="leakbound assess x.toml", scoreboard=SCOREBOARD)
    return out / "report.html"


@pytest.fixture(scope="session")
def browse(tmp_path_factory):
    """Return a function that opens a page with further flags and returns what Chromium printed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")

    def run(page, *flags):
        profile = tmp_path_factory.mktemp("profile")
        command = [found, *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout

    return run
