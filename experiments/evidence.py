"""Rebuild the shipped evidence from the public measurement files.

Usage: python experiments/evidence.py [FOLDER]; FOLDER (default ../shared/data) holds the files.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from leakbound.evidence.shipping import regenerate

HERE = Path(__file__).parent
OUT = HERE.parent / "src/leakbound/data/evidence"
MAPS = HERE / "maps"
HALF_YEAR = {"period": "half-year"}
FILES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "pool-cells": ("attempts_pool.csv", "pool", HALF_YEAR),
    "oll-v2-cells": ("attempts_oll_v2.csv", "oll-v2", HALF_YEAR),
    "swebench-scaffolds": ("swebench_scaffolds.csv", "swebench", HALF_YEAR),
    "prompting": ("prompting_uplift.csv", "prompting", {}),
    "horizons": ("metr_horizons.csv", "metr", {}),
    "lineages": ("facts_lineages.csv", "wide", {"column_map": MAPS / "lineages.toml"}),
    "gains": ("facts_gains.csv", "wide", {"column_map": MAPS / "gains.toml"}),
    "base-scaling": ("base_scaling.csv", "wide", {"column_map": MAPS / "base-scaling.toml"}),
}


def main(folder: Path) -> None:
    """Write every evidence file and the counts in its card."""
    for name, (file, format_, options) in FILES.items():
        rows, _ = regenerate(folder / file, OUT / f"{name}.csv", format_=format_, **options)
        print(f"{name}: {len(rows)} rows, {rows['base_model'].nunique()} bases")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "../shared/data")
