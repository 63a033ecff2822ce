"""How far effects are sampled centred where the evidence is there twice.

The design tells it by how many attempts speak of an effect, on evidence as large as all that is shipped.
The miniature, twice, has few pairs with many attempts each. How far an effect is centred decides how
well the sampler moves and nothing else; what it is worth here was measured (decision 026).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from leakbound.model.effects import BENCHMARK_EFFECTS
from leakbound.units import Array

LINEAGES = 1.5
SCALES_OF_PAIRS = 0.5


def centred_for_copies(arrays: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, Array]:
    """Return the shares in 0 to 1 of a design with two sets of attempts, by the design's own names.

    What the evidence leaves of a pair's location, and of a benchmark's scale, is halved; domains, of
    which a few pairs tell next to nothing, are not centred at all.
    """
    pairs = np.array(arrays["seen_told"], dtype=np.float64)
    benchmarks = np.array(arrays["benchmark_told"], dtype=np.float64)
    scale = BENCHMARK_EFFECTS.index("scale")
    pairs[0], pairs[1] = _less_left(pairs[0]), SCALES_OF_PAIRS * pairs[1]
    benchmarks[scale] = _less_left(benchmarks[scale])
    return {
        "seen_told": pairs,
        "benchmark_told": benchmarks,
        "lineage_told": np.minimum(1.0, LINEAGES * np.asarray(arrays["lineage_told"])),
        "domain_told": np.zeros_like(arrays["domain_told"], dtype=np.float64),
    }


def _less_left(told: Array) -> Array:
    return np.asarray(1.0 - (1.0 - told) / 2.0)
