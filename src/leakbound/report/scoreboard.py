"""The scoreboard: the backtest's headline as tables, in Markdown and for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from leakbound.backtest.methods import is_own
from leakbound.backtest.outcome import Outcome
from leakbound.backtest.reasons import reason
from leakbound.backtest.targets import targets

LEVEL = 0.95
KEYS = ["data", "cut", "quantity", "method"]

PREFACE = """# Scoreboard

Upper bounds stated at 95 %, fitted on what was knowable before each cut and scored on everything
after it. *known* bases had attempts before the cut, *new* ones had none. *attempt* is one
derivative, *best* the best of a base x benchmark x half-year. *covered* is the share of outcomes at
or below the bound with its 95 % interval over bases; *pinball ratio* the pinball loss relative to
the empirical quantile per benchmark (below 1 is better); *above truth* how far the bound lay above
the outcome on average, in percentage points (smaller is sharper). Rules such as the buffers state
one bound whatever the level. A split-conformal shift per benchmark makes every rule that adds a
constant per benchmark the same bound, hence equal rows. `rule-...` are published rules as reports read
them, with our model behind them; the same names without it are simple versions that read the training
rows alone.
"""


def headline(rows: pd.DataFrame, *, intervals: bool = True) -> pd.DataFrame:
    """Return the 0.95 rows over all benchmarks as text: one row per method, ours first.

    Columns `data`, `cut`, `quantity`, `method`, then covered (with its interval), pinball ratio and
    above truth for known and for new bases; without `intervals` shortened for a terminal.
    Competitors stand in the order of their pinball ratio.
    """
    whole = (rows["benchmark"] == "all") & (rows["group"] == "") & (rows["level"] == LEVEL)
    at = rows[whole]
    told = {
        "covered": _covered(at) if intervals else at["coverage"].map("{:.3f}".format),
        "pinball ratio" if intervals else "ratio": at["pinball_ratio"].map("{:.2f}".format),
        "above truth" if intervals else "above": (100 * at["sharpness_points"]).map(
            "{:+.1f}".format
        ),
    }
    at = at.assign(
        **told,
        rival=~at["method"].map(is_own),
        order=at.groupby(KEYS)["pinball_ratio"].transform("mean"),
    )
    at = at.sort_values(["data", "cut", "quantity", "rival", "order", "method"])
    wide = at[KEYS].drop_duplicates()
    for subset in ("known", "new"):
        of_subset = at.loc[at["subset"] == subset, [*KEYS, *told]]
        names = {name: f"{name}, {subset}" for name in told}
        if len(of_subset):
            wide = wide.merge(of_subset.rename(columns=names), on=KEYS, how="left")
    return wide.fillna("-").reset_index(drop=True)


def _covered(at: pd.DataFrame) -> pd.Series:
    low, high = at["coverage_low"].map("{:.2f}".format), at["coverage_high"].map("{:.2f}".format)
    return at["coverage"].map("{:.3f}".format) + " [" + low + ", " + high + "]"


def scoreboard_text(outcome: Outcome) -> str:
    """Return the whole scoreboard as Markdown."""
    parts = [PREFACE]
    own = [method for method in outcome.titles if is_own(method)]
    for method in own:
        parts.append(f"\n## Demands on {outcome.titles[method]}\n")
        told = [
            (
                *(one.data, one.cut, one.demand, one.measured, "yes" if one.met else "**no**"),
                reason(one, outcome.rows, outcome.by_base, method),
            )
            for one in targets(outcome.rows, method)
        ]
        columns = ("data", "cut", "demand", "measured", "met", "why not, as measured")
        parts.append(markdown(columns, told))
    for (data, cut, quantity), rows in headline(outcome.rows).groupby(KEYS[:3], sort=False):
        counts = _counts(outcome.rows, data, cut, quantity)
        parts.append(f"\n## {data}, cut {cut}, {quantity} ({counts})\n")
        shown = rows.drop(columns=KEYS[:3])
        parts.append(markdown(shown.columns, shown.itertuples(index=False)))
    parts += _moves(outcome) + _misses(outcome, own)
    return "\n".join(parts) + "\n"


def _counts(rows: pd.DataFrame, data: object, cut: object, quantity: object) -> str:
    at = rows[(rows["data"] == data) & (rows["cut"] == cut) & (rows["quantity"] == quantity)]
    at = at[(at["benchmark"] == "all") & (at["group"] == "")].drop_duplicates("subset")
    return "; ".join(f"{r.n} on {r.bases} {r.subset} bases" for r in at.itertuples())


def _moves(outcome: Outcome) -> list[str]:
    if not outcome.moves:
        return []
    told = [(m["data"], m["cut"], m["method"], m["quantity"], m["text"]) for m in outcome.moves]
    columns = ("data", "cut", "method", "quantity", "move")
    return ["\n## Recalibration from earlier cuts\n", markdown(columns, told)]


def _misses(outcome: Outcome, own: list[str]) -> list[str]:
    of_own = outcome.misses[outcome.misses["method"].isin(own)]
    if of_own.empty:
        return []
    told = [
        (
            row.base_model,
            row.benchmark,
            str(row.released)[:10],
            row.cut,
            f"{row.base_score:.3f}",
            f"{row.score:.3f}",
            f"{row.bound:.3f}",
            f"{row.misses} of {row.forecasts}",
            row.attempts_known,
        )
        for row in of_own.itertuples()
    ]
    columns = (
        *("base", "benchmark", "date", "cut", "base score", "score", "bound"),
        *("above their bound", "attempts known"),
    )
    return ["\n## The ten largest misses\n", markdown(columns, told)]


def markdown(columns: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    head = [str(column) for column in columns]
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shortened(outcome: Outcome) -> Outcome:
    """Return the outcome for keeping: all rows of our own, of the others the headline rows.

    PIT histograms and misses are kept for our own methods only.
    """
    rows = outcome.rows
    whole = (rows["benchmark"] == "all") & (rows["group"] == "") & (rows["level"] == LEVEL)
    own = rows["method"].map(is_own)
    return replace(
        outcome,
        rows=rows[whole | own].reset_index(drop=True),
        pit=[row for row in outcome.pit if is_own(row["method"])],
        misses=outcome.misses[outcome.misses["method"].map(is_own).astype(bool)],
    )
