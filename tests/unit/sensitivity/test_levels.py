from dataclasses import replace

import numpy as np
import pytest

from leakbound.sensitivity.bound_curve import curve_of
from leakbound.sensitivity.levels import PARTS, SETS, levels_of, several_cases
from leakbound.sensitivity.weighted import below_threshold, cases_of


@pytest.fixture(scope="module")
def several(given):
    return list(several_cases(*given))


@pytest.fixture(scope="module")
def levels(given, several):
    curves = [curve_of(case) for case in cases_of(*given)]
    return levels_of(curves, several, given[2].chains)


def test_each_set_has_all_draws_and_effects_of_its_own(given, several):
    assert len(several) == SETS
    many = replace(given[2], draws={k: np.repeat(v, 8, axis=0) for k, v in given[2].draws.items()})
    (first, *_) = next(several_cases(*given[:2], many, *given[3:]))
    assert len(first.best.scale) == 8 * given[2].samples
    own = below_threshold(cases_of(*given)[0])
    told = [below_threshold(cases[0]) for cases in several]
    for k, one in enumerate([own, *told]):
        assert all(not np.array_equal(one, other) for other in told[k:])


def test_levels_are_means_over_the_sets_of_what_stays_below(given, several, levels):
    curve = curve_of(cases_of(*given)[0])
    for level, gain in enumerate(
        (curve.clear_gain, curve.case.z_threshold - curve.case.best.z_today)
    ):
        each = np.array([cases[0].best.below(gain) for cases in several])
        assert levels.below[level, 0] == pytest.approx(each.mean(axis=0))
        assert levels.once[level, 0] == pytest.approx(each[0])


def test_parts_are_disjoint_stretches_of_every_chain(given, levels):
    posterior = given[2]
    assert len(levels.parts) == PARTS
    assert sorted(np.concatenate(levels.parts)) == list(range(posterior.samples))
    per = posterior.samples // posterior.chains
    for part in levels.parts:
        stretches = (part % per).reshape(posterior.chains, -1)
        assert np.ptp(stretches, axis=0).max() == 0
        assert (np.diff(stretches[0]) == 1).all()


def test_means_are_of_all_draws_then_of_each_part(given, levels):
    weights = np.random.default_rng(1).uniform(size=given[2].samples)
    means = levels.means(weights)
    assert means.shape == (2, 1 + PARTS, levels.below.shape[1])
    own = levels.parts[1]
    for sample, taken in ((0, slice(None)), (2, own)):
        mean = np.average(levels.below[1, 3][taken], weights=weights[taken])
        assert means[1, sample, 3] == pytest.approx(mean)
