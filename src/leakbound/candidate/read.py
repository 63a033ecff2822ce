"""Read a candidate file: check it against the registry, the scenarios and the knowledge date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from leakbound.border import parse, read_toml
from leakbound.candidate.checks import (
    all_different,
    check_chance,
    check_date,
    check_release,
    check_score,
    find_benchmark,
    resolved,
)
from leakbound.candidate.gates import read_gate
from leakbound.candidate.schema import FileIn, OutcomeIn, ScoreIn
from leakbound.candidate.thresholds import read_threshold
from leakbound.candidate.types import Candidate, Outcome, Score
from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.registry import Benchmark, Registry
from leakbound.scenario import Scenario, load_scenarios
from leakbound.security import ACTOR_CLASSES, Security, SecurityIn


def read_candidate(
    path: Path,
    registry: Registry,
    *,
    until: dt.date | None = None,
    scenarios: Mapping[str, Scenario] | None = None,
) -> Candidate:
    """Return the candidate in the TOML file at `path`.

    Parameters
    ----------
    registry
        Known benchmarks; the file may define others with its scores.
    until
        Knowledge date: the candidate and its scores must not be younger.
    scenarios
        Names that threshold tables may use beside the release modes; the shipped ones if not given.

    Raises
    ------
    InputError
        The first broken rule, naming file, dotted key, value and what to do.
    """
    table = parse(FileIn, read_toml(path), str(path))
    where, body = str(path), table.candidate
    scenarios = load_scenarios() if scenarios is None else scenarios
    check_release(body.released, until, f"{where}: candidate.released")
    places = [f"{where}: candidate.scores[{i}]" for i in range(len(body.scores))]
    inline = tuple(
        benchmark
        for entry, place in zip(body.scores, places, strict=True)
        if (benchmark := _inline_benchmark(entry, registry, place)) is not None
    )
    known = registry.merged({benchmark.key: benchmark for benchmark in inline})
    scores = tuple(
        _score(entry, known, until, place) for entry, place in zip(body.scores, places, strict=True)
    )
    all_different([score.benchmark for score in scores], places, "benchmark")
    thresholds = tuple(
        read_threshold(entry, known, scores, scenarios, f"{where}: thresholds[{i}]")
        for i, entry in enumerate(table.thresholds)
    )
    names = [threshold.name for threshold in thresholds]
    all_different(names, [f"{where}: thresholds[{i}]" for i in range(len(names))], "name")
    gate_places = [f"{where}: gates[{i}]" for i in range(len(table.gates))]
    all_different([gate.name for gate in table.gates], gate_places, "name")
    return Candidate(
        key=path.stem,
        name=body.name,
        released=body.released,
        pretraining_flop=body.pretraining_flop,
        posttraining_fraction_spent=body.posttraining_fraction_spent,
        elicited=tuple(sorted(set(body.elicited))),
        base_model=body.base_model,
        scores=scores,
        outcomes=tuple(
            _outcome(entry, known, body.released, f"{where}: candidate.outcomes[{i}]")
            for i, entry in enumerate(body.outcomes)
        ),
        thresholds=thresholds,
        gates=tuple(
            read_gate(entry, names, place)
            for entry, place in zip(table.gates, gate_places, strict=True)
        ),
        benchmarks=inline,
        security=_security(table.security, f"{where}: security"),
        note=body.note,
    )


def _inline_benchmark(entry: ScoreIn, registry: Registry, place: str) -> Benchmark | None:
    given = [key for key in ("domain", "link", "guess", "title") if getattr(entry, key) is not None]
    if resolved(entry.benchmark, registry) is not None:
        if given:
            rule = f"{entry.benchmark} is in the benchmark registry and must not be defined again"
            raise InputError(f"{place}.{given[0]}", rule, todo="remove it or use another name")
        return None
    if not given:
        todo = did_you_mean(entry.benchmark, list(registry))
        todo += ", or define it here with domain and guess"
        rule = "must be in the benchmark registry"
        raise InputError(f"{place}.benchmark", rule, found=entry.benchmark, todo=todo)
    link = entry.link or "logit"
    for key, missing in (
        ("domain", entry.domain is None),
        ("guess", link == "logit" and entry.guess is None),
    ):
        if missing:
            raise InputError(f"{place}.{key}", "is required to define a benchmark", todo="add it")
    if link != "logit" and entry.guess:
        rule = f"must be left out of a benchmark on the {link} scale, which nobody guesses"
        raise InputError(f"{place}.guess", rule, found=entry.guess)
    return Benchmark(
        key=entry.benchmark,
        title=entry.title or entry.benchmark,
        domain=str(entry.domain),
        link=link,
        guess=entry.guess or 0.0,
        items=entry.items,
        source=entry.source or "defined in the candidate file",
    )


def _score(entry: ScoreIn, known: Registry, until: dt.date | None, place: str) -> Score:
    benchmark = find_benchmark(entry.benchmark, known, f"{place}.benchmark")
    check_score(entry.score, benchmark, f"{place}.score")
    check_chance(entry.score, entry.items, benchmark, f"{place}.score")
    if entry.released is not None:
        check_date(entry.released, until, f"{place}.released")
    return Score(benchmark.key, entry.score, entry.items, entry.released, entry.source)


def _outcome(entry: OutcomeIn, known: Registry, released: dt.date, place: str) -> Outcome:
    benchmark = find_benchmark(entry.benchmark, known, f"{place}.benchmark")
    check_score(entry.score, benchmark, f"{place}.score")
    if entry.date < released:
        rule = f"an outcome must not come before the release, {released}"
        raise InputError(f"{place}.date", rule, found=str(entry.date))
    return Outcome(benchmark.key, entry.score, entry.date, entry.name, entry.source)


def _security(entry: SecurityIn | None, place: str) -> Security | None:
    if entry is None:
        return None
    for actor in entry.theft_per_year:
        if actor not in ACTOR_CLASSES:
            todo = did_you_mean(actor, list(ACTOR_CLASSES))
            raise InputError(
                f"{place}.theft_per_year", "must name actor classes", found=actor, todo=todo
            )
    security = Security(entry.level, entry.theft_per_year)
    security.check(place)
    return security
