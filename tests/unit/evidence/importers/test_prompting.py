from pathlib import Path

import pandas as pd
import pytest

from leakbound.errors import InputError
from leakbound.evidence import load_registry, validate_rows
from leakbound.evidence.importers import IMPORTERS, Options

HEADER = (
    "Model,gsm8k_5shot,gsm8k_cot_8shot,gsm8k_cot8_maj5,"
    "bbh_fewshot_mean,bbh_cot_fewshot_mean,FLOPs (1E21)"
)


def test_an_attempt_is_dated_by_the_later_of_base_and_technique(tmp_path: Path) -> None:
    table = f"{HEADER}\nEleutherAI/gpt-j-6b,0.03,0.04,0.05,0.29,0.3,14.6\n"
    table += "meta-llama/Llama-2-7b-hf,0.07,0.15,0.16,,,84\n"
    (tmp_path / "p.csv").write_text(table)
    imported = IMPORTERS["prompting"](tmp_path / "p.csv", Options())
    validate_rows(imported.rows, load_registry(), "prompting")
    dates = imported.rows.groupby("base_model")["released"].agg(list)
    cot, vote = pd.Timestamp("2022-01-28"), pd.Timestamp("2022-03-21")
    assert dates["EleutherAI/gpt-j-6b"] == [cot, vote, cot]
    assert set(dates["meta-llama/Llama-2-7b-hf"]) == {pd.Timestamp("2023-07-18")}
    assert imported.rows["technique"].tolist()[2] == "prompting+solution-choice"
    assert imported.rejects()["reason"].tolist() == ["no score"]


def test_a_table_without_the_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Model,gsm8k_5shot\na,0.1\n")
    with pytest.raises(InputError, match="is required"):
        IMPORTERS["prompting"](tmp_path / "p.csv", Options())


def test_the_real_table(shared: Path) -> None:
    imported = IMPORTERS["prompting"](shared / "prompting_uplift.csv", Options())
    assert len(imported.rows) == 258
    assert imported.rows["base_released"].notna().all()
    validate_rows(imported.rows, load_registry(), "prompting")
