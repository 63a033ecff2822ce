"""Inspect and lm-eval logs: real ones, made with the packages' own mock models."""

import datetime as dt
import json
import sys
from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence import load_registry, validate_rows
from leakbound.evidence.importers import IMPORTERS, Options, candidate_scores, import_file
from leakbound.evidence.importers.lm_eval import lm_eval_scores

DATA = Path(__file__).parents[3] / "data"
LOGS = {
    "inspect": (DATA / "inspect/base.eval", DATA / "inspect/tuned.eval"),
    "lm-eval": (DATA / "lm-eval/base.json", DATA / "lm-eval/tuned.json"),
}
EXPECTED = {
    "inspect": ("mockllm/base-7b", "gpqa-diamond", 0.375, 0.75),
    "lm-eval": ("example/base-7b", "mmlu", 0.25, 0.375),
}


@pytest.fixture(params=sorted(LOGS))
def format_(request: pytest.FixtureRequest) -> str:
    if request.param == "inspect":
        pytest.importorskip("inspect_ai", reason="the extra `inspect` is not installed")
    return str(request.param)


def test_a_run_and_its_base_make_an_attempt(format_: str) -> None:
    base, tuned = LOGS[format_]
    options = Options(
        base=base,
        base_released=dt.date(2024, 1, 1),
        released=dt.date(2024, 3, 1),
        technique="sft",
        actor="lab",
        compute_fraction=0.01,
    )
    row = import_file(format_, tuned, options).rows.iloc[0]
    model, benchmark, before, after = EXPECTED[format_]
    assert (row["base_model"], row["benchmark"]) == (model, benchmark)
    assert (row["base_score"], row["score"]) == (before, after)
    assert row["base_items"] == 8
    assert (row["technique"], row["actor"], row["compute_fraction"]) == ("sft", "lab", 0.01)


def test_without_a_date_the_run_dates_the_attempt(format_: str) -> None:
    base, tuned = LOGS[format_]
    options = Options(base=base, base_released=dt.date(2024, 1, 1))
    imported = IMPORTERS[format_](tuned, options)
    assert imported.rows["released"].notna().all()
    assert imported.decisions["reason"].tolist() == ["date is an upper bound (date of the run)"]


def test_a_run_alone_is_a_base_model(format_: str) -> None:
    imported = IMPORTERS[format_](LOGS[format_][0], Options())
    validate_rows(imported.rows, load_registry(), "log")
    assert imported.rows["attempts"].tolist() == [0.0]
    assert imported.rows["base_score"].tolist() == [EXPECTED[format_][2]]


def test_candidate_scores_are_toml(format_: str) -> None:
    import tomllib

    text = candidate_scores(format_, LOGS[format_][0], Options())
    _, benchmark, before, _ = EXPECTED[format_]
    scores = tomllib.loads(text)["candidate"]["scores"]
    assert scores == [{"benchmark": benchmark, "score": before, "items": 8}]


def test_a_task_may_be_named_by_hand(format_: str) -> None:
    imported = IMPORTERS[format_](LOGS[format_][0], Options(benchmark="wmdp-bio"))
    assert imported.rows["benchmark"].tolist() == ["wmdp-bio"]


def test_what_is_no_log_is_refused(tmp_path: Path, format_: str) -> None:
    for name, content in {"x.eval": b"junk", "x.json": b"[1]", "empty.eval": b""}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="must be"):
            IMPORTERS[format_](tmp_path / name, Options())
    with pytest.raises(InputError, match="must be a readable"):
        IMPORTERS[format_](tmp_path / "missing.eval", Options())


def test_other_formats_give_no_candidate_scores() -> None:
    with pytest.raises(InputError, match="must be inspect or lm-eval"):
        candidate_scores("pool", Path("x"), Options())


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(InputError, match=r"needs the package inspect-ai.*leakbound\[inspect\]"):
        IMPORTERS["inspect"](LOGS["inspect"][0], Options())


def lm_eval(tmp_path: Path, **change: object) -> Path:
    data = json.loads(LOGS["lm-eval"][0].read_text()) | change
    (tmp_path / "results.json").write_text(json.dumps(data))
    return tmp_path / "results.json"


def test_the_metric_of_a_task(tmp_path: Path) -> None:
    results = {
        "gsm8k": {"exact_match,flexible-extract": 0.6, "exact_match,strict-match": 0.5},
        "leaderboard_ifeval": {
            "inst_level_strict_acc,none": 0.4,
            "prompt_level_strict_acc,none": 0.3,
        },
        "leaderboard_musr": {"acc,none": 0.4, "acc_norm,none": 0.45, "acc_norm_stderr,none": "N/A"},
    }
    scores = lm_eval_scores(lm_eval(tmp_path, results=results), Options())
    assert [score.score for score in scores] == [0.5, 0.3, 0.45]
    assert [score.standard_error for score in scores] == [None, None, None]


def test_sub_tasks_of_a_group_are_left_to_it(tmp_path: Path) -> None:
    results = {"leaderboard_bbh": {"acc_norm,none": 0.4}, "bbh_snarks": {"acc_norm,none": 0.6}}
    path = lm_eval(tmp_path, results=results, group_subtasks={"leaderboard_bbh": ["bbh_snarks"]})
    assert [score.benchmark for score in lm_eval_scores(path, Options())] == ["bbh"]


def test_a_group_that_lists_nothing_holds_nothing(tmp_path: Path) -> None:
    path = lm_eval(tmp_path, group_subtasks={"mmlu": None})
    assert lm_eval_scores(path, Options()) == lm_eval_scores(lm_eval(tmp_path), Options())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"results": {}}, "results: must be a result file"),
        ({"results": {"mmlu": 0.3}}, r"results\.mmlu: must be a table of metrics"),
        ({"results": {"mmlu": {"f1,none": 0.3}}}, r"results\.mmlu: must report one of"),
        ({"results": {"mmluu": {"acc,none": 0.3}}}, r"results\.mmluu: .*--benchmark"),
        ({"model_name": None, "config": {}}, "model_name: must name the model"),
        ({"date": 1.7e12}, "date: must be in seconds since 1970-01-01"),
        ({"date": float("inf")}, "date: must be in seconds since 1970-01-01"),
    ],
)
def test_broken_results_say_where(tmp_path: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        lm_eval_scores(lm_eval(tmp_path, **change), Options())


def test_a_run_that_is_not_a_fraction_is_refused(tmp_path: Path) -> None:
    path = lm_eval(tmp_path, results={"mmlu": {"acc,none": 41.0}})
    with pytest.raises(InputError, match="must be a fraction from 0 to 1"):
        import_file("lm-eval", path, Options())
