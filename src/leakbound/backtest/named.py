"""Outcomes whose effort is named: forecast of lineages left out, and of what came after a cut.

Most outcomes of a backtest are of raw bases trained with unknown compute. What a forecast says of stated
compute, inference techniques and distillation only these can test.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.backtest.data import Data
from leakbound.backtest.run import Forecasted
from leakbound.backtest.split import Split, quantities, split_at
from leakbound.competitors.frame import measured
from leakbound.evidence.naming import developer
from leakbound.model.design import anonymous, raw_bases

EFFORT = "effort"
PAIR = ["base_model", "benchmark"]
STATED = "training, compute stated"
UNSTATED = "training of a chat model, compute unknown"
INFERENCE = "inference techniques on a chat model"
PROMPTED = "inference techniques on a raw base"
MAIN = "chat models, or stated compute"
"""All kinds but the last: what a release of today is about. Most rows are of raw bases."""
CLUSTER = "developer"


def kinds(rows: pd.DataFrame) -> pd.Series:
    """Return the kind of effort of each row, "" where nobody says what was done (see `anonymous`)."""
    training = rows["channel"] == "training"
    stated = rows["log_compute_fraction"].notna()
    kind = np.select(
        [anonymous(rows), training & stated, training, raw_bases(rows)],
        ["", STATED, UNSTATED, PROMPTED],
        INFERENCE,
    )
    return pd.Series(kind, index=rows.index)


def effort_groups(frame: pd.DataFrame) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yield the kinds of effort of rows with their places, all but prompted raw bases first."""
    kind = frame[EFFORT]
    yield MAIN, (kind != PROMPTED).to_numpy()
    for name in sorted(kind.unique()):
        yield str(name), (kind == name).to_numpy()


def without_developers(data: Data, *, name: str = "left-out") -> list[Split]:
    """Return splits that each leave out all attempts on the models of one developer.

    Forecast are the named efforts on those. Bases whose rows name prompting alone are spread over the
    splits, a developer's all in one. What the left-out bases scored themselves stays known, as it is
    of a candidate, but for base-only rows of a pair that is forecast: theirs are of another harness,
    which may be that of the outcome (gsm8k with worked examples).
    """
    rows = measured(data.frame).assign(**{EFFORT: lambda frame: kinds(frame)})
    rows = rows[rows[EFFORT] != ""]
    theirs, pairs = _developers(data.frame), pd.MultiIndex.from_frame(data.frame[PAIR])
    of_fold = _folds(rows)
    splits = []
    for number in range(max(of_fold.values()) + 1):
        members = [who for who, fold in of_fold.items() if fold == number]
        attempted = (data.frame["attempts"] > 0) & theirs.isin(members)
        mine = rows[_developers(rows).isin(members)]
        told_twice = pairs.isin(pd.MultiIndex.from_frame(mine[PAIR]))
        train = data.frame[~attempted & ~told_twice].reset_index(drop=True)
        tests = {
            what: found.assign(**{CLUSTER: _developers(found)})
            for what, found in _marked(quantities(mine, train)).items()
        }
        splits.append(Split(f"{name}: {members[0]}", None, train, tests))
    return splits


def after_cuts(data: Data, cuts: Iterable[dt.date], *, name: str = "named") -> list[Split]:
    """Return splits at dates whose outcomes are the named efforts alone."""
    splits = []
    for cut in cuts:
        split = split_at(data.frame, cut, data=name)
        tests = {what: rows[kinds(rows) != ""] for what, rows in split.tests.items()}
        splits.append(replace(split, tests=_marked(tests)))
    return splits


def together(results: Iterable[Forecasted], *, name: str) -> Iterator[Forecasted]:
    """Yield one result per method: its answers of several splits as those of one, named `name`."""
    by_method: dict[str, list[Forecasted]] = {}
    for result in results:
        by_method.setdefault(result.method, []).append(result)
    for parts in by_method.values():
        whats = dict.fromkeys(what for part in parts for what in part.split.tests)
        tests, bounds, grids = {}, {}, {}
        for what in whats:
            some = [part for part in parts if what in part.split.tests]
            tests[what] = pd.concat([part.split.tests[what] for part in some], ignore_index=True)
            bounds[what] = np.concatenate([part.bounds[what] for part in some])
            grids[what] = np.concatenate([part.quantiles[what] for part in some])
        first = parts[0]
        split = Split(name, None, first.split.train[:0], tests)
        yield replace(first, split=split, bounds=bounds, quantiles=grids)


def _marked(tests: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {
        what: rows.assign(**{EFFORT: kinds(rows)}).reset_index(drop=True)
        for what, rows in tests.items()
        if len(rows)
    }


def _developers(rows: pd.DataFrame) -> pd.Series:
    return rows["base_model"].map({base: developer(base) for base in rows["base_model"].unique()})


def _folds(rows: pd.DataFrame) -> dict[str, int]:
    """Return each developer's split: those with more than prompted raw bases have one of their own.

    The others go, the largest first, where the fewest rows are.
    """
    who = _developers(rows)
    counts = who.value_counts()
    own = sorted(who[rows[EFFORT] != PROMPTED].unique())
    folds = {name: number for number, name in enumerate(own)}
    filled = [int(counts[name]) for name in own]
    for name in sorted(set(who) - set(own), key=lambda one: (-counts[one], one)):
        least = int(np.argmin(filled))
        folds[name] = least
        filled[least] += int(counts[name])
    return folds
