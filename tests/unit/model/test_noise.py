"""A score's measurement error: known away from the ends, and never told away at them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

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


@pytest.mark.parametrize("items", [250, 448, 1192])
@pytest.mark.parametrize("errors_below", [0.0, 0.5, 1.0])
def test_at_chance_and_below_it_is_the_posterior_sd_under_a_flat_prior(
    four_choices, items, errors_below
):
    """The link is flat below chance: there a difference of links alone would tell no error at all."""
    score = 0.25 - errors_below * np.sqrt(0.25 * 0.75 / items)
    truth = np.linspace(0.25, 1.0, 100_001)
    weight = np.exp(stats.binom.logpmf(round(score * items), items, truth))
    z = four_choices.to_link(truth)
    mean = np.average(z, weights=weight)
    sd = np.sqrt(np.average((z - mean) ** 2, weights=weight))
    found = link_error(four_choices, score, items)
    assert sd * 0.95 < found < sd * 1.35
    assert found == pytest.approx(link_error(four_choices, 0.25, items), rel=1e-12)


def test_the_error_does_not_jump(four_choices):
    scores = np.linspace(0.15, 0.98, 8500)
    errors = np.array([link_error(four_choices, score, None) for score in scores])
    assert (errors > 0.05).all()
    assert np.abs(np.diff(np.log(errors))).max() < 0.02


def test_a_score_that_is_no_fraction_correct_has_none(evidence):
    assert link_error(evidence.registry["time-horizon-metr"], 18.0, None) == 0.0
    assert link_error(evidence.registry["gpqa"], float("nan"), None) == 0.0
