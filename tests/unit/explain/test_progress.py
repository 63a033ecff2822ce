from dataclasses import replace

import numpy as np
import pytest

from leakbound.explain.progress import LONGEST, years_of_progress


@pytest.fixture(scope="module")
def standing(make_job):
    return make_job().standing("gpqa-diamond")


def flat(standing, time, **changes):
    """Every draw the same: 1 OOM a year at a whole dose, half of it inference, 2 logits per OOM."""
    n = len(standing.response)
    told = {"response": 2.0, "ceiling": 1.0, "rate": 0.5, "start": 1.0, "pace": 0.5}
    told |= {"spent": 0.0, "elicited": 0.0, "slope_dose": 5.0, "midpoint": -9.0, "efficiency": 0.0}
    told |= changes
    surface = replace(standing.surface, dose="saturating", time=time)
    return replace(standing, surface=surface, **{k: np.full(n, v) for k, v in told.items()})


def test_with_linear_time_it_is_the_distance_over_the_pace(standing):
    here = flat(standing, "linear")
    for logits in (0.0, 1.0, 7.0):
        assert years_of_progress(here, logits) == pytest.approx(logits / 2.0, rel=1e-6)
    assert years_of_progress(here, 2.0 * LONGEST + 0.1) == np.inf


def test_it_follows_the_time_curve(standing):
    linear, slower, faster = (
        years_of_progress(flat(standing, time), 8.0)
        for time in ("linear", "decelerating", "accelerating")
    )
    assert faster < linear < slower


def test_no_distance_is_no_years(standing):
    here = flat(standing, "linear")
    assert np.isnan(years_of_progress(here, float("nan")))
    assert years_of_progress(here, -1.0) == 0.0


def test_the_effort_is_a_tenth_of_pre_training_with_inference_techniques(standing):
    """Half a dose at a tenth: 0.5 of 0.5 OOM a year by training, 0.5 by inference, 2 logits each."""
    here = flat(standing, "linear", midpoint=-1.0)
    assert years_of_progress(here, 3.0) == pytest.approx(2.0, rel=1e-6)


def test_a_standing_start_gains_nothing_by_what_it_has_had(standing):
    """What the base has been through lowers today's gain and a later one alike."""
    here, had = flat(standing, "linear"), flat(standing, "linear", spent=0.7, elicited=0.4)
    assert years_of_progress(had, 3.0) == pytest.approx(years_of_progress(here, 3.0))


def test_a_typical_draw_is_the_median_one(standing):
    here = flat(standing, "linear")
    draws = len(here.response)
    few = np.where(np.arange(draws) < draws // 4, 40.0, 2.0)
    assert years_of_progress(replace(here, response=few), 4.0) == pytest.approx(2.0, rel=1e-6)
