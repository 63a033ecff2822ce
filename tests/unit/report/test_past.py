import json
import subprocess
import sys

from leakbound.report.past import past_table


def board(path):
    row = {
        "data": "pool", "cut": "2024-10-01", "subset": "known", "benchmark": "all", "group": "",
        "quantity": "best", "method": "leakbound", "level": 0.95, "coverage": 0.958,
        "coverage_low": 0.92, "coverage_high": 0.98, "pinball_ratio": 0.72,
        "sharpness_points": 0.101,
    }  # fmt: skip
    path.write_text(json.dumps({"rows": [row, {**row, "level": 0.5, "coverage": 0.4}]}))
    return path


def test_the_headline_stands_beside_its_level(tmp_path):
    table = past_table(board(tmp_path / "scoreboard.json"))
    assert len(table.rows) == 1
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["covered, known"] == "0.958 [0.92, 0.98]"
    assert row["above truth, known"] == "+10.1"


def test_without_a_scoreboard_there_is_no_table(tmp_path):
    assert past_table(None) is None
    assert past_table(tmp_path / "absent.json") is None


def test_reading_it_does_not_import_the_sampler(tmp_path):
    board(tmp_path / "scoreboard.json")
    code = (
        "import sys; from pathlib import Path; from leakbound.report.past import past_table;"
        "import leakbound.report.render; past_table(Path(sys.argv[1]));"
        "print([name for name in ('pymc', 'pytensor', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "scoreboard.json")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
