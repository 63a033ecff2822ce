"""Cleaning in the open: every measurement of an imported file is kept or rejected with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from leakbound.evidence.rows import COLUMNS, DATE_COLUMNS, NUMBER_COLUMNS, TEXT_COLUMNS
from leakbound.evidence.rules import GRACE_DAYS

DECISION_COLUMNS = ("line", "name", "base_model", "benchmark", "verdict", "reason", "detail")


@dataclass(frozen=True)
class Imported:
    """What an importer read: attempt rows, and the decision on every measurement of the file.

    `decisions` has the columns `DECISION_COLUMNS`: line of the file, name of the derivative, base
    model, benchmark, "kept" or "rejected", why, and the detail of why.
    """

    rows: pd.DataFrame
    decisions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=DECISION_COLUMNS))

    @property
    def is_ledger(self) -> bool:
        """Whether the rows are a compute ledger and no evidence rows."""
        return "cell" not in self.rows

    @classmethod
    def of_rows(cls, rows: pd.DataFrame) -> Imported:
        """Return checked evidence rows as something imported, every row kept."""
        decisions = pd.DataFrame(
            {
                "line": rows.index,
                "name": rows["cell"],
                "base_model": rows["base_model"],
                "benchmark": rows["benchmark"],
                "verdict": "kept",
                "reason": "passes every rule",
                "detail": "",
            }
        )
        return cls(rows, decisions)

    def tally(self) -> pd.DataFrame:
        """Return file lines and measurements per verdict and reason, the most frequent first."""
        groups = self.decisions.groupby(["verdict", "reason"], sort=False)
        counts = groups.agg(lines=("line", "nunique"), measurements=("line", "size"))
        return counts.sort_values(["verdict", "lines"], ascending=[True, False]).reset_index()

    def rejects(self) -> pd.DataFrame:
        """Return the decisions that rejected a measurement."""
        out = self.decisions[self.decisions["verdict"] == "rejected"]
        return out.reset_index(drop=True)


CHAT_MODEL_SPENT = 0.002
"""Post-training over pre-training compute of a chat model whose developer published none: assumed.

DeepSeek-V3, the one published ledger of that time, spent 0.0018 (arXiv 2412.19437, Table 1).
"""


def draft(frame: pd.DataFrame) -> pd.DataFrame:
    """Return measurements with every column an importer may fill, and an open decision.

    `frame` brings `line` (of the file), `name` (of the derivative) and any of the evidence columns.
    """
    out = frame.copy()
    for column in DATE_COLUMNS:
        unknown = pd.Series(pd.NaT, out.index, dtype="datetime64[us]")
        out[column] = out[column].astype("datetime64[us]") if column in out else unknown
    for column in NUMBER_COLUMNS:
        out[column] = out[column].astype("float64") if column in out else float("nan")
    for column in (*TEXT_COLUMNS, "reason", "note"):
        given = out[column] if column in out else pd.Series("", out.index)
        out[column] = given.fillna("").astype("str")
    return out


def reject(measured: pd.DataFrame, mask: pd.Series, reason: str | pd.Series) -> pd.DataFrame:
    """Return `measured` with `reason` where `mask` holds and no earlier reason stands.

    A reason reads "why" or "why: detail"; the tally counts by the part before the colon.
    """
    standing = (measured["reason"] != "") | ~mask
    return measured.assign(reason=measured["reason"].where(standing, reason))


def reject_usual(measured: pd.DataFrame) -> pd.DataFrame:
    """Return `measured` with the rejections every importer makes: missing facts, impossible dates.

    A derivative dated more than 30 days before its base cannot descend from it; up to 30 days
    count as lag 0, because bases were shared before their public release.
    """
    early = measured["base_released"] - measured["released"]
    rules: tuple[tuple[str, Callable[[pd.DataFrame], pd.Series]], ...] = (
        ("no base model named", lambda m: m["base_model"] == ""),
        ("no score", lambda m: m["score"].isna()),
        ("no score of the base in this harness", lambda m: m["base_score"].isna()),
        ("release date of the base unknown", lambda m: m["base_released"].isna()),
        ("date of the attempt unknown", lambda m: m["released"].isna()),
        (
            f"dated more than {GRACE_DAYS} days before its base",
            lambda m: early > pd.Timedelta(days=GRACE_DAYS),
        ),
    )
    for reason, holds in rules:
        measured = reject(measured, holds(measured), reason)
    return measured


def finished(measured: pd.DataFrame, source: str) -> Imported:
    """Return kept measurements as attempt rows (n = rank = 1) and the decision on each of all."""
    measured = reject(measured, _repeated(measured), "repeats another row of the file")
    rows = measured[measured["reason"] == ""].copy()
    cell = rows["base_model"] + " > " + rows["name"] + " | " + rows["benchmark"]
    twice = cell[cell.duplicated(keep=False)]
    again = twice.groupby(twice, sort=False).cumcount() + 1
    rows["cell"] = cell
    rows.loc[again.index[again > 1], "cell"] = twice + " | " + again.astype("str")
    rows["attempts"] = 1.0
    rows["rank"] = 1.0
    return _decided(measured, rows, source)


def _repeated(measured: pd.DataFrame) -> pd.Series:
    keys = ["base_model", "name", "benchmark", "released", "base_score", "score", "technique"]
    again: pd.Series = measured[measured["reason"] == ""].duplicated(keys)
    return again.reindex(measured.index, fill_value=False)


def finished_base_only(measured: pd.DataFrame, source: str) -> Imported:
    """Return kept measurements as base-only rows, dated by the base's release where known."""
    measured = reject(measured, measured["base_score"].isna(), "no score")
    rows = measured[measured["reason"] == ""].copy()
    rows["cell"] = rows["base_model"] + " | " + rows["benchmark"] + " | base"
    rows["attempts"] = 0.0
    rows["rank"] = 0.0
    rows["released"] = rows["base_released"]
    return _decided(measured.assign(name=measured["base_model"]), rows, source)


def _decided(measured: pd.DataFrame, rows: pd.DataFrame, source: str) -> Imported:
    kept = measured["reason"] == ""
    decisions = measured[["line", "name", "base_model", "benchmark"]].copy()
    decisions["verdict"] = kept.map({True: "kept", False: "rejected"})
    note = measured["note"].where(measured["note"] != "", "passes every rule")
    codes, whys = pd.factorize(measured["reason"].where(~kept, note))
    parts = [str(why).partition(": ") for why in whys]
    for column, part in (("reason", 0), ("detail", 2)):
        words = pd.array([split[part] for split in parts], dtype="str")
        decisions[column] = words.take(codes)
    rows["source"] = rows["source"].where(rows["source"] != "", source)
    order = list(DECISION_COLUMNS)
    return Imported(
        rows[list(COLUMNS)].reset_index(drop=True), decisions[order].reset_index(drop=True)
    )
