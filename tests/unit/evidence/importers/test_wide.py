from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence import load_registry, validate_rows
from leakbound.evidence.importers import IMPORTERS, Options

LONG_MAP = """
layout = "long"
scale = 0.01
[columns]
base_model = "base"
name = "model"
base_released = "base date"
released = "date"
benchmark = "test"
base_score = "before"
score = "after"
[constants]
actor = "lab"
[[rules]]
where = { model = "^draft" }
reason = "a draft"
[[rules]]
where = { model = "prompted$" }
set = { technique = "prompting", compute_fraction = 0 }
"""
LONG = """base,model,base date,date,test,before,after
org/b,tuned,2024-01-01,2024-02-01,GPQA diamond,40,50
org/b,prompted,2024-01-01,2024-02-01,gpqa-diamond,40,45
org/b,draft 1,2024-01-01,2024-02-01,not a benchmark,40,45
"""
WIDE_MAP = """
layout = "wide"
base_only = true
[columns]
base_model = "model"
base_pretraining_flop = "flop"
[benchmarks]
bbh = { base_score = "bbh" }
musr = { base_score = "musr" }
"""


def files(tmp_path: Path, table: str, column_map: str) -> tuple[Path, Options]:
    (tmp_path / "t.csv").write_text(table)
    (tmp_path / "map.toml").write_text(column_map)
    return tmp_path / "t.csv", Options(column_map=tmp_path / "map.toml")


def test_a_long_table_through_its_map(tmp_path: Path) -> None:
    path, options = files(tmp_path, LONG, LONG_MAP)
    imported = IMPORTERS["wide"](path, options)
    rows = imported.rows
    validate_rows(rows, load_registry(), "long")
    assert rows["score"].tolist() == [0.5, 0.45]
    assert rows["technique"].tolist() == ["", "prompting"]
    assert rows["compute_fraction"].isna().tolist() == [True, False]
    assert rows["actor"].unique().tolist() == ["lab"]
    assert imported.rejects()["reason"].tolist() == ["a draft"]


def test_a_wide_table_of_base_models(tmp_path: Path) -> None:
    table = "model,flop,bbh,musr\nmicrosoft/phi-2,2e22,0.48,\norg/unknown,1e22,0.3,0.35\n"
    path, options = files(tmp_path, table, WIDE_MAP)
    imported = IMPORTERS["wide"](path, options)
    validate_rows(imported.rows, load_registry(), "wide")
    assert imported.rows["attempts"].unique().tolist() == [0.0]
    assert imported.rows["base_score"].tolist() == [0.48, 0.3, 0.35]
    assert imported.rows["released"].isna().tolist() == [False, True, True]
    assert imported.rejects()["reason"].tolist() == ["no score"]


def test_a_wide_table_of_derivatives_is_checked_for_lineage(tmp_path: Path) -> None:
    column_map = """
layout = "wide"
check_lineage = true
columns = { base_model = "base", name = "model", released = "date", base_released = "bd" }
[benchmarks]
bbh = { score = "bbh", base_score = "b_bbh" }
"""
    table = (
        "base,model,date,bd,bbh,b_bbh\n"
        "meta-llama/Meta-Llama-3-8B,x/Llama-3-8B-a,2024-06-01,2024-04-18,0.5,0.45\n"
        "meta-llama/Meta-Llama-3-8B,x/Llama-3.1-8B-a,2024-09-01,2024-04-18,0.6,0.45\n"
    )
    imported = IMPORTERS["wide"](*files(tmp_path, table, column_map))
    assert imported.decisions["verdict"].tolist() == ["kept", "rejected"]


def test_units_are_read_from_a_column(tmp_path: Path) -> None:
    units = '[units]\ncolumn = "unit"\nfactors = { percent = 0.01, fraction = 1.0 }\n'
    column_map = LONG_MAP.replace("scale = 0.01\n", "").replace(
        "[constants]", units + "[constants]"
    )
    table = LONG.replace("after\n", "after,unit\n").replace("40,50\n", "0.4,0.5,fraction\n")
    table = table.replace("40,45\n", "40,45,percent\n")
    path, options = files(tmp_path, table, column_map)
    assert IMPORTERS["wide"](path, options).rows["score"].tolist() == [0.5, 0.45]
    path, options = files(tmp_path, table.replace("fraction", "points"), column_map)
    with pytest.raises(InputError, match="line 2: column unit: must be one of percent, fraction"):
        IMPORTERS["wide"](path, options)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"long"', '"tall"', "layout: must be"),
        ('score = "after"', 'skore = "after"', "must fill columns of evidence rows; found 'skore'"),
        ('score = "after"', 'score = "aftr"', "must have the columns its map names.*mean after"),
        ('reason = "a draft"', "", r"rules\[0\]: must have either a reason or set"),
        ('"^draft"', '"("', r"rules\[0\]: must be a regular expression"),
        ("compute_fraction = 0", 'compute_fraction = "none"', "must be a number"),
        ('actor = "lab"', 'released = "May"', "must be a date in quotes"),
        ('base_model = "base"\n', "", "columns: must name base_model"),
        ('name = "model"\n', "", "columns: must name name"),
        ('benchmark = "test"\n', "", "columns: must name benchmark"),
        ('"long"', '"wide"', "benchmarks: must be given for wide tables and only for them"),
        ('reason = "a draft"', 'set = { actor = "lab" }', "found 'not a benchmark'"),
    ],
)
def test_broken_maps_say_what_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in LONG_MAP
    path, options = files(tmp_path, LONG, LONG_MAP.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        IMPORTERS["wide"](path, options)


def test_wide_needs_a_map(tmp_path: Path) -> None:
    path, _ = files(tmp_path, LONG, LONG_MAP)
    with pytest.raises(InputError, match="needs a column map"):
        IMPORTERS["wide"](path, Options())
