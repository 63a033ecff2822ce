"""Thresholds: scores that must not be reached, by release mode or scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leakbound.candidate.checks import check_score, find_benchmark
from leakbound.candidate.schema import ThresholdIn
from leakbound.candidate.types import Score, Threshold
from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.registry import Registry
from leakbound.scenario import RELEASES, Scenario


def read_threshold(
    entry: ThresholdIn,
    known: Registry,
    scores: Sequence[Score],
    scenarios: Mapping[str, Scenario],
    place: str,
) -> Threshold:
    """Return the threshold of `entry`, its names resolved; `place` names file and table."""
    benchmark = find_benchmark(entry.benchmark, known, f"{place}.benchmark")
    if benchmark.key not in (score.benchmark for score in scores):
        todo = "add it under [[candidate.scores]]"
        raise InputError(f"{place}.benchmark", "needs a score", found=benchmark.key, todo=todo)
    for name in ("score", "confidence", "horizon_years"):
        for key in getattr(entry, name):
            _check_mode(key, scenarios, f"{place}.{name}")
    for key, score in entry.score.items():
        check_score(score, benchmark, f"{place}.score.{key}")
        if score <= benchmark.guess:
            rule = f"must lie above chance, {benchmark.guess:g}"
            raise InputError(f"{place}.score.{key}", rule, found=score)
        for name in ("confidence", "horizon_years"):
            stated = getattr(entry, name)
            if key not in stated and (key in RELEASES or scenarios[key].release not in stated):
                todo = f"{place.split(': ')[-1]}.score has it"
                raise InputError(f"{place}.{name}.{key}", "is required", todo=todo)
    found = Threshold(
        name=entry.name,
        benchmark=benchmark.key,
        domain=entry.domain or benchmark.domain,
        scores=entry.score,
        confidence=entry.confidence,
        horizon_years=entry.horizon_years,
        extrapolate=entry.extrapolate,
        source=entry.source,
        note=entry.note,
    )
    if not found.limits(scenarios):
        rule = "must speak of a scenario that is loaded, or nothing would be decided"
        todo = f"loaded: {', '.join(scenarios) or 'none'}"
        raise InputError(f"{place}.score", rule, found=", ".join(entry.score), todo=todo)
    return found


def _check_mode(key: str, scenarios: Mapping[str, Scenario], place: str) -> None:
    if key not in RELEASES and key not in scenarios:
        todo = did_you_mean(key, [*RELEASES, *(k for k in scenarios if k not in RELEASES)])
        raise InputError(place, "must name a release mode or a scenario", found=key, todo=todo)
