import math

import pytest

from leakbound.evidence.registry import load_registry
from leakbound.report import wording

GPQA = load_registry()["gpqa-diamond"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.5, "50 %"),
        (0.999, "over 99 %"),
        (0.001, "under 1 %"),
        (0.042, "4.2 %"),
        (math.nan, "unknown"),
    ],
)
def test_chances_are_never_certain(value, shown):
    assert wording.chance(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0684, "24 days"),
        (0.003, "1 day"),
        (0.0001, "less than a day"),
        (0.5, "6 months"),
        (1.0, "1 year"),
        (2.0, "2 years"),
        (None, "not within the horizon"),
    ],
)
def test_years_in_the_unit_people_use(value, shown):
    assert wording.years(value) == shown


def test_a_bound_near_one_is_not_shown_as_one():
    assert wording.score(1.0, GPQA) == "> 0.999"
    assert wording.score(0.5653, GPQA) == "0.565"


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (0.855, 0.0036, "0.855 ± 0.007"),
        (0.855, 0.5, "0.855 ± 1.000"),
        (0.855, 0.0001, "0.855"),
        (0.855, math.nan, "0.855"),
        (math.nan, 0.1, "unknown"),
        (0.9999, 0.1, "> 0.999"),
    ],
)
def test_a_bound_is_told_with_twice_its_monte_carlo_error(value, error, said):
    assert wording.with_error(value, error, GPQA) == said


def test_names_are_listed_as_in_a_sentence():
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b"], "or") == "a or b"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"


def test_a_ceiling_at_chance_is_no_score():
    assert wording.ceiling(GPQA.guess, GPQA) == "at chance (0.250)"
    assert wording.ceiling(math.nan, GPQA) == "none"
    assert wording.ceiling(0.4, GPQA) == "0.400"


def test_minutes_are_no_share():
    minutes = load_registry()["time-horizon-metr"]
    assert wording.score(59.4321, minutes) == "59.4"


def test_text_stays_on_one_line_and_visible():
    assert wording.plain("a\n b\x00c‮d") == "a b c d"


def test_an_unknown_verdict_is_marked_as_unknown():
    assert wording.mark("maybe") == "? maybe"
