"""What a candidate says of a base that the evidence knows, held against what the evidence says."""

from __future__ import annotations

import re

import pandas as pd

from leakbound.candidate.types import Candidate
from leakbound.errors import nearest_names
from leakbound.evidence.table import Evidence

SAME_RELEASE_DAYS = 60
OLDER_DAYS = 183
NEWER_DAYS = 366
SIMILAR = 0.6
DIGITS = re.compile(r"\d+")


def contradictions(candidate: Candidate, evidence: Evidence) -> tuple[str, ...]:
    """Return a sentence on each fact in which candidate and evidence differ.

    The candidate's facts are taken, while effects of the base were told with the evidence's. A base that
    the evidence does not know counts as new, which is said where it may be one that it does know.
    """
    if candidate.base_model is None:
        return ()
    rows = evidence.rows[evidence.rows["base_model"] == candidate.base_model]
    if rows.empty:
        return _misnamed(candidate.base_model, evidence)
    said = (_posttraining(candidate, rows), _release(candidate, rows))
    return tuple(f"{candidate.base_model}: {text}" for text in said if text)


def far_from_evidence(candidate: Candidate, evidence: Evidence) -> tuple[str, ...]:
    """Return why a candidate released long before or after every base of the evidence is outside of it.

    After: over a year, as far as the backtest reaches beyond a cut.
    """
    bases = pd.to_datetime(evidence.rows["base_released"])
    first, last, released = bases.min(), bases.max(), pd.Timestamp(candidate.released)
    if (first - released).days > OLDER_DAYS:
        return (f"released {candidate.released}, the evidence's first base {first:%Y-%m-%d}",)
    if not (released - last).days <= NEWER_DAYS:
        return (f"released {candidate.released}, the evidence's last base {last:%Y-%m-%d}",)
    return ()


def _misnamed(name: str, evidence: Evidence) -> tuple[str, ...]:
    """Return whether the name may mean the nearest base of the evidence with the same numbers in it."""
    here = _plain(name)
    names = {_plain(known): known for known in sorted(evidence.rows["base_model"].unique())}
    same = [known for known in names if DIGITS.findall(known) == DIGITS.findall(here)]
    near = nearest_names(here, same, least=SIMILAR)
    if not near:
        return ()
    return (
        f"{name}: no such base in the evidence, counts as a new one (or is it {names[near[0]]}?)",
    )


def _plain(name: str) -> str:
    """Return the name without its maker, in small letters."""
    return name.rsplit("/", maxsplit=1)[-1].casefold()


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
