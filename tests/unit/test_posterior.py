import numpy as np
import pytest
from tests.unit.conftest import prior_draws

from leakbound.forecast import batch_error
from leakbound.parameters import LIKELIHOOD
from leakbound.posterior import thinned_index, tree_of


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


def test_a_tree_without_likelihoods_has_no_place_for_them(template, specification):
    draws = prior_draws(template.design, specification)
    assert LIKELIHOOD in draws
    diverging = np.zeros(draws[LIKELIHOOD].shape[:2], dtype=bool)
    full = tree_of(draws, diverging, template.design, specification)
    assert "log_likelihood" in full
    less = {name: values for name, values in draws.items() if name != LIKELIHOOD}
    left = tree_of(less, diverging, template.design, specification)
    assert "log_likelihood" not in left
    assert full["posterior"].identical(left["posterior"])
