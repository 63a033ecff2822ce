import datetime as dt
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.candidate import Candidate, read_candidate
from leakbound.errors import InputError
from leakbound.evidence.registry import Benchmark, Registry, load_registry
from leakbound.scenario import load_scenarios
from leakbound.security import Security

REGISTRY = load_registry()
SCENARIOS = load_scenarios()
SHIPPED = sorted((Path(__file__).parents[3] / "experiments" / "candidates").glob("*.toml"))
CANDIDATE = """
[candidate]
name = "Some model"
released = 2024-12-26
pretraining_flop = 3.41e24
elicited = ["prompting"]
"""
SCORE = """
[[candidate.scores]]
benchmark = "gpqa-diamond"
score = 0.565
items = 198
"""
OUTCOME = """
[[candidate.outcomes]]
benchmark = "gpqa-diamond"
score = 0.69
date = 2025-01-20
name = "Successor"
source = "hub"
"""
THRESHOLD = """
[[thresholds]]
name = "graduate science"
benchmark = "gpqa-diamond"
score = { closed-api = 0.85, theft = 0.80, open-weights = 0.75 }
confidence = 0.95
horizon_years = { closed-api = 0.5, theft = 1.0, open-weights = 2.0 }
"""
GATE = """
[[gates]]
name = "science"
thresholds = ["graduate science"]
rule = "any of"
"""
GOOD = CANDIDATE + SCORE + OUTCOME + THRESHOLD + GATE
INLINE = """
[[candidate.scores]]
benchmark = "new-biology"
domain = "biology"
guess = 0.25
score = 0.4
"""

Read = Callable[[str], Candidate]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str) -> Candidate:
        path = tmp_path / "some.toml"
        path.write_text(text)
        return read_candidate(path, REGISTRY, until=dt.date(2025, 6, 1), scenarios=SCENARIOS)

    return read_text


def test_good_file_keeps_what_it_says(read: Read) -> None:
    candidate = read(GOOD)
    assert candidate.key == "some"
    assert candidate.name == "Some model"
    assert candidate.released == dt.date(2024, 12, 26)
    assert candidate.pretraining_flop == 3.41e24
    assert candidate.posttraining_fraction_spent == 0.0
    assert candidate.elicited == ("prompting",)
    assert candidate.base_model is None
    assert candidate.security is None
    assert [(s.benchmark, s.score, s.items) for s in candidate.scores] == [
        ("gpqa-diamond", 0.565, 198)
    ]
    assert [(o.name, o.score, o.date) for o in candidate.outcomes] == [
        ("Successor", 0.69, dt.date(2025, 1, 20))
    ]
    (threshold,) = candidate.thresholds
    assert threshold.domain == REGISTRY["gpqa-diamond"].domain
    assert not threshold.extrapolate
    assert candidate.gates[0].thresholds == ("graduate science",)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_candidates_are_good(path: Path) -> None:
    candidate = read_candidate(path, REGISTRY, scenarios=SCENARIOS)
    assert candidate.thresholds
    for threshold in candidate.thresholds:
        assert "illustrative" in threshold.note
        assert all(threshold.at(scenario) is not None for scenario in SCENARIOS.values())


def test_four_candidates_ship() -> None:
    stems = [path.stem for path in SHIPPED]
    assert stems == ["biology-illustrative", "deepseek-v3", "llama-3.1-8b", "qwen2.5-32b-instruct"]


def test_shipped_release_day_is_known_on_the_release_day() -> None:
    path = next(path for path in SHIPPED if path.stem == "deepseek-v3")
    released = dt.date(2024, 12, 26)
    assert read_candidate(path, REGISTRY, until=released).released == released


def test_alias_is_resolved_to_its_key(read: Read) -> None:
    text = GOOD.replace('benchmark = "gpqa-diamond"', 'benchmark = "GPQA_diamond"')
    candidate = read(text)
    assert candidate.scores[0].benchmark == "gpqa-diamond"
    assert candidate.thresholds[0].benchmark == "gpqa-diamond"


def test_new_benchmark_works_from_its_entry_alone(read: Read) -> None:
    threshold = THRESHOLD.replace("graduate science", "biology").replace(
        "gpqa-diamond", "new-biology"
    )
    candidate = read(CANDIDATE + INLINE + threshold)
    (benchmark,) = candidate.benchmarks
    assert (benchmark.domain, benchmark.link, benchmark.guess) == ("biology", "logit", 0.25)
    assert candidate.thresholds[0].domain == "biology"
    assert candidate.registry(REGISTRY)["new-biology"] == benchmark
    assert "new-biology" not in REGISTRY


def test_one_number_stands_for_every_release_mode(read: Read) -> None:
    text = GOOD.replace("{ closed-api = 0.85, theft = 0.80, open-weights = 0.75 }", "0.8")
    limits = [read(text).thresholds[0].at(scenario) for scenario in SCENARIOS.values()]
    assert {limit.score for limit in limits if limit} == {0.8}
    assert len([limit for limit in limits if limit]) == len(SCENARIOS)


def test_security_is_read(read: Read) -> None:
    text = GOOD + "[security]\nlevel = 2\ntheft_per_year = { oc4 = 0.3 }\n"
    assert read(text).security == Security(2, {"oc4": 0.3})


def test_score_on_another_scale_may_exceed_one(tmp_path: Path) -> None:
    minutes = Benchmark("minutes", "Minutes", "agentic", "log", 0.0, None, "test")
    text = GOOD.replace("gpqa-diamond", "minutes").replace("0.565", "18.5").replace("0.69", "27")
    path = tmp_path / "minutes.toml"
    path.write_text(text)
    candidate = read_candidate(path, Registry({"minutes": minutes}))
    assert candidate.scores[0].score == 18.5
    path.write_text(text.replace("18.5", "0"))
    with pytest.raises(InputError, match=r"scores\[0\]\.score: must be positive \(minutes\)"):
        read_candidate(path, Registry({"minutes": minutes}))


BAD = [
    ("name =", "# name =", "candidate.name: is required"),
    ("released = 2024-12-26", "", "candidate.released: is required"),
    (SCORE, "", "candidate.scores: is required"),
    (THRESHOLD + GATE, "", "thresholds: is required"),
    (CANDIDATE + SCORE + OUTCOME, "", "candidate: is required"),
    ("score = 0.565", "", "candidate.scores[0].score: is required"),
    ("confidence = 0.95", "", "thresholds[0].confidence: is required"),
    (
        "pretraining_flop",
        "pretraining_flops",
        "candidate.pretraining_flops: is not a known key; did you mean pretraining_flop",
    ),
    ("[[thresholds]]", "[[threshold]]", "threshold: is not a known key; did you mean thresholds?"),
    ("items = 198", "item = 198", "candidate.scores[0].item: is not a known key; did you mean it"),
    (
        "0.565",
        "56.5",
        "scores[0].score: must lie between 0 and 1 (fraction correct); found 56.5; "
        "looks like a percentage: write 0.565",
    ),
    ("0.565", "-0.1", "scores[0].score: must lie between 0 and 1 (fraction correct); found -0.1"),
    (
        "0.565",
        "0.12",
        "candidate.scores[0].score: must not lie far below chance (0.25); found 0.12; guessing",
    ),
    ("0.565", "nan", "candidate.scores[0].score: must be a finite number; found nan"),
    ("0.565", "inf", "candidate.scores[0].score: must be a finite number; found inf"),
    ("0.565", '"0.565"', "candidate.scores[0].score: must be a valid number; found '0.565'"),
    ("0.565", "true", "candidate.scores[0].score: must be a valid number; found True"),
    ("= 198", "= 0", "candidate.scores[0].items: must be greater than or equal to 1; found 0"),
    ("= 198", "= 198.5", "candidate.scores[0].items: must be a valid integer; found 198.5"),
    (
        "[candidate]",
        "[candidate]\nposttraining_fraction_spent = 5",
        "posttraining_fraction_spent: must lie between 0 and 1; found 5; looks like a percentage",
    ),
    (
        '"gpqa-diamond"\nscore = 0.565',
        '"gpqa-diamnd"\nscore = 0.565',
        "scores[0].benchmark: must be in the benchmark registry; found 'gpqa-diamnd'; "
        "did you mean gpqa-diamond",
    ),
    (
        "items = 198",
        'domain = "maths"',
        "scores[0].domain: gpqa-diamond is in the benchmark registry and must not be defined again",
    ),
    (
        'benchmark = "gpqa-diamond"\nscore = 0.565',
        'benchmark = "new"\ndomain = "biology"\nscore = 0.565',
        "candidate.scores[0].guess: is required to define a benchmark",
    ),
    (
        'benchmark = "gpqa-diamond"\nscore = 0.565',
        'benchmark = "new"\ndomain = "magic"\nscore = 0.565',
        "candidate.scores[0].domain: must be one of knowledge,",
    ),
    (
        "released = 2024-12-26",
        "released = 2014-12-26",
        "candidate.released: must not lie before 2017-01-01; found '2014-12-26'; correct the date",
    ),
    (
        'benchmark = "gpqa-diamond"\nscore = 0.565',
        'benchmark = "new"\ndomain = "biology"\nlink = "log"\nguess = 0.5\nscore = 0.565',
        "candidate.scores[0].guess: must be left out of a benchmark on the log scale",
    ),
    ("3.41e24", "-3.41e24", "candidate.pretraining_flop: must be greater than 0; found -3.41e+24"),
    (
        "3.41e24",
        "3.41",
        "pretraining_flop: must lie between 1e15 and 1e30; found 3.41; the unit is",
    ),
    ("3.41e24", "1e40", "pretraining_flop: must lie between 1e15 and 1e30; found 1e+40"),
    ('["prompting"]', '["prompts"]', "candidate.elicited[0]: must be 'prompting', 'scaffold',"),
    ('["prompting"]', '"prompting"', "candidate.elicited: must be a list; found 'prompting'"),
    ('"Some model"', '""', "candidate.name: must be text on one line"),
    ('"Some model"', '"a\\u001bb"', "candidate.name: must be text on one line"),
    ('"Some model"', f'"{"x" * 101}"', "candidate.name: must have at most 100 characters"),
    (
        "released = 2024-12-26",
        "released = 2025-06-02",
        "candidate.released: must not be later than --until 2025-06-01; found '2025-06-02'",
    ),
    (
        "items = 198",
        "released = 2025-06-02",
        "candidate.scores[0].released: must not be later than --until 2025-06-01",
    ),
    (
        "released = 2024-12-26",
        "released = 2024-12-26T00:00:00",
        "candidate.released: must be a date without a time and without quotes",
    ),
    ("= 2024-12-26", '= "2024-12-26"', "candidate.released: must be a date without a time"),
    ("= 2025-01-20", "= 2024-01-20", "outcomes[0].date: an outcome must not come before the rel"),
    ("score = 0.69", "score = 69", "outcomes[0].score: must lie between 0 and 1"),
    (SCORE, SCORE + SCORE, "candidate.scores[1].benchmark: must not occur twice"),
    (
        SCORE,
        SCORE + SCORE.replace("gpqa-diamond", "GPQA_diamond"),
        "candidate.scores[1].benchmark: must not occur twice; found 'gpqa-diamond'",
    ),
    (INLINE, INLINE + INLINE, "candidate.scores[2].benchmark: must not occur twice"),
    (THRESHOLD, THRESHOLD + THRESHOLD, "thresholds[1].name: must not occur twice"),
    (GATE, GATE + GATE, "gates[1].name: must not occur twice"),
    (
        'name = "graduate science"\nbenchmark = "gpqa-diamond"',
        'name = "graduate science"\nbenchmark = "mmlu"',
        "thresholds[0].benchmark: needs a score; found 'mmlu'; add it under [[candidate.scores]]",
    ),
    (
        'name = "graduate science"\nbenchmark = "gpqa-diamond"',
        'name = "graduate science"\nbenchmark = "mmlx"',
        "thresholds[0].benchmark: must be in the benchmark registry; found 'mmlx'; did you mean",
    ),
    ('name = "graduate science"', 'name = "a & b"', "thresholds[0].name: must not hold any of"),
    ("theft = 0.80", "theft = 80", "thresholds[0].score.theft: must lie between 0 and 1"),
    ("theft = 0.80", "theft = 0.25", "thresholds[0].score.theft: must lie above chance, 0.25"),
    (
        "open-weights = 0.75",
        "open-weight = 0.75",
        "thresholds[0].score: must name a release mode or a scenario; found 'open-weight'; "
        "did you mean open-weights",
    ),
    ("theft = 0.80", "theft-oc9 = 0.80", "must name a release mode or a scenario"),
    ("theft = 1.0, ", "", "thresholds[0].horizon_years.theft: is required"),
    (
        "theft = 1.0",
        "theft = 0",
        "thresholds[0].horizon_years.theft: must be greater than or equal to 0.0025",
    ),
    (
        "theft = 1.0",
        "theft = -1",
        "thresholds[0].horizon_years.theft: must be greater than or equal to 0.0025",
    ),
    ("theft = 1.0", "theft = 20.5", "horizon_years.theft: must be less than or equal to 20"),
    ("= 0.95", "= 0.5", "thresholds[0].confidence.closed-api: must be greater than 0.5"),
    (
        "= 0.95",
        "= 1.0",
        "thresholds[0].confidence.closed-api: must be less than or equal to 0.99; found 1.0",
    ),
    ("= 0.95", "= 95", "confidence.closed-api: must lie between 0 and 1; found 95; looks like"),
    ("= 0.95", "= nan", "thresholds[0].confidence.closed-api: must be"),
    ("score = {", "score = {}#", "thresholds[0].score: must not be empty"),
    ('["graduate science"]', '["gradate"]', "gates[0].thresholds[0]: must name a threshold"),
    ('"any of"', '"some of"', "gates[0].rule: must use known names only; found 'some of'"),
    ('"any of"', '"graduate science &"', "gates[0].rule: must be names joined by & | ~"),
    ('"any of"', "{ at_least = 2 }", "gates[0].rule: at_least must be from 1 to 1; found 2"),
    ('"any of"', "{ at_most = 1 }", "gates[0].rule: must be 'any of', 'all of'"),
    ('"any of"', "3", "gates[0].rule: must be 'any of', 'all of'"),
    ('thresholds = ["graduate science"]', "", "gates[0].rule: needs `thresholds`"),
    (GATE, GATE + "[security]\nlevel = 6\n", "security.level: must be less than or equal to 5"),
    (
        GATE,
        GATE + "[security]\ntheft_per_year = { oc3 = 5 }\n",
        "security.theft_per_year.oc3: must be less than or equal to 1",
    ),
    (
        GATE,
        GATE + "[security]\ntheft_per_year = { oc2 = 0.1 }\n",
        "security: must state a level, or the chance of theft of every actor class; found 'none for "
        "oc1, oc3, oc4, oc5'",
    ),
    (GATE, GATE + "[security]\n", "security: must state a level, or the chance of theft of every"),
    (
        GATE,
        GATE + "[security]\ntheft_per_year = { oc9 = 0.5 }\n",
        "security.theft_per_year: must name actor classes; found 'oc9'",
    ),
]


@pytest.mark.parametrize(("old", "new", "told"), BAD)
def test_bad_candidate_is_one_line(read: Read, old: str, new: str, told: str) -> None:
    good = GOOD.replace(SCORE, SCORE + INLINE) if old == INLINE else GOOD
    assert old in good
    with pytest.raises(InputError, match=re.escape(told)) as caught:
        read(good.replace(old, new, 1))
    assert "some.toml: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_threshold_that_no_loaded_scenario_meets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_text(GOOD.replace("closed-api = 0.85, theft = 0.80, ", ""))
    others = {key: one for key, one in SCENARIOS.items() if one.release != "open-weights"}
    told = r"thresholds\[0\]\.score: must speak of a scenario that is loaded"
    assert read_candidate(path, REGISTRY, until=dt.date(2025, 6, 1), scenarios=SCENARIOS)
    with pytest.raises(InputError, match=told) as caught:
        read_candidate(path, REGISTRY, until=dt.date(2025, 6, 1), scenarios=others)
    assert "found 'open-weights'; loaded: " in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "must not be empty"), (b"no toml", "valid TOML"), (b"\x00\x01\xff", "UTF-8")],
)
def test_no_toml_is_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_candidate(path, REGISTRY)


JUNK = st.sampled_from(
    [
        *(True, 0, -1, math.inf, math.nan, 1.5, 10**400),
        *("", "x", "a\nb", "any of", "~"),
        *([], [1], [{}], {}, {"a": 1}, {"mass": "x", "low": 1, "high": 2}, {"at_least": True}),
        *(dt.date(2024, 1, 1), dt.datetime(2024, 1, 1), dt.time(1, 2)),
    ]
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, part in parts:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))


@given(data=st.data(), source=st.sampled_from(SHIPPED), junk=JUNK)
def test_any_value_anywhere_is_read_or_refused(
    data: st.DataObject, source: Path, junk: Any
) -> None:
    tables = tomllib.loads(source.read_text())
    *steps, last = data.draw(st.sampled_from(list(places(tables))))
    spot: Any = tables
    for step in steps:
        spot = spot[step]
    spot[last] = junk
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("leakbound.candidate.read.read_toml", lambda _: tables)
        told = f"{source}: "
        try:
            candidate = read_candidate(source, REGISTRY, scenarios=SCENARIOS)
            assert all(math.isfinite(score.score) for score in candidate.scores)
        except InputError as problem:
            told = str(problem)
    assert told.startswith(f"{source}: ")
    assert "\n" not in told


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must exist"):
        read_candidate(tmp_path / "none.toml", REGISTRY)
    with pytest.raises(InputError, match="a directory"):
        read_candidate(tmp_path, REGISTRY)


def test_order_of_tables_changes_no_number(read: Read) -> None:
    swapped = read(GATE + THRESHOLD + OUTCOME + SCORE + CANDIDATE)
    assert swapped.scores == read(GOOD).scores
    assert swapped.thresholds == read(GOOD).thresholds


def test_a_score_below_chance_is_taken_as_far_as_counting_allows(read: Read) -> None:
    assert read(GOOD.replace("0.565", "0.13", 1)).scores[0].score == 0.13
    few = GOOD.replace("score = 0.565\nitems = 198", "score = 0.12\nitems = 40", 1)
    assert few != GOOD
    assert read(few).scores[0].items == 40
