from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.evidence import validate_rows
from leakbound.evidence.importers import IMPORTERS, Options
from leakbound.evidence.importers.oll_v2 import TASKS

SCORES = ",".join(f"{task} Raw" for task in TASKS)
PAIRS = (
    "base_model,base_date,base_params_B,derivative,derivative_date,Type,Merged,#Params (B),"
    + SCORES
    + ","
    + ",".join(f"base_{task} Raw" for task in TASKS)
)
RAW = f"fullname,Base Model,Upload To Hub Date,Type,#Params (B),{SCORES}"
SIX = "0.5,0.4,0.1,0.3,0.4,0.3"
OWN = "0.2,0.4,0.1,0.3,0.35,0.3"


def table(tmp_path: Path, header: str, *lines: str) -> Path:
    path = tmp_path / "oll.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def pair(name: str, kind: str = "fine-tuned", size: float = 8.0, base: str = "org/b-8B") -> str:
    return f'{base},2024-01-10,8.0,{name},2024-02-01,"{kind}",False,{size},{SIX},{OWN}'


def test_pairs_and_their_traps(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        PAIRS,
        pair("x/tuned-8B", "🔶 fine-tuned on domain-specific datasets"),
        pair("org/chat-8B", "💬 chat models (RLHF, DPO, IFT, ...)").replace("0.5,", "0.55,"),
        pair("x/double-8B", size=16.0).replace("0.5,", "0.51,"),
        pair("x/pruned", size=6.0).replace("0.5,", "0.52,"),
        pair("x/tuned-again").replace("False", "True").replace("0.5,", "0.53,"),
        pair("DeepMount00/Llama-3.1-Distilled", base="meta-llama/Meta-Llama-3-8B"),
        pair("Qwen/Qwen2.5-Math-7B-Instruct", base="Qwen/Qwen2.5-7B"),
    )
    imported = IMPORTERS["oll-v2"](path, Options())
    reasons = imported.decisions.drop_duplicates("line").set_index("line")["reason"].to_dict()
    assert reasons[2] == reasons[3] == reasons[6] == "passes every rule"
    assert reasons[4] == "parameters counted twice"
    assert reasons[5] == "has another parameter count than its base"
    assert reasons[7] == "names another version of the family"
    assert reasons[8] == "descends from a pre-training line of its own"
    words = dict(zip(imported.rows["cell"], imported.rows["technique"], strict=True))
    assert words["org/b-8B > x/tuned-8B | bbh"] == "sft"
    assert words["org/b-8B > org/chat-8B | bbh"] == "sft+preference"
    assert words["org/b-8B > x/tuned-again | bbh"] == "sft+merge"


def test_raw_contents_follow_tags_to_the_root(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        RAW,
        f"org/b-8B,,2024-01-10,pretrained,8.0,{OWN}",
        f"org/b-8B-chat,org/b-8B,2024-02-01,chat models,8.0,{SIX}",
        f"x/leaf-8B,org/b-8B-chat,2024-03-01,fine-tuned,8.0,{SIX.replace('0.5', '0.6')}",
        f'x/blend-8B,"org/b-8B, org/c",2024-03-01,merge,8.0,{SIX}',
        f"x/orphan-8B,Removed,2024-03-01,fine-tuned,8.0,{SIX}",
        f"x/lost-8B,org/nowhere,2024-03-01,fine-tuned,8.0,{SIX}",
        f"x/leaf-8B,org/b-8B-chat,2024-03-01,fine-tuned,8.0,{SIX.replace('0.5', '0.61')}",
    )
    imported = IMPORTERS["oll-v2"](path, Options())
    reasons = imported.decisions.drop_duplicates("line").set_index("line")["reason"].to_dict()
    assert reasons == {
        2: "base-model tag empty or removed",
        3: "passes every rule",
        4: "passes every rule",
        5: "merge of several bases",
        6: "base-model tag empty or removed",
        7: "no score of the base in this harness",
        8: "the model appears again (another precision)",
    }
    assert imported.rows["base_model"].unique().tolist() == ["org/b-8B"]
    assert imported.rows["base_score"].max() == 0.4


def test_another_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must have the columns base_model"):
        IMPORTERS["oll-v2"](table(tmp_path, "Type,x", "a,b"), Options())


def test_the_real_pairs(shared: Path) -> None:
    options = Options(source="oll-v2-cells")
    imported = IMPORTERS["oll-v2"](shared / "attempts_oll_v2.csv", options)
    assert imported.decisions["line"].nunique() == 430
    assert len(imported.rows) == 2496
    rejected = imported.rejects().set_index("name")
    assert "DeepMount00/Llama-3.1-Distilled" in rejected.index
    assert "Qwen/Qwen2.5-Math-7B" in rejected.index
    assert "EpistemeAI/Athena-gemma-2-2b-it" in rejected.index
    validate_rows(imported.rows, options.registry, "oll")
