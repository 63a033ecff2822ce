from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from leakbound.evidence.table import prepare
from leakbound.predictive import predictive_quantiles

LEVELS = (0.05, 0.5, 0.95, 0.99)


@pytest.fixture(scope="module")
def rows(evidence, posterior):
    prepared = prepare(evidence.rows, evidence.registry)
    pairs = posterior.pairs[posterior.pairs["slot"] >= 0]
    known = prepared["base_model"].isin(pairs.loc[pairs["benchmark"] == "math-lvl5", "base_model"])
    here = (prepared["attempts"] > 0) & (prepared["benchmark"] == "math-lvl5")
    attempts = prepared[here & known & (prepared["channel"] == "training")]
    return attempts.head(6).reset_index(drop=True)


@pytest.fixture
def quantiles(posterior, specification, evidence):
    def of(rows, levels=LEVELS, draws=posterior):
        return predictive_quantiles(draws, specification, evidence.registry, rows, levels)

    return of


def test_quantiles_rise_with_their_level_and_are_finite(quantiles, rows):
    found = quantiles(rows)
    assert found.shape == (6, 4)
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=1) > 0.0).all()


def test_scores_are_not_looked_at(quantiles, rows):
    blind = rows.assign(score=np.nan, gain=np.nan, z=np.nan)
    np.testing.assert_array_equal(quantiles(blind), quantiles(rows))


def test_rows_do_not_depend_on_their_order_or_company(quantiles, rows):
    one_each = rows.drop_duplicates(["base_model", "base_score"]).head(3)
    alone = np.vstack([quantiles(one_each.iloc[[i]]) for i in range(len(one_each))])
    together = quantiles(one_each)
    backwards = quantiles(one_each.iloc[::-1])[::-1]
    np.testing.assert_allclose(together, backwards, atol=0.25)
    np.testing.assert_allclose(together, alone, atol=0.25)


def single(rows, attempts, rank):
    return rows.iloc[[0]].assign(attempts=attempts, rank=rank)


def test_the_best_of_more_attempts_is_higher_and_ranks_are_ordered(quantiles, rows):
    best = [quantiles(single(rows, n, n))[0, 2] for n in (1, 10, 100)]
    assert best == sorted(best)
    ranks = [quantiles(single(rows, 40, rank))[0, 1] for rank in (1, 20, 30, 40)]
    assert ranks == sorted(ranks)
    assert ranks[-1] - ranks[0] > 0.1


@pytest.mark.parametrize(("attempts", "rank"), [(1, 1), (40, 40), (40, 30)])
def test_one_known_draw_gives_the_order_statistic_s_own_quantiles(
    quantiles, rows, posterior, attempts, rank
):
    fixed = {
        name: np.repeat(v[:1], posterior.samples, axis=0) for name, v in posterior.draws.items()
    }
    fixed["shock_share"] = np.zeros(posterior.samples)
    found = quantiles(single(rows, attempts, rank), draws=replace(posterior, draws=fixed))[0]
    p = stats.beta(rank, attempts - rank + 1).ppf(LEVELS)
    shape = stats.logistic.ppf(p)
    steps = np.diff(found) / np.diff(shape)
    assert steps == pytest.approx(steps[0], rel=0.08)


def test_several_bases_keep_to_their_rows(quantiles, rows):
    low = rows.iloc[[0]]
    z = float(low["z_base"].iloc[0]) + 1.0
    high = low.assign(base_model="another/base", base_score=0.7, z_base=z)
    both = quantiles(pd.concat([low, high], ignore_index=True))
    assert both[1, 1] > both[0, 1]
