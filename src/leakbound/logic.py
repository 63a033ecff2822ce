"""Rules as values: three-valued statements that combine with `&`, `|`, `~` and explain themselves.

Truth is True, False or None (undecided), combined as in Kleene's strong logic: whatever is missing,
NaN or not a plain yes or no is undecided, and stays so through `~`.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from leakbound.errors import InputError, did_you_mean

Facts = Mapping[str, object]
MAX_DEPTH = 20
SYMBOLS = "&|~()"


@dataclass(frozen=True)
class Answer:
    """What a rule says about given facts: whether it holds, why, and what its parts said."""

    holds: bool | None
    reason: str
    parts: tuple[Answer, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError("an answer has three values: ask `answer.holds is True`")


class Rule(ABC):
    """A statement to `ask` of named facts; combine rules with `&`, `|` and `~`, never `and`."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What the rule demands, in words."""

    @property
    @abstractmethod
    def facts(self) -> frozenset[str]:
        """Names of the facts the rule asks."""

    @abstractmethod
    def ask(self, facts: Facts) -> Answer:
        """Answer for `facts`; a missing or senseless fact leaves the rule undecided."""

    def __and__(self, other: Rule) -> Rule:
        return all_of(*_flat(self, "&"), *_flat(other, "&"))

    def __or__(self, other: Rule) -> Rule:
        return any_of(*_flat(self, "|"), *_flat(other, "|"))

    def __invert__(self) -> Rule:
        return Not(self)

    def __bool__(self) -> bool:
        raise TypeError("a rule has no truth of its own: combine rules with & | ~ and ask them")


@dataclass(frozen=True)
class Fact(Rule):
    """The fact `name` is true."""

    name: str

    @property
    def label(self) -> str:
        """The name itself."""
        return self.name

    @property
    def facts(self) -> frozenset[str]:
        """The one name."""
        return frozenset({self.name})

    def ask(self, facts: Facts) -> Answer:
        """Answer with the fact's own truth."""
        holds = truth(facts.get(self.name))
        said = {True: "holds", False: "does not hold", None: "is undecided"}[holds]
        return Answer(holds, f"{self.name} {said}")


@dataclass(frozen=True)
class Not(Rule):
    """The opposite of `part`; undecided when `part` is."""

    part: Rule

    @property
    def label(self) -> str:
        """The part's label with `~` in front."""
        return f"~{_wrapped(self.part)}"

    @property
    def facts(self) -> frozenset[str]:
        """Those of the part."""
        return self.part.facts

    def ask(self, facts: Facts) -> Answer:
        """Answer with the opposite, for the same reason."""
        answer = self.part.ask(facts)
        holds = None if answer.holds is None else not answer.holds
        return Answer(holds, answer.reason, (answer,))


@dataclass(frozen=True)
class AtLeast(Rule):
    """At least `k` of `parts` hold; `k` = all of them is `&`, `k` = 1 is `|`."""

    k: int
    parts: tuple[Rule, ...]
    joint: str = ""

    @property
    def label(self) -> str:
        """The parts joined by `&` or `|`, or counted."""
        if self.joint:
            return f" {self.joint} ".join(_wrapped(part) for part in self.parts)
        return f"at least {self.k} of ({', '.join(part.label for part in self.parts)})"

    @property
    def facts(self) -> frozenset[str]:
        """Those of all parts."""
        return frozenset().union(*(part.facts for part in self.parts))

    def ask(self, facts: Facts) -> Answer:
        """Answer by counting; the reason names the parts that decided."""
        answers = tuple(part.ask(facts) for part in self.parts)
        holds = count_holds([answer.holds for answer in answers], self.k)
        reasons = [answer.reason for answer in answers if answer.holds is holds]
        return Answer(holds, "; ".join(dict.fromkeys(reasons)), answers)


def all_of(*parts: Rule) -> Rule:
    """Return the rule that every part holds."""
    return at_least(len(parts), *parts, joint="&")


def any_of(*parts: Rule) -> Rule:
    """Return the rule that one part holds."""
    return at_least(1, *parts, joint="|")


def at_least(k: int, *parts: Rule, joint: str = "") -> Rule:
    """Return the rule that `k` of the parts hold.

    Raises
    ------
    InputError
        `k` outside 1 to the number of parts.
    """
    if not 1 <= k <= len(parts):
        raise InputError("rule", f"at least k needs k from 1 to {len(parts)}", found=k)
    return parts[0] if len(parts) == 1 else AtLeast(k, parts, joint)


def count_holds(values: Collection[bool | None], k: int) -> bool | None:
    """Return whether at least `k` of `values` are True, None while the undecided ones matter."""
    sure = sum(value is True for value in values)
    possible = sum(value is not False for value in values)
    if sure >= k:
        return True
    return None if possible >= k else False


def truth(value: object) -> bool | None:
    """Return a plain or NumPy boolean as bool, anything else (NaN, None, a number) as None."""
    return bool(value) if isinstance(value, bool | np.bool_) else None


def number(value: object) -> float | None:
    """Return a finite number as float, anything else (NaN, infinity, None, a boolean) as None."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    return float(value) if math.isfinite(value) else None


def parse_rule(text: str, known: Collection[str], where: str) -> Rule:
    """Return the rule in `text`: names from `known`, `&`, `|`, `~` and parentheses, nothing else.

    `~` binds closest, then `&`, then `|`. Names may hold spaces.

    Raises
    ------
    InputError
        An unknown name, or an expression that does not parse; `where` names file and key.
    """
    tokens = [token.strip() for token in re.split(f"([{re.escape(SYMBOLS)}])", text)]
    queue = [token for token in reversed(tokens) if token]
    rule = _either(queue, known, where, 0)
    if queue:
        raise _unparsed(where, f"unexpected {queue[-1]!r}")
    return rule


def _either(queue: list[str], known: Collection[str], where: str, depth: int) -> Rule:
    rule = _both(queue, known, where, depth)
    while queue and queue[-1] == "|":
        queue.pop()
        rule = rule | _both(queue, known, where, depth)
    return rule


def _both(queue: list[str], known: Collection[str], where: str, depth: int) -> Rule:
    rule = _single(queue, known, where, depth)
    while queue and queue[-1] == "&":
        queue.pop()
        rule = rule & _single(queue, known, where, depth)
    return rule


def _single(queue: list[str], known: Collection[str], where: str, depth: int) -> Rule:
    if depth > MAX_DEPTH:
        raise _unparsed(where, f"nested more than {MAX_DEPTH} deep")
    token = queue.pop() if queue else ""
    if token == "~":
        return ~_single(queue, known, where, depth + 1)
    if token == "(":
        rule = _either(queue, known, where, depth + 1)
        if not queue or queue.pop() != ")":
            raise _unparsed(where, "a parenthesis stays open")
        return rule
    if not token or token in SYMBOLS:
        raise _unparsed(where, f"a name is missing before {token or 'the end'!r}")
    if token not in known:
        todo = did_you_mean(token, list(known))
        raise InputError(where, "must use known names only", found=token, todo=todo)
    return Fact(token)


def _unparsed(where: str, problem: str) -> InputError:
    return InputError(where, "must be names joined by & | ~ and parentheses", todo=problem)


def _flat(rule: Rule, joint: str) -> tuple[Rule, ...]:
    return rule.parts if isinstance(rule, AtLeast) and rule.joint == joint else (rule,)


def _wrapped(rule: Rule) -> str:
    return f"({rule.label})" if isinstance(rule, AtLeast) else rule.label
