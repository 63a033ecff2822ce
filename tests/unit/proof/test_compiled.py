"""What the model of many simulations is compiled from, and what its draws say of the effects."""

from types import SimpleNamespace

import numpy as np
import pytensor
import pytest
from pymc.model.transform.optimization import freeze_dims_and_data

from leakbound.model.build import build
from leakbound.model.effects import traced
from leakbound.proof import compiled
from leakbound.proof.compiled import (
    SWAPPED,
    Swappable,
    compile_swappable,
    draws_of,
    effects_of,
    in_halves,
    swapped,
)

DRAWS = (2, 3)


@pytest.fixture(scope="module")
def model(template, specification):
    constant = [name for name in template.design.arrays if name not in SWAPPED]
    return freeze_dims_and_data(build(template.design, specification), data=constant)


@pytest.fixture
def sampled(model):
    rng = np.random.default_rng(1)
    return {
        v.name: 0.3 * rng.standard_normal((*DRAWS, *v.type.shape)) for v in model.value_vars
    }  # fmt: skip


def test_kernels_are_not_read_from_disk_and_trace_what_is_sampled_alone(
    monkeypatch, template, specification
):
    seen = []

    def compile_pymc_model(model, *, backend, var_names, **_):
        seen.append((backend, pytensor.config.numba__cache, var_names))
        return model

    monkeypatch.setattr("nutpie.compile_pymc_model", compile_pymc_model)
    with pytensor.config.change_flags(numba__cache=True):
        compile_swappable(template.design, specification)
    assert seen == [("numba", False, [])]


def test_effects_of_all_draws_are_those_of_each(model, sampled, specification):
    names = traced(specification, likelihood=False)
    found = effects_of(model, names)(sampled)
    one = model.compile_fn(
        model.replace_rvs_by_values([model[name] for name in names]),
        inputs=model.value_vars, point_fn=False, on_unused_input="ignore",
    )  # fmt: skip
    assert list(found) == names
    for chain, draw in np.ndindex(DRAWS):
        alone = one(*(sampled[v.name][chain, draw] for v in model.value_vars))
        for name, values in zip(names, alone, strict=True):
            np.testing.assert_allclose(found[name][chain, draw], values, rtol=1e-12, err_msg=name)


def test_effects_that_depend_on_exchangeable_data_are_refused(template, specification):
    free = build(template.design, specification)
    with pytest.raises(ValueError, match=r"for all data, but depend on .*lineage_told"):
        effects_of(free, ["lineage_effects"])


def test_only_exchangeable_arrays_are_exchanged(template):
    density = SimpleNamespace(with_data=lambda **data: data)
    found = swapped(Swappable(density, dict), template.design.arrays)
    assert set(found.density) == set(SWAPPED)
    assert found.effects is dict


def test_draws_have_the_names_of_effects(monkeypatch, specification):
    def raw_chains(density, settings, *, seed, unconstrained):
        assert unconstrained
        return {"x_log__": np.full((1, 4), density + seed)}, np.zeros((1, 4), dtype=bool)

    monkeypatch.setattr(compiled, "raw_chains", raw_chains)
    monkeypatch.setattr(compiled, "named_draws", lambda found, _: found)
    model = Swappable(100.0, lambda found: {"x": 2.0 * found["x_log__"]})
    draws, diverged = draws_of(model, specification, seed=7)
    np.testing.assert_array_equal(draws["x"], np.full((1, 4), 2.0 * 107.0))
    assert diverged.shape == (1, 4)


def test_a_chain_that_is_alone_is_compared_with_itself():
    x, diverged = np.arange(12.0).reshape(1, 6, 2), np.arange(6).reshape(1, 6) > 4
    halves, flags = in_halves(({"x": x}, diverged))
    np.testing.assert_array_equal(halves["x"], x.reshape(2, 3, 2))
    np.testing.assert_array_equal(flags, [[False] * 3, [False, False, True]])
    several = ({"x": np.zeros((2, 6))}, np.zeros((2, 6), dtype=bool))
    assert in_halves(several) is several
