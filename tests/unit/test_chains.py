"""Which draws of a chain are kept, and that a sampling thread stays known to Python."""

import ctypes
import threading
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from leakbound import chains
from leakbound.errors import FitError


@pytest.mark.parametrize(("thin", "kept"), [(1, 7), (3, 3), (7, 1)])
def test_a_kept_draw_stands_for_those_up_to_the_next(monkeypatch, specification, thin, kept):
    values = np.arange(14.0).reshape(2, 7)
    diverging = np.zeros((2, 7), dtype=bool)
    diverging[1, 5] = True
    trace = xr.DataTree.from_dict({
        "posterior": xr.Dataset({"x": (("chain", "draw"), values)}),
        "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), diverging)}),
    })  # fmt: skip
    monkeypatch.setattr("nutpie.sample", lambda *_, **__: trace)
    monkeypatch.setattr("leakbound.model.effects.named_draws", lambda found, _: found)
    sampler = replace(specification.sampler, chains=2, draws=7, thin=thin)
    draws, flags = chains.chains_of(None, replace(specification, sampler=sampler), seed=1)
    np.testing.assert_array_equal(draws["x"], values[:, ::thin])
    assert flags.shape == (2, kept)
    assert flags.sum(axis=1).tolist() == [0, 1]
    assert flags[1, 5 // thin]


def test_variables_are_had_as_they_are_sampled_too(monkeypatch, specification):
    def sample(*_, store_unconstrained, **__):
        groups = {
            "posterior": {"scale": np.ones((1, 2))},
            "sample_stats": {"diverging": np.zeros((1, 2), dtype=bool)},
            "unconstrained_posterior": {"scale_log__": np.zeros((1, 2))},
        }
        kept = {k: v for k, v in groups.items() if store_unconstrained or k[0] != "u"}
        return xr.DataTree.from_dict({
            group: xr.Dataset({name: (("chain", "draw"), x) for name, x in of.items()})
            for group, of in kept.items()
        })  # fmt: skip

    monkeypatch.setattr("nutpie.sample", sample)
    settings = replace(specification.sampler, chains=1, draws=2, thin=1)
    found, _ = chains.raw_chains(None, settings, seed=1)
    assert list(found) == ["scale"]
    found, _ = chains.raw_chains(None, settings, seed=1, unconstrained=True)
    assert list(found) == ["scale", "scale_log__"]


def test_a_sampler_that_gives_up_is_one_line(monkeypatch, specification):
    def gives_up(*_, **__):
        raise RuntimeError("All initialization\npoints failed")

    monkeypatch.setattr("nutpie.sample", gives_up)
    with pytest.raises(FitError, match="the sampler gave up: All initialization points failed"):
        chains.chains_of(None, specification, seed=1)


@dataclass
class Compiled:
    _make_logp_func: Any


def test_a_sampling_thread_is_made_known_once(monkeypatch):
    asked = []
    api = SimpleNamespace(PyGILState_Ensure=lambda: asked.append(threading.get_ident()))
    monkeypatch.setattr(ctypes, "pythonapi", api)
    made = chains._staying(Compiled(lambda: lambda x, **shared: (x, shared)))
    density = made._make_logp_func()
    assert density(2.0, data=1.0) == (2.0, {"data": 1.0})
    density(3.0)
    other = threading.Thread(target=density, args=(4.0,))
    other.start()
    other.join()
    assert len(asked) == 2
    assert len(set(asked)) == 2


def test_xla_is_told_what_the_caller_did_not_tell_it(monkeypatch):
    import jax

    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=SSE4_2 --xla_cpu_ftz=true")
    chains.configure_xla()
    told = chains.os.environ["XLA_FLAGS"].split()
    assert told[:2] == ["--xla_cpu_max_isa=SSE4_2", "--xla_cpu_ftz=true"]
    assert "--xla_cpu_enable_platform_dependent_math=false" in told
    assert sum(flag.startswith("--xla_cpu_max_isa") for flag in told) == 1
    assert jax.config._read("jax_cpu_enable_async_dispatch") is False
    chains.configure_xla()
    assert chains.os.environ["XLA_FLAGS"].split() == told
