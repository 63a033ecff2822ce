"""What a report says of a release ceiling that no score is below."""

import math

import pytest

from leakbound.evidence.registry import Benchmark
from leakbound.report import wording

GPQA = Benchmark("gpqa", "GPQA", "knowledge", "logit", 0.25, 198, "")
MINUTES = Benchmark("horizon", "time horizon", "agentic", "log", 0.0, None, "")


@pytest.mark.parametrize("today", [0.2, 0.24, 0.25, 0.6])
def test_no_score_is_low_enough_where_the_ceiling_is_none(today):
    for ceiling, said in ((math.nan, "none"), (0.25, "at chance (0.250)")):
        assert wording.ceiling(ceiling, GPQA) == said
        assert not wording.low_enough(today, ceiling, GPQA)
    assert not wording.low_enough(today, math.nan, MINUTES)


def test_a_score_below_its_ceiling_is_low_enough():
    assert wording.low_enough(0.24, 0.4, GPQA)
    assert not wording.low_enough(0.41, 0.4, GPQA)
    assert wording.low_enough(3.0, 4.0, MINUTES)
