"""How long imports and cells take: the public pool, and a synthetic dump of a million rows.

Usage: python benchmarks/evidence_cells.py [pool|dump|rows] [FILE or MEASUREMENTS]
`pool` imports the public pool (limit: 2 s, 300 MB), `dump` a synthetic pool, `rows` reads, checks
and reduces a synthetic file of evidence rows (limit for a million of either: 30 s).
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from leakbound.evidence import cells, load_registry, read_rows, write_rows
from leakbound.evidence.importers import Options, import_file

POOL = Path(__file__).parents[1] / "../shared/data/attempts_pool.csv"
TASKS = ("bbh", "gpqa", "musr")


def synthetic_pool(path: Path, rows: int) -> None:
    """Write a pool of `rows` derivatives of 2,000 bases, each scored on three benchmarks."""
    rng = np.random.default_rng(1)
    base = rng.integers(0, 2000, rows)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    frame = pd.DataFrame(
        {
            "base_model": pd.Series(base).map(lambda i: f"org{i}/base{i}-7B"),
            "base_released": "2024-01-01",
            "base_pretraining_flop": 1e23,
            "model": [f"user{i % 9973}/tuned{i}-7B" for i in range(rows)],
            "modified": days.strftime("%Y-%m-%d"),
            "is_base": "False",
        }
    )
    for task in TASKS:
        frame[f"base_score_{task}"] = 0.4 + (base % 100) / 1000
        frame[f"score_{task}"] = rng.beta(5, 5, rows).round(6)
    frame.to_csv(path, index=False)


def measure(path: Path) -> None:
    """Import a pool, reduce it to cells, and print rows, seconds and peak memory."""
    options = Options(source="bench")
    start = time.perf_counter()
    imported = import_file("pool", path, options)
    middle = time.perf_counter()
    out = cells(imported.rows, registry=options.registry)
    end = time.perf_counter()
    lines = imported.decisions["line"].nunique()
    print(f"{lines:,} rows, {len(imported.rows):,} attempts kept, {len(out):,} cell rows")
    print(f"import {middle - start:.2f} s, cells {end - middle:.2f} s, peak {peak_mb():.0f} MB")


def measure_rows(path: Path) -> None:
    """Read, check and reduce a file of evidence rows; print rows, seconds and peak memory."""
    registry = load_registry()
    start = time.perf_counter()
    rows = read_rows(path, registry)
    middle = time.perf_counter()
    out = cells(rows, registry=registry)
    end = time.perf_counter()
    print(f"{len(rows):,} attempts, {len(out):,} cell rows")
    print(f"read {middle - start:.2f} s, cells {end - middle:.2f} s, peak {peak_mb():.0f} MB")


def peak_mb() -> float:
    """Return the peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    mode, *rest = sys.argv[1:] or ["pool"]
    if mode == "pool":
        measure(Path(rest[0]) if rest else POOL)
    else:
        with tempfile.TemporaryDirectory() as folder:
            dump, table = Path(folder) / "pool.csv", Path(folder) / "rows.csv"
            synthetic_pool(dump, int(rest[0] if rest else 1_000_000) // len(TASKS))
            if mode == "dump":
                measure(dump)
            else:
                write_rows(import_file("pool", dump, Options(source="bench")).rows, table)
                measure_rows(table)
