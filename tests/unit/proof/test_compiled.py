"""What the model of many simulations is compiled from: no kernel of an earlier compilation."""

import pytensor

from leakbound.parameters import LIKELIHOOD
from leakbound.proof.compiled import compile_swappable


def test_kernels_are_not_read_from_disk_and_likelihoods_not_kept(
    monkeypatch, template, specification
):
    seen = []

    def compiled(model, *, backend, var_names, **_):
        seen.append((backend, pytensor.config.numba__cache, LIKELIHOOD in var_names))
        return model

    monkeypatch.setattr("nutpie.compile_pymc_model", compiled)
    with pytensor.config.change_flags(numba__cache=True):
        compile_swappable(template.design, specification)
    assert seen == [("numba", False, False)]
