"""Evidence made of rows that a test wrote."""

import numpy as np
import pandas as pd

from leakbound.evidence.registry import load_registry
from leakbound.evidence.rows import COLUMNS
from leakbound.evidence.table import Evidence

GUESS = {"mmlu-pro": 0.1, "math-lvl5": 0.0, "gpqa-diamond": 0.25}
"""Benchmarks of made-up attempts, and what guessing scores on them."""


def evidence_of(rows):
    """Return evidence of these rows (dicts); columns they lack are empty, all is known on release."""
    frame = pd.DataFrame(rows)
    for column in COLUMNS:
        if column not in frame:
            frame[column] = "" if column in ("technique", "actor", "censored") else np.nan
    for column in ("base_released", "released"):
        frame[column] = pd.to_datetime(frame[column])
    frame["known"] = frame["released"]
    registry = load_registry()
    table = frame[list(COLUMNS)]
    return Evidence(table, {}, registry)
