"""How long one step of the sampler takes: log density and gradient, in a process that does only this.

Usage: python benchmarks/step.py [MODEL] [--until DATE]
Prints microseconds, the least of 20 times 200 calls. An allocator can be tried with LD_PRELOAD: a step
asks for hundreds of small buffers.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time

import numpy as np

from leakbound.chains import PROCESSES, compile_model
from leakbound.evidence.table import load_evidence
from leakbound.model.design import design_of
from leakbound.priors import read_specification
from leakbound.workers import keep_to_own_cores

CALLS, TIMES = 200, 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="default")
    parser.add_argument("--until", type=dt.date.fromisoformat, help="evidence before that day")
    asked = parser.parse_args()
    keep_to_own_cores(0, PROCESSES)
    evidence, specification = load_evidence(until=asked.until), read_specification(asked.model)
    compiled = compile_model(design_of(evidence, specification), specification)
    density, x = compiled._make_logp_func(), np.zeros(compiled.n_dim)
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        for _ in range(CALLS):
            density(x)
        taken.append((time.perf_counter() - start) / CALLS)
    print(f"{asked.model}: {1e6 * min(taken):.0f} us a step in {compiled.n_dim} dims")


if __name__ == "__main__":
    main()
