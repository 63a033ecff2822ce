"""The backtest in a report: what each stated level covered, and where our own bound was wrong."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from leakbound.bound import BoundRow
from leakbound.errors import InputError
from leakbound.evidence.registry import Benchmark
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
NO_BACKTEST = "no backtest is available here"
OUTSIDE = "outside the evidence, where no coverage was measured"
NONE_OUTSIDE = "Outside the evidence, where some scenarios lie, no coverage was measured."

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
    def by_benchmark(self) -> pd.DataFrame:
        """Rows of single benchmarks over all lags, of our own method."""
        single = (self.rows["benchmark"] != "all") & (self.rows["group"] == "")
        return self.rows[single & (self.rows["method"] == self.method)]

    @cached_property
    def demands(self) -> list[Target]:
        """The demands on our own bound, each with what was measured."""
        from leakbound.backtest.targets import targets

        return targets(self.rows, self.method)


@dataclass(frozen=True)
class Share:
    """The share of so many `outcomes` that lay at or below their bound; NaN of none."""

    value: float
    outcomes: int

    def __str__(self) -> str:
        return f"{wording.percent(self.value)} of {self.outcomes}" if self.outcomes else "-"


UNKNOWN = Share(float("nan"), 0)


@dataclass(frozen=True)
class Coverage:
    """What a bound at a stated level covered in the backtest, pooled over its data and cuts.

    `whose` names what was backtested, where that is not what is assessed: "the default model".
    `registry` tells the domains of the benchmarks that were backtested.
    """

    board: Scoreboard | None
    whose: str = ""
    registry: Mapping[str, Benchmark] = field(default_factory=dict)

    @cached_property
    def _pooled(self) -> dict[tuple[str, float, str, str], Share]:
        return {} if self.board is None else _by_key(self.board.whole)

    @cached_property
    def _by_domain(self) -> dict[str, dict[tuple[str, float, str, str], Share]]:
        if self.board is None:
            return {}
        known = {key: one.domain for key, one in self.registry.items()}
        rows = self.board.by_benchmark
        return {
            str(name): _by_key(part) for name, part in rows.groupby(rows["benchmark"].map(known))
        }

    def share(
        self,
        level: float,
        subset: str,
        quantity: str = "attempt",
        *,
        method: str = "",
        domain: str = "",
    ) -> float:
        """Return the share of outcomes at or below the bound, ours or another method's.

        Of all benchmarks, or of those of a domain alone (ours). NaN when it was not backtested.
        """
        return self._found(level, subset, quantity, method=method, domain=domain).value

    def _found(
        self, level: float, subset: str, quantity: str, *, method: str = "", domain: str = ""
    ) -> Share:
        if self.board is None:
            return UNKNOWN
        shares = self._by_domain.get(domain, {}) if domain else self._pooled
        return shares.get(
            (method or self.board.method, round(level, DIGITS), subset, quantity), UNKNOWN
        )

    def rule(self, method: str) -> str:
        """Return what a published rule covered of later half-years' best: known bases, new bases."""
        shares = [self.share(HEADLINE, subset, "best", method=method) for subset in SUBSETS]
        known = [value for value in shares if value == value]
        return ", ".join(map(wording.percent, shares)) if known else "not backtested"

    def words(self, level: float, domain: str) -> str:
        """Return "covered 96 % of 118 later half-years' best in maths on bases it knew, 72 % ...".

        A bound is one on the best of many attempts, and so is this; the table has single attempts too.
        Where bounds in the domain were not backtested it says so, and tells the others' coverage as such.
        """
        if self.board is None:
            return NO_BACKTEST
        covered = self._covered(level, domain, f"in {wording.plain(domain)}")
        if not covered:
            tested = domain in self._by_domain
            pooled = self._covered(level, "", f"in {'all' if tested else 'other'} domains")
            if not pooled:
                return "a level that was not backtested"
            what = "domain by domain" if tested else f"in {wording.plain(domain)}"
            covered = f"not backtested {what}; {self.whose or 'such bounds'} {pooled}"
        elif self.whose:
            covered = f"not backtested; {self.whose} {covered}"
        return covered

    def _covered(self, level: float, domain: str, where: str) -> str:
        shares = {subset: self._found(level, subset, "best", domain=domain) for subset in SUBSETS}
        said = [f"{share} {SUBSETS[subset]}" for subset, share in shares.items() if share.outcomes]
        if not said:
            return ""
        said[0] = said[0].replace(" on", f" later half-years' best {where} on", 1)
        return f"covered {', '.join(said)}"

    @property
    def scope(self) -> tuple[str, ...]:
        """What the backtest did not test, where its data tell, and what one on named efforts found."""
        if self.board is None or not set(self.board.whole["data"]) <= RAW_DATA:
            return ()
        named = self.board.named
        said = "" if named is None else named.sentence(self.board.method, self.whose)
        return (f"{RAW_SCOPE} {said}" if said else SCOPE,)

    def stated(self, row: BoundRow) -> str:
        """Return a bound's level with what such bounds covered: "95 % bound (covered ...)".

        Outside the evidence nothing was measured, and no coverage stands beside it.
        """
        said = OUTSIDE if row.extrapolates else self.words(row.confidence, row.domain)
        return f"{wording.level(row.confidence)} bound ({said})"

    def notes(self, rows: Sequence[BoundRow], *, levels: Sequence[float] = ()) -> str:
        """Return the sentences that the bounds of `rows` need, with more `levels` in each domain."""
        pairs = {(row.domain, level) for row in rows for level in (*levels, row.confidence)}
        return self.sentences(pairs, outside=any(row.extrapolates for row in rows))

    def sentences(self, pairs: Collection[tuple[str, float]], *, outside: bool = False) -> str:
        """Return sentences on (domain, level), none twice; `outside`: some bounds are."""
        if self.board is None:
            return f"{NO_BACKTEST.capitalize()}."
        alike: dict[tuple[float, str], list[str]] = {}
        for domain, level in sorted(set(pairs)):
            alike.setdefault((level, self.words(level, domain)), []).append(wording.plain(domain))
        said = [
            f"Bounds at {wording.level(level)} in {wording.listed(domains)}: {words}."
            for (level, words), domains in sorted(alike.items())
        ]
        return " ".join([*said, NONE_OUTSIDE] if outside else said)

    def table(self, levels: Sequence[float], domains: Sequence[str] = ()) -> Table | None:
        """Return what every one of `levels` covered, attempts and best, known and new bases.

        In all domains, and in each of `domains` alone where it was backtested.
        """
        if self.board is None:
            return None
        rows = []
        for level in sorted(set(levels)):
            for domain in ("", *dict.fromkeys(domains)):
                for quantity, title in QUANTITIES.items():
                    found = [self._found(level, of, quantity, domain=domain) for of in SUBSETS]
                    if any(share.outcomes for share in found):
                        what = f"{title}, {wording.plain(domain)}" if domain else title
                        rows.append((wording.level(level), what, *map(str, found)))
            if not any(row[0] == wording.level(level) for row in rows):
                rows.append((wording.level(level), "not backtested", "-", "-"))
        columns = ("stated level", "of what", "covered on known bases", "covered on new bases")
        caption = "Levels this report states, and what they covered on the past"
        return Table(columns, tuple(rows), caption, note=self._cuts())

    def _cuts(self) -> str:
        assert self.board is not None
        pairs = self.board.overall[["data", "cut"]].drop_duplicates()
        other = f"Of {self.whose}; what is assessed here was not backtested. " if self.whose else ""
        cuts = cuts_told(pairs.itertuples(index=False))
        return f"{other}Pooled over {cuts}; an outcome that several forecast counts in each."


def _by_key(rows: pd.DataFrame) -> dict[tuple[str, float, str, str], Share]:
    """Return the share covered by method, level, subset and quantity, each outcome counting once."""
    pooled = rows.assign(covered=rows["coverage"] * rows["n"]).groupby(KEYS)[["covered", "n"]]
    return {
        (str(method), round(float(level), DIGITS), str(subset), str(quantity)): Share(
            covered / n, int(n)
        )
        for method, level, subset, quantity, covered, n in pooled.sum()
        .reset_index()
        .itertuples(index=False)
    }


def coverage_of(
    board: Scoreboard | None,
    specification: Specification,
    recalibrated: str,
    registry: Mapping[str, Benchmark],
) -> Coverage:
    """Return what the backtest says of bounds by this model: its own coverage only if it is the same."""
    if board is None:
        return Coverage(None)
    name = board.method.removeprefix("leakbound").removeprefix("-") or "default"
    if not _is_shipped(specification, name):
        return Coverage(board, f"the {name} model", registry)
    whose = "the same model without the recalibration" if recalibrated else ""
    return Coverage(board, whose, registry)


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
