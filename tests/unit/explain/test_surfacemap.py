import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.recalibration import Recalibration
from leakbound.explain.surfacemap import (
    DRAW_STEP,
    MAP_ATTEMPTS,
    bound_maps,
    crossing_curves,
    known_effort,
)
from leakbound.forecast import Best
from leakbound.roots import rising_root
from leakbound.scenario import RELEASES


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
        oom = standing.both_channels(one.log10_compute[i], lag)
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


def test_a_map_is_of_the_strictest_confidence_and_the_farthest_horizon(
    make_job, deepseek, evidence
):
    (first, *_) = deepseek.thresholds
    sure = replace(first, confidence=dict.fromkeys(RELEASES, 0.99) | {"theft": 0.8})
    far = replace(first, name="later", horizon_years=dict.fromkeys(RELEASES, 4.0) | {"theft": 1.0})
    (one,) = bound_maps(make_job(thresholds=(sure, far)), evidence.rows)
    assert one.confidence == 0.99
    assert one.years[-1] == 4.0
    assert one.thresholds == {first.name: 0.75, "later": 0.75}


def test_a_recalibrated_map_moves_every_bound_by_its_distance_from_the_median(make_job, evidence):
    """Down by the whole distance it is the median's map, and never below today's score."""

    def aime(job):
        return next(
            m.bound for m in bound_maps(job, evidence.rows) if m.benchmark == "otis-mock-aime"
        )

    def moved(share):
        job = make_job(reach_years=5.0)
        job.recalibration = Recalibration((0.95,), (share,), 40, 9, dt.date(2024, 1, 1))
        return aime(job)

    halves = tuple(
        replace(one, confidence=dict.fromkeys(RELEASES, 0.5))
        for one in make_job().candidate.thresholds
    )
    bound, median = (
        aime(make_job(reach_years=5.0)),
        aime(make_job(reach_years=5.0, thresholds=halves)),
    )
    inside = bound < 0.99
    assert inside.sum() > 20
    assert moved(0.0) == pytest.approx(bound)
    assert moved(-1.0)[inside] == pytest.approx(median[inside], abs=0.02)
    assert moved(-9.0) == pytest.approx(make_job().base.scores["otis-mock-aime"])


def test_early_days_are_told_between_the_edges_of_the_first_quarter(job):
    one = next(iter(crossing_curves(job)))
    assert one.years[:6] == pytest.approx([0.0, 0.005, 0.025, 0.075, 0.15, 0.25])
    assert (one.exceedance[1:5] < one.exceedance[5]).all()


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
    stated = rows.iloc[[0]].assign(posttraining_flop=1e23)
    unmade = rows.iloc[[0]].assign(cell="g", attempts=0)
    rows = pd.concat([rows[::-1], stated, unmade], ignore_index=True)
    found = known_effort(rows, job.registry, "knowledge")
    assert found["label"].tolist() == ["a", "b"]
    assert found["log10_compute"].tolist() == pytest.approx([-2.0, -2.0])
    assert found["years"].tolist() == pytest.approx([1.0, 2.0], abs=0.01)
