"""Gates: several thresholds that decide together, as written in a candidate file."""

from __future__ import annotations

from collections.abc import Sequence

from leakbound.candidate.schema import GateIn
from leakbound.candidate.types import Gate
from leakbound.errors import InputError, did_you_mean
from leakbound.logic import Fact, Rule, all_of, any_of, at_least, parse_rule


def read_gate(entry: GateIn, names: Sequence[str], place: str) -> Gate:
    """Return the gate of `entry` over the thresholds `names`; `place` names file and table."""
    for i, name in enumerate(entry.thresholds):
        if name not in names:
            todo = did_you_mean(name, list(names))
            told = "must name a threshold of this file"
            raise InputError(f"{place}.thresholds[{i}]", told, found=name, todo=todo)
    rule = _gate_rule(entry, names, f"{place}.rule")
    used = tuple(name for name in names if name in entry.thresholds or name in rule.facts)
    return Gate(entry.name, used, rule)


def _gate_rule(entry: GateIn, names: Sequence[str], place: str) -> Rule:
    if isinstance(entry.rule, str) and entry.rule not in ("any of", "all of"):
        return parse_rule(entry.rule, entry.thresholds or names, place)
    facts = [Fact(name) for name in dict.fromkeys(entry.thresholds)]
    if not facts:
        raise InputError(place, "needs `thresholds`, the names it is about", found=entry.rule)
    if isinstance(entry.rule, str):
        return any_of(*facts) if entry.rule == "any of" else all_of(*facts)
    if not 1 <= entry.rule <= len(facts):
        raise InputError(place, f"at_least must be from 1 to {len(facts)}", found=entry.rule)
    return at_least(entry.rule, *facts)
