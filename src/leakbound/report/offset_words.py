"""The offset between open and closed release in words: points, logits, years of progress."""

from __future__ import annotations

from math import isfinite, isnan

from leakbound.assessment import Offset
from leakbound.evidence.registry import Benchmark
from leakbound.explain.progress import LONGEST
from leakbound.report import wording


def parts(one: Offset, benchmark: Benchmark) -> tuple[str, str, str]:
    """Return the offset in points, on the link scale and in years of progress.

    An open ceiling at chance could lie lower still, so the offset is then a least one; where the
    closed one is at chance too there is none.
    """
    closed = one.ceilings.get("closed-api", float("nan"))
    if wording.at_chance(closed, benchmark):
        return ("both at chance", "unknown", "unknown")
    open_ceiling = one.ceilings.get("open-weights", float("nan"))
    least = "at least " if wording.at_chance(open_ceiling, benchmark) else ""
    if not isfinite(one.points):
        return ("unknown", "unknown", "unknown")
    return (
        least
        + (wording.points(one.points) if benchmark.link == "logit" else wording.number(one.points)),
        f"{least}{one.logits:.2g} {wording.link_unit(benchmark)}",
        _progress(one.years_of_progress, least),
    )


def _progress(years: float, least: str) -> str:
    if isnan(years):
        return "unknown years of progress"
    if not isfinite(years):
        return f"over {LONGEST:g} years of progress"
    told = f"{years:.2g}"
    return f"{least}{told} {'year' if told == '1' else 'years'} of progress"


def amounts(one: Offset, benchmark: Benchmark) -> str:
    """Return the offset in one phrase; empty when a release mode is missing."""
    if not {"closed-api", "open-weights"} <= set(one.ceilings):
        return ""
    first, *rest = parts(one, benchmark)
    if "unknown" in rest:
        return first
    return ", ".join([first, *(text.removeprefix("at least ") for text in rest)])
