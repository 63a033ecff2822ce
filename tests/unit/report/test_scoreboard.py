import pandas as pd
import pytest

from leakbound.backtest.outcome import Outcome
from leakbound.report.reliability_figure import reliability_figure
from leakbound.report.scoreboard import headline, markdown, scoreboard_text, shortened


def rows() -> pd.DataFrame:
    told = []
    for method, shift in (("linear-regression", -0.1), ("ours", 0.0)):
        for quantity in ("attempt", "best"):
            for subset in ("known", "new"):
                for level in (0.5, 0.9, 0.95):
                    told.append(
                        {
                            "data": "pool",
                            "cut": "2024-10-01",
                            "method": method,
                            "subset": subset,
                            "benchmark": "all",
                            "group": "",
                            "quantity": quantity,
                            "level": level,
                            "coverage": level + shift,
                            "coverage_low": level + shift - 0.05,
                            "coverage_high": level + shift + 0.05,
                            "n": 120,
                            "bases": 8,
                            "pinball": 0.05,
                            "pinball_ratio": 0.6 - shift,
                            "sharpness_points": 0.101,
                        }
                    )
    return pd.DataFrame(told)


@pytest.fixture
def outcome() -> Outcome:
    misses = pd.DataFrame(
        {
            "method": ["ours"],
            "base_model": ["org/base"],
            "benchmark": ["ifeval"],
            "released": [pd.Timestamp("2024-11-02")],
            "cut": ["2024-10-01"],
            "base_score": [0.1],
            "score": [0.7],
            "bound": [0.4],
            "misses": [3],
            "forecasts": [9],
            "attempts_known": [12],
        }
    )
    moves = [{"data": "pool", "method": "ours", "cut": "c", "quantity": "best", "text": "moved"}]
    titles = {"ours": "Our bound", "linear-regression": "LR"}
    return Outcome(rows(), [], misses, pd.DataFrame(), moves, titles)


def test_the_headline_puts_our_own_first_and_says_how_sure() -> None:
    told = headline(rows())
    attempts = told[told["quantity"] == "attempt"]
    assert attempts["method"].tolist() == ["ours", "linear-regression"]
    first = attempts.iloc[0]
    assert first["covered, known"] == "0.950 [0.90, 1.00]"
    assert (first["pinball ratio, new"], first["above truth, new"]) == ("0.60", "+10.1")


def test_competitors_stand_in_the_order_of_their_ratio_in_each_table() -> None:
    told = rows()
    second = told[told["method"] == "linear-regression"].assign(method="buffer-2x")
    second["pinball_ratio"] += second["quantity"].map({"attempt": 1.0, "best": -0.3})
    wide = headline(pd.concat([told, second])).groupby("quantity")["method"].agg(list)
    assert wide["attempt"] == ["ours", "linear-regression", "buffer-2x"]
    assert wide["best"] == ["ours", "buffer-2x", "linear-regression"]


def test_what_is_kept_is_the_headline_and_all_of_our_own(outcome) -> None:
    short = shortened(outcome)
    kept = short.rows.groupby("method")["level"].agg(lambda levels: sorted(set(levels)))
    assert kept["ours"] == [0.5, 0.9, 0.95]
    assert kept["linear-regression"] == [0.95]
    assert len(short.misses) == 1


def test_a_terminal_gets_short_headings() -> None:
    told = headline(rows(), intervals=False)
    assert list(told.columns[4:7]) == ["covered, known", "ratio, known", "above, known"]
    assert told["covered, known"].iloc[0] == "0.950"


def test_a_subset_without_rows_has_no_columns() -> None:
    told = headline(rows().query("subset == 'known'"))
    assert not [column for column in told.columns if column.endswith("new")]


def test_the_scoreboard_holds_demands_tables_moves_and_misses(outcome) -> None:
    text = scoreboard_text(outcome)
    for heading in ("# Scoreboard", "## Demands on Our bound", "## The ten largest misses"):
        assert heading in text
    assert "## pool, cut 2024-10-01, best (120 on 8 known bases; 120 on 8 new bases)" in text
    assert (
        "| org/base | ifeval | 2024-11-02 | 2024-10-01 | 0.100 | 0.700 | 0.400 | 3 of 9 | 12 |"
        in text
    )
    assert "| pool | c | ours | best | moved |" in text
    assert "attempt, known bases: coverage 0.93 to 0.98 | 0.950 | yes |" in text


def test_a_table_is_markdown() -> None:
    assert markdown(("a", "b"), [(1, "x")]) == "| a | b |\n| --- | --- |\n| 1 | x |"


def test_the_figure_is_the_same_bytes_each_time(tmp_path) -> None:
    for name in ("one.svg", "two.svg"):
        reliability_figure(rows(), ["ours", "linear-regression"], tmp_path / name, title="t")
    one, two = ((tmp_path / name).read_bytes() for name in ("one.svg", "two.svg"))
    assert one == two
    assert b"new bases" in one
    assert b"linear-regression" in one
