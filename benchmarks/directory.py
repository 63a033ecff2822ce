"""How long `leakbound assess FOLDER` takes for many candidates, and whether its memory stays flat.

Usage: python benchmarks/directory.py [CANDIDATES] [UNTIL]
Makes that many variations (default 1,000) of the shipped candidates and decides them in this process,
from the cached posterior, which must be there: `leakbound fit`. Limits: 50 ms a candidate, and a peak
memory that does not grow after the first hundred.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from leakbound.cli.directory import assess_directory, decided
from leakbound.cli.inputs import read_inputs

CANDIDATES = Path(__file__).parents[1] / "experiments/candidates"
SHIPPED = ("deepseek-v3", "llama-3.1-8b", "qwen2.5-32b-instruct")


def make_candidates(folder: Path, number: int) -> None:
    """Write candidates that differ from the shipped ones in compute and release day."""
    rng = np.random.default_rng(1)
    texts = [(CANDIDATES / f"{name}.toml").read_text() for name in SHIPPED]
    for i in range(number):
        text = texts[i % len(texts)].split("[[candidate.outcomes]]")
        tail = text[-1][text[-1].index("[[thresholds]]") :] if len(text) > 1 else ""
        lines = (text[0] + tail).splitlines()
        flop = 10.0 ** rng.uniform(23.0, 25.0)
        day = dt.date(2024, 1, 1) + dt.timedelta(days=int(rng.integers(0, 300)))
        for k, line in enumerate(lines):
            if line.startswith("pretraining_flop"):
                lines[k] = f"pretraining_flop = {flop:.4e}"
            if line.startswith("released"):
                lines[k] = f"released = {day}"
        (folder / f"candidate-{i:05d}.toml").write_text("\n".join(lines) + "\n")


def peak_mb() -> float:
    """Return the peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(number: int, until: dt.date | None) -> None:
    """Measure and print."""
    inputs = read_inputs(model="default", scenarios=None, evidence=[], until=until, seed=None)
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "candidates", Path(name) / "out"
        folder.mkdir()
        make_candidates(folder, number)
        for file in sorted(folder.glob("*.toml"))[:100]:
            decided(file, inputs)
        warm = peak_mb()
        start, busy = time.perf_counter(), time.process_time()
        tally = assess_directory(folder, inputs, out=out, as_json=False)
        wall, busy = time.perf_counter() - start, time.process_time() - busy
    each = 1000.0 / max(tally.candidates, 1)
    print(f"{wall * each:.1f} ms a candidate ({busy * each:.1f} ms of processor time)")
    print(f"peak memory {warm:.0f} MB after 100 candidates, {peak_mb():.0f} MB after all")


if __name__ == "__main__":
    count, *rest = sys.argv[1:] or ["1000"]
    main(int(count), dt.date.fromisoformat(rest[0]) if rest else None)
