import datetime as dt

import pandas as pd
import pytest

from leakbound.evidence import Card, load_evidence, load_registry
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


def test_a_line_says_what_a_file_holds(attempts) -> None:
    card = Card("Ours", "us", "", dt.date(2024, 1, 1), "CC0", "few")
    cell = attempts([0.5, 0.6], cell="c", attempts=40.0, source="a/part").assign(rank=[20.0, 40.0])
    known = attempts(
        [0.7], cell="d", base_model="org/other", benchmark="math-lvl5", released="2024-05-01",
        posttraining_flop=1e21, base_pretraining_flop=1e23, source="a", attempts=3.0, rank=3.0,
    )  # fmt: skip
    tools = attempts(
        [0.7], cell="e", benchmark="bbh", technique="tools", released="2024-04-01", source="a"
    )
    rows = pd.concat([cell, known, tools], ignore_index=True)
    line = summary(rows, load_registry(), {"a": card}).iloc[0].to_dict()
    assert line.pop("known_compute") == pytest.approx(3 / 43)
    assert line == {
        "source": "a",
        "title": "Ours",
        "rows": 4,
        "cells": 3,
        "attempts": 44,
        "bases": 2,
        "benchmarks": "bbh, math-lvl5, mmlu-pro",
        "domains": "knowledge, maths, reasoning",
        "first": "2024-03-01",
        "last": "2024-05-01",
        "licence": "CC0",
        "caveats": "few",
    }


def test_a_file_of_bases_alone_has_their_dates_and_no_share_of_attempts(attempts) -> None:
    bases = attempts([float("nan")], attempts=0.0, rank=0.0, released="2024-01-10")
    line = summary(bases, load_registry(), {}).iloc[0]
    assert line["attempts"] == 0
    assert line["first"] == line["last"] == "2024-01-10"
    assert pd.isna(line["known_compute"])
    undated = summary(bases.assign(released=pd.NaT), load_registry(), {}).iloc[0]
    assert undated["first"] == undated["last"] == ""


def test_beside_attempts_the_dates_of_bases_do_not_count(attempts) -> None:
    base = attempts(
        [float("nan")], attempts=0.0, rank=0.0, cell="base", base_model="org/old",
        base_released="2020-01-10", released="2020-01-10",
    )  # fmt: skip
    line = summary(pd.concat([attempts([0.6]), base]), load_registry(), {}).iloc[0]
    assert line["first"] == line["last"] == "2024-03-01"


def test_shipped_sources_are_described() -> None:
    evidence = load_evidence()
    out = summary(evidence.rows, evidence.registry, evidence.cards)
    assert set(out["source"]) == set(evidence.cards)
    assert (out[["title", "licence", "caveats"]] != "").all(axis=None)
    assert out["rows"].sum() == len(evidence.rows)
