"""Compute buffers: today's score plus what a fixed factor of pre-training compute would add."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leakbound.competitors.predictor import Competitor, FixedRule, Predictor, with_bases
from leakbound.competitors.scaling import fit_base_scaling


def compute_buffer(name: str, title: str, source: str, *, factor: float) -> Competitor:
    """Return the rule z_base + k_b log10(factor), k_b logits per OOM of the benchmark's bases.

    Compute spent on post-training counts like pre-training compute, and techniques stand still.
    One bound for single attempts and best-of-n alike, at every level.
    """

    def fit(train: pd.DataFrame, bases: pd.DataFrame | None = None) -> Predictor:
        scaling = fit_base_scaling(with_bases(train, bases))
        buffer_oom = float(np.log10(factor))
        return FixedRule(
            lambda test: test["z_base"].to_numpy(dtype=float) + buffer_oom * scaling.slope(test)
        )

    return Competitor(name, title, source, fit)


BUFFERS = (
    compute_buffer(
        "asl3-1pct",
        "ASL-3: 1 % of training cost, as compute",
        "Anthropic RSP v1.0 (2023): post-training below 1 % of the total training cost",
        factor=1.01,
    ),
    compute_buffer(
        "eu-third",
        "EU: one third of training compute",
        "European Commission, GPAI guidelines (2025): above a third the modifier is a provider",
        factor=4.0 / 3.0,
    ),
    compute_buffer(
        "buffer-2x",
        "2x effective compute",
        "OpenAI Preparedness Framework beta (2023): evaluation at every 2x effective compute",
        factor=2.0,
    ),
    compute_buffer(
        "buffer-4x",
        "4x effective compute",
        "Anthropic RSP v1.0 (2023): evaluation at every 4x effective compute",
        factor=4.0,
    ),
    compute_buffer(
        "buffer-6x",
        "6x effective compute",
        "Anthropic RSP v1.0 (2023): a safety buffer greater than 6x effective compute",
        factor=6.0,
    ),
)
