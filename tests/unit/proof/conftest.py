import numpy as np
import pytest

from leakbound.proof.task import LEVELS, Simulation, calibration_task

QUESTIONS = ("known base", "new base", "new domain")


def task_of(variant, specification, cache):
    from leakbound.evidence.table import load_evidence

    return calibration_task(load_evidence(), specification, variant=variant, seed=1, cache=cache)


@pytest.fixture
def task(specification, tmp_path):
    return task_of("prior", specification, tmp_path)


def made_up(index, *, shift=0.0, twice=False, converged=True):
    rng = np.random.default_rng(index)
    u = rng.random(2 + len(QUESTIONS)) ** (1.0 + shift)
    return Simulation(
        index=index,
        ranks={"gap": int(u[0] * 50), "rate": int(rng.integers(0, LEVELS + 1))},
        below=dict(zip(QUESTIONS, map(float, u[2:]), strict=True)),
        covered={name: bool(x <= 0.95) for name, x in zip(QUESTIONS, u[2:], strict=True)},
        rhat=1.01,
        divergences=0.0,
        twice=twice,
        converged=converged,
    )
