import subprocess
import sys

import numpy as np

from leakbound.diagnostics import ASKED_FOR, arviz_stats

LIGHT = (
    "import sys\n"
    "from leakbound.diagnostics import arviz_stats\n"
    "arviz_stats()\n"
    "print('jax._src' in sys.modules, 'numpyro' in sys.modules)\n"
    "import jax.numpy\n"
    "print(float(jax.numpy.ones(3).sum()))\n"
)


def test_arviz_is_imported_without_jax_which_can_still_be():
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "3.0"]


def test_nothing_stays_in_the_place_of_what_is_not_installed():
    stats = arviz_stats()
    assert stats is sys.modules["arviz_stats"]
    assert ASKED_FOR not in sys.modules
    draws = np.random.default_rng(1).standard_normal((4, 500))
    assert 0.99 < float(stats.base.array_stats.rhat(draws)) < 1.02
