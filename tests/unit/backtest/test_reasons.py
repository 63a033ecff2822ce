import pandas as pd
import pytest

from leakbound.backtest.reasons import reason
from leakbound.backtest.targets import targets

KEYS = {"data": "pool", "cut": "2024-10-01", "quantity": "attempt", "group": ""}


def result_rows(coverage: float, *, ratio: float = 0.5) -> pd.DataFrame:
    told = []
    for method, pinball in (("ours", 0.05), ("linear-regression", 0.04)):
        for level in (0.8, 0.95):
            for benchmark, share, loss in (
                ("all", coverage, 1.0),
                ("gpqa", 0.99, 0.8),
                ("bbh", 0.9, 1.3),
            ):
                told.append(
                    {
                        **KEYS, "method": method, "subset": "known", "benchmark": benchmark,
                        "level": level, "coverage": share, "n": 100, "pinball": pinball * loss,
                        "pinball_ratio": ratio if benchmark == "all" else ratio * loss,
                    }
                )  # fmt: skip
    rows = pd.DataFrame(told)
    rows.loc[(rows["method"] == "linear-regression") & (rows["benchmark"] == "gpqa"), "pinball"] = (
        0.06
    )
    return rows[(rows["benchmark"] == "all") | (rows["level"] == 0.95)].reset_index(drop=True)


def by_base() -> pd.DataFrame:
    told = [("org/bad", "bbh", 8, 10), ("org/good", "bbh", 0, 30), ("org/good", "gpqa", 1, 60)]
    frame = pd.DataFrame(told, columns=["base_model", "benchmark", "misses", "forecasts"])
    return frame.assign(**KEYS, subset="known", method="ours").drop(columns="group")


def told(rows: pd.DataFrame) -> dict[str, str]:
    return {
        f"{one.kind} {one.benchmark}": reason(one, rows, by_base(), "ours")
        for one in targets(rows, "ours")
    }


def test_a_demand_that_was_met_needs_no_reason() -> None:
    assert told(result_rows(0.95))["coverage all"] == ""
    assert told(result_rows(0.95))["coverage bbh"] == ""


def test_misses_are_laid_at_the_bases_that_had_them() -> None:
    said = told(result_rows(0.91))["coverage all"]
    assert said.startswith("missed: org/bad 8 of 10, org/good 1 of 90")


def test_a_bound_that_is_too_wide_says_so_at_every_level() -> None:
    said = told(result_rows(0.99))["coverage all"]
    assert said == "too wide at every level, not in the tail alone (80%: 0.990, 95%: 0.990)"


def test_loss_and_rivals_are_told_by_benchmark() -> None:
    said = told(result_rows(0.95, ratio=0.9))
    assert (
        said["ratio all"] == "bbh 62% of the loss (ratio 1.17); gpqa 38% of the loss (ratio 0.72)"
    )
    assert said["ahead all"] == (
        "loss relative to linear-regression: behind on bbh 1.25; ahead on gpqa 0.67"
    )


def test_a_benchmark_below_its_least_names_its_own_bases() -> None:
    rows = result_rows(0.95)
    rows.loc[rows["benchmark"] == "bbh", "coverage"] = 0.8
    assert told(rows)["coverage bbh"].startswith("missed: org/bad 8 of 10, org/good 0 of 30")
    with pytest.raises(KeyError):
        told(rows)["coverage gpqa"]
