"""A run's files read back: verdict.json, and manifest.json beside it when it is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakbound.errors import InputError
from leakbound.report.manifest import SCHEMA as MANIFEST_SCHEMA
from leakbound.report.verdict import SCHEMA as VERDICT_SCHEMA

ROW_KEYS = ("threshold", "scenario", "benchmark", "verdict", "bound_score", "bound_mcse",
            "exceedance", "threshold_score", "horizon_years", "confidence", "today_score")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What a run's folder holds; `manifest` is None when only verdict.json is known."""

    name: str
    verdict: Mapping[str, Any]
    manifest: Mapping[str, Any] | None

    def rows(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Return the verdicts by threshold and scenario."""
        return {(row["threshold"], row["scenario"]): row for row in self.verdict["verdicts"]}

    def gates(self) -> dict[tuple[str, str], str]:
        """Return the gates' verdicts by gate and scenario."""
        told = self.verdict.get("gates", ())
        return {(row["gate"], row["scenario"]): row["verdict"] for row in told}


def read_run(path: Path) -> Run:
    """Return the run in a folder, or of a verdict.json.

    Raises
    ------
    InputError
        There is no verdict.json, or it or the manifest beside it is not what `assess` writes.
    """
    file = path / "verdict.json" if path.is_dir() else path
    if not file.is_file():
        rule = "must be a run's folder or a verdict.json"
        raise InputError(str(path), rule, todo="make one with `leakbound assess`")
    verdict = _read(file, VERDICT_SCHEMA)
    _check(file, verdict)
    beside = file.with_name("manifest.json")
    manifest = _read(beside, MANIFEST_SCHEMA) if beside.is_file() else None
    if manifest is not None and not _belongs(manifest, verdict):
        rule = "must belong to the verdict.json beside it: seed and digests differ"
        raise InputError(str(beside), rule, todo="run `leakbound assess` again")
    return Run(str(path), verdict, manifest)


def _read(file: Path, schema: str) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(str(file), "must be JSON", found=str(error)) from error
    if not isinstance(told, dict) or told.get("schema") != schema:
        found = told.get("schema") if isinstance(told, dict) else type(told).__name__
        raise InputError(f"{file}: schema", f"must be {schema}", found=found)
    return told


def _check(file: Path, verdict: Mapping[str, Any]) -> None:
    rows = verdict.get("verdicts")
    if not isinstance(rows, list) or not isinstance(verdict.get("candidate"), dict):
        raise InputError(str(file), "must hold `candidate` and `verdicts`")
    for i, row in enumerate(rows):
        missing = [key for key in ROW_KEYS if not isinstance(row, dict) or key not in row]
        if missing:
            raise InputError(f"{file}: verdicts[{i}]", f"must hold {missing[0]}")


def _belongs(manifest: Mapping[str, Any], verdict: Mapping[str, Any]) -> bool:
    digests = manifest.get("digests", {})
    return bool(
        manifest.get("seed") == verdict.get("seed")
        and digests.get("evidence") == verdict.get("evidence_digest")
        and digests.get("model") == verdict.get("model", {}).get("digest")
    )
