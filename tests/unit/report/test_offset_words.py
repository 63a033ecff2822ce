from math import inf, nan

import pytest

from leakbound.assessment import Offset
from leakbound.evidence.registry import load_registry
from leakbound.report.offset_words import amounts

GPQA = load_registry()["gpqa-diamond"]


@pytest.mark.parametrize(
    ("years", "told"),
    [
        (1.04, "1 year of progress"),
        (1.5, "1.5 years of progress"),
        (0.8, "0.8 years of progress"),
        (inf, "over 20 years of progress"),
        (nan, "unknown years of progress"),
    ],
)
def test_an_offset_is_told_in_points_logits_and_years(years, told):
    offset = Offset(
        threshold="science", benchmark="gpqa-diamond", domain="knowledge", threshold_score=0.75,
        horizon_years=2.0, confidence=0.95, ceilings={"closed-api": 0.51, "open-weights": 0.4},
        ceilings_z={"closed-api": -0.6, "open-weights": -1.5}, points=0.11, logits=0.9,
        years_of_progress=years, exceedance={}, riskier_below=(),
    )  # fmt: skip
    assert amounts(offset, GPQA) == f"11.0 points, 0.9 logits, {told}"
