import datetime as dt

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.method import competitor_forecasters
from leakbound.backtest.misses import largest_misses
from leakbound.backtest.rows import pit_rows, result_rows, with_ratios
from leakbound.backtest.run import LEVELS, run
from leakbound.backtest.split import split_at
from leakbound.competitors import REFERENCE
from leakbound.competitors.frame import to_scores

CUT = dt.date(2024, 7, 1)
REQUIRED = {
    *("method", "cut", "subset", "benchmark", "quantity", "level"),
    *("coverage", "n", "pinball", "crps"),
}


@pytest.fixture
def split(attempt_rows):
    rows = attempt_rows(np.random.default_rng(0).normal(0.2, 0.3, size=240))
    late = (rows["base_model"] == "org/base-5") & (rows["released"] < "2024-07-01")
    return split_at(rows[~late], CUT, data="d")


@pytest.fixture
def result(split, normal):
    (found,) = run([split], [normal()], cache=None)
    return found


@pytest.fixture
def rows(result) -> pd.DataFrame:
    return pd.DataFrame(result_rows(result))


def picked(rows: pd.DataFrame, **which: object) -> pd.Series:
    for column, value in {"benchmark": "all", "group": "", **which}.items():
        rows = rows[rows[column] == value]
    (row,) = (row for _, row in rows.iterrows())
    return row


def test_rows_hold_the_documented_keys(rows) -> None:
    assert set(rows.columns) >= REQUIRED
    assert set(rows["subset"]) == {"known", "new"}
    assert set(rows["quantity"]) == {"attempt", "best"}
    keys = ["method", "cut", "subset", "benchmark", "group", "quantity", "level"]
    assert not rows.duplicated(keys).any()
    whole = rows[(rows["benchmark"] == "all") & (rows["group"] == "")]
    assert set(whole["level"]) == set(LEVELS)


@pytest.mark.parametrize("subset", ["known", "new"])
def test_scores_are_those_of_the_rows(rows, result, subset: str) -> None:
    frame = result.split.tests["attempt"]
    mask = (frame["subset"] == subset).to_numpy()
    bound, y = result.bounds["attempt"][mask, 3], frame["z"].to_numpy()[mask]
    row = picked(rows, subset=subset, quantity="attempt", level=0.95)
    assert row["coverage"] == pytest.approx((y <= bound).mean())
    assert row["coverage_low"] <= row["coverage"] <= row["coverage_high"]
    assert row["n"] == mask.sum()
    assert row["bases"] == frame["base_model"][mask].nunique()
    loss = np.where(y > bound, 0.95 * (y - bound), 0.05 * (bound - y))
    assert row["pinball"] == pytest.approx(loss.mean())
    assert row["sharpness_logits"] == pytest.approx((bound - y).mean())
    points = to_scores(frame, result.bounds["attempt"][:, 3])[mask] - frame["score"][mask]
    assert row["sharpness_points"] == pytest.approx(points.mean())


def test_groups_partition_the_rows(rows) -> None:
    known = rows[(rows["subset"] == "known") & (rows["quantity"] == "attempt")]
    total = picked(known, level=0.95)["n"]
    at = known[known["level"] == 0.95]
    assert at.loc[at["benchmark"] != "all", "n"].sum() == total
    for kind in ("domain", "lag"):
        assert at.loc[at["group"].str.startswith(f"{kind}:"), "n"].sum() == total
    assert {"domain:maths", "lag:0.5-1"} <= set(at["group"])


def test_a_benchmark_of_other_units_joins_no_total(split, normal) -> None:
    odd = split.tests["attempt"]["benchmark"] == "gpqa"
    split.tests["attempt"].loc[odd, "link"] = "log"
    (result,) = run([split], [normal()], cache=None)
    rows = pd.DataFrame(result_rows(result))
    at = rows[(rows["quantity"] == "attempt") & (rows["level"] == 0.95)]
    assert at.loc[(at["benchmark"] == "all") & (at["group"] == ""), "n"].sum() == (~odd).sum()
    assert at.loc[at["benchmark"] == "gpqa", "n"].sum() == odd.sum()


def test_ratios_are_to_the_reference_on_the_same_rows(split, normal) -> None:
    reference = [one for one in competitor_forecasters() if one.name == REFERENCE]
    results = run([split], [*reference, normal()], cache=None)
    rows = with_ratios(row for result in results for row in result_rows(result))
    of_reference = rows[rows["method"] == REFERENCE]
    np.testing.assert_allclose(of_reference["pinball_ratio"], 1.0)
    ours = picked(rows[rows["method"] == "ours"], subset="new", quantity="best", level=0.9)
    theirs = picked(of_reference, subset="new", quantity="best", level=0.9)
    assert ours["pinball_ratio"] == pytest.approx(ours["pinball"] / theirs["pinball"])


def test_without_the_reference_there_is_no_ratio(rows) -> None:
    assert with_ratios(rows.to_dict("records"))["pinball_ratio"].isna().all()


def test_pit_histograms_count_every_row(result) -> None:
    told = pit_rows(result)
    counted = sum(sum(row["counts"]) for row in told if row["quantity"] == "attempt")
    assert counted == len(result.split.tests["attempt"])
    assert {row["subset"] for row in told} == {"known", "new"}


def test_the_largest_misses_are_named_with_what_was_known(split, normal) -> None:
    rows = split.tests["attempt"]
    first = rows.index[rows["subset"] == "known"][0]
    new = rows.index[rows["subset"] == "new"][0]
    rows.loc[first, ["z", "score"]] = [5.0, 0.98]
    rows.loc[new, ["z", "score"]] = [4.0, 0.97]
    (result,) = run([split], [normal()], cache=None)
    misses = largest_misses([result], count=2)
    assert misses["base_model"].tolist() == rows.loc[[first, new], "base_model"].tolist()
    assert misses["score"].tolist() == [0.98, 0.97]
    assert misses["attempts_known"].tolist()[1] == 0
    lineage = split.train["base_model"] == rows.loc[first, "base_model"]
    lineage &= split.train["benchmark"] == rows.loc[first, "benchmark"]
    assert misses["attempts_known"].tolist()[0] == lineage.sum()
    assert misses["excess_logits"].iloc[0] == pytest.approx(
        5.0 - result.bounds["attempt"][first, 3]
    )
    assert (misses["bound"] < misses["score"]).all()


def test_a_bound_never_passed_has_no_misses(split, normal) -> None:
    (result,) = run([split], [normal(spoil=50.0)], cache=None)
    assert largest_misses([result]).empty


def test_one_base_and_benchmark_is_named_once(split, normal) -> None:
    (result,) = run([split], [normal(spoil=-5.0)], cache=None)
    misses = largest_misses([result], count=100)
    assert not misses.duplicated(["base_model", "benchmark"]).any()
    assert misses["misses"].equals(misses["forecasts"])
