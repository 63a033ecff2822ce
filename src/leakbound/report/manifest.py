"""manifest.json: what a report was made from, so that it can be made again."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from leakbound.assessment import Assessment
from leakbound.fit import versions
from leakbound.prices import shipped_prices
from leakbound.priors import describe
from leakbound.report.verdict import jsonable, model_told
from leakbound.structures.stack import members_of

SCHEMA = "leakbound/manifest/1"
DATED = r"\b(19|20)\d\d\b|\b\d{4}\.\d{4,5}\b"


@dataclass(frozen=True)
class Reference:
    """A source that something in the report rests on, and what rests on it."""

    text: str
    url: str
    used_for: str


def bibliography(found: Assessment) -> tuple[Reference, ...]:
    """Return every source used, once each, in order of first use.

    Of the scenarios' sources those that name a dated work; the rest are reasons, not references.
    """
    kept: dict[str, Reference] = {}
    for one in _references(found):
        if one.text.strip():
            kept.setdefault(one.text, one)
    return tuple(kept.values())


def _references(found: Assessment) -> Iterable[Reference]:
    for name, card in sorted(found.evidence.cards.items()):
        yield Reference(card.reference, card.url, f"evidence {name}")
    for score in found.candidate.scores:
        yield Reference(score.source, "", f"score on {score.benchmark}")
    for threshold in found.candidate.thresholds:
        yield Reference(threshold.source, "", f"threshold {threshold.name}")
    for row in found.outcomes:
        yield Reference(row.outcome.source, "", f"outcome {row.outcome.name}")
    for comparator in found.comparators:
        yield Reference(comparator.source, "", f"rule {comparator.comparator}")
    for key, scenario in found.scenarios.items():
        for assumption in scenario.assumptions():
            if re.search(DATED, assumption.source):
                yield Reference(assumption.source, "", f"scenario {key}, {assumption.place}")
    for member in members_of(found.specification):
        for name, prior in member.specification.priors.items():
            yield Reference(prior.source, "", f"prior {name}")


def digests(found: Assessment) -> dict[str, str]:
    """Return the digests of evidence, model and posterior."""
    return {
        "evidence": found.evidence.digest,
        "model": found.specification.digest,
        "posterior": found.posterior.digest,
    }


def inputs_of(found: Assessment) -> dict[str, Any]:
    """Return what the user's files and the price table say, without sources: for `leakbound diff`."""
    one = found.candidate
    numbers = ("name", "released", "pretraining_flop", "posttraining_fraction_spent",
               "elicited", "base_model")  # fmt: skip
    limits = ("benchmark", "scores", "confidence", "horizon_years", "extrapolate")
    return {
        "candidate": {name: getattr(one, name) for name in numbers}
        | {"scores": {row.benchmark: [row.score, row.items] for row in one.scores}}
        | {"security": vars(one.security) if one.security else None},
        "thresholds": {
            row.name: {name: getattr(row, name) for name in limits} for row in one.thresholds
        },
        "scenarios": {
            key: {row.place: row.statement for row in scenario.assumptions()}
            for key, scenario in found.scenarios.items()
        },
        "prices": {
            name: getattr(value, "statement", None) or str(value)
            for name, value in vars(shipped_prices().default).items()
            if name != "sources"
        },
    }


def manifest_of(found: Assessment, *, command: str) -> dict[str, Any]:
    """Return the content of manifest.json."""
    told = {
        "schema": SCHEMA,
        "command": command,
        "candidate": found.candidate.key,
        "until": found.until,
        "seed": found.posterior.seed,
        "python": platform.python_version(),
        "versions": versions(),
        "digests": digests(found),
        "model": model_told(found.specification) | {"structure": found.posterior.structure},
        "scenarios": sorted(found.scenarios),
        "inputs": inputs_of(found),
        "evidence": {
            "rows": len(found.evidence.rows),
            "files": sorted(found.evidence.cards),
            "left_out": found.evidence.left_out,
        },
        "priors": describe(found.specification),
        "checks": [vars(check) for check in found.posterior.checks],
        "bibliography": [vars(one) for one in bibliography(found)],
    }
    content: dict[str, Any] = jsonable(told)
    return content
