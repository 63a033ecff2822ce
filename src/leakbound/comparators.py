"""Published rules as comparators: what each would take for the bound of the same candidate.

None looks further ahead than half a year, nor at the number of attempts, which is the point of comparing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from leakbound.candidate.types import Threshold
from leakbound.job import Job
from leakbound.standing import Standing
from leakbound.units import Array


@dataclass(frozen=True)
class Comparator:
    """A rule of a published policy: what it takes for the highest score to expect (link scale)."""

    key: str
    title: str
    source: str
    bound_z: Callable[[Standing], float]

    @property
    def competitor(self) -> str:
        """The rule's name in the backtest, where it is read the same."""
        return f"rule-{self.key}"


@dataclass(frozen=True)
class ComparatorRow:
    """What a comparator says of one threshold in one scenario; never undecided, as it has no error."""

    comparator: str
    title: str
    source: str
    competitor: str
    threshold: str
    benchmark: str
    scenario: str
    bound_score: float
    threshold_score: float
    verdict: str


def effort_test(compute_fraction: float, lag_years: float = 0.0) -> Callable[[Standing], float]:
    """Return the rule that tests the model with this effort: the expected score of that test.

    At least today's score, which a test that gains nothing leaves.
    """

    def bound(standing: Standing) -> float:
        n = len(standing.location)
        compute = np.full((n, 1), np.log10(compute_fraction))
        lag = np.full((n, 1), lag_years)
        gained = standing.oom(
            trained=standing.trained(compute, lag),
            lag=lag,
            inference=True,
            distilled=False,
        )[:, 0]
        gain = float(np.median(standing.location + standing.response * gained))
        return standing.z_today + float(np.maximum(gain, 0.0))

    return bound


def buffer(multiple: float) -> Callable[[Standing], float]:
    """Return the rule that adds a buffer of effective compute: log10(multiple) OOM."""

    def bound(standing: Standing) -> float:
        response: Array = standing.response
        return standing.z_today + float(np.median(response)) * float(np.log10(multiple))

    return bound


COMPARATORS: dict[str, Comparator] = {
    one.key: one
    for one in (
        Comparator(
            "asl3-1pct", "ASL-3: test with 1 % of training cost, today's techniques",
            "Anthropic RSP v1.0 (2023-09-19)", effort_test(0.01),
        ),
        Comparator(
            "six-months", "the same test with six months of technique progress",
            "Anthropic RSP v2.0 (2024-10)", effort_test(0.01, 0.5),
        ),
        Comparator(
            "eu-third", "a test with a third of the training compute",
            "EU GPAI Guidelines (2025-07)", effort_test(1.0 / 3.0),
        ),
        Comparator(
            "buffer-2x", "2x effective compute", "OpenAI Preparedness Framework (Beta, 2023-12)",
            buffer(2.0),
        ),
        Comparator(
            "buffer-4x", "4x effective compute", "Anthropic RSP v1.0 (2023-09-19)",
            buffer(4.0),
        ),
        Comparator(
            "buffer-6x", "6x effective compute", "Anthropic RSP v1.0; Google DeepMind FSF v1.0 (2024-05)",
            buffer(6.0),
        ),
    )
}  # fmt: skip


def comparators(job: Job) -> Iterator[ComparatorRow]:
    """Yield what every comparator says of each threshold in each scenario, by its benchmark's bound.

    A verdict is `crosses` when that bound reaches the threshold.
    """
    scores: dict[tuple[str, str], float] = {}
    for threshold, scenario in job.pairs():
        limit = threshold.at(scenario)
        standing = job.standing(threshold.benchmark)
        for one in COMPARATORS.values():
            key = (one.key, threshold.benchmark)
            if key not in scores:
                scores[key] = float(standing.benchmark.from_link(one.bound_z(standing)))
            if limit is not None:
                yield _row(one, threshold, scenario.key, scores[key], limit.score)


def _row(
    comparator: Comparator, threshold: Threshold, scenario: str, score: float, limit: float
) -> ComparatorRow:
    verdict = "clear" if score < limit else "crosses"
    return ComparatorRow(
        comparator.key, comparator.title, comparator.source, comparator.competitor,
        threshold.name, threshold.benchmark, scenario, score, limit,
        verdict if np.isfinite(score) else "undecided",
    )  # fmt: skip
