"""Summaries of evidence: per source counts, spans, domains, and how much compute is known."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from leakbound.evidence.cards import Card
from leakbound.evidence.registry import Registry
from leakbound.evidence.table import file_of, prepare

SUMMARY_COLUMNS = (
    "source",
    "title",
    "rows",
    "cells",
    "attempts",
    "bases",
    "benchmarks",
    "domains",
    "first",
    "last",
    "known_compute",
    "licence",
    "caveats",
)


def summary(rows: pd.DataFrame, registry: Registry, cards: Mapping[str, Card]) -> pd.DataFrame:
    """Return one line per source file with `SUMMARY_COLUMNS`.

    `attempts` counts each cell once; `known_compute` is the share of attempts in the training
    channel whose compute fraction is known (NaN where there are none); `first` and `last` are the
    dates of attempts, or of bases where a file holds only those.
    """
    full = prepare(rows, registry)
    file = file_of(full["source"])
    lines = [_line(str(name), part, cards.get(str(name))) for name, part in full.groupby(file)]
    return pd.DataFrame(lines, columns=list(SUMMARY_COLUMNS))


def _line(name: str, part: pd.DataFrame, card: Card | None) -> dict[str, object]:
    cells = part.drop_duplicates("cell")
    trained = cells[(cells["channel"] == "training") & (cells["attempts"] > 0)]
    known = trained["log_compute_fraction"].notna() * trained["attempts"]
    share = known.sum() / trained["attempts"].sum() if len(trained) else float("nan")
    attempted = part[part["attempts"] > 0]
    dated = part if attempted.empty else attempted
    dates = dated["released"].dropna().dt.strftime("%Y-%m-%d")
    return {
        "source": name,
        "title": card.title if card else "",
        "rows": len(part),
        "cells": len(cells),
        "attempts": int(cells["attempts"].sum()),
        "bases": part["base_model"].nunique(),
        "benchmarks": ", ".join(sorted(part["benchmark"].unique())),
        "domains": ", ".join(sorted(part["domain"].unique())),
        "first": dates.min() if len(dates) else "",
        "last": dates.max() if len(dates) else "",
        "known_compute": share,
        "licence": card.licence if card else "",
        "caveats": card.caveats if card else "",
    }
