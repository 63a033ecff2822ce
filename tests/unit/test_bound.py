import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakbound.bound import (
    DRIVING_SHARE,
    bound_row,
    ceiling_score,
    error_in_score,
    extrapolations,
    lowest,
)
from leakbound.effort import Effort
from leakbound.evidence.registry import load_registry
from leakbound.forecast import exceedance_at
from leakbound.span import Span

GPQA = load_registry()["gpqa-diamond"]
SPAN = Span(
    training_years=2.0, inference_years=4.0, log10_compute=-1.0, attempts=10,
    benchmarks=frozenset({"gpqa-diamond"}), domains=frozenset({"knowledge"}),
)  # fmt: skip
INSIDE, LARGE = -1.0, 1.0


def effort_of(compute, lags, training=True):
    """Return effort of (group) compute and (group, bin) years of lag."""
    groups, bins = np.shape(lags)
    compute = np.broadcast_to(np.asarray(compute, dtype=float)[:, None], (groups, bins))
    return Effort(
        scenario="open-weights", groups=tuple(f"group {k}" for k in range(groups)),
        edges=np.linspace(0.0, 1.0, bins + 1), attempts=np.ones((1, groups, bins)),
        log10_compute=compute[None], lag_years=np.asarray(lags, dtype=float),
        training=np.full(groups, training), inference=np.full(groups, not training),
        distillation=np.zeros(groups, bool), at_cap=np.zeros((1, groups, bins), bool),
    )  # fmt: skip


def near(groups, bins=1):
    return np.full((groups, bins), 1.0)


def test_a_group_that_drives_the_bound_beyond_the_evidence_is_named_with_what_leaves_it():
    late = effort_of([INSIDE, LARGE], [[1.0], [3.0]])
    told = extrapolations(late, np.array([[0.6], [0.4]]), SPAN)
    assert told == (
        "group 1: lag 3 y, evidence to 2 y",
        "group 1: compute fraction 10, evidence to 0.1",
    )
    assert extrapolations(effort_of([INSIDE] * 2, near(2)), np.array([[0.6], [0.4]]), SPAN) == ()


@pytest.mark.parametrize("n", [1, 2, 12, 50])
def test_splitting_what_lies_outside_into_groups_changes_nothing(n):
    """All of the risk beyond the evidence, in one group or in fifty of two percent each."""
    told = extrapolations(effort_of([LARGE] * n, near(n)), np.full((n, 1), 1.0 / n), SPAN)
    assert len(told) == n


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 1.0), st.integers(1, 30), st.integers(1, 30))
def test_what_counts_is_the_risk_of_all_that_is_outside(share, outside, inside):
    if abs(share - DRIVING_SHARE) < 1e-9:
        return
    compute = [LARGE] * outside + [INSIDE] * inside
    shares = [share / outside] * outside + [(1.0 - share) / inside] * inside
    told = extrapolations(effort_of(compute, near(len(compute))), np.array(shares)[:, None], SPAN)
    assert bool(told) == (share >= DRIVING_SHARE)


def test_a_long_tail_of_late_attempts_counts_though_no_bin_of_it_drives():
    lags = [[1.0, *np.linspace(3.0, 4.0, 9)]]
    shares = np.array([[0.82, *([0.02] * 9)]])
    assert extrapolations(effort_of([INSIDE], lags), shares, SPAN)[0].startswith("group 0: lag 4 y")
    shares = np.array([[0.955, *([0.005] * 9)]])
    assert extrapolations(effort_of([INSIDE], lags), shares, SPAN) == ()


def test_inference_needs_no_compute_and_what_is_no_number_is_outside():
    assert extrapolations(effort_of([LARGE], near(1), training=False), np.ones((1, 1)), SPAN) == ()
    assert extrapolations(effort_of([INSIDE], [[np.nan]]), np.ones((1, 1)), SPAN)
    assert extrapolations(effort_of([np.nan], near(1)), np.ones((1, 1)), SPAN)
    assert extrapolations(effort_of([INSIDE], near(1)), np.full((1, 1), np.nan), SPAN)


@pytest.mark.parametrize(("key", "z"), [("time-horizon-metr", 4.1), ("gpqa", -3.0), ("gpqa", 3.0)])
def test_twice_the_error_in_score_holds_two_errors_on_the_link_scale(key, z):
    benchmark = load_registry()[key]
    error, mcse = error_in_score(benchmark, z, 0.1), 0.1
    score = float(benchmark.from_link(z))
    reached = [float(benchmark.from_link(z + k * mcse)) for k in (-2.0, 2.0)]
    assert score - 2.0 * error <= min(reached) + 1e-12
    assert max(reached) <= score + 2.0 * error + 1e-12
    assert score + 2.0 * error == pytest.approx(reached[1]) or score - 2.0 * error == pytest.approx(
        reached[0]
    )
    assert np.isnan(error_in_score(benchmark, z, float("nan")))


def test_a_ceiling_below_the_lowest_score_is_none():
    floor = lowest(GPQA)
    assert floor == float(GPQA.to_link(0.0)) == float(GPQA.to_link(GPQA.guess))
    assert np.isnan(ceiling_score(GPQA, floor - 0.01))
    assert np.isnan(ceiling_score(GPQA, -np.inf))
    assert np.isnan(ceiling_score(GPQA, np.nan))
    assert ceiling_score(GPQA, floor + 1.0) > GPQA.guess


def test_a_group_whose_own_driving_bins_are_outside_counts_with_all_its_risk():
    """Measured against the group, not against a larger one; its nearer bins count too."""
    effort = effort_of([INSIDE] * 2, [[1.0, 1.0], [3.0, 1.0]])
    (told,) = extrapolations(effort, np.array([[0.88, 0.0], [0.08, 0.04]]), SPAN)
    assert told.startswith("group 1: lag 3 y")


def test_a_judgement_is_of_the_horizon_and_of_the_bound_itself(make_job):
    job, told = make_job(), set()
    for pair in job.pairs():
        case, found = job.judged(*pair)
        shares = case.best.shares(found.bound.z - case.best.z_today)
        np.testing.assert_array_equal(found.shares, shares)
        reasons = " ".join(part.reason for part in found.verdict.parts)
        assert f"the exceedance {found.exceedance:.3g} " in reasons
        told.add(found.exceedance)
    assert len(told) > 1


def test_a_row_tells_the_median_and_when_the_threshold_is_crossed(make_job):
    job, seen = make_job(), 0
    for pair in job.pairs():
        case, judgement = job.judged(*pair)
        row = bound_row(case, judgement, np.nan)
        z = float(case.standing.benchmark.to_link(row.median_score))
        if row.median_score > row.today_score:
            assert case.best.exceeds(z).mean() == pytest.approx(0.5, abs=1e-3)
        for name, share in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
            years = row.first_crossing_years[name]
            if years is None:
                assert judgement.exceedance < share
                continue
            seen += 1
            (chance,) = exceedance_at(case.best, case.z_threshold, np.array([years]))
            assert chance == pytest.approx(share, abs=1e-6)
    assert seen > 0
