"""The run: every forecaster at every split, finished ones taken from the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leakbound.backtest.cache import frame_digest, key, load, store
from leakbound.backtest.method import Forecaster
from leakbound.backtest.split import Split
from leakbound.errors import FitError
from leakbound.scoring import GRID
from leakbound.units import Array

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Levels at which bounds are scored."""

ASKED = tuple(sorted({*LEVELS, *np.round(GRID, 2).tolist()}))


@dataclass(frozen=True)
class Forecasted:
    """One forecaster's answer at one split.

    Per quantity `bounds` is rows x `LEVELS` and `quantiles` rows x `GRID`, link scale, in the row
    order of `split.tests`. `cached` says that nothing was computed.
    """

    method: str
    title: str
    split: Split
    bounds: dict[str, Array]
    quantiles: dict[str, Array]
    cached: bool = False


def run(
    splits: Sequence[Split],
    forecasters: Sequence[Forecaster],
    *,
    cache: Path | None,
    step: Callable[[str], None] = lambda text: None,
) -> Iterator[Forecasted]:
    """Yield every forecaster's answer at every split, split by split.

    `step` is called with a short description before each. With a `cache` folder each answer is
    stored as soon as it is there, and one found there is not computed again.

    Raises
    ------
    FitError
        A forecaster returned a bound that is not finite.
    """
    for split in splits:
        digests = [frame_digest(split.train), *map(frame_digest, split.tests.values())]
        for forecaster in forecasters:
            step(f"{split.data} {split.cut_name} {forecaster.name}")
            parts = [forecaster.name, forecaster.version, split.cut_name, repr(ASKED), *digests]
            path = None if cache is None else cache / f"{key(parts)}.npz"
            found = None if path is None else load(path)
            arrays = _forecast(split, forecaster) if found is None else found
            if path is not None and found is None:
                store(path, arrays)
            yield _result(split, forecaster, arrays, cached=found is not None)


def _forecast(split: Split, forecaster: Forecaster) -> dict[str, Array]:
    forecast = forecaster.fit(split.train, split.cut)
    hidden = ["score", "z", "gain"]
    arrays = {}
    for quantity, rows in split.tests.items():
        blind = rows.assign(**dict.fromkeys(hidden, np.nan))
        bounds = forecast.bounds(blind, ASKED)
        if not np.isfinite(bounds).all():
            lost = _where(rows, bounds)
            raise FitError(f"{forecaster.name}: every bound must be finite; found none for {lost}")
        arrays[quantity] = bounds
    return arrays


def _where(rows: pd.DataFrame, bounds: Array) -> str:
    row = rows.iloc[int(np.flatnonzero(~np.isfinite(bounds).all(axis=1))[0])]
    return f"{row['base_model']} on {row['benchmark']}"


def _result(
    split: Split, forecaster: Forecaster, arrays: dict[str, Array], *, cached: bool
) -> Forecasted:
    of_levels = [ASKED.index(level) for level in LEVELS]
    of_grid = np.searchsorted(ASKED, GRID - 1e-6)
    return Forecasted(
        forecaster.name,
        forecaster.title,
        split,
        {name: values[:, of_levels] for name, values in arrays.items()},
        {name: values[:, of_grid] for name, values in arrays.items()},
        cached,
    )
