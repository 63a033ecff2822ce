"""What the model of many simulations is compiled from: no kernel of an earlier compilation."""

import pytensor

from leakbound.proof.compiled import compile_swappable


def test_kernels_are_not_read_from_disk(monkeypatch, template, specification):
    seen = []

    def compiled(model, *, backend, **_):
        seen.append((backend, pytensor.config.numba__cache))
        return model

    monkeypatch.setattr("nutpie.compile_pymc_model", compiled)
    with pytensor.config.change_flags(numba__cache=True):
        compile_swappable(template.design, specification)
    assert seen == [("numba", False)]
