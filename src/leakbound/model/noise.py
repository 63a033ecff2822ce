"""Scores are measurements: the standard error that a finite number of items puts on the link scale."""

from __future__ import annotations

import numpy as np

from leakbound.evidence.registry import Benchmark

DEFAULT_ITEMS = 200


def link_error(benchmark: Benchmark, score: float, items: float | None) -> float:
    """Return the binomial standard error of `score` on the benchmark's link scale.

    Half the distance between the links of score plus and minus one standard error, which stays
    finite at chance and ceiling. A score below chance has the error of chance, which is at most a
    fifth above the posterior standard deviation under a flat prior above chance. `items` None or NaN
    takes the registry's count, else 200. On the log scale (time horizons) the stated items are an
    effective count, one over the squared standard error of the log; without one, and where gains are
    told in OOM, the error is 0.
    """
    if benchmark.link == "log" and items is not None and items > 0.0:
        return float(1.0 / np.sqrt(items))
    if benchmark.link != "logit" or not np.isfinite(score):
        return 0.0
    known = items if items is not None and np.isfinite(items) else benchmark.items
    n = float(known) if known else float(DEFAULT_ITEMS)
    held = max(score, benchmark.guess)
    p = min(max(held, 1.0 / (n + 2.0)), 1.0 - 1.0 / (n + 2.0))
    error = np.sqrt(p * (1.0 - p) / n)
    ends = benchmark.to_link(np.array([held - error, held + error]))
    return float((ends[1] - ends[0]) / 2.0)
