"""A forecaster whose every step can be watched."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from leakbound.competitors.frame import attempt_level
from leakbound.units import Array


@dataclass
class Normal:
    """Forecasts z_base + a normal of the training gains; notes what it was shown."""

    name: str = "ours"
    title: str = "Our bound"
    version: str = "1"
    spoil: float = 0.0
    trained: list[pd.DataFrame] = field(default_factory=list)
    tested: list[pd.DataFrame] = field(default_factory=list)

    def fit(self, train: pd.DataFrame, cut: dt.date | None) -> "Normal":
        self.trained.append(train)
        return self

    def bounds(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        self.tested.append(test)
        gain = self.trained[-1]["gain"]
        u = np.column_stack([attempt_level(test, level) for level in levels])
        z = stats.norm.ppf(u, gain.mean(), gain.std()) + self.spoil
        return test["z_base"].to_numpy()[:, None] + z


@pytest.fixture
def normal() -> type[Normal]:
    return Normal
