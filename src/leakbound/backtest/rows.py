"""Result rows: every score of every forecaster, by cut, subset, quantity, benchmark and group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.backtest.named import CLUSTER, EFFORT, MAIN, effort_groups
from leakbound.backtest.run import LEVELS, Forecasted
from leakbound.competitors import REFERENCE
from leakbound.competitors.frame import to_scores
from leakbound.scoring import TIE, coverage, crps, pinball, pit_counts, sharpness
from leakbound.units import Array

HEADLINE = LEVELS.index(0.95)
LAG_EDGES = (0.0, 0.25, 0.5, 1.0, 2.0, np.inf)
RATIO_KEYS = ["data", "cut", "subset", "benchmark", "group", "quantity", "level"]


@dataclass(frozen=True)
class Scored:
    """Per row of one quantity: outcomes, bounds and whether they held; rows x levels, or rows.

    `points` is the bound as a score. Rows of benchmarks without a 0..1 score are marked in `odd`:
    their units add to no one else's.
    """

    frame: pd.DataFrame
    outcome: Array
    bounds: Array
    covered: npt.NDArray[np.bool_]
    points: Array
    crps: Array
    odd: npt.NDArray[np.bool_]


def scored(result: Forecasted, quantity: str) -> Scored:
    """Return the row-wise scores of one quantity."""
    frame, bounds = result.split.tests[quantity], result.bounds[quantity]
    outcome = frame["z"].to_numpy(dtype=float)
    return Scored(
        frame,
        outcome,
        bounds,
        outcome[:, None] <= bounds + TIE,
        np.column_stack([to_scores(frame, column) for column in bounds.T]),
        crps(outcome, result.quantiles[quantity]),
        (frame["link"] != "logit").to_numpy(),
    )


def result_rows(result: Forecasted) -> list[dict[str, object]]:
    """Return one forecaster's rows at one split.

    All levels over all benchmarks together; at 0.95 also per benchmark, and per domain, lag band and,
    where rows say it, kind of effort (`group` = "domain:maths", "lag:0.25-0.5", "effort:..."). "all"
    holds fractions-correct benchmarks only.
    """
    rows: list[dict[str, object]] = []
    for quantity in result.split.tests:
        told = scored(result, quantity)
        for subset in ("known", "new"):
            here = (told.frame["subset"] == subset).to_numpy()
            for benchmark, group, mask, levels in _groups(told, here):
                if mask.any():
                    same = {
                        "data": result.split.data,
                        "method": result.method,
                        "cut": result.split.cut_name,
                        "subset": subset,
                        "benchmark": benchmark,
                        "group": group,
                        "quantity": quantity,
                    }
                    rows += [{**same, **scores} for scores in _scores(told, mask, levels)]
    return rows


def _groups(
    told: Scored, here: npt.NDArray[np.bool_]
) -> Iterator[tuple[str, str, npt.NDArray[np.bool_], list[int]]]:
    every, headline = list(range(len(LEVELS))), [HEADLINE]
    common = here & ~told.odd
    yield "all", "", common, every
    for name in sorted(told.frame["benchmark"].unique()):
        yield str(name), "", here & (told.frame["benchmark"] == name).to_numpy(), headline
    for name in sorted(told.frame["domain"].unique()):
        yield "all", f"domain:{name}", common & (told.frame["domain"] == name).to_numpy(), headline
    if EFFORT in told.frame:
        for name, at in effort_groups(told.frame):
            yield "all", f"effort:{name}", common & at, every if name == MAIN else headline
    lag = told.frame["lag"].to_numpy(dtype=float)
    for low, high in pairwise(LAG_EDGES):
        yield "all", f"lag:{low:g}-{high:g}", common & (lag >= low) & (lag < high), headline


def _scores(
    told: Scored, mask: npt.NDArray[np.bool_], levels: list[int]
) -> Iterator[dict[str, object]]:
    y, score = told.outcome[mask], told.frame["score"].to_numpy(dtype=float)[mask]
    bases = told.frame["base_model"]
    alike = told.frame.get(CLUSTER, bases)
    held = coverage(told.covered[mask][:, levels], alike.to_numpy()[mask])
    for at, i in enumerate(levels):
        bound, points = told.bounds[mask, i], told.points[mask, i]
        yield {
            "level": LEVELS[i],
            "coverage": float(held.share[at]),
            "coverage_low": float(held.low[at]),
            "coverage_high": float(held.high[at]),
            "n": held.rows,
            "bases": int(bases[mask].nunique()),
            "pinball": float(pinball(y, bound, LEVELS[i]).mean()),
            "pinball_points": float(pinball(score, points, LEVELS[i]).mean()),
            "crps": float(told.crps[mask].mean()),
            "sharpness_logits": sharpness(y, bound),
            "sharpness_points": sharpness(score, points),
        }


def with_ratios(rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Return rows as a frame; `pinball_ratio` is to the reference competitor's on the same rows."""
    frame = pd.DataFrame(list(rows))
    reference = frame[frame["method"] == REFERENCE].set_index(RATIO_KEYS)["pinball"]
    keys = pd.MultiIndex.from_frame(frame[RATIO_KEYS])
    base = reference.reindex(keys).to_numpy(dtype=float)
    return frame.assign(pinball_ratio=frame["pinball"] / np.where(base > 0, base, np.nan))


def pit_rows(result: Forecasted) -> list[dict[str, object]]:
    """Return the PIT histograms of one forecaster at one split, by subset and quantity."""
    rows: list[dict[str, object]] = []
    for quantity, frame in result.split.tests.items():
        y, grid = frame["z"].to_numpy(dtype=float), result.quantiles[quantity]
        for subset in ("known", "new"):
            mask = (frame["subset"] == subset).to_numpy()
            if mask.any():
                rows.append(
                    {
                        "data": result.split.data,
                        "method": result.method,
                        "cut": result.split.cut_name,
                        "subset": subset,
                        "quantity": quantity,
                        "counts": pit_counts(y[mask], grid[mask]).tolist(),
                    }
                )
    return rows
