"""Published rules, by hand on made-up standings."""

from dataclasses import replace

import numpy as np
import pytest

from leakbound.comparators import COMPARATORS, comparators


@pytest.fixture
def standing(make_job):
    job = make_job()
    return job.standing(job.candidate.thresholds[0].benchmark)


@pytest.mark.parametrize("multiple", [2, 4, 6])
def test_a_buffer_adds_its_compute_at_the_median_response(standing, multiple):
    expected = standing.z_today + np.median(standing.response) * np.log10(multiple)
    assert COMPARATORS[f"buffer-{multiple}x"].bound_z(standing) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("key", "compute", "lag"),
    [("asl3-1pct", 0.01, 0.0), ("six-months", 0.01, 0.5), ("eu-third", 1 / 3, 0.0)],
)
def test_a_test_expects_the_median_gain_of_its_effort(standing, key, compute, lag):
    far = replace(standing, location=standing.location + 5.0)
    n = len(far.location)
    oom = far.both_channels(np.log10(compute), np.full((n, 1), lag))[:, 0]
    expected = far.z_today + np.median(far.location + far.response * oom)
    assert COMPARATORS[key].bound_z(far) == pytest.approx(expected)


@pytest.mark.parametrize("key", ["asl3-1pct", "six-months", "eu-third"])
def test_a_test_that_gains_nothing_leaves_today_s_score(standing, key):
    lost = replace(standing, location=standing.location - 50.0)
    assert COMPARATORS[key].bound_z(lost) == standing.z_today
    unknown = replace(standing, location=standing.location * np.nan)
    assert np.isnan(COMPARATORS[key].bound_z(unknown))


def test_a_limit_that_is_reached_today_is_crossed_by_every_rule(make_job, deepseek):
    first = deepseek.thresholds[0]
    reached = replace(first, scores=dict.fromkeys(first.scores, 0.3))
    job = make_job(thresholds=(reached,))
    assert {row.verdict for row in comparators(job)} == {"crosses"}
