import datetime as dt
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leakbound.errors import InputError
from leakbound.evidence import Card, Evidence, load_evidence, load_registry, prepare, validate_rows
from leakbound.evidence.cards import write_card
from leakbound.evidence.rows import COLUMNS, DATE_COLUMNS, TEXT_COLUMNS, write_rows

CARD = Card("Ours", "us", "", dt.date(2024, 1, 1), "facts", "none", parts={"a": "part a"})


def own_folder(tmp_path: Path, frame: pd.DataFrame, name: str = "mine") -> Path:
    write_rows(frame, tmp_path / f"{name}.csv")
    write_card(CARD, tmp_path / f"{name}.toml")
    return tmp_path


def test_shipped_rows_keep_every_rule() -> None:
    evidence = load_evidence()
    files = evidence.rows["source"].str.partition("/")[0]
    assert set(files) == set(evidence.cards)
    for name, rows in evidence.rows.groupby(files):
        validate_rows(rows, evidence.registry, str(name))
        parts = {f"{name}/{part}" for part in evidence.cards[str(name)].parts} | {name}
        assert set(rows["source"]) <= parts


def test_shipped_evidence_holds_what_the_model_rests_on() -> None:
    rows = load_evidence().rows
    v3 = rows[(rows["base_model"] == "DeepSeek-V3") & (rows["benchmark"] == "gpqa-diamond")]
    assert v3["score"].tolist() == [0.6922, 0.6761, 0.7633]
    assert v3["base_posttraining_fraction"].unique().tolist() == [0.0018]
    r1 = v3[v3["cell"].str.contains("DeepSeek-R1 ")]
    assert prepare(r1, load_registry())["log_compute_fraction"].tolist() == pytest.approx(
        [np.log10(0.179)], abs=0.001
    )
    assert (rows["censored"] == "lower").sum() == 6
    assert rows.loc[rows["attempts"] == 0, "base_pretraining_flop"].notna().all()
    pools = rows["source"].isin(["pool-cells", "oll-v2-cells"])
    assert rows[pools].drop_duplicates("cell")["attempts"].sum() == 7380


def test_cells_of_shipped_evidence_have_no_ties_on_the_link_scale() -> None:
    evidence = load_evidence()
    rows = prepare(evidence.rows[evidence.rows["attempts"] > 1], evidence.registry)
    rows = rows.sort_values(["cell", "rank"])
    steps = rows.groupby("cell")["z"].diff().dropna()
    assert (steps > 0).all()


def test_until_keeps_what_was_known_strictly_before() -> None:
    evidence = load_evidence()
    early = evidence.until(dt.date(2024, 12, 26))
    known = early.rows["known"].fillna(early.rows["released"])
    assert known.max() < pd.Timestamp("2024-12-26")
    assert "DeepSeek-V3" not in set(early.rows["base_model"])
    assert early.left_out["no date"] == evidence.rows["released"].isna().sum() > 0
    assert len(early.rows) + sum(early.left_out.values()) == len(evidence.rows)
    assert early.digest != evidence.digest
    assert load_evidence(until=dt.date(2024, 12, 26)).digest == early.digest


def test_a_cell_counts_only_once_its_last_attempt_is_known() -> None:
    evidence = load_evidence()
    late = evidence.rows["known"] > evidence.rows["released"]
    row = evidence.rows[late].iloc[0]
    between = row["known"].date()
    kept = evidence.until(between).rows
    assert row["cell"] not in set(kept["cell"])
    assert row["cell"] in set(evidence.until(between + dt.timedelta(days=1)).rows["cell"])


def test_before_all_evidence_nothing_is_left() -> None:
    none = load_evidence(until=dt.date(1990, 1, 1))
    assert none.rows.empty
    assert none.cards == {}
    assert prepare(none.rows, none.registry).empty


def test_without_drops_a_file_or_a_part() -> None:
    evidence = load_evidence()
    fewer = evidence.without("lineages/epoch-hub-assumed")
    assert "lineages" in fewer.cards
    assert "lineages/epoch-hub-assumed" not in set(fewer.rows["source"])
    none = evidence.without("lineages")
    assert "lineages" not in none.cards
    assert len(none.rows) < len(fewer.rows) < len(evidence.rows)
    with pytest.raises(InputError, match=r"source: must be a source of the evidence.*lineages"):
        evidence.without("lineage")


def test_digest_ignores_order_and_sees_every_value() -> None:
    evidence = load_evidence()
    shuffled = evidence.rows.sample(frac=1.0, random_state=3)
    assert replace(evidence, rows=shuffled).digest == evidence.digest
    changed = evidence.rows.copy()
    changed.loc[7, "base_score"] += 1e-6
    assert replace(evidence, rows=changed).digest != evidence.digest
    entries = dict(evidence.registry)
    bbh = entries["bbh"]
    entries["bbh"] = type(bbh)(**{**bbh.__dict__, "guess": 0.25})
    registry = type(evidence.registry)(entries)
    assert replace(evidence, registry=registry).digest != evidence.digest


@pytest.mark.parametrize(
    "fact", [{"domain": "cyber"}, {"link": "log"}, {"guess": 0.2}, {"items": 7}], ids=str
)
def test_the_digest_changes_with_what_the_registry_says_of_a_benchmark_in_use(
    attempts, fact
) -> None:
    registry = load_registry()
    one = Evidence(attempts([0.6], benchmark="mmlu-pro"), {}, registry)
    used, other = (
        registry.merged({key: replace(registry[key], **fact)}) for key in ("mmlu-pro", "bbh")
    )
    assert replace(one, registry=used).digest != one.digest
    assert replace(one, registry=other).digest == one.digest


@pytest.mark.parametrize("column", COLUMNS)
def test_the_digest_changes_with_every_column(attempts, column: str) -> None:
    one = Evidence(attempts([0.6]), {}, load_registry())
    value: object = "bbh" if column in TEXT_COLUMNS else 2.0
    if column in DATE_COLUMNS:
        value = pd.Timestamp("2025-01-01")
    assert replace(one, rows=one.rows.assign(**{column: value})).digest != one.digest


def test_without_a_file_those_whose_names_begin_alike_stay(attempts) -> None:
    frames = [attempts([0.6], source=name) for name in ("mine", "mine/a", "mine-too", "mine-too/a")]
    evidence = Evidence(pd.concat(frames, ignore_index=True), {}, load_registry())
    assert evidence.without("mine").rows["source"].tolist() == ["mine-too", "mine-too/a"]


def test_what_every_filter_left_out_stays_counted(attempts) -> None:
    told = [("2024-03-01", name) for name in ("old", "other", "third")] + [("2025-01-01", "other")]
    frames = [attempts([0.6], released=day, source=source) for day, source in told]
    evidence = Evidence(pd.concat(frames, ignore_index=True), {}, load_registry())
    fewer = evidence.until(dt.date(2025, 1, 1)).without("old")
    assert fewer.left_out == {"known on or after 2025-01-01": 1, "source old": 1}


def test_own_evidence_enters_rows_cards_and_digest(tmp_path: Path, attempts) -> None:
    folder = own_folder(tmp_path, attempts([0.6], source="mine/a"))
    shipped, both = load_evidence(), load_evidence([folder])
    assert len(both.rows) == len(shipped.rows) + 1
    assert both.cards["mine"].title == "Ours"
    assert both.digest != shipped.digest
    assert load_evidence([folder, folder]).digest == both.digest


def test_own_benchmarks_come_with_the_folder(tmp_path: Path, attempts) -> None:
    frame = attempts([0.6], benchmark="our-exam")
    folder = own_folder(tmp_path, frame)
    with pytest.raises(InputError, match="column benchmark"):
        load_evidence([folder])
    (folder / "benchmarks.toml").write_text(
        '[benchmarks.our-exam]\ntitle = "Our exam"\ndomain = "biology"\nsource = "us"\n'
    )
    assert load_evidence([folder]).registry["our-exam"].domain == "biology"


def test_a_folder_s_benchmark_takes_the_place_of_one_that_is_known(
    tmp_path: Path, attempts
) -> None:
    folder = own_folder(tmp_path, attempts([0.6]))
    (folder / "benchmarks.toml").write_text(
        '[benchmarks.bbh]\ntitle = "Ours"\ndomain = "cyber"\nsource = "us"\n'
    )
    registry = load_registry().merged({})
    assert load_evidence([folder], registry=registry).registry["bbh"].domain == "cyber"
    assert load_evidence(registry=registry).registry is registry


@pytest.mark.parametrize("source", ["theirs", "mine-too", "mine/b"])
def test_own_evidence_is_checked(tmp_path: Path, attempts, source: str) -> None:
    folder = own_folder(tmp_path, attempts([0.6], source=source))
    with pytest.raises(InputError, match=r"line 2: column source: must be mine or mine/PART"):
        load_evidence([folder])
    (folder / "mine.toml").unlink()
    with pytest.raises(InputError, match=r"mine\.toml: must exist"):
        load_evidence([folder])


def test_folders_must_hold_evidence_under_new_names(tmp_path: Path, attempts) -> None:
    with pytest.raises(InputError, match="must be a folder of evidence files"):
        load_evidence([tmp_path / "none"])
    with pytest.raises(InputError, match="must hold at least one CSV"):
        load_evidence([tmp_path])
    folder = own_folder(tmp_path, attempts([0.6], source="lineages"), "lineages")
    with pytest.raises(InputError, match="must have different names; found 'lineages'"):
        load_evidence([folder])


def test_prepare_puts_rows_on_the_link_scale(attempts) -> None:
    rows = pd.concat(
        [
            attempts([0.75], posttraining_flop=1e21, base_pretraining_flop=1e23),
            attempts([60.0], benchmark="time-horizon-metr", base_score=30.0, technique="tools"),
            attempts([100.0], benchmark="ceg", base_score=1.0, compute_fraction=0.01),
            attempts([0.7], released="2024-01-01", compute_fraction=0.0, technique="tools"),
        ],
        ignore_index=True,
    )
    out = prepare(rows, load_registry())
    exam = load_registry()["mmlu-pro"]
    assert out["gain"].iloc[0] == pytest.approx(float(exam.to_link(0.75) - exam.to_link(0.5)))
    assert out["gain"].iloc[1] == pytest.approx(np.log(2.0))
    assert out["gain"].iloc[2] == pytest.approx(2.0)
    assert out["lag"].iloc[0] == pytest.approx(51 / 365.25)
    assert out["lag"].iloc[3] == 0.0
    assert out["log_flop"].iloc[0] == pytest.approx(23.0)
    assert out["log_compute_fraction"].tolist()[:3:2] == pytest.approx([-2.0, -2.0])
    assert out["log_compute_fraction"].isna().tolist() == [False, True, False, True]
    assert out["channel"].tolist() == ["training", "inference", "training", "inference"]
    assert out["domain"].tolist() == ["knowledge", "agentic", "general", "knowledge"]


def test_loading_needs_neither_pymc_nor_pandera_nor_matplotlib() -> None:
    code = (
        "import sys; from leakbound.evidence import load_evidence, prepare;"
        "e = load_evidence(); prepare(e.rows, e.registry);"
        "print([m for m in ('pymc', 'pandera', 'matplotlib', 'arviz') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
