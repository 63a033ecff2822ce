"""A table of text, made once for page, Markdown and terminal."""

from __future__ import annotations

from dataclasses import dataclass

from leakbound.assessment import Assessment
from leakbound.bound import scores_today
from leakbound.evidence.registry import Benchmark


@dataclass(frozen=True)
class Table:
    """Rows of text under columns; `note` stands under it, `short` ones in Markdown as well."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    short: bool = True
    note: str = ""


def benchmark_of(found: Assessment, key: str) -> Benchmark:
    """Return a benchmark of the registry or of the candidate's own file."""
    return found.candidate.registry(found.evidence.registry)[key]


def today_of(found: Assessment, key: str) -> float:
    """Return the candidate's score today on a benchmark; NaN when its file has none."""
    return scores_today(found.candidate).get(key, float("nan"))
