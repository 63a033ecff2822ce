"""verdict.json: what an assessment found, for programs; same seed, same bytes."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from leakbound.assessment import Assessment
from leakbound.explain.surfacemap import CrossingCurve
from leakbound.priors import Specification
from leakbound.risk import TotalRisk
from leakbound.structures.stack import StackedSpecification, members_of

SCHEMA = "leakbound/verdict/1"
DIGITS = 6
CURVE_POINTS = 12
UNTOLD = ("bound_z", "release_ceiling_z", "drivers")


def verdict_of(found: Assessment) -> dict[str, Any]:
    """Return the content of verdict.json: fixed order, six significant digits, null for NaN."""
    told = {
        "schema": SCHEMA,
        "candidate": {
            "key": found.candidate.key,
            "name": found.candidate.name,
            "released": found.candidate.released,
        },
        "model": model_told(found.specification),
        "evidence_digest": found.evidence.digest,
        "seed": found.posterior.seed,
        "until": found.until,
        "recalibrated": found.recalibrated or None,
        "checks": [_fields(one) for one in found.posterior.checks],
        "conflicts": [_fields(one) for one in found.conflicts],
        "verdicts": [_fields(one, UNTOLD) for one in found.verdicts],
        "riskier_below_ceiling": [
            {"threshold": threshold, "scenario": scenario}
            for threshold, scenario in sorted(found.riskier_below)
        ],
        "gates": [_fields(one) for one in found.gates],
        "comparators": [_fields(one) for one in found.comparators],
        "outcomes": [
            {
                **_fields(one.outcome),
                "years": one.years,
                "bound_by_scenario": one.bound_by_scenario,
            }
            for one in found.outcomes
        ],
        "offsets": [_fields(one) for one in found.offsets],
        "risks": [_risk(one) for one in found.risks],
        "flips": [_fields(one) for one in found.flips],
        "buffers": [_fields(one) for one in found.buffers],
        "crossings": [_crossing(one) for one in found.crossings],
        "worths": [_fields(one) for one in found.worths],
    }
    rounded: dict[str, Any] = jsonable(told)
    return rounded


def model_told(specification: Specification) -> dict[str, Any]:
    """Return name and digest of a model, for a stack also its members with their weights."""
    told: dict[str, Any] = {"name": specification.name, "digest": specification.digest}
    if isinstance(specification, StackedSpecification):
        told["members"] = [
            {
                "model": one.specification.name,
                "digest": one.specification.digest,
                "weight": one.weight,
            }
            for one in members_of(specification)
        ]
    return told


def as_json(content: Mapping[str, Any]) -> str:
    """Return JSON text that never holds NaN or infinity."""
    return json.dumps(jsonable(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def jsonable(value: Any) -> Any:
    """Return plain JSON values: floats of six significant digits, null where not finite."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, (list, tuple)):
        return [jsonable(inner) for inner in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(f"{float(value):.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _risk(one: TotalRisk) -> dict[str, Any]:
    return {**_fields(one), "steps": [_fields(step) for step in one.steps]}


def _crossing(one: CrossingCurve) -> dict[str, Any]:
    """Return a curve at about `CURVE_POINTS` of its years, its last among them."""
    step = max(1, len(one.years) // CURVE_POINTS)
    kept = slice((len(one.years) - 1) % step, None, step)
    return {**_fields(one), "years": one.years[kept], "exceedance": one.exceedance[kept]}


def _fields(row: Any, untold: tuple[str, ...] = ()) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in fields(row) if one.name not in untold}
