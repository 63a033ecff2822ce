"""What every importer promises, over all formats."""

from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence import COLUMNS
from leakbound.evidence.cleaning import DECISION_COLUMNS
from leakbound.evidence.importers import IMPORTERS, Options, import_file
from leakbound.evidence.importers.ledger import LEDGER_COLUMNS

NAMES = "oll-v2 pool wide epoch-models epoch-hub metr swebench prompting inspect lm-eval"
FILES = {
    "pool": "attempts_pool.csv",
    "oll-v2": "attempts_oll_v2.csv",
    "epoch-models": "epoch_posttraining_compute.csv",
    "metr": "metr_horizons.csv",
    "swebench": "swebench_scaffolds.csv",
    "prompting": "prompting_uplift.csv",
}


def test_the_formats() -> None:
    assert set(IMPORTERS) == set(NAMES.split())


@pytest.mark.parametrize("format_", sorted(FILES))
def test_rows_and_decisions_have_one_shape(shared: Path, format_: str) -> None:
    imported = import_file(format_, shared / FILES[format_], Options(source="s"))
    expected = LEDGER_COLUMNS if imported.is_ledger else COLUMNS
    assert list(imported.rows.columns) == list(expected)
    assert list(imported.decisions.columns) == list(DECISION_COLUMNS)
    kept = imported.decisions["verdict"] == "kept"
    assert kept.sum() == len(imported.rows)
    assert imported.decisions["verdict"].isin(["kept", "rejected"]).all()
    assert imported.decisions["reason"].ne("").all()
    assert imported.rows["source"].eq("s").all()


@pytest.mark.parametrize("format_", sorted(NAMES.split()))
@pytest.mark.parametrize("content", [b"", b"\xff\xfea\x00", b"a;b\n1;2\n", b"{}", b"=1+1\n"])
def test_nonsense_is_refused_in_one_line(tmp_path: Path, format_: str, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    (tmp_path / "map.toml").write_text('layout = "long"\n[columns]\nbase_model = "m"\n')
    if format_ == "inspect":
        pytest.importorskip("inspect_ai", reason="the extra `inspect` is not installed")
    with pytest.raises(InputError, match="file") as caught:
        IMPORTERS[format_](tmp_path / "file", Options(column_map=tmp_path / "map.toml"))
    assert "\n" not in str(caught.value)


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean lm-eval"):
        import_file("lmeval", Path("x"), Options())
