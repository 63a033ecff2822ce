"""Prompting tables: the same weights asked directly, with chain of thought, with a majority vote.

Source: ObsScaling, arXiv 2405.10938. A technique could be used from its paper's date on, so an
attempt is dated by the later of base and technique.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from leakbound.evidence.bases import with_base_facts
from leakbound.evidence.cleaning import Imported, draft, finished, reject_usual
from leakbound.evidence.csvfile import numbers, read_table
from leakbound.evidence.importers.options import Options
from leakbound.evidence.naming import canonical

CHAIN_OF_THOUGHT = pd.Timestamp("2022-01-28")
SELF_CONSISTENCY = pd.Timestamp("2022-03-21")


@dataclass(frozen=True)
class Comparison:
    """One technique: the columns without and with it, the items scored, its paper's date."""

    benchmark: str
    without: str
    with_it: str
    name: str
    technique: str
    since: pd.Timestamp
    items: float


COMPARISONS = (
    Comparison(
        "gsm8k", "gsm8k_5shot", "gsm8k_cot_8shot", "CoT 8-shot", "prompting", CHAIN_OF_THOUGHT, 500
    ),
    Comparison(
        "gsm8k",
        "gsm8k_5shot",
        "gsm8k_cot8_maj5",
        "CoT 8-shot, majority of 5",
        "prompting+solution-choice",
        SELF_CONSISTENCY,
        500,
    ),
    Comparison(
        "bbh",
        "bbh_fewshot_mean",
        "bbh_cot_fewshot_mean",
        "CoT few-shot",
        "prompting",
        CHAIN_OF_THOUGHT,
        float("nan"),
    ),
)


def read_prompting(path: Path, options: Options) -> Imported:
    """Return one attempt per base model and technique, with compute fraction 0.

    Raises
    ------
    InputError
        A column is missing or a number broken.
    """
    wanted = {column for c in COMPARISONS for column in (c.without, c.with_it)}
    text = read_table(path, required=("Model", *sorted(wanted), "FLOPs (1E21)"), known=None)
    parts = [
        pd.DataFrame(
            {
                "line": text.index,
                "name": comparison.name,
                "base_model": canonical(text["Model"]),
                "base_pretraining_flop": numbers(text, "FLOPs (1E21)", path) * 1e21,
                "benchmark": options.registry.resolve(comparison.benchmark),
                "base_score": numbers(text, comparison.without, path),
                "base_items": comparison.items,
                "score": numbers(text, comparison.with_it, path),
                "technique": comparison.technique,
                "compute_fraction": 0.0,
                "released": comparison.since,
            }
        )
        for comparison in COMPARISONS
    ]
    rows = with_base_facts(draft(pd.concat(parts, ignore_index=True)))
    later = rows["released"].where(rows["released"] > rows["base_released"], rows["base_released"])
    return finished(reject_usual(rows.assign(released=later)), options.source_for(path))
