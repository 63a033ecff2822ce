"""Synthetic attempt rows with a known truth, for competitors and backtest."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from leakbound.units import logit_link, logit_unlink

DOMAINS = {"gpqa": "knowledge", "musr": "reasoning", "bbh": "reasoning", "math-lvl5": "maths"}
GUESS = {"gpqa": 0.25, "musr": 0.3, "bbh": 0.3, "math-lvl5": 0.0}

Maker = Callable[..., pd.DataFrame]


def make_rows(
    gains: np.ndarray,
    *,
    bases: int = 6,
    benchmarks: tuple[str, ...] = ("gpqa", "musr", "math-lvl5"),
    start: str = "2024-01-01",
    days: int = 365,
) -> pd.DataFrame:
    """Attempts dealt out to bases and benchmarks in turn, evenly over `days`."""
    n = len(gains)
    base = np.arange(n) % bases
    name = np.array(benchmarks)[np.arange(n) // bases % len(benchmarks)]
    guess = np.array([GUESS[b] for b in name])
    z_base = logit_link(logit_unlink(-1.0 + 0.2 * base, guess), guess)
    released = pd.Timestamp(start) + pd.to_timedelta(np.arange(n) * days // n, unit="D")
    rows = pd.DataFrame(
        {
            "base_model": [f"org/base-{i}" for i in base],
            "benchmark": name,
            "domain": [DOMAINS[b] for b in name],
            "link": "logit",
            "guess": guess,
            "base_score": logit_unlink(z_base, guess),
            "z_base": z_base,
            "gain": gains,
            "base_released": pd.Timestamp("2023-10-01"),
            "released": released,
            "base_pretraining_flop": 10.0 ** (22 + 0.5 * base),
            "cell": [f"attempt-{start}-{i}" for i in range(n)],
            "attempts": 1,
            "rank": 1,
        }
    )
    rows["z"] = rows["z_base"] + rows["gain"]
    rows["score"] = logit_unlink(rows["z"], guess)
    rows["lag"] = (rows["released"] - rows["base_released"]).dt.days / 365.25
    return rows


@pytest.fixture
def attempt_rows() -> Maker:
    return make_rows
