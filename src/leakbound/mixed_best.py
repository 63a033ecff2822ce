"""The best of all attempts where draws differ in their attempt distribution."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from leakbound.forecast import Best
from leakbound.model.attempts import AttemptDistribution
from leakbound.posterior import Posterior
from leakbound.structures.mixture import MixedPosterior, mixed_attempts
from leakbound.units import Array


@dataclass(frozen=True, kw_only=True)
class MixedBest(Best):
    """A `Best` whose draws have the attempt distribution `families[codes]`."""

    families: tuple[str, ...]
    codes: npt.NDArray[np.int64]

    @cached_property
    def _mixed(self) -> AttemptDistribution:
        return mixed_attempts(self.families, self.codes)

    def log_cdf(self, y: Array) -> Array:
        """Return the log cdf of an attempt at standardised values, the draw in the last dim."""
        return np.asarray(self._mixed.log_cdf(y, np))

    def every(self, step: int) -> Best:
        """Return the distribution over every `step`-th draw alone."""
        return replace(super().every(step), codes=self.codes[::step])  # type: ignore[call-arg]


def mixed_best(best: Best, posterior: Posterior) -> Best:
    """Return `best` with each draw's own attempt distribution, if the posterior is a mixture."""
    if not isinstance(posterior, MixedPosterior):
        return best
    families = tuple(member.specification.attempts for member in posterior.members)
    own = {f.name: getattr(best, f.name) for f in fields(Best)}
    return MixedBest(**own, families=families, codes=posterior.codes)
