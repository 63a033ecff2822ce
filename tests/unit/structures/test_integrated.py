"""Effects of pairs and shocks integrated out, against sums over fine grids of everything."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from leakbound.model.attempts import ATTEMPTS, Ranks, add_numpy, order_statistic_log_density
from leakbound.model.cell_draws import CellDraws
from leakbound.model.design import design_of
from leakbound.model.told import SEEN_ATTEMPTS
from leakbound.priors import read_specification
from leakbound.structures.cell_groups import groups_of, padded
from leakbound.structures.integrated import Nodes, integrated_log_likelihood

DRAWS = 12
FINE = Nodes(61, 41, 61)


@pytest.fixture(scope="module")
def design(small):
    return design_of(small, read_specification())


@pytest.fixture(scope="module")
def drawn(design):
    """Locations off what was seen by .2 in every cell, which is farther than a posterior is."""
    rng = np.random.default_rng(2)
    cells, seen = design.sizes.cell, design.sizes.seen
    entry_cell = design.arrays["entry_cell"]
    mean = np.bincount(entry_cell, design.arrays["entry_gain"], cells) / np.bincount(entry_cell)
    return CellDraws(
        location=mean + 0.2 * rng.standard_normal((DRAWS, cells)),
        log_scale=np.full((DRAWS, cells), np.log(0.12)) + rng.normal(0.0, 0.1, (DRAWS, 1)),
        left_out=0.02 * rng.random((DRAWS, cells)),
        spread=0.2 + 0.2 * rng.random((DRAWS, seen)),
        scale_spread=rng.uniform(0.5, 0.8, (DRAWS, 1)),
        shock_share=rng.uniform(0.5, 0.9, (DRAWS, 1)),
    )


@pytest.fixture(scope="module")
def own(design):
    rng = np.random.default_rng(3)
    shape = (DRAWS, design.sizes.seen)
    return {
        "pair_effect": 0.05 * rng.standard_normal(shape),
        "scale_pair_effect": 0.2 * rng.standard_normal(shape),
    }


def density(design, family, cell, location, scale):
    """Return the log density of one cell at locations and scales of one shape."""
    arrays = design.arrays
    mine = np.flatnonzero(arrays["entry_cell"] == cell)
    inner = [j for j in range(len(mine)) if mine[j] in arrays["inner_index"]]
    count = [arrays["inner_count"][list(arrays["inner_index"]).index(mine[j])] for j in inner]
    flat, of = np.ravel(location), np.ravel(scale)

    def column(name):
        return np.asarray(arrays[f"entry_{name}"], dtype=float)[mine][:, None]

    ranks = Ranks(
        column("exact"), column("below"), column("above"), np.array(inner, dtype=int),
        np.array(count, dtype=float)[:, None], column("constant"),
    )  # fmt: skip
    places = np.broadcast_to(flat, (len(mine), len(flat)))
    scales = np.broadcast_to(of, places.shape)
    entry = order_statistic_log_density(
        family, column("gain"), places, scales, ranks, np, add_numpy
    )
    return entry.sum(axis=0).reshape(location.shape)


def over_a_grid(design, family, drawn, draw, pair):
    """Return each of a pair's cells' log density given the others: sums over evenly spaced nodes."""
    arrays = design.arrays
    slot = arrays["pair_slot"][pair]
    cells = np.flatnonzero(arrays["cell_pair"] == pair)
    z = np.linspace(-7.0, 7.0, 201)
    effect = drawn.spread[draw, slot] * z
    wider = np.linspace(-6.0, 6.0, 41) if arrays["seen_scaled"][slot] else np.zeros(1)
    mass = stats.norm.logpdf(z)[:, None] + np.log(z[1] - z[0])
    if len(wider) > 1:
        mass = mass + stats.norm.logpdf(wider) + np.log(wider[1] - wider[0])
    share = drawn.shock_share[draw, 0]
    u = np.linspace(-6.0, 6.0, 61)
    found = []
    for cell in cells:
        own = np.exp(drawn.log_scale[draw, cell] + drawn.scale_spread[draw, 0] * wider)[None, :]
        place = (drawn.location[draw, cell] + effect)[:, None] + 0.0 * own
        left = drawn.left_out[draw, cell] + 0.0 * place
        if arrays["cell_shock"][cell] < 0:
            scale = np.sqrt(own**2 + (left + (share * own) ** 2) / family.sd**2)
            found.append(density(design, family, cell, place, scale))
            continue
        scale = np.sqrt(own**2 + left / family.sd**2)
        moved = [density(design, family, cell, place + share * own * v, scale) for v in u]
        weight = (stats.norm.logpdf(u) + np.log(u[1] - u[0]))[:, None, None]
        found.append(logsumexp(np.array(moved) + weight, axis=0))
    total = np.sum(found, axis=0) + mass
    return cells, np.array([logsumexp(total) - logsumexp(total - one) for one in found])


def some_pairs(design):
    """Return a pair of each kind: shocks in none, one or more of its cells, with a scale or not."""
    arrays = design.arrays
    kinds = {}
    for slot, pair in enumerate(arrays["seen_pair"]):
        cells = arrays["cell_pair"] == pair
        shocks = int((arrays["cell_shock"][cells] >= 0).sum())
        kind = (min(int(cells.sum()), 2), min(shocks, 2), int(arrays["seen_scaled"][slot]))
        kinds.setdefault(kind, pair)
    return kinds


@pytest.mark.parametrize("attempts", sorted(ATTEMPTS))
def test_quadrature_is_the_sum_over_a_fine_grid(design, drawn, own, attempts):
    family = ATTEMPTS[attempts]
    found = integrated_log_likelihood(design, attempts, drawn, own, FINE)
    kinds = some_pairs(design)
    assert len(kinds) >= 3
    assert any(shocks for _, shocks, _ in kinds)
    for pair in kinds.values():
        cells, expected = over_a_grid(design, family, drawn, 0, pair)
        np.testing.assert_allclose(found[0, cells], expected, atol=1e-3)


def test_a_cell_of_a_pair_without_an_effect_has_its_own_density(design, drawn, own):
    family = ATTEMPTS["logistic"]
    found = integrated_log_likelihood(design, "logistic", drawn, own)
    slot = design.arrays["pair_slot"][design.arrays["cell_pair"]]
    for cell in np.flatnonzero(slot < 0)[:10]:
        scale = np.exp(drawn.log_scale[0, cell])
        left = drawn.left_out[0, cell] + (drawn.shock_share[0, 0] * scale) ** 2
        of = np.sqrt(scale**2 + left / family.sd**2)
        expected = density(design, family, cell, drawn.location[0, [cell]], of)
        assert found[0, cell] == pytest.approx(float(expected[0]), abs=1e-9)


def test_single_attempts_alone_need_no_shocks(small):
    """No cell has a shock then; a group without cells is no trouble."""
    rows = small.rows
    few = replace(small, rows=rows[rows["attempts"] < SEEN_ATTEMPTS].reset_index(drop=True))
    design = design_of(few, read_specification())
    assert design.sizes.shock == 0
    assert design.sizes.seen > 0
    rng = np.random.default_rng(5)
    shape, seen = (3, design.sizes.cell), (3, design.sizes.seen)
    drawn = CellDraws(
        location=rng.normal(0.3, 0.2, shape), log_scale=np.full(shape, -2.0),
        left_out=np.full(shape, 0.01), spread=np.full(seen, 0.3),
        scale_spread=np.full((3, 1), 0.7), shock_share=np.full((3, 1), 0.8),
    )  # fmt: skip
    own = {name: rng.normal(0.0, 0.1, seen) for name in ("pair_effect", "scale_pair_effect")}
    found = integrated_log_likelihood(design, "logistic", drawn, own)
    assert np.isfinite(found).all()
    pair = int(design.arrays["seen_pair"][0])
    cells, expected = over_a_grid(design, ATTEMPTS["logistic"], drawn, 0, pair)
    np.testing.assert_allclose(found[0, cells], expected, atol=5e-3)


def test_more_nodes_change_little_and_where_they_lie_nothing(design, drawn, own):
    found = integrated_log_likelihood(design, "logistic", drawn, own)
    finer = integrated_log_likelihood(design, "logistic", drawn, own, FINE)
    error = np.abs(finer - found)
    assert error.mean() < 2e-3
    assert np.quantile(error, 0.99) < 0.05
    other = {name: 2.0 * values - 0.1 for name, values in own.items()}
    moved = integrated_log_likelihood(design, "logistic", drawn, other, FINE)
    assert 0.0 < np.abs(moved - finer).mean() < 2e-4
    assert np.quantile(np.abs(moved - finer), 0.99) < 5e-3


def test_every_cell_is_in_one_group_and_its_entries_with_it(design):
    groups = groups_of(design)
    parts = (groups.plain, groups.shocked, groups.alone)
    cells = np.concatenate([group.cell for group in parts])
    assert sorted(cells) == list(range(design.sizes.cell))
    assert sum(len(group.entry_cell) for group in parts) == design.sizes.entry
    for group in parts:
        for place, cell in enumerate(group.cell):
            mine = np.flatnonzero(design.arrays["entry_cell"] == cell)
            listed = group.entries[:, place]
            listed = listed[listed >= 0]
            np.testing.assert_array_equal(group.gain[listed, 0], design.arrays["entry_gain"][mine])
    inner = sum(len(group.ranks.inner_index) for group in parts)
    assert inner == len(design.arrays["inner_index"])


def test_members_are_padded_with_minus_one():
    found = padded(np.array([2, 0, 2, 2]), 4)
    assert found.tolist() == [[1, -1, 0, -1], [-1, -1, 2, -1], [-1, -1, 3, -1]]
    assert (found >= 0).sum(axis=0).tolist() == [1, 0, 3, 0]
