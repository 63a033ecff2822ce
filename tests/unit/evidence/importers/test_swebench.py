from pathlib import Path

from leakbound.evidence import load_registry, validate_rows
from leakbound.evidence.importers import IMPORTERS, Options

TABLE = """leaderboard,date,model,name,resolved,tags
Lite,2024-06-20,claude-3-5-sonnet-20241022,Early + mis-tagged,23.0,
Lite,2024-07-20,claude-3-5-sonnet-20241022,Later + mis-tagged,26.0,System: Attempts - 2+
Lite,2024-11-20,claude-3-5-sonnet-20241022 + claude-3.5-sonnet-20241022,First,41.0,
Lite,2024-12-01,claude-3-5-sonnet-20241022,Second,47.0,
Lite,2024-12-02,claude-3-5-sonnet-20241022 + o1-mini,Two models,48.0,
Lite,2024-12-02,,No model,48.0,
Lite,2024-12-02,SWE-Llama,Unknown model,1.0,
Verified,2024-12-02,claude-3-5-sonnet-20241022,Alone,50.0,
"""


def test_scaffolds_are_attempts_on_the_first(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(TABLE)
    imported = IMPORTERS["swebench"](tmp_path / "s.csv", Options())
    validate_rows(imported.rows, load_registry(), "swe")
    reasons = imported.decisions.set_index("line")["reason"].to_dict()
    assert reasons == {
        2: "gives the base score",
        3: "passes every rule",
        4: "gives the base score",
        5: "passes every rule",
        6: "several models named",
        7: "no base model named",
        8: "release date of the base unknown",
        9: "the only scaffold of its model",
    }
    rows = imported.rows
    assert rows["base_model"].tolist() == [
        "claude-3-5-sonnet-20240620",
        "claude-3-5-sonnet-20241022",
    ]
    assert rows["base_score"].tolist() == [0.23, 0.41]
    assert rows["technique"].tolist() == ["scaffold+solution-choice", "scaffold"]
    assert rows["compute_fraction"].eq(0.0).all()


def test_the_real_leaderboard(shared: Path) -> None:
    imported = IMPORTERS["swebench"](shared / "swebench_scaffolds.csv", Options())
    assert len(imported.decisions) == 140
    assert len(imported.rows) == 47
    validate_rows(imported.rows, load_registry(), "swe")
