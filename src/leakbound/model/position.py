"""Where a base stands among those of the evidence: how able it is, and its own score beside that.

Both are what the elicitation gap and the scatter of attempts depend on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Position:
    """Position of a base on one benchmark, in logits from the mean base of the evidence.

    Attributes
    ----------
    own
        Score on the benchmark less `ability`.
    ability
        Mean over the benchmarks whose scores can be compared.
    weight
        Part of `ability` that follows the benchmark's own score; 0 where that is none of them.
    """

    own: float
    ability: float
    weight: float

    def moved(self, logits: float) -> Position:
        """Return where a base is whose own score lies `logits` higher, all else alike."""
        if self.weight == 0.0:
            return self
        up = self.weight * logits
        return replace(self, own=self.own + logits - up, ability=self.ability + up)


def position_of(
    key: str, links: Mapping[str, float], comparable: Collection[str], centres: Mapping[str, float]
) -> Position:
    """Return the position on benchmark `key` of a base with scores `links` on the link scale.

    `comparable` are the benchmarks on the logit scale; scores on others (OOM, log minutes) say nothing
    of ability here, and stand at the mean base, as in the fit. `centres` are the mean scores of the
    evidence's bases; a benchmark without one is as good as the ability promises.
    """
    centred = {k: z - centres[k] for k, z in links.items() if k in centres and k in comparable}
    ability = sum(centred.values()) / len(centred) if centred else 0.0
    if key not in centres:
        return Position(0.0, ability, 0.0)
    weight = 1.0 / len(centred) if key in centred else 0.0
    return Position(centred.get(key, 0.0) - ability, ability, weight)


def position_of_pair(
    row: int, pairs: Sequence[tuple[str, float]], comparable: Collection[str],
    centres: Mapping[str, float],
) -> Position:  # fmt: skip
    """Return the position that the fit gave the pair in place `row` of a base's `pairs`.

    A pair is a benchmark and a score on the link scale. A base has one ability for all of its pairs. Each
    harness of a benchmark counts as one; scores that cannot be compared say nothing of it.
    """
    centred = [z - centres[key] for key, z in pairs if key in comparable]
    ability = sum(centred) / len(centred) if centred else 0.0
    key, z = pairs[row]
    if key not in comparable:
        return Position(-ability, ability, 0.0)
    return Position(z - centres[key] - ability, ability, 1.0 / len(centred))
