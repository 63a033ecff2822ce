import numpy as np
import pandas as pd
import pytest

from leakbound.model.design import design_of
from leakbound.model.effects import BENCHMARK_EFFECTS, DOMAIN_EFFECTS
from leakbound.model.told import SEEN_ATTEMPTS, informed, told_by_scatter
from leakbound.priors import read_specification


@pytest.fixture(scope="module", params=["default", "saturating-linear-gumbel"])
def design(evidence, request):
    return design_of(evidence, read_specification(request.param))


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


def test_trained_pairs_of_several_attempts_are_centred_by_scatter_their_scales_at_unknown_effort():
    seen = pd.DataFrame({
        "attempts": [10.0, 10.0, 10.0, 2.0],
        "trained": [True, True, False, True],
        "known_effort": [False, True, False, False],
        "exact": [True, True, True, True],
        "cells": [3, 10, 10, 2],
        "mean_gain": [0.4, 0.2, 0.3, 0.1],
    })  # fmt: skip
    found = told_by_scatter(seen, np.array([[0.6, 0.6, 0.9, 0.3], [0.3, 0.3, 0.3, 0.0]]))
    np.testing.assert_array_equal(found["seen_scattered"], [1.0, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(found["seen_gain"], [0.4, 0.2, 0.0, 0.0])
    np.testing.assert_allclose(found["seen_left"], [0.6, 0.25, 0.25, 1.25])
    np.testing.assert_allclose(found["seen_told"][0], [0.6, 0.6, 0.9, 0.3])
    np.testing.assert_allclose(found["seen_told"][1], [10.0 / 12.0, 0.3, 0.3, 0.0])


def test_scores_that_are_only_known_to_be_exceeded_tell_no_location():
    seen = pd.DataFrame({
        "attempts": [10.0, 10.0], "trained": [True, True], "cells": [1.0, 1.0],
        "mean_gain": [0.4, 0.4], "known_effort": [False, False], "exact": [True, False],
    })  # fmt: skip
    found = told_by_scatter(seen, np.array([[0.6, 0.6], [0.3, 0.3]]))
    np.testing.assert_array_equal(found["seen_scattered"], [1.0, 0.0])
    np.testing.assert_allclose(found["seen_told"], [[0.6, 0.0], [10.0 / 12.0, 0.3]])


def test_the_scatter_of_attempts_centres_pairs_under_gumbel_attempts_alone(evidence, specification):
    gumbel = design_of(evidence, read_specification("saturating-linear-gumbel"))
    assert "seen_scattered" not in design_of(evidence, specification).arrays
    pairs = gumbel.pairs[gumbel.pairs["slot"] >= 0]
    at = np.asarray(gumbel.arrays["cell_pair"])
    expected = pairs["trained"] & (pairs["attempts"] >= SEEN_ATTEMPTS)
    scattered = np.asarray(gumbel.arrays["seen_scattered"])
    exact = np.asarray(gumbel.arrays["entry_exact"])[
        np.unique(gumbel.arrays["entry_cell"], return_index=True)[1]
    ]
    expected &= np.bincount(at, exact)[pairs.index] > 0
    np.testing.assert_array_equal(scattered > 0, expected)
    assert 0 < scattered.sum() < len(scattered)
    cells = np.bincount(at)[pairs.index]
    left = 1.5 / cells + 1.0 / pairs["attempts"]
    np.testing.assert_allclose(gumbel.arrays["seen_left"], left, rtol=1e-8)


def test_raw_bases_tell_the_gap_of_their_benchmark_where_pairs_are_centred_by_scatter(evidence):
    gumbel = design_of(evidence, read_specification("saturating-linear-gumbel"))
    told = np.asarray(gumbel.arrays["benchmark_told"])[BENCHMARK_EFFECTS.index("gap")]
    seen = gumbel.pairs[(gumbel.pairs["slot"] >= 0) & gumbel.pairs["trained"]]
    raw = seen[seen["log_spent"].isna()].groupby("benchmark").size()
    in_oom = np.asarray(gumbel.arrays["benchmark_in_oom"]) > 0
    n = raw.reindex(list(gumbel.benchmarks)).fillna(0.0).to_numpy()
    np.testing.assert_allclose(told, np.where(in_oom, 0.0, n / (n + 0.15)), rtol=1e-8)
    assert 0 < np.count_nonzero(told) < len(told)
