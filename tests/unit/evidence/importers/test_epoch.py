from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence import load_registry, validate_rows
from leakbound.evidence.importers import IMPORTERS, Options
from leakbound.evidence.importers.ledger import LEDGER_COLUMNS, read_ledger

DATABASE = """Model,Base model,Publication date,Training compute (FLOP),Finetune compute (FLOP)
Big Base,,2024-01-10,1e24,
Big Tuned,Big Base,2024-06-01,,1e22
Unknown cost,Big Base,2024-06-01,,
Blend,"Big Base,Other",2024-06-01,,1e22
Lost,Nowhere,2024-06-01,,1e22
Wrong match,Big Base,2024-06-01,,9e24
"""
HUB = """Model version,mean_score,Release date,Training compute (FLOP),stderr
big-base-2024-01-10,0.5,2024-01-10,1e24,0.05
big-tuned,0.6,2024-06-01,,0.04
closed-thing,0.7,2024-06-01,,0.04
"""


def ledger(tmp_path: Path) -> Path:
    (tmp_path / "models.csv").write_text(DATABASE)
    imported = IMPORTERS["epoch-models"](tmp_path / "models.csv", Options())
    imported.rows.to_csv(tmp_path / "ledger.csv", index=False, date_format="%Y-%m-%d")
    return tmp_path / "ledger.csv"


def test_the_database_becomes_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "models.csv").write_text(DATABASE)
    imported = IMPORTERS["epoch-models"](tmp_path / "models.csv", Options())
    assert imported.is_ledger
    assert list(imported.rows.columns) == list(LEDGER_COLUMNS)
    assert imported.rows["name"].tolist() == ["Big Tuned"]
    assert imported.rows["compute_fraction"].tolist() == pytest.approx([0.01])
    assert imported.decisions["reason"].tolist() == [
        "no base model named",
        "fine-tuning and base FLOP known",
        "fine-tuning FLOP unknown",
        "several base models named",
        "pre-training FLOP of base unknown",
        "over 5 times its base: wrongly matched base",
    ]


def test_a_ledger_reads_back(tmp_path: Path) -> None:
    read = read_ledger(ledger(tmp_path))
    assert read["base_released"].dt.strftime("%Y-%m-%d").tolist() == ["2024-01-10"]
    assert read["posttraining_flop"].tolist() == [1e22]


def test_the_hub_gives_attempts_where_a_ledger_names_their_base(tmp_path: Path) -> None:
    (tmp_path / "gpqa_diamond.csv").write_text(HUB)
    options = Options(compute=ledger(tmp_path))
    imported = IMPORTERS["epoch-hub"](tmp_path / "gpqa_diamond.csv", options)
    validate_rows(imported.rows, load_registry(), "hub")
    attempt, base = (imported.rows[imported.rows["attempts"] == n].iloc[0] for n in (1, 0))
    assert attempt["base_model"] == "big-base-2024-01-10"
    assert (attempt["base_score"], attempt["score"]) == (0.5, 0.6)
    assert attempt["posttraining_flop"] == 1e22
    assert attempt["base_items"] == pytest.approx(0.25 / 0.05**2)
    assert (base["base_score"], base["base_pretraining_flop"]) == (0.5, 1e24)
    assert imported.rejects()["name"].tolist() == ["closed-thing"]


def test_the_hub_alone_gives_base_models(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text(HUB)
    options = Options(benchmark="gpqa-diamond")
    imported = IMPORTERS["epoch-hub"](tmp_path / "scores.csv", options)
    assert imported.rows["attempts"].tolist() == [0.0]
    with pytest.raises(InputError, match="must be in the benchmark registry; found 'scores'"):
        IMPORTERS["epoch-hub"](tmp_path / "scores.csv", Options())


def test_runs_of_several_tasks_name_their_benchmark(tmp_path: Path) -> None:
    table = (
        "task,model,Best score (across scorers),Release date,Training compute (FLOP)\n"
        "GPQA diamond,a,0.5,2024-01-10,1e24\n"
        "FrontierMath-2025-02-28-Private,a,0.1,2024-01-10,1e24\n"
    )
    (tmp_path / "runs.csv").write_text(table)
    rows = IMPORTERS["epoch-hub"](tmp_path / "runs.csv", Options()).rows
    assert rows["benchmark"].tolist() == ["gpqa-diamond", "frontiermath"]


@pytest.mark.parametrize("format_", ["epoch-models", "epoch-hub"])
def test_other_tables_are_refused(tmp_path: Path, format_: str) -> None:
    (tmp_path / "x.csv").write_text("a,Release date\n1,2024-01-01\n")
    with pytest.raises(InputError, match="line 1: must have"):
        IMPORTERS[format_](tmp_path / "x.csv", Options())


def test_the_real_extract(shared: Path) -> None:
    path = shared / "epoch_posttraining_compute.csv"
    imported = IMPORTERS["epoch-models"](path, Options())
    assert len(imported.decisions) == 183
    assert len(imported.rows) == 130
    r1 = imported.rows.set_index("name").loc["DeepSeek-R1"]
    assert r1["compute_fraction"] == pytest.approx(0.179, abs=0.001)
    assert "Idefics2" in set(imported.rejects()["name"])
    low, middle, high = imported.rows["compute_fraction"].quantile([0.1, 0.5, 0.9])
    assert 1e-5 < low < 5e-5 < 4e-3 < middle < 1e-2 < 0.15 < high < 0.3
