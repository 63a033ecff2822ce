import dataclasses

import pytest

from leakbound.candidate import Limit, Threshold
from leakbound.scenario import load_scenarios

SCENARIOS = load_scenarios()
THRESHOLD = Threshold(
    name="t",
    benchmark="b",
    domain="biology",
    scores={"theft": 0.8, "theft-oc5": 0.7, "open-weights": 0.6},
    confidence={"theft": 0.95, "open-weights": 0.99},
    horizon_years={"theft": 1.0, "theft-oc2": 0.5, "open-weights": 2.0},
    extrapolate=False,
    source="",
    note="",
)


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        ("theft-oc2", Limit(0.8, 0.95, 0.5)),
        ("theft-oc3", Limit(0.8, 0.95, 1.0)),
        ("theft-oc5", Limit(0.7, 0.95, 1.0)),
        ("open-weights", Limit(0.6, 0.99, 2.0)),
        ("closed-api", None),
    ],
)
def test_most_specific_entry_wins(key: str, limit: Limit | None) -> None:
    assert THRESHOLD.at(SCENARIOS[key]) == limit


def test_own_scenario_falls_back_to_its_release_mode() -> None:
    mine = dataclasses.replace(SCENARIOS["theft-oc5"], key="insider")
    assert THRESHOLD.at(mine) == Limit(0.8, 0.95, 1.0)


def test_allowance_is_what_confidence_leaves() -> None:
    assert Limit(0.8, 0.95, 1.0).allowance == pytest.approx(0.05)
