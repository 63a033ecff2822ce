from pathlib import Path

import numpy as np
import pytest

from leakbound.errors import InputError
from leakbound.evidence import DOMAINS, Registry, load_registry

GOOD = """
[benchmarks.our-exam]
title = "Our exam"
domain = "biology"
guess = 0.2
items = 50
source = "internal"
aliases = ["OUR_EXAM"]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "benchmarks.toml"
    path.write_text(text)
    return path


def test_shipped_benchmarks_are_complete() -> None:
    registry = load_registry()
    for key, benchmark in registry.items():
        assert benchmark.key == key
        assert benchmark.domain in DOMAINS
        assert benchmark.source
        assert benchmark.link in ("logit", "log", "oom")
    assert registry["gpqa-diamond"].items == 198
    assert registry["ceg"].link == "oom"


def test_guess_of_bbh_is_the_item_weighted_mean_over_its_subtasks() -> None:
    choices = [2, 3, 2, 2, 6, 18, 19, 7, 11, 2, 6, 5, 6, 3, 4, 2, 3, 2, 2, 7, 6, 5, 2, 5]
    items = [250.0] * 24
    items[3], items[17], items[21] = 178, 187, 146
    guess = np.average(1.0 / np.array(choices), weights=items)
    assert load_registry()["bbh"].guess == pytest.approx(guess, abs=5e-4)
    assert load_registry()["bbh"].items == sum(items)


def test_guess_of_musr_is_the_item_weighted_mean_over_its_parts() -> None:
    guess = (250 / 2 + 256 / 5 + 250 / 3) / 756
    assert load_registry()["musr"].guess == pytest.approx(guess, abs=5e-5)


def test_links_invert(subtests: pytest.Subtests) -> None:
    for key, benchmark in load_registry().items():
        with subtests.test(key):
            scores = np.array([0.45, 0.6, 0.9]) * (1.0 if benchmark.link == "logit" else 40.0)
            np.testing.assert_allclose(benchmark.from_link(benchmark.to_link(scores)), scores)


@pytest.mark.parametrize("name", ["gpqa-diamond", "GPQA Diamond", "gpqa_diamond"])
def test_names_resolve_to_keys(name: str) -> None:
    assert load_registry().resolve(name) == "gpqa-diamond"


def test_no_two_benchmarks_share_a_name() -> None:
    registry = load_registry()
    names = [
        name.casefold()
        for key, b in registry.items()
        for name in {*map(str.casefold, b.aliases), b.title.casefold(), key}
    ]
    assert len(names) == len(set(names))


def test_unknown_key_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean gpqa-diamond"):
        load_registry()["gpqa-dimond"]
    with pytest.raises(InputError, match="registry file"):
        load_registry().resolve("no such thing")


def test_merging_adds_and_replaces(tmp_path: Path) -> None:
    own = load_registry(written(tmp_path, GOOD))
    merged = load_registry().merged(own)
    assert set(own) == {"our-exam"}
    assert merged.resolve("our_exam") == "our-exam"
    assert len(merged) == len(load_registry()) + 1
    assert "our-exam" not in load_registry()
    assert Registry().merged(own).entries == own.entries


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("our-exam", "Our_Exam", "kebab-case"),
        ('"biology"', '"biologie"', r"our-exam\.domain: must be"),
        ("guess = 0.2", "guess = 1.0", r"our-exam\.guess"),
        ("items = 50", "items = 0", r"our-exam\.items"),
        ("items = 50", "item = 50", "item: is not a known key; did you mean items"),
        ('title = "Our exam"', "", "title: is required"),
        ("guess = 0.2", "guess = nan", r"our-exam\.guess"),
    ],
)
def test_broken_entries_name_the_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(InputError, match=message):
        load_registry(path)
