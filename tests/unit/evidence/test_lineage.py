import pandas as pd
import pytest

from leakbound.evidence.lineage import (
    copies,
    doubts,
    roots,
    size_doubts,
    with_mirrored_base_scores,
)

KEYS = ("bbh", "gpqa", "musr")


def tags(table: dict[str, str]) -> pd.DataFrame:
    names = pd.Series(list(table), dtype="str")
    return roots(names, pd.Series(list(table.values()), dtype="str")).set_index(names)


def wide(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["name", "released", "score"])
    frame["released"] = pd.to_datetime(frame["released"])
    frame["base_model"] = "org/base-7B"
    for i, key in enumerate(KEYS):
        frame[f"score:{key}"] = frame["score"] + i / 100
        frame[f"base:{key}"] = 0.3 + i / 100
    return frame.assign(note="")


def test_chains_of_tags_lead_to_the_root() -> None:
    found = tags({"base": "base", "chat": "base", "leaf": "chat"})
    assert found.loc["base", ["root", "problem"]].tolist() == ["", "names itself as its base"]
    assert found.loc["chat", ["root", "depth", "problem"]].tolist() == ["base", 1, ""]
    assert found.loc["leaf", ["root", "depth", "problem"]].tolist() == ["base", 2, ""]


def test_a_merge_suffix_is_cut_and_its_chain_followed() -> None:
    found = tags({"base": "", "chat": "base", "merged": "chat (Merge)"})
    assert found.loc["merged", ["root", "depth"]].tolist() == ["base", 2]


def test_what_has_no_root_says_why() -> None:
    found = tags(
        {
            "base": "base",
            "a": "b",
            "b": "a",
            "gone": "Removed",
            "empty": "",
            "two": "base, other",
            "child of two": "two",
            "outside": "org/not-in-the-table",
        }
    )
    assert found.loc["a", "problem"] == found.loc["b", "problem"] == "base-model tags form a cycle"
    assert found.loc["gone", "problem"] == "base-model tag empty or removed"
    assert found.loc["empty", "problem"] == "base-model tag empty or removed"
    assert found.loc["two", "problem"] == "merge of several bases"
    assert found.loc["child of two", "problem"] == "descends from a merge"
    assert found.loc["outside", ["root", "problem"]].tolist() == ["org/not-in-the-table", ""]
    assert (found.loc[found["problem"] != "", "root"] == "").all()


def test_a_chain_that_leads_into_a_cycle_has_no_root() -> None:
    found = tags({"a": "b", "b": "a", "into": "a"})
    assert found.loc["into", "problem"] == "base-model tags form a cycle"


def test_renamed_bases_are_one() -> None:
    found = tags({"tuned": "meta-llama/Meta-Llama-3.1-8B"})
    assert found.loc["tuned", "root"] == "meta-llama/Llama-3.1-8B"


def test_doubts_follow_the_pairs() -> None:
    names = pd.Series(["x/Llama-3.1-8B-a", "x/Llama-3-8B-a"], index=[5, 7])
    bases = pd.Series("meta-llama/Meta-Llama-3-8B", index=[5, 7])
    assert (doubts(names, bases) != "").tolist() == [True, False]


@pytest.mark.parametrize(
    ("ratio", "rejected", "noted"),
    [
        (1.0, False, False),
        (1.26, False, False),
        (0.5, True, False),
        (3.0, True, False),
        (2.0, False, True),
        (float("nan"), False, False),
    ],
)
def test_sizes_must_match_but_for_known_artefacts(
    ratio: float, rejected: bool, noted: bool
) -> None:
    out = size_doubts(pd.Series([8.0 * ratio]), pd.Series([8.0]))
    assert (out["reason"] != "").tolist() == [rejected]
    assert (out["note"] != "").tolist() == [noted]


def test_mirrors_and_quantised_copies_of_the_base_are_copies() -> None:
    frame = wide(
        ("mirror/base-7B", "2024-02-01", 0.3),
        ("quant/base-7B-GPTQ", "2024-02-01", 0.1),
        ("tuner/base-7B", "2024-02-01", 0.6),
    )
    assert copies(frame, KEYS).tolist() == ["mirror or quantised copy of the base"] * 2 + [""]


def test_the_developer_then_the_first_stands_for_its_copies() -> None:
    frame = wide(
        ("late/chat-7B", "2024-03-01", 0.51),
        ("org/chat-7B", "2024-04-01", 0.5),
        ("quant/chat-7B-bnb-4bit", "2024-02-01", 0.2),
        ("namesake/chat-7B", "2024-02-01", 0.9),
    )
    assert copies(frame, KEYS).tolist() == [
        "copy of another derivative: org/chat-7B",
        "",
        "copy of another derivative: org/chat-7B",
        "",
    ]


def test_identical_scores_are_identical_weights() -> None:
    frame = wide(("a/one", "2024-02-01", 0.55), ("b/two", "2024-01-20", 0.55))
    same = "same scores, hence same weights, as another derivative: b/two"
    assert copies(frame, KEYS).tolist() == [same, ""]
    unscored = frame.assign(**{f"score:{key}": float("nan") for key in KEYS[1:]})
    assert copies(unscored, KEYS).tolist() == ["", ""]


def test_copies_of_different_bases_are_apart() -> None:
    frame = wide(("a/chat-7B", "2024-02-01", 0.5), ("b/chat-7B", "2024-02-01", 0.5))
    frame.loc[1, "base_model"] = "org/other-7B"
    assert copies(frame, KEYS).tolist() == ["", ""]


def test_a_base_without_scores_is_scored_through_its_mirror() -> None:
    frame = wide(
        ("quant/base-7B-GPTQ", "2024-01-01", 0.1),
        ("mirror/base-7B", "2024-02-01", 0.35),
        ("a/tuned-7B", "2024-03-01", 0.5),
    )
    frame.loc[:, [f"base:{key}" for key in KEYS]] = float("nan")
    out = with_mirrored_base_scores(frame, KEYS)
    assert out["base:bbh"].tolist() == [0.35] * 3
    assert out["note"].iloc[2] == "base scored through an unquantised mirror"
    namesake = pd.concat([frame, frame.iloc[[1, 1]].assign(name=["n/base-7B", "m/base-7B"])])
    namesake = namesake.reset_index(drop=True)
    namesake.loc[3, "score:bbh"] = 0.8
    assert with_mirrored_base_scores(namesake, KEYS)["base:bbh"].tolist() == [0.35] * 5
    unchanged = with_mirrored_base_scores(wide(("a/tuned-7B", "2024-03-01", 0.5)), KEYS)
    assert unchanged["base:bbh"].tolist() == [0.3]
    assert unchanged["note"].tolist() == [""]
