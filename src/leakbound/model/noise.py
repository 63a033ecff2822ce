"""Scores are measurements: the standard error that a finite number of items puts on the link scale."""

from __future__ import annotations

import numpy as np

from leakbound.evidence.registry import Benchmark

DEFAULT_ITEMS = 200


def link_error(benchmark: Benchmark, score: float, items: float | None) -> float:
    """Return the binomial standard error of `score` on the benchmark's link scale.

    Half the distance between the links of score plus and minus one standard error. A score within
    one standard error of chance, or below it, or as near to the ceiling, has the error of a score
    that far from it: the link is flat beyond both and would tell none. `items` None or NaN takes the
    registry's count, else 200. Scores that are no fraction correct carry no binomial error: 0.
    """
    if benchmark.link != "logit" or not np.isfinite(score):
        return 0.0
    known = items if items is not None and np.isfinite(items) else benchmark.items
    n = float(known) if known else float(DEFAULT_ITEMS)
    p = min(max(score, 1.0 / (n + 2.0)), 1.0 - 1.0 / (n + 2.0))
    error = np.sqrt(p * (1.0 - p) / n)
    held = min(max(score, benchmark.guess + error), 1.0 - error)
    ends = benchmark.to_link(np.array([held - error, held + error]))
    return float((ends[1] - ends[0]) / 2.0)
