"""Outcomes whose effort is named, in a report: what each method covered of them, by kind of effort."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from leakbound.errors import InputError
from leakbound.report.table import Table

RULE = "must be what experiments/named_effort.py writes"
HEADLINE = 0.95
SAME_LEVEL = 1e-9
KIND = "effort:"
LEFT_OUT = "left-out"
STATED = "effort:training, compute stated"
PROMPTED = "effort:prompting of a raw base"
NUMBERS = ["coverage", "coverage_low", "coverage_high", "n", "bases", "pinball_ratio", "level"]
WORDS = ["data", "cut", "subset", "quantity", "benchmark", "group", "method"]


@dataclass(frozen=True)
class Named:
    """Rows at 95 % of a backtest on named efforts: of all its share benchmarks, whole and by kind."""

    rows: pd.DataFrame

    def of(self, data: str, quantity: str, cut: str = "", subset: str = "") -> pd.DataFrame:
        """Return the rows of one table: of a question and what is forecast, at a cut, of some bases."""
        at = (self.rows["data"] == data) & (self.rows["quantity"] == quantity)
        for column, value in (("cut", cut), ("subset", subset)):
            at &= (self.rows[column] == value) if value else True
        return self.rows[at]

    def sentence(self, method: str, whose: str = "") -> str:
        """Return what bounds covered of attempts with their developer left out, "" if unknown."""
        at = self.of(LEFT_OUT, "attempt")
        at = at[at["method"] == method].set_index("group")
        if "" not in at.index:
            return ""
        whole, prompted = at.loc[""], at["n"].get(PROMPTED, 0)
        low, high = 100 * whole["coverage_low"], 100 * whole["coverage_high"]
        said = (
            "Of attempts whose effort is named (prompting and other inference techniques, stated "
            f"compute, training of chat models), each forecast by {whose or 'the same model'} without "
            f"any attempt on the models of that developer, 95 % bounds covered "
            f"{100 * whole['coverage']:.0f} % ({low:.0f} to {high:.0f} %) of {whole['n']} "
            f"({prompted} of them prompting of a raw base)"
        )
        if STATED not in at.index:
            return f"{said}."
        stated = at.loc[STATED]
        held = round(stated["coverage"] * stated["n"])
        return f"{said}, {held} of the {stated['n']} of stated compute."


def kinds_table(rows: pd.DataFrame, caption: str, first: str) -> Table:
    """Return methods by kind of effort: share covered and pinball ratio, `first` (ours) on top.

    The others stand in the order of their pinball ratio.
    """
    whole = rows[rows["group"] == ""].sort_values("pinball_ratio", kind="stable")
    methods = sorted(whole["method"], key=lambda name: name != first)
    cells = {(row["method"], row["group"]): row for row in rows.to_dict("records")}
    groups = ["", *sorted({str(name) for name in rows["group"]} - {""})]
    counts = {str(row["group"]): int(row["n"]) for row in rows.to_dict("records")}
    columns = [f"{name.removeprefix(KIND) or 'all'} ({counts[name]})" for name in groups]
    told = tuple(
        (str(method), *(_cell(cells.get((method, name)), whole=not name) for name in groups))
        for method in methods
    )
    note = (
        "Share covered, and pinball loss relative to the empirical quantile per benchmark on the "
        "same rows. A developer's later models are unknown too, other developers' later years are not."
    )
    return Table(("method", *columns), told, caption, note=note)


def _cell(row: Mapping[Hashable, Any] | None, *, whole: bool) -> str:
    if row is None:
        return "-"
    share = f"{100 * row['coverage']:.0f} %"
    if whole:
        share += f" ({100 * row['coverage_low']:.0f} to {100 * row['coverage_high']:.0f})"
    return f"{share}, {row['pinball_ratio']:.2f}"


def named_of(rows: Iterable[dict[str, object]] | pd.DataFrame) -> Named:
    """Return the rows that tables show, of all rows of a backtest on named efforts."""
    frame = pd.DataFrame(rows)
    at = (frame["level"].astype(float) - HEADLINE).abs() < SAME_LEVEL
    at &= (frame["benchmark"] == "all") & ~frame["method"].str.contains("+", regex=False)
    at &= (frame["group"] == "") | frame["group"].str.startswith(KIND)
    return Named(frame[at].reset_index(drop=True))


def read_named(path: Path) -> Named | None:
    """Return what the file holds; None when there is no such file.

    Raises
    ------
    InputError
        The file is there but holds something else.
    """
    if not path.is_file():
        return None
    try:
        frame = pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))["rows"])
        _ = frame[WORDS], frame[NUMBERS].astype(float)
        return named_of(frame)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(str(path), RULE, found=str(error)) from error
