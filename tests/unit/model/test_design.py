import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leakbound.errors import InputError
from leakbound.evidence.table import load_evidence
from leakbound.model.design import FIXED_ATTEMPTS, SEEN_PAIRS, _told_apart, design_of
from leakbound.model.told import SEEN_ATTEMPTS


@pytest.fixture(scope="module")
def design(evidence, specification):
    return design_of(evidence, specification)


def test_only_what_was_tried_often_enough_has_an_effect_of_its_own(design):
    pairs = design.pairs
    enough = np.where(pairs["trained"], SEEN_ATTEMPTS, FIXED_ATTEMPTS)
    assert ((pairs["slot"] >= 0) == (pairs["attempts"] >= enough)).all()
    slots = pairs.loc[pairs["slot"] >= 0, "slot"]
    assert sorted(slots) == list(range(design.sizes.seen))
    np.testing.assert_array_equal(design.arrays["seen_pair"], slots.index[np.argsort(slots)])
    attempts = pairs["attempts"].to_numpy()[design.arrays["seen_pair"]]
    np.testing.assert_array_equal(design.arrays["seen_scaled"] > 0, attempts >= SEEN_ATTEMPTS)
    assert set(design.arrays["seen_scaled"]) == {0.0, 1.0}
    seen = pairs[pairs["slot"] >= 0]["base_model"].value_counts()
    assert set(design.lineages) == set(seen.index[seen >= SEEN_PAIRS])
    of = np.asarray(design.arrays["pair_lineage"])
    named = [design.lineages[i] if i >= 0 else "" for i in of]
    expected = [b if b in design.lineages else "" for b in pairs["base_model"]]
    assert named == expected


def test_cells_of_several_attempts_share_a_shock_and_single_ones_do_not(design):
    shock = np.asarray(design.arrays["cell_shock"])
    assert sorted(shock[shock >= 0]) == list(range(design.sizes.shock))
    assert (shock < 0).sum() == design.sizes.cell - design.sizes.shock


def test_each_channel_is_at_work_in_the_cells_that_used_it(design):
    arrays = design.arrays
    nameless, trained = arrays["cell_anonymous"] > 0, arrays["cell_training"] > 0
    np.testing.assert_array_equal(arrays["trained_cell"], np.flatnonzero(trained & ~nameless))
    inferred = np.flatnonzero(arrays["cell_inference"] > 0)
    np.testing.assert_array_equal(arrays["inferred_cell"], inferred)
    assert len(inferred)
    assert len(arrays["trained_cell"])


def test_the_shares_of_a_pairs_cells_add_up_to_one(design):
    total = np.bincount(design.arrays["cell_pair"], design.arrays["cell_share"])
    np.testing.assert_allclose(total, 1.0)


def test_the_usual_base_of_a_benchmark_is_the_mean_of_its_pairs_with_effects(design):
    seen = design.pairs[design.pairs["slot"] >= 0]
    years = (seen["base_released"] - design.pairs["base_released"].max()).dt.days / 365.25
    for name, values in (("vintage", years), ("own", seen["own"]), ("ability", seen["ability"])):
        found = dict(zip(design.benchmarks, design.arrays[f"benchmark_{name}"], strict=True))
        means = values.groupby(seen["benchmark"]).mean()
        for benchmark, mean in means.items():
            assert found[benchmark] == pytest.approx(mean, abs=1e-9)
        assert not any(found[key] for key in set(design.benchmarks) - set(means.index))
    shares = np.asarray(design.arrays["era_share"])
    assert shares.shape == (len(design.benchmarks), design.sizes.era)
    told = np.isin(design.benchmarks, seen["benchmark"].unique())
    np.testing.assert_allclose(shares.sum(axis=1), told.astype(float))


def test_known_efforts_are_averaged_by_the_domains_that_have_some(design):
    cells = np.asarray(design.arrays["trained_cell"])
    cells = cells[np.asarray(design.arrays["cell_known"])[cells] > 0.0]
    pair = np.asarray(design.arrays["cell_pair"])[cells]
    of_benchmark = np.asarray(design.arrays["benchmark_domain"])
    domain = of_benchmark[np.asarray(design.arrays["pair_benchmark"])[pair]]
    known = np.asarray(design.arrays["domain_known"])
    np.testing.assert_array_equal(np.flatnonzero(known), np.unique(domain))
    assert 0 < known.sum() < len(known)
    for name in ("compute", "lag"):
        found = np.asarray(design.arrays[f"domain_{name}"])
        values = np.asarray(design.arrays[f"cell_{name}"])[cells]
        for d, mean in enumerate(found):
            expected = values[domain == d].mean() if known[d] else 0.0
            assert mean == pytest.approx(expected, abs=1e-8)


def test_evidence_without_any_attempt_is_refused(evidence, specification):
    with pytest.raises(InputError, match="must hold at least one attempt"):
        design_of(load_evidence(until=dt.date(2019, 1, 1)), specification)


def test_a_cell_whose_best_lost_a_logit_only_says_so(evidence, specification):
    rows = evidence.rows.copy()
    of_cell = rows["cell"].fillna("").astype(str)
    cell = of_cell[(rows["attempts"] > 5) & (rows["benchmark"] == "mmlu-pro")].iloc[0]
    mine = of_cell == cell
    rows.loc[mine, "score"] = np.linspace(0.0, 0.02, mine.sum())
    n = int(rows.loc[mine, "attempts"].iloc[0])
    before = design_of(evidence, specification)
    after = design_of(replace(evidence, rows=rows), specification)
    assert after.sizes.entry == before.sizes.entry - (mine.sum() - 1)
    failed = np.flatnonzero(
        (np.asarray(after.arrays["entry_exact"]) == 0) & (np.asarray(after.arrays["entry_below"]) == n)
        & (np.asarray(after.arrays["entry_gain"]) == -1.0)
    )  # fmt: skip
    was = (np.asarray(before.arrays["entry_below"]) == n) & (before.arrays["entry_exact"] == 0)
    assert len(failed) == 1 + int(was.sum())


def test_two_prompts_tell_a_pairs_effect_and_two_fine_tunes_do_not():
    pairs = pd.DataFrame({"base_model": ["prompted", "tuned", "both", "often"]})
    cells = pd.DataFrame({
        "pair": [0, 0, 1, 1, 2, 2, 3],
        "channel": ["inference", "none", "training", "training", "training", "inference", "training"],
        "attempts": [1, 1, 1, 1, 1, 1, 3],
    })  # fmt: skip
    told, lineages = _told_apart(pairs, cells)
    assert told["slot"].tolist() == [0, -1, -1, 1]
    assert told["trained"].tolist() == [False, True, True, True]
    assert lineages == ()
