import pandas as pd
import pytest

from leakbound.evidence.technique import channel, joined, unknown_words


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


def test_joined_words_have_one_order() -> None:
    assert joined(["tools", "sft", "sft"]) == "sft+tools"
