from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence import cells, load_registry, validate_rows
from leakbound.evidence.importers import IMPORTERS, Options

HEADER = (
    "base_model,base_released,base_pretraining_flop,model,modified,is_base,"
    "base_score_bbh,base_score_gpqa,base_score_musr,score_bbh,score_gpqa,score_musr"
)
BASE = "org/base-7B,2024-01-10,1e23"
OWN = "0.4,0.3,0.35"


def pool(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "pool.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def test_the_traps_of_a_pool(tmp_path: Path) -> None:
    path = pool(
        tmp_path,
        f"{BASE},org/base-7B,2024-02-01,True,{OWN},{OWN}",
        f"{BASE},org/base-7B-chat,2024-02-01,False,{OWN},0.5,0.31,0.4",
        f"{BASE},x/base-7B-chat-GPTQ,2024-03-01,False,{OWN},0.48,0.3,0.39",
        f"{BASE},mirror/base-7B,2024-03-01,False,{OWN},{OWN}",
        f"{BASE},x/too-early-7B,2023-11-01,False,{OWN},0.5,0.3,0.4",
        f"{BASE},x/early-7B,2024-01-01,False,{OWN},0.51,0.3,0.4",
        f"{BASE},x/half-scored-7B,2024-03-01,False,{OWN},0.52,,0.4",
        "meta-llama/Meta-Llama-3-8B,2024-04-17,,DeepMount00/Llama-3.1-Distilled,2024-08-01,"
        f"False,{OWN},0.5,0.3,0.4",
    )
    imported = IMPORTERS["pool"](path, Options())
    reasons = imported.decisions.drop_duplicates("line").set_index("line")["reason"]
    assert reasons.to_dict() == {
        2: "is the base itself",
        3: "date is an upper bound (last modified)",
        4: "copy of another derivative",
        5: "mirror or quantised copy of the base",
        6: "dated more than 30 days before its base",
        7: "date is an upper bound (last modified)",
        8: "date is an upper bound (last modified)",
        9: "names another version of the family",
    }
    assert len(imported.decisions) == 8 * 3
    assert "no score" in set(imported.decisions["reason"])
    assert len(imported.rows) == 3 + 3 + 2
    actors = imported.rows.groupby("actor")["cell"].size().to_dict()
    assert actors == {"": 5, "developer": 3}
    validate_rows(imported.rows, load_registry(), "pool")


def test_broken_tables_name_line_and_column(tmp_path: Path) -> None:
    good = f"{BASE},x/tuned-7B,2024-02-01,False,{OWN},0.5,0.31,0.4"
    cases = {
        "line 2: column score_gpqa: must be a finite number": good.replace("0.31", "high"),
        "line 2: column modified: must be a date": good.replace("2024-02-01", "soon"),
    }
    for message, line in cases.items():
        with pytest.raises(InputError, match=message):
            IMPORTERS["pool"](pool(tmp_path, line), Options())
    with pytest.raises(InputError, match="column is_base: is required"):
        IMPORTERS["pool"](pool(tmp_path, good, header=HEADER.replace("is_base", "x")), Options())
    path = pool(tmp_path, good, header=HEADER.replace("score_bbh", "score_bbx"))
    with pytest.raises(InputError, match="must be in the benchmark registry; found 'bbx'"):
        IMPORTERS["pool"](path, Options())


def test_the_real_pool(shared: Path) -> None:
    options = Options(source="pool-cells")
    imported = IMPORTERS["pool"](shared / "attempts_pool.csv", options)
    assert imported.decisions["line"].nunique() == 1261
    assert len(imported.decisions) == 1261 * 6
    assert len(imported.rows) == 4884
    rejected = imported.rejects()
    assert rejected["reason"].ne("").all()
    traps = rejected[rejected["reason"] == "dated more than 30 days before its base"]
    assert "FinancialSupport/hellfire-2b" in set(traps["name"])
    validate_rows(imported.rows, options.registry, "pool")
    out = cells(imported.rows, registry=options.registry)
    assert out.drop_duplicates("cell")["attempts"].sum() == len(imported.rows)
