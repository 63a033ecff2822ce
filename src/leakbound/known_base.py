"""What a candidate says of a base that the evidence knows, held against what the evidence says."""

from __future__ import annotations

import pandas as pd

from leakbound.candidate.types import Candidate
from leakbound.evidence.table import Evidence

SAME_RELEASE_DAYS = 60


def contradictions(candidate: Candidate, evidence: Evidence) -> tuple[str, ...]:
    """Return a sentence on each fact in which candidate and evidence differ; none on an unknown base.

    The candidate's facts are taken, while effects of the base were told with the evidence's.
    """
    rows = evidence.rows[evidence.rows["base_model"] == candidate.base_model]
    if rows.empty:
        return ()
    said = (_posttraining(candidate, rows), _release(candidate, rows))
    return tuple(f"{candidate.base_model}: {text}" for text in said if text)


def _posttraining(candidate: Candidate, rows: pd.DataFrame) -> str:
    fractions = rows["base_posttraining_fraction"]
    spent = candidate.posttraining_fraction_spent
    if spent > 0.0 and fractions.isna().all():
        return f"raw in the evidence, here with {spent:g} of its compute on post-training"
    if not spent > 0.0 and fractions.notna().all():
        known = ", ".join(f"{x:g}" for x in sorted(fractions.unique()))
        return f"post-trained in the evidence ({known} of its compute), raw here"
    return ""


def _release(candidate: Candidate, rows: pd.DataFrame) -> str:
    days = pd.to_datetime(rows["base_released"])
    first, last, here = days.min(), days.max(), pd.Timestamp(candidate.released)
    nearest = min(max(here, first), last)
    if abs((here - nearest).days) <= SAME_RELEASE_DAYS:
        return ""
    return f"released {nearest:%Y-%m-%d} in the evidence, {here:%Y-%m-%d} here"
