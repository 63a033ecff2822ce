"""The model's density and gradient have the same bits on every x86-64 processor with AVX2.

Draws follow from these bits, and the bytes of a verdict from the draws. Run this file to write the
digests anew after a change of the model.
"""

import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from leakbound.chains import X86_64, compile_model
from leakbound.evidence.table import load_evidence
from leakbound.fit import model_version, versions
from leakbound.model.design import design_of
from leakbound.priors import read_specification

STORED = Path(__file__).parents[1] / "data/same-bits.json"
MODELS = (
    "default", "saturating-linear-gumbel", "saturating-linear-student-t", "power-linear-logistic",
)  # fmt: skip
POINTS = 20


@cache
def evidence():
    """Return the sample report's evidence."""
    return load_evidence(until=date(2024, 12, 26))


def digest_of(design):
    """Return SHA-256 of the arrays of a design."""
    found = hashlib.sha256()
    for name in sorted(design.arrays):
        found.update(np.ascontiguousarray(design.arrays[name]).tobytes())
    return found.hexdigest()


def digests():
    """Return SHA-256 of the design, and per model of densities and gradients at random points."""
    found = {}
    for model in MODELS:
        specification = read_specification(model)
        design = design_of(evidence(), specification)
        of_gradients = hashlib.sha256()
        compiled = compile_model(design, specification)
        density, shared = compiled._make_logp_func(), getattr(compiled, "_shared_data", {})
        rng = np.random.default_rng(25)
        for _ in range(POINTS):
            value, gradient = density(0.3 * rng.uniform(-1.0, 1.0, compiled.n_dim), **shared)
            assert np.isfinite(value)
            assert np.isfinite(gradient).all()
            of_gradients.update(np.float64(value).tobytes() + gradient.tobytes())
        found[model] = {"design": digest_of(design), "gradients": of_gradients.hexdigest()}
    return found


def default_design():
    """Return the digest of the default model's design."""
    return digest_of(design_of(evidence(), read_specification("default")))


def made_by():
    """Return what the bits may depend on: versions of the models and of the packages."""
    return {
        **versions(),
        "model": {name: model_version(read_specification(name)) for name in MODELS},
    }


@pytest.mark.slow
def test_this_processor_computes_the_stored_bits():
    if not X86_64:
        pytest.skip("the digests are of x86-64")
    stored = json.loads(STORED.read_text())
    if stored["versions"] != made_by():
        pytest.skip("the digests are of other versions of packages or model; run this file")
    assert digests() == stored["digests"]


def other_processors():
    """Return settings under which NumPy and OpenBLAS compute as on other processors."""
    from numpy._core import _multiarray_umath as built

    features = built.__cpu_features__
    found = [name for name in built.__cpu_dispatch__ if features[name]]
    blas = {"BLAS, AVX": "Sandybridge", "BLAS, AVX2": "Zen"}
    if features.get("AVX512_SKX") or features.get("X86_V4"):
        blas["BLAS, AVX-512"] = "SkylakeX"
    return [
        pytest.param({"NPY_DISABLE_CPU_FEATURES": " ".join(found)}, id="NumPy, plain"),
        *(pytest.param({"OPENBLAS_CORETYPE": kind}, id=name) for name, kind in blas.items()),
    ]


@pytest.mark.slow
@pytest.mark.skipif(not X86_64, reason="the settings are of x86-64")
@pytest.mark.parametrize("setting", other_processors())
def test_the_design_is_what_other_processors_compute(setting):
    found = subprocess.run(
        [sys.executable, str(Path(__file__)), "design"],
        env={**os.environ, **setting},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == default_design()


if __name__ == "__main__":
    if sys.argv[1:] == ["design"]:
        sys.stdout.write(default_design())
    else:
        told = {"versions": made_by(), "digests": digests()}
        STORED.write_text(json.dumps(told, indent=1) + "\n")
