import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.method import competitor_forecasters
from leakbound.backtest.methods import chosen, is_own
from leakbound.backtest.outcome import Outcome, as_json, outcome_of, write_json
from leakbound.backtest.run import run
from leakbound.backtest.split import Overlap, split_at
from leakbound.backtest.targets import targets
from leakbound.competitors import REFERENCE
from leakbound.errors import InputError

CUTS = [dt.date(2024, 5, 1), dt.date(2024, 9, 1)]


@pytest.fixture
def outcome(attempt_rows, normal) -> Outcome:
    rows = attempt_rows(np.random.default_rng(0).normal(0.2, 0.3, size=360))
    splits = [split_at(rows, cut, data="d") for cut in CUTS]
    methods = [*chosen(competitor_forecasters(), ["linear-regression"]), normal()]
    shared = {"2024-05-01": Overlap(9, 1, 2, 3)}
    return outcome_of(run(splits, methods, cache=None), overlaps=shared)


def refuse(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


def test_json_is_strict_and_holds_all_rows(outcome, tmp_path) -> None:
    write_json(outcome, tmp_path / "out.json")
    told = json.loads((tmp_path / "out.json").read_text(), parse_constant=refuse)
    assert told["schema"] == 1
    assert len(told["rows"]) == len(outcome.rows)
    assert {"method", "cut", "subset", "benchmark", "quantity", "level"} <= set(told["rows"][0])
    assert {row["cut"] for row in told["rows"]} == {"2024-05-01", "2024-09-01"}
    assert told["overlaps"]["2024-05-01"]["same_measurement"] == 1
    assert all(miss["released"] >= "2024-05-01" for miss in told["misses"])
    assert sum(told["pit"][0]["counts"]) > 0


def test_what_is_unknown_is_null(outcome) -> None:
    unknown = outcome.rows.assign(pinball_ratio=np.nan)
    told = json.loads(
        as_json(Outcome(unknown, [], outcome.misses, outcome.by_base, [], {})),
        parse_constant=refuse,
    )
    assert {row["pinball_ratio"] for row in told["rows"]} == {None}


def test_only_our_own_method_is_recalibrated_and_says_by_how_much(outcome) -> None:
    methods = set(outcome.rows["method"])
    assert methods == {REFERENCE, "linear-regression", "ours", "ours+recalibrated"}
    adjusted = outcome.rows[outcome.rows["method"] == "ours+recalibrated"]
    assert adjusted["cut"].unique().tolist() == ["2024-09-01"]
    assert {move["quantity"] for move in outcome.moves} == {"attempt", "best"}
    assert all("0.95 bound moved by" in move["text"] for move in outcome.moves)


def test_names_choose_forecasters_and_keep_the_reference() -> None:
    every = competitor_forecasters()
    picked = chosen(every, ["buffer-4x"])
    assert [one.name for one in picked] == ["buffer-4x", REFERENCE]
    assert chosen(every, []) == every
    with pytest.raises(InputError, match=r"--method.*found 'bufer-4x'; did you mean buffer-4x"):
        chosen(every, ["bufer-4x"])


def test_competitors_are_not_our_own() -> None:
    assert not any(is_own(one.name) for one in competitor_forecasters())
    assert is_own("leakbound")


def row(**told: object) -> dict[str, object]:
    usual = {
        "data": "d",
        "cut": "2024-10-01",
        "method": "ours",
        "subset": "known",
        "benchmark": "all",
        "group": "",
        "quantity": "attempt",
        "level": 0.95,
        "coverage": 0.95,
        "pinball": 0.03,
        "pinball_ratio": 0.5,
    }
    return {**usual, **told}


def verdicts(*rows: dict[str, object]) -> dict[str, bool]:
    return {one.demand: one.met for one in targets(pd.DataFrame(rows), "ours")}


@pytest.mark.parametrize(
    ("subset", "coverage", "met"),
    [
        ("known", 0.93, True),
        ("known", 0.98, True),
        ("known", 0.929, False),
        ("known", 0.981, False),
        ("new", 0.9, True),
        ("new", 0.899, False),
        ("new", 1.0, True),
    ],
)
def test_coverage_of_attempts_lies_in_its_range(subset: str, coverage: float, met: bool) -> None:
    found = verdicts(row(subset=subset, coverage=coverage))
    (key,) = (key for key in found if "coverage" in key)
    assert found[key] is met


@pytest.mark.parametrize(("coverage", "met"), [(0.93, True), (1.0, True), (0.92, False)])
def test_best_of_n_may_be_covered_always(coverage: float, met: bool) -> None:
    assert list(verdicts(row(quantity="best", coverage=coverage)).values()) == [met]


@pytest.mark.parametrize(
    ("rival", "coverage", "pinball", "met"),
    [
        ("linear-regression", 0.95, 0.04, True),
        ("linear-regression", 0.95, 0.02, False),
        ("linear-regression", 0.85, 0.02, True),
        ("ours+recalibrated", 0.95, 0.02, True),
    ],
)
def test_it_is_ahead_of_competitors_that_cover(rival, coverage, pinball, met) -> None:
    other = row(method=rival, coverage=coverage, pinball=pinball)
    found = verdicts(row(), other)
    (key,) = (key for key in found if "below every competitor" in key)
    assert found[key] is met


def test_the_worst_benchmark_decides() -> None:
    rows = [row(), row(benchmark="gpqa", coverage=0.99), row(benchmark="bbh", coverage=0.87)]
    found = targets(pd.DataFrame(rows), "ours")
    assert found[-1].measured == "0.870 (bbh, known)"
    assert not found[-1].met


@pytest.mark.parametrize(("subset", "ratio", "met"), [("known", 0.61, False), ("new", 0.95, True)])
def test_the_ratio_has_its_limit(subset: str, ratio: float, met: bool) -> None:
    found = verdicts(row(subset=subset, pinball_ratio=ratio))
    (key,) = (key for key in found if "empirical" in key)
    assert found[key] is met


def test_a_ratio_that_is_unknown_is_not_met() -> None:
    found = verdicts(row(pinball_ratio=np.nan))
    assert not next(met for demand, met in found.items() if "empirical" in demand)
