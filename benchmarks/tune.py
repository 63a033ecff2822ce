"""How long `leakbound priors tune` takes as a whole process, from the cached posterior.

Usage: python benchmarks/tune.py [RUNS]
The posterior must be there: `make report`. Prints the medians of wall and processor time of RUNS
(default 5) processes; returns 1 if that of wall time exceeds 3 s.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT = 3.0
COMMAND = (
    sys.executable, "-c", "from leakbound.cli.main import main; main()", "priors", "tune", "default",
    "--candidate", str(ROOT / "experiments/candidates/deepseek-v3.toml"), "--until", "2024-12-26",
    "--set", "rate=Normal(0.5, 0.2)",
)  # fmt: skip


def measured() -> tuple[float, float]:
    """Return seconds of wall and of processor time of one process, which must succeed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(COMMAND, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Measure, print, and judge by the limit."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    wall, processor = map(statistics.median, zip(*(measured() for _ in range(runs)), strict=True))
    print(
        f"priors tune: median of {runs}: {wall:.2f} s, processor {processor:.2f} s; limit {LIMIT} s"
    )
    return int(wall > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
