"""The backtest in a report: what each stated level covered, and where our own bound was wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from leakbound.errors import InputError
from leakbound.priors import Specification, read_specification
from leakbound.report import wording
from leakbound.report.named import HEADLINE, Named, read_named
from leakbound.report.table import Table

if TYPE_CHECKING:
    from leakbound.backtest.targets import Target

RULE = "must be what `leakbound backtest --json` writes"
DIGITS = 6
MISS_NAMES = ("base_model", "benchmark", "data", "cut", "released")
MISS_NUMBERS = ("base_score", "score", "bound", "misses", "forecasts", "attempts_known")
KEYS = ["method", "level", "subset", "quantity"]
SUBSETS = {"known": "on bases it knew", "new": "on new ones"}
QUANTITIES = {"attempt": "later attempts", "best": "the best of each base and half-year"}

RAW_DATA = {"pool", "oll-v2"}
NAMED_FILE = "named-effort.json"
RAW_SCOPE = "Those were attempts of unknown compute on raw bases."
SCOPE = (
    "Those were attempts of unknown compute on raw bases: what the forecast adds for stated compute, "
    "inference techniques and distillation was not tested by it."
)


@dataclass(frozen=True)
class Scoreboard:
    """A backtest's rows and largest misses, of our own method without recalibration.

    `named` is what another one found on outcomes whose effort is named, where there is one.
    """

    rows: pd.DataFrame
    misses: Sequence[dict[str, Any]]
    method: str
    named: Named | None = None

    @cached_property
    def whole(self) -> pd.DataFrame:
        """Rows over all benchmarks and lags, every method's."""
        return self.rows[(self.rows["benchmark"] == "all") & (self.rows["group"] == "")]

    @cached_property
    def overall(self) -> pd.DataFrame:
        """Those of our own method."""
        return self.whole[self.whole["method"] == self.method]

    @cached_property
    def demands(self) -> list[Target]:
        """The demands on our own bound, each with what was measured."""
        from leakbound.backtest.targets import targets

        return targets(self.rows, self.method)


@dataclass(frozen=True)
class Coverage:
    """What a bound at a stated level covered in the backtest, pooled over its data and cuts.

    `whose` names what was backtested, where that is not what is assessed: "the default model".
    """

    board: Scoreboard | None
    whose: str = ""

    @cached_property
    def _shares(self) -> dict[tuple[str, float, str, str], float]:
        if self.board is None:
            return {}
        rows = self.board.whole
        pooled = rows.assign(covered=rows["coverage"] * rows["n"]).groupby(KEYS)[["covered", "n"]]
        return {
            (str(method), round(float(level), DIGITS), str(subset), str(quantity)): covered / n
            for method, level, subset, quantity, covered, n in pooled.sum()
            .reset_index()
            .itertuples(index=False)
        }

    def share(
        self, level: float, subset: str, quantity: str = "attempt", *, method: str = ""
    ) -> float:
        """Return the share of outcomes at or below the bound, ours or another method's.

        NaN when it was not backtested.
        """
        if self.board is None:
            return float("nan")
        key = (method or self.board.method, round(level, DIGITS), subset, quantity)
        return self._shares.get(key, float("nan"))

    def rule(self, method: str) -> str:
        """Return what a published rule covered of later half-years' best: known bases, new bases."""
        shares = [self.share(HEADLINE, subset, "best", method=method) for subset in SUBSETS]
        known = [value for value in shares if value == value]
        return ", ".join(map(wording.percent, shares)) if known else "not backtested"

    def words(self, level: float) -> str:
        """Return "covered 96 % of later half-years' best on bases it knew, 88 % on new ones".

        A bound is one on the best of many attempts, and so is this; the table has single attempts too.
        """
        if self.board is None:
            return "no backtest is available here"
        shares = {subset: self.share(level, subset, "best") for subset in SUBSETS}
        known = {subset: value for subset, value in shares.items() if value == value}
        if not known:
            return "a level that was not backtested"
        said = [f"{wording.percent(value)} {SUBSETS[subset]}" for subset, value in known.items()]
        said[0] = said[0].replace(" on", " of later half-years' best on", 1)
        covered = f"covered {', '.join(said)}"
        return f"not backtested; {self.whose} {covered}" if self.whose else covered

    @property
    def scope(self) -> tuple[str, ...]:
        """What the backtest did not test, where its data tell, and what one on named efforts found."""
        if self.board is None or not set(self.board.whole["data"]) <= RAW_DATA:
            return ()
        named = self.board.named
        said = "" if named is None else named.sentence(self.board.method, self.whose)
        return (f"{RAW_SCOPE} {said}" if said else SCOPE,)

    def stated(self, level: float) -> str:
        """Return the level with what it covered: "95 % bound (covered ...)"."""
        return f"{wording.level(level)} bound ({self.words(level)})"

    def sentence(self, level: float) -> str:
        """Return the same as a sentence for a note."""
        return f"Bounds at {wording.level(level)}: {self.words(level)}."

    def table(self, levels: Sequence[float]) -> Table | None:
        """Return what every one of `levels` covered, attempts and best, known and new bases."""
        if self.board is None:
            return None
        rows = []
        for level in sorted(set(levels)):
            for quantity, title in QUANTITIES.items():
                shares = [self.share(level, subset, quantity) for subset in SUBSETS]
                if any(value == value for value in shares):
                    rows.append((wording.level(level), title, *map(wording.percent, shares)))
            if not any(row[0] == wording.level(level) for row in rows):
                rows.append((wording.level(level), "not backtested", "-", "-"))
        columns = ("stated level", "of what", "covered on known bases", "covered on new bases")
        caption = "Levels this report states, and what they covered on the past"
        return Table(columns, tuple(rows), caption, note=self._cuts())

    def _cuts(self) -> str:
        assert self.board is not None
        pairs = self.board.overall[["data", "cut"]].drop_duplicates()
        other = f"Of {self.whose}; what is assessed here was not backtested. " if self.whose else ""
        return f"{other}Pooled over {cuts_told(pairs.itertuples(index=False))}."


def coverage_of(
    board: Scoreboard | None, specification: Specification, recalibrated: str
) -> Coverage:
    """Return what the backtest says of bounds by this model: its own coverage only if it is the same."""
    if board is None:
        return Coverage(None)
    name = board.method.removeprefix("leakbound").removeprefix("-") or "default"
    if not _is_shipped(specification, name):
        return Coverage(board, f"the {name} model")
    return Coverage(board, "the same model without the recalibration" if recalibrated else "")


def _is_shipped(specification: Specification, name: str) -> bool:
    """Return whether structure and priors are those of the shipped model `name`."""
    try:
        shipped = read_specification(name)
    except InputError:
        return False
    if specification.name != name or specification.structure != shipped.structure:
        return False
    stated = [
        {key: (one.distribution, dict(one.parameters)) for key, one in model.priors.items()}
        for model in (specification, shipped)
    ]
    return stated[0] == stated[1]


def cuts_told(pairs: Iterable[tuple[str, str]]) -> str:
    """Return data and cuts as in a note: "pool, cut 2024-10-01; pool, cut 2025-01-01"."""
    return "; ".join(f"{data}, cut {cut}" for data, cut in pairs)


def read_scoreboard(path: Path | None) -> Scoreboard | None:
    """Return the scoreboard in a backtest's JSON; None when there is no such file.

    What a backtest on named efforts found is read from `NAMED_FILE` beside it, where that is.

    Raises
    ------
    InputError
        The file is there but is no scoreboard.
    """
    if path is None or not path.is_file():
        return None
    from leakbound.backtest.methods import is_own

    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        rows = pd.DataFrame(told["rows"])
        own = [str(name) for name in rows["method"].unique() if is_own(str(name))]
        method = min(own, key=len, default="")
        misses = [one for one in told.get("misses", ()) if one["method"] == method]
        board = Scoreboard(rows, misses, method, read_named(path.with_name(NAMED_FILE)))
        board.overall[
            ["level", "subset", "quantity", "coverage", "n", "data", "cut", "pinball_ratio"]
        ]
        _ = [[one[name] for name in MISS_NAMES] for one in misses]
        _ = [[float(one[name]) for name in MISS_NUMBERS] for one in misses]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(str(path), RULE, found=str(error)) from error
    return board
