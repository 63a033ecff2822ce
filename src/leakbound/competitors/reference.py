"""Which training rows speak for a benchmark, and the fallback when it was never seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.units import Array


def by_benchmark(test: pd.DataFrame) -> Iterator[tuple[pd.Series, npt.NDArray[np.intp]]]:
    """Yield per benchmark of `test` its first row and the positions of its rows."""
    for at in test.groupby("benchmark", sort=True).indices.values():
        places = np.asarray(at, dtype=np.intp)
        yield test.iloc[int(places[0])], places


def speaking_for(row: pd.Series, train: pd.DataFrame, minimum: int = 1) -> pd.DataFrame:
    """Return the training rows of the row's benchmark, else of its domain, its link, else all.

    The first of these with at least `minimum` rows is taken; a domain counts only on the same link.
    """
    link = train["link"] == row["link"]
    same = (
        link & (train["benchmark"] == row["benchmark"]),
        link & (train["domain"] == row["domain"]),
        link,
    )
    return next((train[mask] for mask in same if mask.sum() >= minimum), train)


def fill(test: pd.DataFrame, value: Callable[[pd.Series], float]) -> Array:
    """Return one value per row of `test`, `value` being asked once per benchmark."""
    out = np.full(len(test), np.nan)
    for row, at in by_benchmark(test):
        out[at] = value(row)
    return out
