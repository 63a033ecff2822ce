"""What the model's graph says of a cell beside pair effects and shock, against its own likelihood."""

import numpy as np
import pytest

from leakbound.model.attempts import (
    ATTEMPTS,
    Ranks,
    add_numpy,
    order_statistic_log_density,
)
from leakbound.model.cell_draws import cell_draws_of
from leakbound.model.design import design_of
from leakbound.model.effects import named_draws, traced, unnamed
from leakbound.priors import read_specification


def drawn(design, specification, draws):
    """Return draws from the prior: what the sampler traces, and the shocks."""
    import pymc as pm

    from leakbound.model.build import build

    model = build(design, specification)
    names = [*traced(specification), "shock_z"]
    values = pm.draw(
        [model[name] for name in names], draws=draws, random_seed=4, mode="FAST_COMPILE"
    )
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("name", ["default", "power-accelerating-gumbel"])
def test_with_its_own_effects_and_shocks_a_cell_has_the_likelihood_of_the_model(small, name):
    specification = read_specification(name)
    design = design_of(small, specification)
    values = drawn(design, specification, 4)
    shocks = values.pop("shock_z")
    draws = {
        k: v[0]
        for k, v in named_draws({k: v[None] for k, v in values.items()}, specification).items()
    }
    found = cell_draws_of(design, specification, draws)
    arrays, family = design.arrays, ATTEMPTS[specification.attempts]
    slot = arrays["pair_slot"][arrays["cell_pair"]]
    shock = arrays["cell_shock"]
    assert (slot < 0).any()
    assert (shock >= 0).any()
    ranks = Ranks(
        arrays["entry_exact"], arrays["entry_below"], arrays["entry_above"], arrays["inner_index"],
        arrays["inner_count"], arrays["entry_constant"],
    )  # fmt: skip
    for i in range(4):
        own = np.append(draws["pair_effect"][i], 0.0)[slot]
        scaled = np.append(arrays["seen_scaled"] * draws["scale_pair_effect"][i], 0.0)[slot]
        scale = np.exp(found.log_scale[i] + scaled)
        moved = found.shock_share[i] * scale
        place = found.location[i] + own + moved * np.append(shocks[i], 0.0)[shock]
        left = found.left_out[i] + np.where(shock < 0, moved**2, 0.0)
        of = np.sqrt(scale**2 + left / family.sd**2)
        at = arrays["entry_cell"]
        entry = order_statistic_log_density(
            family, arrays["entry_gain"], place[at], of[at], ranks, np, add_numpy
        )
        cells = np.bincount(at, entry, design.sizes.cell)
        np.testing.assert_allclose(cells, values["log_likelihood_cell"][i], rtol=1e-9, atol=1e-9)
    seen = design.arrays["seen_pair"]
    error = arrays["pair_error"][seen]
    of_benchmark = draws["pair_spread_by"][:, arrays["pair_benchmark"][seen]]
    nameless = arrays["pair_lineage"][seen] < 0
    assert nameless.any()
    assert not nameless.all()
    in_oom = arrays["benchmark_in_oom"][arrays["pair_benchmark"][seen]] > 0
    response = np.where(in_oom, 1.0, draws["response_by"][:, arrays["pair_benchmark"][seen]])
    of_lineage = np.where(nameless, response * draws["lineage_spread"][:, None], 0.0)
    np.testing.assert_allclose(found.spread**2, of_benchmark**2 + error**2 + of_lineage**2)
    told = slot >= 0
    of_cell = np.broadcast_to(arrays["cell_error"] ** 2, found.left_out.shape)
    np.testing.assert_allclose(found.left_out[:, told], of_cell[:, told])
    assert (found.left_out[:, ~told] > of_cell[:, ~told]).all()


@pytest.mark.parametrize("name", ["default", "power-linear-logistic", "saturating-linear-gumbel"])
def test_what_the_sampler_traces_comes_back_from_named_draws(small, name):
    specification = read_specification(name)
    design = design_of(small, specification)
    values = drawn(design, specification, 3)
    draws = named_draws({k: v[None] for k, v in values.items() if k != "shock_z"}, specification)
    named = {k: v[0] for k, v in draws.items()}
    named["walk"] = named["walk"][:, :-1]
    found = unnamed(named, design.sizes.era, specification)
    assert sorted(found) == sorted(traced(specification, likelihood=False))
    for key, value in found.items():
        np.testing.assert_allclose(value, values[key], rtol=1e-12, atol=1e-12)
