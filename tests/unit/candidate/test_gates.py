import pytest

from leakbound.candidate.gates import read_gate
from leakbound.candidate.schema import GateIn
from leakbound.logic import Fact, Rule, all_of, any_of, at_least

NAMES = ["a", "b", "c"]
a, b, c = map(Fact, NAMES)


@pytest.mark.parametrize(
    ("thresholds", "rule", "expected", "used"),
    [
        (["a", "b"], "any of", any_of(a, b), ("a", "b")),
        (["a", "b"], "all of", all_of(a, b), ("a", "b")),
        (["a", "b", "c"], {"at_least": 2}, at_least(2, a, b, c), ("a", "b", "c")),
        (["a", "a"], "any of", a, ("a",)),
        ([], "c & ~a", c & ~a, ("a", "c")),
        (["a", "b"], "a | b", a | b, ("a", "b")),
    ],
)
def test_gate_becomes_a_rule(
    thresholds: list[str], rule: object, expected: Rule, used: tuple[str, ...]
) -> None:
    entry = GateIn.model_validate({"name": "gate", "thresholds": thresholds, "rule": rule})
    gate = read_gate(entry, NAMES, "f.toml: gates[0]")
    assert gate.rule == expected
    assert gate.thresholds == used
