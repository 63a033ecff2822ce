import pandas as pd
import pytest

from leakbound.evidence import load_evidence, load_registry
from leakbound.evidence.summary import SUMMARY_COLUMNS, summary


def test_attempts_count_once_per_cell(attempts) -> None:
    cell = attempts([0.5, 0.6], cell="c", attempts=40.0, source="a/part").assign(rank=[20.0, 40.0])
    known = attempts([0.7], compute_fraction=0.01, source="a")
    inference = attempts([0.7], technique="tools", source="b")
    rows = pd.concat([cell, known, inference], ignore_index=True)
    out = summary(rows, load_registry(), {})
    assert list(out.columns) == list(SUMMARY_COLUMNS)
    assert out["source"].tolist() == ["a", "b"]
    assert out["attempts"].tolist() == [41, 1]
    assert out["known_compute"].iloc[0] == pytest.approx(1 / 41)
    assert pd.isna(out["known_compute"].iloc[1])


def test_shipped_sources_are_described() -> None:
    evidence = load_evidence()
    out = summary(evidence.rows, evidence.registry, evidence.cards)
    assert set(out["source"]) == set(evidence.cards)
    assert (out[["title", "licence", "caveats"]] != "").all(axis=None)
    assert out["rows"].sum() == len(evidence.rows)
