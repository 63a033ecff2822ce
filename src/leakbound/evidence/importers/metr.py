"""METR time horizons, as CSV or as the published YAML: minutes at 50 % success, with interval.

A horizon is measured on the log link; its standard error comes from the interval and is kept as
an effective item count 1/se^2 (`base_items`), which is what the link's noise needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leakbound.errors import InputError
from leakbound.evidence.cleaning import CHAT_MODEL_SPENT, Imported, draft, finished, reject_usual
from leakbound.evidence.csvfile import dates, numbers, read_table
from leakbound.evidence.importers.options import Options
from leakbound.evidence.naming import canonical, naming_rules

KEY = "time-horizon-metr"
REQUIRED = ("agent", "release", "p50_min", "lo", "hi")
NORMAL_95 = 1.959964
PARENTLESS = "no other model of the table is known to share its base"


def read_metr(path: Path, options: Options) -> Imported:
    """Return agents whose base is also in the table as attempts on that base.

    Which agents share a base is curated in `data/lineage.toml`; for closed models it is assumed.

    Raises
    ------
    InputError
        The file is neither such a CSV nor such a YAML, or an interval is broken.
    """
    options.registry[KEY]
    yaml = path.suffix.lower() in (".yaml", ".yml")
    text = _from_yaml(path) if yaml else read_table(path, required=REQUIRED, known=None)
    frame = pd.DataFrame(
        {
            "line": text.index,
            "name": text["agent"].str.removesuffix("_inspect"),
            "score": numbers(text, "p50_min", path),
            "low": numbers(text, "lo", path),
            "high": numbers(text, "hi", path),
            "released": dates(text, "release", path),
        }
    ).reset_index(drop=True)
    _check_intervals(frame, path)
    own = frame.drop_duplicates("name").set_index("name")
    links = {link.name: link for link in naming_rules().successors}
    base = frame["name"].map({name: link.base for name, link in links.items()}).fillna("")
    rows = draft(frame).assign(benchmark=KEY, base_model=base)
    rows["technique"] = frame["name"].map({n: link.technique for n, link in links.items()})
    rows["actor"] = base.map(lambda name: "developer" if name else "")
    rows["base_score"] = base.map(own["score"])
    rows["base_released"] = base.map(own["released"])
    rows["base_items"] = base.map(_effective_items(own))
    rows["base_posttraining_fraction"] = base.map(lambda name: CHAT_MODEL_SPENT if name else None)
    rows = draft(rows.assign(reason=np.where(base == "", PARENTLESS, "")))
    rows["base_model"] = canonical(rows["base_model"])
    return finished(reject_usual(rows), options.source_for(path))


def _effective_items(own: pd.DataFrame) -> pd.Series:
    error = (np.log(own["high"]) - np.log(own["low"])) / (2.0 * NORMAL_95)
    items: pd.Series = 1.0 / error**2
    return items


def _check_intervals(frame: pd.DataFrame, path: Path) -> None:
    ordered = (frame["low"] > 0) & (frame["low"] <= frame["score"])
    ordered &= (frame["score"] <= frame["high"]) & (frame["low"] < frame["high"])
    ordered |= frame["low"].isna() & frame["high"].isna()
    if not ordered.all():
        row = frame[~ordered].iloc[0]
        where = f"{path}: line {row['line']}: columns lo, p50_min, hi"
        found = (row["low"], row["score"], row["high"])
        raise InputError(where, "must rise from above 0: lo, estimate, hi", found=found)


def _from_yaml(path: Path) -> pd.DataFrame:
    import yaml

    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(str(path), "must be readable YAML", found=str(error)) from error
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(results, dict) or not results:
        raise InputError(f"{path}: results", "must map agents to their metrics", found=type(data))
    table = []
    for agent, entry in results.items():
        where = f"{path}: results.{agent}"
        try:
            horizon = _horizon(entry)
            cells = [entry["release_date"], horizon["estimate"]]
            cells += [horizon.get(end, "") for end in ("ci_low", "ci_high")]
        except (KeyError, TypeError, AttributeError, StopIteration) as error:
            rule = "must have release_date and metrics.p50_horizon_length"
            raise InputError(where, rule, found=str(error)) from error
        table.append([str(agent), *(str(cell) for cell in cells)])
    text = pd.DataFrame(table, columns=["agent", "release", "p50_min", "lo", "hi"], dtype="str")
    return text.rename_axis("entry")


def _horizon(entry: Any) -> Any:
    """Return the horizon of version 1.1, or of the first agent in version 1.0."""
    if "metrics" in entry:
        return entry["metrics"]["p50_horizon_length"]
    return next(iter(entry["agents"].values()))["p50_horizon_length"]
