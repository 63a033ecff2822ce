import numpy as np
import pandas as pd
import pytest

from leakbound.model.design import design_of
from leakbound.model.effects import BENCHMARK_EFFECTS, DOMAIN_EFFECTS
from leakbound.model.told import informed


@pytest.fixture(scope="module")
def design(evidence, specification):
    return design_of(evidence, specification)


def test_an_amount_at_its_half_tells_half_and_none_tells_nothing():
    told = informed(pd.Series({"a": 4.0, "b": 12.0}), ("a", "b", "c"), 4.0)
    np.testing.assert_allclose(told, [0.5, 0.75, 0.0])


def test_how_far_effects_are_told_is_a_share_below_one(design):
    for name in ("benchmark_told", "domain_told", "lineage_told", "seen_told"):
        told = np.asarray(design.arrays[name])
        assert told.min() >= 0.0
        assert told.max() < 1.0
    trends = np.asarray(design.arrays["benchmark_told"])[BENCHMARK_EFFECTS.index("trend")]
    nameless = np.asarray(design.arrays["cell_anonymous"]) > 0
    pair = np.asarray(design.arrays["cell_pair"])[nameless & (design.arrays["cell_shock"] >= 0)]
    trending = np.unique(np.asarray(design.arrays["pair_benchmark"])[pair])
    np.testing.assert_array_equal(np.flatnonzero(trends), trending)
    assert len(trending)
    domain = np.asarray(design.arrays["benchmark_domain"])[
        np.asarray(design.arrays["pair_benchmark"])[np.asarray(design.arrays["cell_pair"])]
    ]
    of_training = np.unique(domain[np.asarray(design.arrays["trained_cell"])])
    told = dict(zip(DOMAIN_EFFECTS, np.asarray(design.arrays["domain_told"]), strict=True))
    np.testing.assert_array_equal(np.flatnonzero(told["ceiling"]), of_training)
    np.testing.assert_array_equal(told["ceiling"], told["rate"])
    assert set(np.flatnonzero(told["inference"])) <= set(domain[design.arrays["inferred_cell"]])
    assert told["inference"].max() > 0.5
