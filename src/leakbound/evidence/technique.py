"""The vocabulary of techniques and actors, and the channel a technique acts through."""

from __future__ import annotations

import numpy as np
import pandas as pd

TRAINING_WORDS = (
    "sft",
    "preference",
    "rl",
    "distillation",
    "continued-pretraining",
    "merge",
    "quantised",
    "snapshot",
    "mixed",
)
INFERENCE_WORDS = ("prompting", "scaffold", "tools", "solution-choice")
ACTORS = ("hobbyist", "organisation", "lab", "developer")


def channel(techniques: pd.Series) -> pd.Series:
    """Return "inference" where every word needs no training, else "training" (also unknown)."""
    verdict = {text: _channel_of(text) for text in techniques.unique()}
    return techniques.map(verdict).astype("str")


def _channel_of(text: str) -> str:
    words = text.split("+") if text else ["mixed"]
    return "inference" if all(word in INFERENCE_WORDS for word in words) else "training"


def uses_inference(techniques: pd.Series) -> pd.Series:
    """Return where a technique uses an inference word, alone or beside training."""
    return techniques.fillna("").astype(str).str.contains("|".join(INFERENCE_WORDS))


def unknown_words(techniques: pd.Series) -> pd.Series:
    """Return where a technique uses a word outside the vocabulary."""
    known = {*TRAINING_WORDS, *INFERENCE_WORDS}
    verdict = {
        text: text != "" and not set(text.split("+")) <= known for text in techniques.unique()
    }
    return techniques.map(verdict).astype(bool)


def joined(words: list[str]) -> str:
    """Return technique words joined by "+", in the vocabulary's order, each once."""
    order = {word: i for i, word in enumerate(TRAINING_WORDS + INFERENCE_WORDS)}
    return "+".join(sorted(set(words), key=lambda word: order.get(word, np.inf)))
