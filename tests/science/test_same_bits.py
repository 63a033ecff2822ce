"""The model's density and gradient have the same bits on every x86-64 processor with AVX2.

Draws follow from these bits, and the bytes of a verdict from the draws. Run this file to write the
digests anew after a change of the model.
"""

import hashlib
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from leakbound.chains import X86_64, compile_model
from leakbound.evidence.table import load_evidence
from leakbound.fit import MODEL_VERSION, versions
from leakbound.model.design import design_of
from leakbound.priors import read_specification

STORED = Path(__file__).parents[1] / "data/same-bits.json"
MODELS = ("default", "saturating-linear-gumbel", "saturating-linear-student-t")
POINTS = 20


def digests():
    """Return SHA-256 of the design, and per model of densities and gradients at random points."""
    evidence = load_evidence(until=date(2024, 12, 26))
    found = {}
    for model in MODELS:
        specification = read_specification(model)
        design = design_of(evidence, specification)
        of_design, of_gradients = hashlib.sha256(), hashlib.sha256()
        for name in sorted(design.arrays):
            of_design.update(np.ascontiguousarray(design.arrays[name]).tobytes())
        compiled = compile_model(design, specification)
        density, shared = compiled._make_logp_func(), getattr(compiled, "_shared_data", {})
        rng = np.random.default_rng(25)
        for _ in range(POINTS):
            value, gradient = density(0.3 * rng.uniform(-1.0, 1.0, compiled.n_dim), **shared)
            assert np.isfinite(value)
            assert np.isfinite(gradient).all()
            of_gradients.update(np.float64(value).tobytes() + gradient.tobytes())
        found[model] = {"design": of_design.hexdigest(), "gradients": of_gradients.hexdigest()}
    return found


def made_by():
    """Return what the bits may depend on: versions of the model and of the packages."""
    return {**versions(), "model": MODEL_VERSION}


@pytest.mark.slow
def test_this_processor_computes_the_stored_bits():
    if not X86_64:
        pytest.skip("the digests are of x86-64")
    stored = json.loads(STORED.read_text())
    if stored["versions"] != made_by():
        pytest.skip("the digests are of other versions of packages or model; run this file")
    assert digests() == stored["digests"]


if __name__ == "__main__":
    STORED.write_text(json.dumps({"versions": made_by(), "digests": digests()}, indent=1) + "\n")
