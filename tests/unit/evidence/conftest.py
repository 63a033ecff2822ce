from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from leakbound.evidence import COLUMNS
from leakbound.evidence.rows import COUNT_COLUMNS, DATE_COLUMNS, NUMBER_COLUMNS

SHARED = Path(__file__).parents[3] / "../shared/data"
Table = Callable[..., pd.DataFrame]


def attempt_frame(scores: list[float], **same: object) -> pd.DataFrame:
    """Return attempts on one base with `scores`; `same` overrides columns."""
    n = len(scores)
    row: dict[str, object] = {
        "base_model": "org/base-7B",
        "base_released": "2024-01-10",
        "base_score": 0.5,
        "benchmark": "mmlu-pro",
        "attempts": 1.0,
        "rank": 1.0,
        "released": "2024-03-01",
        "source": "mine",
        **same,
    }
    frame = pd.DataFrame({"score": scores})
    for column in COLUMNS:
        if column != "score":
            number = column in NUMBER_COLUMNS + COUNT_COLUMNS
            empty: object = float("nan") if number else pd.NaT if column in DATE_COLUMNS else ""
            frame[column] = row.get(column, empty)
    for column in DATE_COLUMNS:
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    for column in COUNT_COLUMNS + NUMBER_COLUMNS:
        frame[column] = frame[column].astype("float64")
    if "cell" not in same:
        frame["cell"] = [f"attempt {i}" for i in range(n)]
    return frame[list(COLUMNS)]


@pytest.fixture(scope="session")
def attempts() -> Table:
    return attempt_frame


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the public measurement files (../shared/data) are not here")
    return SHARED
