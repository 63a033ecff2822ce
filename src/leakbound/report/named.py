"""Outcomes whose effort is named, in a report: what each method covered of them, by kind of effort."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from leakbound.errors import InputError
from leakbound.report import wording
from leakbound.report.table import Table

RULE = "must be what experiments/named_effort.py writes"
HEADLINE = 0.95
MEDIAN = 0.5
SAME_LEVEL = 1e-9
FEWEST_BASES = 5
"""Of fewer bases a ratio of losses is one or two outcomes, and is not shown."""
KIND = "effort:"
LEFT_OUT, AFTER = "left-out", "named"
MAIN = "effort:chat models, or stated compute"
STATED = "effort:training, compute stated"
PUBLISHED = "rule-"
NUMBERS = ["coverage", "coverage_low", "coverage_high", "n", "bases", "pinball_ratio", "level"]
WORDS = ["data", "cut", "subset", "quantity", "benchmark", "group", "method"]
NOTE = (
    "Share covered (with its 95 % interval, over developers where they are left out, else over bases), "
    "and pinball loss relative to the empirical quantile per benchmark on the same rows; of fewer than "
    "five bases how many were covered. Names with rule- are our model's median for what a published rule "
    "tests, which claims no 95 %; -by-effort are rivals fitted on named efforts alone, raw bases apart."
)


@dataclass(frozen=True)
class Named:
    """Rows of a backtest on named efforts: of all its share benchmarks, whole and by kind of effort."""

    rows: pd.DataFrame

    def at(self, data: str, quantity: str, level: float = HEADLINE) -> pd.DataFrame:
        """Return the rows of a question and of what is forecast, at a level."""
        rows = self.rows
        same = (rows["data"] == data) & (rows["quantity"] == quantity)
        return rows[same & at_level(rows, level)]

    def covered(self, method: str, level: float) -> dict[str, float]:
        """Return by cut which share of the later attempts a method's bounds at a level covered."""
        at = self.at(AFTER, "attempt", level)
        at = at[(at["method"] == method) & (at["group"] == "")]
        held = (at["coverage"] * at["n"]).groupby(at["cut"]).sum()
        shares = held / at["n"].groupby(at["cut"]).sum()
        return {str(cut): float(share) for cut, share in shares.items()}

    def sentence(self, method: str, whose: str = "") -> str:
        """Return what bounds covered with the developer left out and after cuts, "" if unknown."""
        at = self.at(LEFT_OUT, "attempt")
        of_group = {row["group"]: row for row in at[at["method"] == method].to_dict("records")}
        if not {MAIN, STATED} <= of_group.keys():
            return ""
        main, stated = of_group[MAIN], of_group[STATED]
        held = round(stated["coverage"] * stated["n"])
        return (
            f"Of {main['n']} single attempts on chat models or of stated compute, each forecast by "
            f"{whose or 'the same model'} from evidence without that developer's models, though with "
            f"others' later years, 95 % bounds covered {_share(main)}, {held} of the {stated['n']} of "
            f"stated compute (on {stated['bases']} bases).{self._after(method)}"
        )

    def _after(self, method: str) -> str:
        high, middle = self.covered(method, HEADLINE), self.covered(method, MEDIAN)
        if not high or high.keys() != middle.keys():
            return ""
        days = wording.listed(list(high))
        return (
            f" From what was released before {days} they covered {_percents(high)} of "
            f"later attempts whose effort is named, but bounds at 50 % covered {_percents(middle)}: what "
            "was expected was too low, and only the upper tail held."
        )


def at_level(rows: pd.DataFrame, level: float) -> pd.Series:
    """Return where rows of a backtest are of bounds at this level."""
    return (rows["level"] - level).abs() < SAME_LEVEL


def kinds_table(rows: pd.DataFrame, caption: str, first: str) -> Table:
    """Return methods by kind of effort, at one level; `first` (ours) on top, the others by their loss."""
    whole = rows[rows["group"] == ""].sort_values("pinball_ratio", kind="stable")
    methods = sorted(whole["method"], key=lambda name: not name.startswith(first))
    cells = {(row["method"], row["group"]): row for row in rows.to_dict("records")}
    counts = {str(row["group"]): int(row["n"]) for row in rows.to_dict("records")}
    groups = ["", *sorted(set(counts) - {""}, key=lambda name: (name != MAIN, name))]
    columns = [f"{name.removeprefix(KIND) or 'all'} ({counts[name]})" for name in groups]
    told = tuple(
        (str(method), *(_cell(cells.get((method, name))) for name in groups)) for method in methods
    )
    return Table(("method", *columns), told, caption, note=NOTE)


def levels_table(named: Named, method: str) -> Table:
    """Return what one method's bounds at each level covered of attempts, question by question."""
    rows = named.rows
    mine = rows[(rows["method"] == method) & (rows["quantity"] == "attempt")]
    mine = mine[mine["group"].isin(["", MAIN])].assign(held=mine["coverage"] * mine["n"])
    levels = sorted(mine["level"].unique())
    told = []
    for (data, cut, group), part in mine.groupby(["data", "cut", "group"]):
        sums = part.groupby("level")[["held", "n"]].sum()
        where = "developers left out" if data == LEFT_OUT else f"after {cut}"
        what = str(group).removeprefix(KIND) or "all"
        covered = (sums["held"] / sums["n"]).reindex(levels)
        shares = map(wording.percent, covered)
        told.append((where, f"{what} ({sums['n'].iloc[0]:.0f})", *shares))
    columns = ("question", "attempts", *(f"{100 * level:.0f} %" for level in levels))
    return Table(columns, tuple(told), "What bounds at each level covered")


def _cell(row: Mapping[Hashable, Any] | None) -> str:
    if row is None:
        return "-"
    if row["bases"] < FEWEST_BASES:
        return f"{row['coverage'] * row['n']:.0f} of {row['n']}"
    share = _share(row) if row["group"] in ("", MAIN) else wording.percent(row["coverage"])
    rule = str(row["method"]).startswith(PUBLISHED)
    return share if rule else f"{share}, {row['pinball_ratio']:.2f}"


def _share(row: Mapping[Hashable, Any]) -> str:
    low, high = 100 * row["coverage_low"], 100 * row["coverage_high"]
    return f"{wording.percent(row['coverage'])} ({low:.0f} to {high:.0f})"


def _percents(shares: Mapping[str, float]) -> str:
    return f"{wording.listed([f'{100 * share:.0f}' for share in shares.values()])} %"


def named_of(rows: Iterable[dict[str, object]] | pd.DataFrame) -> Named:
    """Return the rows that tables show, of all rows of a backtest on named efforts."""
    frame = pd.DataFrame(rows)
    at = (frame["benchmark"] == "all") & ~frame["method"].str.contains("+", regex=False)
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
        numbers = frame[NUMBERS].astype(float)
        if numbers[["coverage", "n", "bases", "level"]].isna().any(axis=None):
            raise ValueError("rows without a coverage")
        return named_of(frame[[*WORDS, *NUMBERS]])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(str(path), RULE, found=str(error)) from error
