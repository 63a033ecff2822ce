"""The surface is its two formulas, for every time curve and dose curve, at a lag of three years."""

import numpy as np
import pytest

from leakbound.model.surface import Surface

LAG = 3.0
YEARS = {"linear": 3.0, "decelerating": np.log(4.0), "accelerating": 2.0 * (np.exp(1.5) - 1.0)}
ODDS = np.exp(1.3 * (-2.0 + 0.5 * YEARS["accelerating"] - 0.4))
DOSES = {
    "saturating": ODDS / (1.0 + ODDS),
    "log-linear": np.log(1.0 + np.sqrt(ODDS)) / np.log(4.0),
    "power": np.sqrt(ODDS) / 2.0,
}


@pytest.mark.parametrize("time", YEARS)
def test_inference_gains_by_its_time_curve(time):
    gained = Surface("saturating", time).inference(LAG, start=0.4, rate=0.2, xp=np)
    assert gained == pytest.approx(0.4 + 0.2 * YEARS[time])


@pytest.mark.parametrize("time", YEARS)
def test_training_raises_its_ceiling_by_its_time_curve_and_reaches_the_dose_of_it(time):
    gained = Surface("saturating", time).training(0.6, LAG, ceiling=1.5, rate=0.2, xp=np)
    assert gained == pytest.approx(0.6 * (1.5 + 0.2 * YEARS[time]))


@pytest.mark.parametrize("time", YEARS)
def test_progress_counts_as_compute_at_its_efficiency(time):
    curve = {"slope": 1.3, "midpoint": 0.4, "xp": np}
    surface = Surface("saturating", time)
    later = surface.dose_at(-2.0, LAG, efficiency=0.5, **curve)
    assert later == pytest.approx(
        surface.dose_at(-2.0 + 0.5 * YEARS[time], 0.0, efficiency=0.5, **curve)
    )
    assert surface.dose_at(-2.0, LAG, efficiency=0.0, **curve) < later


@pytest.mark.parametrize("dose", DOSES)
def test_a_dose_is_its_curve_at_the_compute_and_what_progress_adds(dose):
    surface = Surface(dose, "accelerating")
    found = surface.dose_at(-2.0, LAG, slope=1.3, midpoint=0.4, efficiency=0.5, xp=np)
    assert found == pytest.approx(DOSES[dose])
