"""The page of a backtest on outcomes whose effort is named, as Markdown."""

from __future__ import annotations

from leakbound.report.named import (
    HEADLINE,
    LEFT_OUT,
    NOTE,
    Named,
    at_level,
    kinds_table,
    levels_table,
)
from leakbound.report.scoreboard import markdown

QUANTITIES = ("attempt", "best")
PREFACE = """# Named efforts

Outcomes of the shipped evidence whose effort is named: stated compute, inference techniques, or any
training of a model that had its post-training already. `left-out`: no attempt on the models of their
developer is fitted on, one developer at a time; others' later years are known, and so is what the
models scored themselves, as it is of a candidate. `after`: fitted on what was released before the cut,
all later ones forecast; outcomes of one cut are among those of the cuts before it. Dates are of the
derivative's release: some were measured later. *attempt* is one derivative, *best* the best of a base x
benchmark x half-year. Benchmarks whose score is no share (effective compute, time horizons) and other
order statistics of cells are in the JSON alone. Bounds at 95 % unless said otherwise.

The priors know some of these outcomes: that of distillation was set from DeepSeek-R1's. Our model with
half and a quarter of that scale (`-distillation-0.3`, `-0.15`, by weights on the same posterior) stands
below it.
"""


def named_page(named: Named, method: str) -> str:
    """Return the whole page: what each level covered, then every method; `method` is ours."""
    levels = levels_table(named, method)
    parts = [PREFACE, f"\n{NOTE}\n", "\n## What bounds at each level covered of attempts\n"]
    parts.append(markdown(levels.columns, levels.rows))
    rows = named.rows[named.rows["quantity"].isin(QUANTITIES)]
    rows = rows[at_level(rows, HEADLINE)]
    for (data, cut, subset, quantity), at in rows.groupby(
        ["data", "cut", "subset", "quantity"], sort=False
    ):
        where = data if data == LEFT_OUT else f"after {cut}, {subset} bases"
        bases = at.loc[at["group"] == "", "bases"].iloc[0]
        parts.append(f"\n## {where}, {quantity} (on {bases} bases)\n")
        table = kinds_table(at, "", method)
        parts.append(markdown(table.columns, table.rows))
    return "\n".join(parts) + "\n"
