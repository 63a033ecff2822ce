import pandas as pd

from leakbound.evidence.bases import load_bases, with_base_facts
from leakbound.evidence.cleaning import draft


def test_every_base_names_its_source() -> None:
    assert all(base.source for base in load_bases().values())


def test_only_unknown_facts_are_filled() -> None:
    names = ["Qwen/Qwen2.5-14B", "Qwen/Qwen2.5-14B", "org/never-heard-of"]
    frame = pd.DataFrame({"base_model": names, "base_pretraining_flop": [None, 1e20, None]})
    frame["base_released"] = pd.to_datetime([None, "2020-01-01", None])
    out = with_base_facts(draft(frame.assign(line=1, name="x")))
    assert out["base_pretraining_flop"].tolist()[:2] == [1.5876e24, 1e20]
    assert out["base_released"].tolist()[:2] == [
        pd.Timestamp("2024-09-19"),
        pd.Timestamp("2020-01-01"),
    ]
    assert out.loc[2, ["base_pretraining_flop", "base_released"]].isna().all()
