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
