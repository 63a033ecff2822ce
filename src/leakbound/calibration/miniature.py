"""The shipped evidence in miniature: few bases and benchmarks, every kind of row.

Small enough to fit hundreds of times, so that the default model can be calibrated: order statistics of
raw bases, single attempts on post-trained bases (some with known compute), attempts with fixed weights,
compute-equivalent gains (some lower limits), and base models that measure the response.
"""

from __future__ import annotations

from dataclasses import replace

from leakbound.errors import InputError
from leakbound.evidence.table import Evidence

RAW_BASES = (
    "meta-llama/Llama-2-7b-hf",
    "meta-llama/Meta-Llama-3-8B",
    "google/gemma-2-9b",
    "Qwen/Qwen2.5-7B",
)
POSTTRAINED_BASES = ("Qwen2.5-32B-Instruct", "DeepSeek-V3")
ORDER_STATISTICS = ("gpqa", "math-lvl5")
SINGLE_ATTEMPTS = ("gpqa-diamond", "aime-2024")
RESPONSES = ("gpqa", "math-lvl5")


def miniature(evidence: Evidence) -> Evidence:
    """Return the rows of `evidence` that calibration is done on.

    Raises
    ------
    InputError
        A kind of row is missing, as in evidence cut at an early date.
    """
    rows = evidence.rows
    base, key, source = rows["base_model"], rows["benchmark"], rows["source"]
    kinds = {
        "pool-cells": base.isin(RAW_BASES) & key.isin(ORDER_STATISTICS),
        "lineages": base.isin(POSTTRAINED_BASES) & key.isin(SINGLE_ATTEMPTS),
        "gains/davidson-2023": source == "gains/davidson-2023",
        "prompting": base.isin(RAW_BASES),
        "base-scaling": key.isin(RESPONSES),
    }
    kept = source != source
    for name, mine in kinds.items():
        found = mine & source.str.startswith(name)
        if not found.any():
            raise InputError("evidence", f"must hold rows of {name} to be calibrated on", found=0)
        kept = kept | found
    return replace(evidence, rows=rows[kept].reset_index(drop=True))
