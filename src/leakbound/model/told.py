"""How far the evidence informs each effect, in 0 to 1.

An effect that the evidence tells is sampled as itself, one that it does not as a multiple of its
spread (`build`). That decides how well the sampler moves and nothing else. Each amount of evidence
here is half of what tells an effect, a constant found by sampling (decision 023).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.model.effects import BENCHMARK_EFFECTS, DOMAIN_EFFECTS
from leakbound.units import Array

SEEN_ATTEMPTS = 3
INFORMED = 4.0
INFORMED_FIXED = 0.25
MOST = 0.85
INFORMED_SCALE = 20.0
INFORMED_SCATTER = 2.0
INFORMED_GAP = 0.15
INFORMED_DOMAIN = 15.0
SPREAD = 1.5
SCALES_TOLD = 0.4
LAGS = 4.0
SHOCK_VARIANCE = 1.5

Arrays = Mapping[str, npt.NDArray[np.generic]]


def informed(amount: pd.Series, labels: tuple[str, ...], half: float) -> Array:
    """Return amount/(amount + half) by label, zero for a label without an amount."""
    known = amount.reindex(list(labels)).fillna(0.0).to_numpy(dtype=np.float64)
    return np.asarray(known / (known + half), dtype=np.float64)


def told_of_pairs(seen: pd.DataFrame, lineages: tuple[str, ...]) -> dict[str, Array]:
    """Return how far location and scale of `seen` pairs and of their lineages are told.

    `seen_scaled` is 1 for a pair whose attempts tell their scale at all.
    """
    n = seen["attempts"].to_numpy(dtype=np.float64)
    of_lineage = seen["base_model"].value_counts().reindex(list(lineages)).to_numpy(dtype=float)
    told = of_lineage / (of_lineage + INFORMED)
    scaled = (n >= SEEN_ATTEMPTS).astype(np.float64)
    trained = seen["trained"].to_numpy(dtype=bool)
    told_pair = np.where(trained, MOST * n / (n + INFORMED), n / (n + INFORMED_FIXED))
    return {
        "seen_scaled": scaled,
        "seen_told": np.stack([told_pair, scaled * n / (n + INFORMED_SCALE)]),
        "lineage_told": np.stack([told, SCALES_TOLD * told]),
    }


def told_by_scatter(seen: pd.DataFrame, told: Array) -> dict[str, Array]:
    """Return what it takes to centre `seen` pairs by the scatter of their attempts.

    Scales not where an effort is known: there tight scores are a wall for what effort gains. Scores
    known to exceed something tell no location.

    Returns
    -------
    seen_scattered
        (pair) 1 where the scatter of a pair's attempts centres its effect on location.
    seen_left
        (pair) variance that a pair's attempts leave of its location, in variances of one: each of its
        cells shares a shock, which is as large as their scatter.
    seen_gain
        (pair) mean gain of the lowest known attempts of its cells, in logits.
    seen_told
        (row, pair) `told`, the scales of scattered pairs by their attempts; no location without an
        exact score.
    """
    n = seen["attempts"].to_numpy(dtype=np.float64)
    exact = seen["exact"].to_numpy(dtype=bool)
    scattered = (n >= SEEN_ATTEMPTS) & seen["trained"].to_numpy(dtype=bool) & exact
    of_scale = scattered & ~seen["known_effort"].to_numpy(dtype=bool)
    cells = seen["cells"].to_numpy(dtype=np.float64)
    gain = seen["mean_gain"].to_numpy(dtype=np.float64)
    return {
        "seen_scattered": scattered.astype(np.float64),
        "seen_left": SHOCK_VARIANCE / cells + 1.0 / n,
        "seen_gain": np.where(scattered, gain, 0.0),
        "seen_told": np.stack(
            [exact * told[0], np.where(of_scale, n / (n + INFORMED_SCATTER), told[1])]
        ),
    }


def told_of_benchmarks(
    seen: pd.DataFrame,
    trending: pd.DataFrame,
    benchmarks: tuple[str, ...],
    response_known: Array,
    *,
    in_oom: Array,
    by_scatter: bool,
) -> Array:
    """Return (row, benchmark) how far the effects of benchmarks are told.

    Parameters
    ----------
    seen
        Pairs with effects of their own.
    trending
        Cells of anonymous attempts, several each, which tell a trend by their lags.
    response_known
        (benchmark) 1 where base models tell the response.
    in_oom
        (benchmark) 1 where the link is in OOM, on which there is no gap.
    by_scatter
        Whether pairs are centred by the scatter of their attempts: then they tell their spread, and
        raw bases, whose attempts were trained, the gap; a form that follows its spread takes that.
    """
    told = informed(seen.groupby("benchmark").size(), benchmarks, INFORMED)
    lags = (trending["lag"] ** 2).groupby(trending["benchmark"]).sum()
    shares = {
        "response": 0.9 * response_known,
        **{
            f"gap_{name}": informed(
                (seen[name] ** 2).groupby(seen["benchmark"]).sum(), benchmarks, SPREAD
            )
            for name in ("own", "ability")
        },
        "pair_spread": told if by_scatter else 0.5 * told,
        "trend": informed(lags, benchmarks, LAGS),
    }
    if by_scatter:
        raw = seen.loc[seen["trained"] & seen["log_spent"].isna(), "benchmark"].value_counts()
        shares["gap"] = (1.0 - in_oom) * informed(raw, benchmarks, INFORMED_GAP)
    return np.stack([shares.get(name, told) for name in BENCHMARK_EFFECTS])


def told_of_domains(arrays: Arrays, domains: tuple[str, ...]) -> Array:
    """Return (row, domain) how far the effects of domains are told.

    Attempts on fixed weights tell what inference gains at lag 0, trained ones where effort leads; of
    the pace of inference little is told beyond what all domains share.
    """
    trained, inferred = arrays["trained_cell"], arrays["inferred_cell"]
    fixed = inferred[arrays["cell_training"][inferred] == 0.0]
    told = np.zeros((len(DOMAIN_EFFECTS), len(domains)))
    for name, cells in (("ceiling", trained), ("rate", trained), ("inference", fixed)):
        of_domain = domain_of(arrays, np.unique(arrays["cell_pair"][cells]))
        count = pd.Series(np.asarray(domains)[of_domain]).value_counts()
        told[DOMAIN_EFFECTS.index(name)] = informed(count, domains, INFORMED_DOMAIN)
    return told


def domain_of(arrays: Arrays, pairs: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Return the domain of each of `pairs`."""
    return np.asarray(arrays["benchmark_domain"][arrays["pair_benchmark"][pairs]], dtype=np.int64)
