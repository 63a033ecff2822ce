import pandas as pd
import pytest

from leakbound.evidence.technique import channel, joined, unknown_words, uses_inference


@pytest.mark.parametrize(
    ("technique", "expected"),
    [
        ("", "training"),
        ("sft", "training"),
        ("distillation+solution-choice", "training"),
        ("prompting", "inference"),
        ("scaffold+tools+solution-choice", "inference"),
        ("mixed", "training"),
    ],
)
def test_a_technique_is_inference_only_if_every_word_is(technique: str, expected: str) -> None:
    assert channel(pd.Series([technique], dtype="str")).tolist() == [expected]


def test_unknown_words_are_found() -> None:
    words = pd.Series(["", "sft+rl", "sft+luck", "+"], dtype="str")
    assert unknown_words(words).tolist() == [False, False, True, True]
    inference = pd.Series(["prompting", "scaffold", "tools", "sft+solution-choice"], dtype="str")
    assert not unknown_words(inference).any()


def test_inference_is_found_alone_and_beside_training() -> None:
    without = pd.Series(["", "sft+rl", "mixed", None], dtype=object)
    beside = pd.Series(["prompting", "scaffold", "sft+tools", "rl+solution-choice"], dtype="str")
    assert not uses_inference(without).any()
    assert uses_inference(beside).all()


def test_joined_words_have_one_order() -> None:
    assert joined(["tools", "sft", "sft"]) == "sft+tools"
