"""Shares of centring where the evidence is there twice."""

import numpy as np

from leakbound.calibration.centring import centred_for_copies
from leakbound.calibration.simulate import template_of
from leakbound.model.design import design_of
from leakbound.model.effects import BENCHMARK_EFFECTS


def test_shares_of_a_design_stay_shares_of_the_same_shapes(template):
    arrays = template.design.arrays
    found = centred_for_copies(arrays)
    assert set(found) == {"seen_told", "benchmark_told", "lineage_told", "domain_told"}
    for name, share in found.items():
        assert share.shape == arrays[name].shape
        assert ((share >= 0.0) & (share <= 1.0)).all()


def test_what_is_left_of_a_location_is_halved_and_domains_are_not_centred(template):
    arrays = template.design.arrays
    found, row = centred_for_copies(arrays), BENCHMARK_EFFECTS.index("scale")
    np.testing.assert_allclose(1.0 - found["seen_told"][0], (1.0 - arrays["seen_told"][0]) / 2.0)
    np.testing.assert_allclose(
        1.0 - found["benchmark_told"][row], (1.0 - arrays["benchmark_told"][row]) / 2.0
    )
    assert (found["domain_told"] == 0.0).all()


def test_the_design_itself_is_left_as_it_was(template):
    before = {name: np.array(values) for name, values in template.design.arrays.items()}
    centred_for_copies(template.design.arrays)
    for name, values in template.design.arrays.items():
        np.testing.assert_array_equal(values, before[name])


def test_one_set_has_the_shares_of_a_fit_and_two_sets_their_own(small, specification):
    once, twice = (template_of(small, specification, copies=n).design.arrays for n in (1, 2))
    of_fit = design_of(small, specification).arrays
    np.testing.assert_array_equal(once["seen_told"], of_fit["seen_told"])
    assert (twice["domain_told"] == 0.0).all()
    assert (once["domain_told"] > 0.0).any()
