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
INFORMED_DOMAIN = 15.0
SPREAD = 1.5
SCALES_TOLD = 0.4
LAGS = 4.0

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


def told_of_benchmarks(
    seen: pd.DataFrame,
    trending: pd.DataFrame,
    benchmarks: tuple[str, ...],
    response_known: Array,
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
        "pair_spread": 0.5 * told,
        "trend": informed(lags, benchmarks, LAGS),
    }
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
