"""ArviZ's statistics, imported without JAX."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

ASKED_FOR = "numpyro"


def arviz_stats() -> Any:
    """Return the module `arviz_stats`.

    ArviZ asks for NumPyro and JAX lazily. Where NumPyro is not installed, lazy_loader looks through all
    modules for who asked, and that look loads JAX, which takes as long as everything else here. An
    empty module stands for NumPyro while ArviZ is imported, so that nobody looks.
    """
    if "arviz_base" in sys.modules or importlib.util.find_spec(ASKED_FOR) is not None:
        return _imported()
    sys.modules[ASKED_FOR] = ModuleType(ASKED_FOR)
    try:
        return _imported()
    finally:
        del sys.modules[ASKED_FOR]


def _imported() -> Any:
    import arviz_stats

    return arviz_stats
