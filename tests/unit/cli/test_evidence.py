import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from leakbound.cli.evidence import app
from leakbound.errors import InputError
from leakbound.evidence import load_evidence, load_registry, read_rows

DATA = Path(__file__).parents[2] / "data"
POOL = """base_model,base_released,base_pretraining_flop,model,modified,is_base,\
base_score_bbh,base_score_gpqa,base_score_musr,score_bbh,score_gpqa,score_musr
org/b-7B,2024-01-10,1e23,org/b-7B,2024-02-01,True,0.4,0.3,0.35,0.4,0.3,0.35
org/b-7B,2024-01-10,1e23,org/b-7B-chat,2024-02-01,False,0.4,0.3,0.35,0.5,0.31,0.4
org/b-7B,2024-01-10,1e23,x/tuned-7B,2024-03-01,False,0.4,0.3,0.35,0.51,0.32,0.42
org/b-7B,2024-01-10,1e23,x/tuned-7B-GPTQ,2024-03-01,False,0.4,0.3,0.35,0.5,0.31,0.41
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def good(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exception is None, result.exception
    return result.output


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, InputError)
    assert result.exception.exit_code == 2
    return str(result.exception)


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    path = tmp_path / "pool.csv"
    path.write_text(POOL)
    return path


def test_list_shows_every_source_with_licence_and_caveats() -> None:
    output = good("list")
    evidence = load_evidence()
    for name, card in evidence.cards.items():
        assert name in output
        assert card.caveats in output
    assert evidence.digest in output


def test_list_as_json_counts_rows_and_what_was_left_out() -> None:
    shown = json.loads(good("list", "--json", "--until", "2024-12-26"))
    total = sum(source["rows"] for source in shown["sources"])
    assert total + sum(shown["left_out"].values()) == len(load_evidence().rows)
    assert shown["digest"] == load_evidence().until(dt.date(2024, 12, 26)).digest


def test_import_then_cells_then_add_then_list(tmp_path: Path, pool: Path) -> None:
    attempts, cells, mine = tmp_path / "attempts.csv", tmp_path / "ours.csv", tmp_path / "mine"
    output = good("import", "pool", pool, "--out", attempts, "--rejects", tmp_path / "rejects.csv")
    assert "copy of another derivative" in output
    assert len((tmp_path / "rejects.csv").read_text().splitlines()) == 1 + 6
    assert len(read_rows(attempts, load_registry())) == 6
    good("cells", attempts, "--out", cells, "--period", "year")
    assert read_rows(cells, load_registry())["attempts"].tolist() == [1.0] * 6
    good("add", cells, "--to", mine, "--title", "Ours", "--reference", "Lab notes")
    shown = json.loads(good("list", "--evidence", mine, "--json"))
    (ours,) = [source for source in shown["sources"] if source["source"] == "ours"]
    assert ours["title"] == "Ours"
    assert shown["digest"] == load_evidence([mine]).digest != load_evidence().digest


def test_cells_write_the_same_bytes_twice(tmp_path: Path, pool: Path) -> None:
    attempts = tmp_path / "attempts.csv"
    good("import", "pool", pool, "--out", attempts)
    good("cells", attempts, "--out", tmp_path / "a" / "c.csv")
    good("cells", attempts, "--out", tmp_path / "b" / "c.csv")
    for name in ("c.csv", "c.toml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_check_tallies_an_importable_file(tmp_path: Path, pool: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    output = good("check", pool, "--format", "pool", "--rejects", rejects)
    assert "is the base itself" in output
    assert rejects.exists()
    shown = json.loads(good("check", pool, "--format", "pool", "--json"))
    assert sum(line["measurements"] for line in shown["tally"]) == 4 * 3
    assert shown["sources"][0]["bases"] == 1


def test_check_reads_evidence_rows(tmp_path: Path, pool: Path) -> None:
    attempts = tmp_path / "attempts.csv"
    good("import", "pool", pool, "--out", attempts)
    shown = json.loads(good("check", attempts, "--json"))
    assert shown["tally"] == [
        {"verdict": "kept", "reason": "passes every rule", "lines": 6, "measurements": 6}
    ]
    attempts.write_text(attempts.read_text().replace("0.51", "51"))
    assert "must be a fraction from 0 to 1" in refused("check", attempts)


def test_a_log_becomes_candidate_scores_or_rows(tmp_path: Path) -> None:
    log, base = DATA / "lm-eval/tuned.json", DATA / "lm-eval/base.json"
    assert 'benchmark = "mmlu"' in good("import", "lm-eval", log, "--candidate")
    out = tmp_path / "tuned.csv"
    dates = ("--base-released", "2024-01-01", "--released", "2024-02-01")
    effort = ("--technique", "sft", "--compute-fraction", "0.001")
    good("import", "lm-eval", log, "--base", base, "--out", out, *dates, *effort)
    row = read_rows(out, load_registry()).iloc[0]
    assert (row["score"], row["technique"], row["compute_fraction"]) == (0.375, "sft", 0.001)


def test_a_ledger_is_written_as_it_is(tmp_path: Path) -> None:
    table = (
        "Model,Base model,Publication date,Training compute (FLOP),Finetune compute (FLOP)\n"
        "B,,2024-01-01,1e24,\nT,B,2024-02-01,,1e22\n"
    )
    (tmp_path / "models.csv").write_text(table)
    out = tmp_path / "ledger.csv"
    good("import", "epoch-models", tmp_path / "models.csv", "--out", out)
    assert out.read_text().splitlines()[1] == "T,B,2024-01-01,1e+24,2024-02-01,1e+22,0.01,ledger"
    shown = json.loads(good("check", tmp_path / "models.csv", "--format", "epoch-models", "--json"))
    assert shown["sources"] == []


def test_plot_writes_a_picture(tmp_path: Path) -> None:
    out = tmp_path / "coverage.png"
    good("plot", "--out", out, "--mark", "open weights,0.1,2", "--mark", "closed API,0,0.5")
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("list", "--until", "26.12.2024"),
            "--until: must be a date YYYY-MM-DD; found '26.12.2024'",
        ),
        (("list", "--evidence", "{tmp}/none"), "must be a folder of evidence files"),
        (("check", "{tmp}/none.csv"), "must be a readable file"),
        (("check", "{pool}"), "must name known columns only"),
        (("check", "{pool}", "--format", "pol"), "format: must be a known format; found 'pol'"),
        (("check", "{pool}", "--registry", "{tmp}/r.toml"), "must exist"),
        (("import", "pool", "{pool}"), "--out: is required unless --candidate"),
        (("import", "pool", "{pool}", "--candidate"), "to give candidate scores"),
        (("import", "pool", "{pool}", "--out", "{tmp}/x.txt"), "must end in .csv"),
        (("import", "wide", "{pool}", "--out", "{tmp}/x.csv"), "needs a column map"),
        (("cells", "{pool}", "--out", "{tmp}/c.csv"), "must name known columns only"),
        (
            ("cells", "{pool}", "--out", "x.csv", "--quantiles", "half"),
            "--quantiles: must be numbers",
        ),
        (("add", "{pool}", "--to", "{tmp}/mine"), "must name known columns only"),
        (("plot", "--out", "{tmp}/c.gif"), "must end in one of png, svg, pdf"),
        (("plot", "--out", "{tmp}/c.png", "--mark", "a"), "must be LABEL,FRACTION,YEARS"),
        (("plot", "--out", "{tmp}/c.png", "--mark", "a,-1,2"), "must be from 0 to 100"),
        (("plot", "--out", "{tmp}/c.png", "--mark", "a,nan,2"), "must be from 0 to 100"),
    ],
)
def test_wrong_use_is_one_line(
    tmp_path: Path, pool: Path, arguments: tuple[str, ...], message: str
) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    filled = [argument.format(tmp=tmp_path, pool=pool) for argument in arguments]
    error = refused(*filled)
    assert message in error
    assert "\n" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_importing_the_commands_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, leakbound.cli.evidence;"
        "print([m for m in ('pandas', 'pandera', 'matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
