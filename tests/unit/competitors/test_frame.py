import numpy as np
import pandas as pd
import pytest
from scipy import stats

from leakbound.competitors.frame import (
    attempt_level,
    best_cells,
    evidence_frame,
    measured,
    single_attempts,
    to_scores,
)
from leakbound.evidence import cells, load_evidence, load_registry


def levels(attempts: list[int], rank: list[int], level: float) -> np.ndarray:
    return attempt_level(pd.DataFrame({"attempts": attempts, "rank": rank}), level)


def test_single_attempts_and_best_of_n_have_their_closed_forms() -> None:
    u = levels([1, 10, 200], [1, 10, 200], 0.95)
    np.testing.assert_allclose(u, 0.95 ** (1 / np.array([1, 10, 200])))


@pytest.mark.parametrize(("n", "r"), [(3, 2), (40, 20), (40, 36), (7, 1)])
def test_any_rank_inverts_the_binomial_tail(n: int, r: int) -> None:
    u = float(levels([n], [r], 0.9)[0])
    assert stats.binom.sf(r - 1, n, u) == pytest.approx(0.9)


def test_the_best_of_a_half_year_knows_how_many_there_were(attempt_rows) -> None:
    rows = attempt_rows(np.arange(24) / 24.0, bases=2, benchmarks=("gpqa",), days=364)
    best = best_cells(rows)
    assert len(best) == 4
    assert best["attempts"].tolist() == best["rank"].tolist() == [6, 6, 6, 6]
    first = rows[(rows["base_model"] == "org/base-0") & (rows["released"] < "2024-07-01")]
    assert best["z"].iloc[0] == first["z"].max()
    assert best["released"].iloc[0] == first["released"].median()


def test_the_best_is_known_when_the_last_of_its_cell_is(attempt_rows) -> None:
    rows = attempt_rows(np.arange(24) / 24.0, bases=2, benchmarks=("gpqa",), days=364)
    published = rows.assign(known=rows["released"] + pd.Timedelta(days=40))
    last = rows.groupby([rows["base_model"], rows["released"].dt.month > 6])["released"].max()
    assert best_cells(rows)["known"].tolist() == last.tolist()
    assert best_cells(published)["known"].tolist() == (last + pd.Timedelta(days=40)).tolist()


def test_the_best_does_not_tell_what_only_it_took(attempt_rows) -> None:
    rows = attempt_rows(np.array([0.1, 0.9, 0.2]), bases=1, benchmarks=("gpqa",), days=30)
    shared = {
        "actor": "lab",
        "technique": "rl",
        "channel": "training",
        "log_compute_fraction": -1.0,
    }
    (alike,) = best_cells(rows.assign(**shared)).to_dict("records")
    assert {name: alike[name] for name in shared} == shared
    rows = rows.assign(channel="training", technique=["sft", "rl", "sft"], actor=["", "lab", ""])
    (one,) = best_cells(rows.assign(log_compute_fraction=[np.nan, -1.0, np.nan])).to_dict("records")
    assert one["z"] == rows["z"].max()
    assert (one["technique"], one["actor"]) == ("mixed", "")
    assert np.isnan(one["log_compute_fraction"])


def test_attempts_of_another_base_score_are_another_cell(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(6), bases=1, benchmarks=("gpqa",), days=30)
    rows.loc[3:, "base_score"] += 0.1
    assert best_cells(rows)["attempts"].tolist() == [3, 3]


def test_no_rows_have_no_best(attempt_rows) -> None:
    assert best_cells(attempt_rows(np.zeros(3))[:0]).empty


def test_scores_and_link_scale_agree(attempt_rows) -> None:
    rows = attempt_rows(np.linspace(-0.5, 1.0, 12))
    rows.loc[0, "link"] = "log"
    scores = to_scores(rows, rows["z"].to_numpy())
    np.testing.assert_allclose(scores[1:], rows["score"][1:])
    assert scores[0] == pytest.approx(np.exp(rows["z"][0]))


def cell_of(attempts: pd.DataFrame, ranks: list[int]) -> pd.DataFrame:
    ordered = attempts.sort_values("z")
    n = len(ordered)
    kept = ordered.iloc[[r - 1 for r in ranks]]
    return kept.assign(cell="one", attempts=n, rank=ranks)


def test_a_cell_stands_for_as_many_attempts_with_its_upper_quantiles(attempt_rows) -> None:
    gains = stats.gumbel_r.ppf((np.arange(40) + 0.5) / 40, scale=0.3)
    attempts = attempt_rows(gains, bases=1, benchmarks=("gpqa",))
    back = single_attempts(cell_of(attempts, [20, 30, 36, 40]))
    assert len(back) == 40
    assert back["attempts"].unique().tolist() == [1]
    known = np.sort(back["z"])[[19, 29, 35, 39]]
    np.testing.assert_allclose(known, np.sort(attempts["z"])[[19, 29, 35, 39]])
    assert np.quantile(back["gain"], 0.8) == pytest.approx(np.quantile(gains, 0.8), abs=0.05)
    np.testing.assert_allclose(back["score"], to_scores(back, back["z"].to_numpy()))


def test_nothing_below_a_high_lowest_rank_is_invented(attempt_rows) -> None:
    attempts = attempt_rows(np.arange(10) / 10.0, bases=1, benchmarks=("gpqa",))
    back = single_attempts(cell_of(attempts, [8, 10]))
    np.testing.assert_allclose(back["z"].min(), np.sort(attempts["z"])[7])


def test_a_best_of_n_fact_stays_one_row(attempt_rows) -> None:
    attempts = attempt_rows(np.arange(40) / 40.0, bases=1, benchmarks=("gpqa",))
    assert len(single_attempts(cell_of(attempts, [40]))) == 1


def test_single_rows_pass_through(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(5))
    pd.testing.assert_frame_equal(single_attempts(rows), rows)


def test_base_only_undated_and_censored_rows_state_no_gain(attempt_rows) -> None:
    rows = attempt_rows(np.zeros(5)).assign(censored="")
    rows.loc[0, ["attempts", "rank", "gain"]] = [0, 0, np.nan]
    rows.loc[1, "released"] = pd.NaT
    rows.loc[2, "censored"] = "lower"
    assert measured(rows)["cell"].tolist() == rows["cell"][3:].tolist()


def test_shipped_evidence_becomes_a_frame_of_the_same_rows() -> None:
    evidence = load_evidence()
    frame = evidence_frame(evidence.rows, evidence.registry)
    assert len(frame) == len(evidence.rows)
    stated = measured(frame)
    np.testing.assert_allclose(stated["gain"], stated["z"] - stated["z_base"])
    assert (stated["lag"] >= 0).all()
    assert stated["link"].notna().all()


def test_cells_of_attempts_and_back_keep_the_bound(attempt_rows) -> None:
    gains = stats.gumbel_r.rvs(size=240, scale=0.4, random_state=5)
    frame = attempt_rows(gains, bases=2, benchmarks=("gpqa",), days=180)
    registry = load_registry()
    blank = dict.fromkeys(("technique", "actor", "source", "censored"), "")
    unknown = dict.fromkeys(
        ("base_items", "base_posttraining_fraction", "compute_fraction", "posttraining_flop"),
        np.nan,
    )
    rows = frame.assign(**blank, **unknown, known=pd.NaT)
    back = single_attempts(evidence_frame(cells(rows), registry))
    assert len(back) == 240
    assert np.quantile(back["gain"], 0.9) == pytest.approx(np.quantile(gains, 0.9), abs=0.1)
