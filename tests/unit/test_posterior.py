import numpy as np
import pytest

from leakbound.forecast import batch_error
from leakbound.posterior import thinned_index


@pytest.mark.parametrize(
    ("draws", "chains", "samples"), [(1250, 4, 1500), (1000, 4, 1500), (7, 2, 3), (5, 3, 99)]
)
def test_thinning_keeps_chains_equal_and_draws_evenly_spaced(draws, chains, samples):
    index = thinned_index(draws * chains, chains, samples)
    each = index.reshape(chains, -1)
    np.testing.assert_array_equal(each // draws, np.arange(chains)[:, None] * np.ones_like(each))
    steps = np.diff(each, axis=1)
    assert (steps == max(1, round(draws * chains / samples))).all()


def test_an_error_over_unequal_chains_is_unknown():
    assert np.isnan(batch_error(np.zeros(61), 4))
    assert batch_error(np.zeros(240), 4) == 0.0
