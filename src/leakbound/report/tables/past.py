"""Tables of the backtest: every method, our largest misses, the demands that were not met."""

from __future__ import annotations

from typing import Any

import pandas as pd

from leakbound.report.named import HEADLINE, LEFT_OUT, at_level, kinds_table
from leakbound.report.past import SUBSETS, Scoreboard, cuts_told
from leakbound.report.table import Table
from leakbound.report.wording import percent

CUT = ["data", "cut"]
MISS_COLUMNS = (
    "base",
    "benchmark",
    "data, cut",
    "when reached",
    "base score",
    "reached",
    "bound (95 %)",
    "above their bound",
    "what the model had known",
)


def past_table(board: Scoreboard) -> Table:
    """Return every method at 95 % on later attempts, sharpest first, pooled over cuts that all have.

    A rule's conformal variant stands beside it in the scoreboard only.
    """
    rows = board.whole
    at = rows[
        at_level(rows, HEADLINE)
        & (rows["quantity"] == "attempt")
        & ~rows["method"].str.endswith("+conformal")
    ]
    cuts = at.groupby(CUT)["method"].nunique()
    common = cuts.index[cuts == at["method"].nunique()]
    at = at[at.set_index(CUT).index.isin(common)]
    pooled = {
        (str(method), str(subset)): _pooled(part)
        for (method, subset), part in at.groupby(["method", "subset"])
    }
    unknown = (float("nan"), float("nan"))
    methods = sorted(
        dict.fromkeys(str(name) for name in at["method"]),
        key=lambda name: pooled.get((name, "known"), unknown)[1],
    )
    told = [
        (method, *(_share_and_ratio(*pooled.get((method, key), unknown)) for key in SUBSETS))
        for method in methods
    ]
    columns = ("method", "known bases: covered, pinball ratio", "new bases: covered, pinball ratio")
    note = (
        "Pinball loss relative to the empirical quantile per benchmark: below 1 is better. Names with "
        "rule- are published rules as read above, with our model; without it, simple versions of them. "
        f"Pooled over all benchmarks and the cuts that every method has: {cuts_told(common) or 'none'}."
    )
    return Table(columns, tuple(told), "Every method at 95 %", note=note)


def named_table(board: Scoreboard) -> Table | None:
    """Return every method at 95 % on attempts whose effort is named, by kind; None without them."""
    rows = None if board.named is None else board.named.at(LEFT_OUT, "attempt")
    if rows is None or rows.empty:
        return None
    caption = "Where the effort is named, no attempt on that developer's models known"
    return kinds_table(rows, caption, board.method)


def _pooled(part: pd.DataFrame) -> tuple[float, float]:
    """Return coverage and pinball ratio, each outcome counting once."""
    weights = part["n"] / part["n"].sum()
    return float((part["coverage"] * weights).sum()), float((part["pinball_ratio"] * weights).sum())


def _share_and_ratio(coverage: float, ratio: float) -> str:
    return f"{percent(coverage)}, {ratio:.2f}" if coverage == coverage else "-"


def miss_table(board: Scoreboard) -> Table:
    """Return the largest misses by name, with what the model had known."""
    rows = tuple(miss_row(one) for one in board.misses)
    return Table(MISS_COLUMNS, rows, "The largest misses of the backtest")


def miss_row(one: dict[str, Any]) -> tuple[str, ...]:
    """Return one miss as the cells of its row."""
    knew = int(one["attempts_known"])
    known = f"{knew or 'no'} attempt{'' if knew < 2 else 's'} on this base and benchmark"
    return (
        str(one["base_model"]),
        str(one["benchmark"]),
        f"{one['data']}, {one['cut']}",
        str(one["released"])[:10],
        f"{one['base_score']:.3f}",
        f"{one['score']:.3f}",
        f"{one['bound']:.3f}",
        f"{one['misses']} of {one['forecasts']}",
        known,
    )


def missed_table(board: Scoreboard) -> Table | None:
    """Return the demands on our own bound that it did not meet, or None when it met all."""
    told = [one for one in board.demands if not one.met]
    rows = tuple((f"{one.data}, {one.cut}", one.demand, one.measured) for one in told)
    caption = "Demands on the bound that the backtest found unmet"
    return Table(("data, cut", "demand", "measured"), rows, caption) if rows else None
