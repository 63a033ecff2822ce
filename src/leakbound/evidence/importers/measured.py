"""From wide tables (one row a derivative, one column a benchmark) to measurements."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from leakbound.evidence.bases import with_base_facts
from leakbound.evidence.cleaning import draft, reject
from leakbound.evidence.lineage import copies, doubts, with_mirrored_base_scores


def melted(wide: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return one row per derivative and benchmark of `wide`.

    `wide` holds `score:KEY` and `base:KEY` for each benchmark; every other column is repeated.
    """
    shared = [column for column in wide if ":" not in str(column)]
    parts = []
    for key in keys:
        part = wide[shared].assign(
            benchmark=key, score=wide[f"score:{key}"], base_score=wide[f"base:{key}"]
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def lineage_checked(wide: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return drafted derivatives with mistaken parents, mirrors and copies rejected."""
    drafted = with_base_facts(draft(wide))
    drafted = reject(drafted, drafted["base_model"] == "", "no base model named")
    drafted = with_mirrored_base_scores(drafted, keys)
    contradicted = doubts(drafted["name"], drafted["base_model"])
    drafted = reject(drafted, contradicted != "", contradicted)
    open_ = drafted["reason"] == ""
    copied = copies(drafted[open_], keys).reindex(drafted.index, fill_value="")
    return reject(drafted, copied != "", copied)


def developer_where_same_organisation(names: pd.Series, bases: pd.Series) -> pd.Series:
    """Return "developer" where derivative and base share an organisation, else "" (unknown)."""
    ours, theirs = (
        models.str.replace(r"/?[^/]*$", "", n=1, regex=True).str.casefold()
        for models in (names, bases)
    )
    return ((ours == theirs) & (ours != "")).map({True: "developer", False: ""})
