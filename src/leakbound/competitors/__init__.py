"""What a user could use instead of our bound, each one small module behind `COMPETITORS`."""

from __future__ import annotations

from leakbound.competitors.buffers import BUFFERS
from leakbound.competitors.conformal import conformal
from leakbound.competitors.elicited import ELICITED
from leakbound.competitors.empirical import EMPIRICAL_BENCHMARK, EMPIRICAL_LINEAGE
from leakbound.competitors.frontier import SIGMOID_FRONTIER
from leakbound.competitors.predictor import Competitor, Predictor
from leakbound.competitors.regression import REGRESSION
from leakbound.competitors.trend import TREND

REFERENCE = EMPIRICAL_BENCHMARK.name
"""The competitor all pinball ratios are taken against."""

PLAIN = (
    *BUFFERS,
    ELICITED,
    TREND,
    EMPIRICAL_BENCHMARK,
    EMPIRICAL_LINEAGE,
    REGRESSION,
    SIGMOID_FRONTIER,
)

COMPETITORS: dict[str, Competitor] = {
    competitor.name: competitor for competitor in (*PLAIN, *map(conformal, PLAIN))
}

__all__ = ["COMPETITORS", "PLAIN", "REFERENCE", "Competitor", "Predictor"]
