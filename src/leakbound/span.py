"""What the evidence covers: how long after a release, with how much compute, on what benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from leakbound.evidence.table import Evidence, prepare
from leakbound.evidence.technique import uses_inference
from leakbound.model.design import anonymous


@dataclass(frozen=True)
class Span:
    """How far the evidence reaches; NaN where it says nothing.

    `training_years` and `inference_years` are the longest lags at which a channel's gain was measured,
    `log10_compute` the largest known compute fraction, `attempts` the most of a cell. Attempts of
    unknown compute on raw bases do not tell what effort gains, and a lower limit bounds nothing from
    above. `benchmarks` and `domains` are those with attempts, not scores of bases alone.
    """

    training_years: float
    inference_years: float
    log10_compute: float
    attempts: int
    benchmarks: frozenset[str]
    domains: frozenset[str]

    def years(self, *, training: bool, inference: bool) -> float:
        """Return the longest lag at which all channels that are used were measured."""
        used = [(training, self.training_years), (inference, self.inference_years)]
        found = [years for is_used, years in used if is_used]
        return min(found) if found and not any(pd.isna(found)) else float("nan")


@lru_cache(maxsize=4)
def span_of(evidence: Evidence) -> Span:
    """Return what the attempts of the evidence cover, computed once for all that ask."""
    rows = prepare(evidence.rows, evidence.registry)
    rows = rows[rows["attempts"] > 0]
    measured = (rows["censored"] != "lower").to_numpy(dtype=bool)
    trained = (rows["channel"] == "training").to_numpy(dtype=bool) & ~anonymous(rows) & measured
    inferred = uses_inference(rows["technique"]).to_numpy(dtype=bool) & measured
    benchmarks = rows["benchmark"].astype(str).unique()
    return Span(
        training_years=float(rows.loc[trained, "lag"].max()),
        inference_years=float(rows.loc[inferred, "lag"].max()),
        log10_compute=float(rows.loc[trained, "log_compute_fraction"].max()),
        attempts=int(rows["attempts"].max()) if len(rows) else 0,
        benchmarks=frozenset(benchmarks),
        domains=frozenset(evidence.registry[key].domain for key in benchmarks),
    )
