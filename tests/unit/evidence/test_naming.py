import pandas as pd
import pytest

from leakbound.evidence.naming import canonical, contradiction, developer, parse_name


@pytest.mark.parametrize(
    ("name", "stem", "copy"),
    [
        ("unsloth/Qwen2-7B-Instruct-bnb-4bit", "qwen2-7b-instruct", "quantised"),
        ("RedHatAI/Meta-Llama-3-8B-Instruct-quantized.w8a16", "llama-3-8b-instruct", "quantised"),
        ("kaitchup/Llama-2-7b-hf-gptq-2bit", "llama-2-7b", "quantised"),
        ("Qwen/Qwen2-7B-Instruct-GPTQ-Int4", "qwen2-7b-instruct", "quantised"),
        ("unsloth/meta-Llama-3.1-8B-unsloth-bnb-4bit", "llama-3.1-8b", "quantised"),
        ("ybelkada/falcon-7b-sharded-bf16", "falcon-7b", "format"),
        ("meta-llama/Llama-2-7b-hf", "llama-2-7b", "format"),
        ("org/My_Model-7B", "my-model-7b", ""),
        ("no-organisation", "no-organisation", ""),
    ],
)
def test_stems_are_names_without_organisation_and_copy_suffix(
    name: str, stem: str, copy: str
) -> None:
    parsed = parse_name(name)
    assert (parsed.stem, parsed.copy) == (stem, copy)


@pytest.mark.parametrize(
    ("name", "base", "expected"),
    [
        ("DeepMount00/Llama-3.1-Distilled", "meta-llama/Meta-Llama-3-8B", "llama 3.1, not 3"),
        ("x/DeepSeek-R1-Distill-Llama-8B", "meta-llama/Meta-Llama-3-8B", "llama 3.1, not 3"),
        ("x/llama-3-8b-wiki", "meta-llama/Llama-3.1-8B", "llama 3, not 3.1"),
        ("x/myalee-L31-8B", "meta-llama/Meta-Llama-3-8B", "llama 3.1, not 3"),
        ("unsloth/gemma-2b-it", "google/gemma-2-2b", "gemma 1, not 2"),
        ("01-ai/Yi-9B-200K", "01-ai/Yi-1.5-9B", "yi 1, not 1.5"),
        ("Qwen/Qwen2.5-Math-7B", "Qwen/Qwen2.5-7B", "Qwen2.5-Math"),
        ("Qwen/Qwen2.5-Coder-7B", "Qwen/Qwen2.5-7B", "Qwen2.5-Coder"),
        ("tiiuae/falcon-mamba-7b", "tiiuae/falcon-7b", "Falcon Mamba"),
        ("x/Llama-3-6B-pruned", "meta-llama/Meta-Llama-3-8B", "another size"),
        ("x/Qwen3-32B", "Qwen/Qwen3-30B-A3B-Base", "another size"),
        ("x/llama-43m-beta", "JackFram/llama-68m", "another size"),
    ],
)
def test_names_that_contradict_their_base(name: str, base: str, expected: str) -> None:
    assert expected in contradiction(name, base)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("qingy/Qwen2.5-Math-14B-Instruct", "Qwen/Qwen2.5-14B"),
        ("x/Qwen2.5-Math-7B-tuned", "Qwen/Qwen2.5-Math-7B"),
        ("google/gemma-2-2b-it", "google/gemma-2-2b"),
        ("x/Llama3-8B-1.58-100B-tokens", "meta-llama/Meta-Llama-3-8B"),
        ("monsterapi/Llama-3_1-8B-orca", "meta-llama/Llama-3.1-8B"),
        ("Qwen/QwQ-32B", "Qwen/Qwen2.5-32B"),
        ("INSAIT/BgGPT-Gemma-2-2.6B-IT", "google/gemma-2-2b"),
        ("JayHyeon/Qwen_0.5-DPO_5e-7", "Qwen/Qwen2.5-0.5B"),
        ("x/Infinity-Instruct-3M-Qwen2-7B", "Qwen/Qwen2-7B"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "meta-llama/Llama-3.1-8B"),
        ("org/no-size-told", "Qwen/Qwen2.5-7B"),
        ("x/Tulu-13b", "org/base-without-size"),
    ],
)
def test_names_that_do_not(name: str, base: str) -> None:
    assert contradiction(name, base) == ""


def test_renamed_models_have_one_name() -> None:
    names = pd.Series(["meta-llama/Meta-Llama-3.1-8B", "meta-llama/Llama-3.1-8B", "x/y"])
    assert canonical(names).tolist() == ["meta-llama/Llama-3.1-8B"] * 2 + ["x/y"]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("Qwen/Qwen2.5-7B", "Alibaba"),
        ("Qwen2.5-32B-Instruct", "Alibaba"),
        ("meta-llama/Llama-3.1-8B", "Meta"),
        ("Meta-Llama-3-70B-Instruct", "Meta"),
        ("codellama/CodeLlama-7b-hf", "Meta"),
        ("gpt-4o-2024-05-13", "OpenAI"),
        ("GPT-3.5", "OpenAI"),
        ("o3-mini", "OpenAI"),
        ("GPT-J", "EleutherAI"),
        ("EleutherAI/gpt-j-6b", "EleutherAI"),
        ("deepseek-ai/DeepSeek-V2", "DeepSeek"),
        ("DeepSeek-V3", "DeepSeek"),
        ("PaLM", "Google"),
        ("01-ai/Yi-34B", "01-ai"),
        ("nameless", "nameless"),
    ],
)
def test_a_base_has_a_developer(base: str, expected: str) -> None:
    assert developer(base) == expected
