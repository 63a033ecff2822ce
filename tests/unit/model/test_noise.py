"""A score's measurement error: known away from the ends, and never told away at them."""

from dataclasses import replace

import numpy as np
import pytest

from leakbound.model.noise import link_error


@pytest.fixture
def four_choices(evidence):
    return replace(evidence.registry["gpqa"], guess=0.25, items=448)


def test_away_from_the_ends_it_is_the_delta_method(four_choices):
    p = (0.6 - 0.25) / 0.75
    slope = (1.0 / (p + 0.02) + 1.0 / (1.0 - p + 0.02)) / 0.75
    error = np.sqrt(0.6 * 0.4 / 448)
    assert link_error(four_choices, 0.6, None) == pytest.approx(slope * error, rel=0.01)
    assert link_error(four_choices, 0.6, 112) == pytest.approx(
        2.0 * link_error(four_choices, 0.6, None), rel=0.05
    )


def test_a_base_at_chance_or_below_is_not_known_better_than_one_just_above(four_choices):
    """The link is flat below chance: there a difference of links would tell no error at all."""
    above = link_error(four_choices, 0.25 + np.sqrt(0.27 * 0.73 / 448), None)
    for score in (0.0, 0.2, 0.228, 0.25, 0.26):
        assert link_error(four_choices, score, None) > 0.8 * above * np.sqrt(
            max(score, 0.01) / 0.25
        )
    assert link_error(four_choices, 0.228, None) > 0.5


def test_the_error_does_not_jump_at_the_ends(four_choices):
    scores = np.linspace(0.15, 0.999, 8500)
    errors = np.array([link_error(four_choices, score, None) for score in scores])
    assert (errors > 0.05).all()
    assert np.abs(np.diff(np.log(errors))).max() < 0.02


def test_a_score_that_is_no_fraction_correct_has_none(evidence):
    assert link_error(evidence.registry["time-horizon-metr"], 18.0, None) == 0.0
    assert link_error(evidence.registry["gpqa"], float("nan"), None) == 0.0
