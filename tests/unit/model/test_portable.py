"""Numbers cut to 30 bits: the last bits, in which processors differ, are gone, and little else."""

import numpy as np
import pytest

from leakbound.model.design import design_of
from leakbound.model.portable import portable


@pytest.fixture
def values():
    rng = np.random.default_rng(5)
    return rng.normal(size=(50, 40)) * 10.0 ** rng.integers(-12, 12, size=(50, 40))


def test_what_differs_in_the_last_bits_becomes_the_same(values):
    for other in (np.nextafter(values, np.inf), np.nextafter(values, -np.inf)):
        assert (other != values).all()
        np.testing.assert_array_equal(portable(other), portable(values))


def test_the_error_is_at_most_a_billionth(values):
    np.testing.assert_allclose(portable(values), values, rtol=1e-9, atol=0.0)
    assert (portable(values) != values).mean() > 0.99


def test_cut_once_is_cut_for_good(values):
    np.testing.assert_array_equal(portable(portable(values)), portable(values))


def test_numbers_of_few_bits_stay_as_they_are():
    kept = np.array([0.0, -0.0, 1.0, -2.5, 1e-300 * 0.0, 448.0, 2.0**40, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(portable(kept), kept)
    assert portable(np.empty((0, 3))).shape == (0, 3)


def test_a_design_holds_no_other_floats(evidence, specification):
    arrays = design_of(evidence, specification).arrays
    floats = {name: values for name, values in arrays.items() if values.dtype.kind == "f"}
    assert "entry_gain" in floats
    for name, values in floats.items():
        np.testing.assert_array_equal(portable(values), values, err_msg=name)
