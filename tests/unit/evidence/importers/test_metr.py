from pathlib import Path

import numpy as np
import pytest

from leakbound.errors import InputError
from leakbound.evidence import load_registry, validate_rows
from leakbound.evidence.importers import IMPORTERS, Options

CSV = """agent,release,p50_min,lo,hi
gpt_4o_inspect,2024-05-13,6.0,3.0,12.0
o1_preview,2024-09-12,20.0,11.0,32.0
somebody_else,2024-09-12,20.0,11.0,32.0
"""
YAML = """
benchmark_name: METR-Horizon-v1.1
results:
  gpt_4o_inspect:
    release_date: 2024-05-13
    metrics: {p50_horizon_length: {estimate: 6.0, ci_low: 3.0, ci_high: 12.0}}
  o1_preview:
    release_date: 2024-09-12
    metrics: {p50_horizon_length: {estimate: 20.0}}
"""
OLDER = """
results:
  gpt_4o_inspect:
    release_date: 2024-05-13
    agents: {react: {p50_horizon_length: {estimate: 6.0, ci_low: 3.0, ci_high: 12.0}}}
  o1_preview:
    release_date: 2024-09-12
    agents: {react: {p50_horizon_length: {estimate: 20.0, ci_low: 11.0, ci_high: 32.0}}}
"""


@pytest.mark.parametrize(("name", "text"), [("h.csv", CSV), ("h.yaml", YAML), ("h.yml", OLDER)])
def test_linked_agents_are_attempts(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    imported = IMPORTERS["metr"](tmp_path / name, Options())
    validate_rows(imported.rows, load_registry(), "metr")
    row = imported.rows.iloc[0]
    assert (row["base_score"], row["score"], row["technique"]) == (6.0, 20.0, "rl")
    assert row["base_model"] == "gpt-4o-2024-05-13"
    error = np.log(12.0 / 3.0) / 2 / 1.959964
    assert row["base_items"] == pytest.approx(1.0 / error**2)
    assert len(imported.rows) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "h.csv",
            CSV.replace("3.0,12.0", "12.0,3.0"),
            "line 2: columns lo, p50_min, hi: must rise",
        ),
        ("h.csv", CSV.replace("3.0,12.0", "0,12.0"), "must rise from above 0"),
        ("h.yaml", "results: [1, 2]", "results: must map agents"),
        ("h.yaml", "a: [", "must be readable YAML"),
        ("h.yaml", "results: {x: {release_date: 2024-01-01}}", "results.x: must have release_date"),
        ("h.yaml", "results: {x: 3}", "results.x: must have release_date"),
    ],
)
def test_broken_files_say_where(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        IMPORTERS["metr"](tmp_path / name, Options())


def test_the_real_table(shared: Path) -> None:
    imported = IMPORTERS["metr"](shared / "metr_horizons.csv", Options(source="horizons"))
    assert len(imported.rows) == 3
    assert len(imported.decisions) == 12
    validate_rows(imported.rows, load_registry(), "metr")
