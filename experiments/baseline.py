"""Rewrite tests/baseline.json from results/scoreboard.json and show what moved.

Usage: python experiments/baseline.py [--check]; --check only compares (exit 1 on a difference).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]
SCOREBOARD, BASELINE = HERE / "results/scoreboard.json", HERE / "tests/baseline.json"
NUMBERS = ("coverage", "pinball", "ratio", "n")


def headline(scoreboard: Path) -> dict[str, dict[str, float]]:
    """Return the 0.95 rows of our own model over all benchmarks, by data, cut, subset, quantity."""
    rows = json.loads(scoreboard.read_text())["rows"]
    own = [
        row
        for row in rows
        if row["method"].startswith("leakbound")
        and row["level"] == 0.95
        and row["benchmark"] == "all"
        and not row.get("group")
    ]
    return {
        " ".join(str(row[key]) for key in ("method", "data", "cut", "subset", "quantity")): {
            key: round(float(row[key]), 4) for key in NUMBERS if row.get(key) is not None
        }
        for row in own
    }


def main() -> int:
    """Compare, print every number that moved, and write unless --check."""
    new = headline(SCOREBOARD)
    old = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    moved = sorted(key for key in {*new, *old} if new.get(key) != old.get(key))
    for key in moved:
        print(f"{key}: {old.get(key)} -> {new.get(key)}")
    if "--check" in sys.argv:
        return int(bool(moved))
    BASELINE.write_text(json.dumps(new, indent=1, sort_keys=True) + "\n")
    print(f"{len(moved)} of {len(new)} rows moved")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
