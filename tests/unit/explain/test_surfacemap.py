import numpy as np
import pandas as pd
import pytest

from leakbound.explain.surfacemap import (
    DRAW_STEP,
    MAP_ATTEMPTS,
    bound_maps,
    crossing_curves,
    known_effort,
)
from leakbound.forecast import Best
from leakbound.roots import rising_root


@pytest.fixture(scope="module")
def job(make_job):
    return make_job(reach_years=5.0)


@pytest.fixture(scope="module")
def maps(job, evidence):
    return list(bound_maps(job, evidence.rows))


def test_there_is_a_map_for_each_benchmark_with_a_threshold(maps):
    assert [one.benchmark for one in maps] == ["gpqa-diamond", "otis-mock-aime"]
    assert [one.thresholds for one in maps] == [
        {"graduate science": 0.75}, {"competition maths": 0.6}
    ]  # fmt: skip


def test_more_compute_or_a_later_year_never_lowers_the_map(maps, job):
    for one in maps:
        assert one.bound.shape == (len(one.log10_compute), len(one.years))
        assert (np.diff(one.bound, axis=0) >= -1e-6).all()
        assert (one.bound >= job.base.scores[one.benchmark] - 1e-9).all()
        assert (one.bound <= 1.0).all()


@pytest.mark.parametrize(("i", "j"), [(0, 0), (6, 3), (12, 8)])
def test_a_cell_is_the_bound_of_the_best_of_so_many_attempts_made_there(maps, job, i, j):
    for one in maps:
        standing = job.standing(one.benchmark)
        lag = np.full((job.posterior.samples, 1), one.years[j])
        dose = standing.dose(np.full_like(lag, one.log10_compute[i]), lag)
        oom = standing.oom(dose=dose, lag=lag, training=True, inference=True, distilled=False)
        half_year = max(int(np.ceil(2.0 * one.years[j] - 1e-9)) - 1, 0)
        shock = standing.shock * job.shocks(one.benchmark)[half_year]
        place = standing.location + standing.response * oom[:, 0] + shock
        best = Best(
            location=place[None, None], scale=standing.scale,
            attempts=np.full((1, 1, 1), MAP_ATTEMPTS), edges=np.array([0.0, 1.0]),
            z_today=standing.z_today, family="logistic", chains=job.posterior.chains,
        ).every(DRAW_STEP)  # fmt: skip
        z = best.z_today + max(rising_root(best.below, one.confidence).x, 0.0)
        assert one.bound[i, j] == pytest.approx(float(standing.benchmark.from_link(z)), abs=0.01)


def test_curves_go_on_beyond_the_horizon_and_pass_through_the_exceedance(job):
    found = list(crossing_curves(job))
    assert len(found) == 12
    for one, (threshold, scenario) in zip(found, job.pairs(), strict=True):
        _, judgement = job.judged(threshold, scenario)
        horizon = threshold.at(scenario).horizon_years
        assert one.years[0] == 0.0
        assert one.years[-1] == 5.0
        assert one.exceedance[0] == 0.0
        assert (np.diff(one.exceedance) >= 0.0).all()
        assert np.interp(horizon, one.years, one.exceedance) == pytest.approx(
            judgement.exceedance, abs=1e-9
        )


def test_points_are_the_attempts_of_the_domain_with_known_compute(job):
    day = pd.Timestamp("2024-01-01")
    rows = pd.DataFrame(
        {
            "benchmark": ["gpqa-diamond", "gpqa-diamond", "gpqa", "otis-mock-aime", "gpqa", "gpqa"],
            "compute_fraction": [0.01, np.nan, np.nan, 0.1, 0.0, 0.1],
            "posttraining_flop": [np.nan, 1e22, np.nan, np.nan, np.nan, np.nan],
            "base_pretraining_flop": [1e24, 1e24, 1e24, 1e24, 1e24, 1e24],
            "base_released": day,
            "released": [day + pd.Timedelta(days=n) for n in (365, 730, 1, 1, 1, -1)],
            "attempts": 1,
            "cell": list("abcdef"),
        }
    )
    found = known_effort(rows, job.registry, "knowledge")
    assert found["label"].tolist() == ["a", "b"]
    assert found["log10_compute"].tolist() == pytest.approx([-2.0, -2.0])
    assert found["years"].tolist() == pytest.approx([1.0, 2.0], abs=0.01)
