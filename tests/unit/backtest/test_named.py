import datetime as dt

import numpy as np
import pandas as pd
import pytest

from leakbound.backtest.data import Data, read_data
from leakbound.backtest.named import (
    CLUSTER,
    EFFORT,
    INFERENCE,
    MAIN,
    PAIR,
    PROMPTED,
    STATED,
    UNSTATED,
    after_cuts,
    kinds,
    together,
    without_developers,
)
from leakbound.backtest.rows import result_rows
from leakbound.backtest.run import LEVELS, run
from leakbound.backtest.split import known_before
from leakbound.competitors.frame import measured
from leakbound.evidence.naming import developer

CUT = dt.date(2025, 1, 1)


@pytest.fixture(scope="module")
def shipped() -> Data:
    return read_data("shipped")


@pytest.fixture(scope="module")
def splits(shipped):
    return without_developers(shipped)


def singles(shipped) -> pd.DataFrame:
    rows = measured(shipped.frame)
    return rows[(kinds(rows) != "") & (rows["attempts"] == 1)]


def test_o1_preview_is_fitted_on_after_its_release_and_its_successor_is_not(shipped) -> None:
    (split,) = after_cuts(shipped, [dt.date(2024, 10, 1)])
    cells = split.train.loc[split.train["base_model"] == "gpt-4o-2024-05-13", "released"]
    reasoned = split.train[
        (split.train["technique"] == "rl") & (split.train["benchmark"] == "otis-mock-aime")
    ]
    assert reasoned["released"].tolist() == [pd.Timestamp("2024-09-12")]
    assert cells.max() < pd.Timestamp("2024-10-01")


@pytest.mark.parametrize(
    ("channel", "dose", "spent", "kind"),
    [
        ("training", np.nan, 0.0, ""),
        ("training", np.nan, np.nan, ""),
        ("training", -3.0, 0.0, STATED),
        ("training", -3.0, 0.002, STATED),
        ("training", np.nan, 0.002, UNSTATED),
        ("inference", np.nan, 0.0, PROMPTED),
        ("inference", np.nan, 0.002, INFERENCE),
    ],
)
def test_what_is_told_of_an_effort_names_its_kind(channel, dose, spent, kind) -> None:
    row = {"channel": channel, "log_compute_fraction": dose, "base_posttraining_fraction": spent}
    assert kinds(pd.DataFrame([row])).tolist() == [kind]


OTHERS = ("TinyLlama/", "JackFram/", "BEE-spoke-data/")
"""Organisations with models of the architecture of Llama, pre-trained anew."""

SPELT = {
    "Alibaba": "qwen",
    "Anthropic": "claude",
    "DeepSeek": "deepseek",
    "Google": "palm|gemini|gemma",
    "Meta": "llama|facebook/",
    "OpenAI": "gpt-[34]|^o[134]-",
    "xAI": "grok",
}


def test_no_attempt_on_a_left_out_developers_bases_is_fitted_on(splits) -> None:
    assert [split.data for split in splits] == [f"left-out: {name}" for name in SPELT]
    for split, (name, spelt) in zip(splits, SPELT.items(), strict=True):
        attempted = split.train[split.train["attempts"] > 0]
        names = attempted["base_model"][~attempted["base_model"].str.startswith(OTHERS)]
        assert not names[names.str.contains(spelt, case=False)].tolist()
        assert (split.tests["attempt"]["subset"] == "new").all()
        assert name in set(split.tests["attempt"][CLUSTER])


def test_what_left_out_bases_scored_themselves_stays_known_but_for_pairs_forecast(
    shipped, splits
) -> None:
    own = shipped.frame[shipped.frame["attempts"] == 0]
    lost = 0
    for split in splits:
        kept = split.train[split.train["attempts"] == 0]
        forecast = {tuple(pair) for rows in split.tests.values() for pair in rows[PAIR].to_numpy()}
        assert not forecast & {tuple(pair) for pair in kept[PAIR].to_numpy()}
        gone = ~own["cell"].isin(kept["cell"])
        assert {tuple(pair) for pair in own.loc[gone, PAIR].to_numpy()} <= forecast
        lost += int(gone.sum())
    assert 0 < lost < len(own) / 5


def test_every_named_outcome_is_forecast_once(shipped, splits) -> None:
    keys = ["base_model", "benchmark", "cell", "score"]
    found = pd.concat([split.tests["attempt"] for split in splits])[keys].sort_values(keys)
    expected = singles(shipped)[keys].sort_values(keys)
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected.reset_index(drop=True), check_dtype=False
    )


def test_developers_of_named_training_are_left_out_one_at_a_time(splits) -> None:
    for split in splits:
        rows = split.tests["attempt"]
        trained = rows[rows[EFFORT] != PROMPTED]
        assert len({developer(base) for base in trained["base_model"]}) == 1


def test_cuts_forecast_named_outcomes_from_what_was_knowable(shipped) -> None:
    (split,) = after_cuts(shipped, [CUT])
    assert known_before(split.train, CUT).all()
    rows = split.tests["attempt"]
    assert (rows["released"] >= pd.Timestamp(CUT)).all()
    assert (rows[EFFORT] != "").all()
    late = singles(shipped)
    assert len(rows) == (late["released"] >= pd.Timestamp(CUT)).sum() > 0


def test_answers_of_several_splits_are_scored_as_one(splits, normal) -> None:
    results = list(run(splits, [normal(), normal(name="theirs", spoil=1.0)], cache=None))
    both = list(together(results, name="all of them"))
    assert [one.method for one in both] == ["ours", "theirs"]
    whole = both[0].split.tests["attempt"]
    assert len(whole) == sum(len(split.tests["attempt"]) for split in splits)
    rows = pd.DataFrame(result_rows(both[0]))
    headline = rows[(rows["quantity"] == "attempt") & (rows["level"] == 0.95)]
    parts = headline[headline["group"].str.startswith("effort:")].set_index("group")
    main = parts.loc[f"effort:{MAIN}", "n"]
    prompted = parts.loc[f"effort:{PROMPTED}", "n"]
    parts = parts.drop(f"effort:{MAIN}")
    total = headline[(headline["benchmark"] == "all") & (headline["group"] == "")]
    assert parts["n"].sum() == total["n"].item() == main + prompted
    levels = rows[rows["group"] == f"effort:{MAIN}"].groupby("quantity")["level"].nunique()
    assert (levels == len(LEVELS)).all()
    held = np.concatenate([
        (r.split.tests["attempt"]["z"].to_numpy() <= r.bounds["attempt"][:, 3])[
            (r.split.tests["attempt"]["link"] == "logit").to_numpy()
        ]
        for r in results if r.method == "ours"
    ])  # fmt: skip
    assert total["coverage"].item() == pytest.approx(held.mean())
