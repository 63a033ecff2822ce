import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.errors import InputError
from leakbound.logic import Fact, all_of, any_of, at_least, number, parse_rule, truth

a, b, c = Fact("a"), Fact("b"), Fact("c")
TRUTHS = (True, False, None)
truths = st.sampled_from(TRUTHS)


def order(value: bool | None) -> float:
    return 0.5 if value is None else float(value)


@pytest.mark.parametrize(("x", "y"), list(itertools.product(TRUTHS, TRUTHS)))
def test_kleene_tables(x: bool | None, y: bool | None) -> None:
    facts = {"a": x, "b": y}
    assert order((a & b).ask(facts).holds) == min(order(x), order(y))
    assert order((a | b).ask(facts).holds) == max(order(x), order(y))
    assert order((~a).ask(facts).holds) == 1.0 - order(x)


@given(x=truths, y=truths)
def test_de_morgan(x: bool | None, y: bool | None) -> None:
    facts = {"a": x, "b": y}
    assert (~(a & b)).ask(facts).holds is (~a | ~b).ask(facts).holds


@given(values=st.lists(truths, min_size=1, max_size=6), data=st.data())
def test_counting_agrees_with_every_completion(
    values: list[bool | None], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(values)))
    rule = at_least(k, *(Fact(str(i)) for i in range(len(values))))
    choices = [(True, False) if value is None else (value,) for value in values]
    possible = {sum(filled) >= k for filled in itertools.product(*choices)}
    expected = possible.pop() if len(possible) == 1 else None
    assert rule.ask({str(i): value for i, value in enumerate(values)}).holds is expected


@pytest.mark.parametrize("k", [0, 3])
def test_impossible_count_is_refused(k: int) -> None:
    with pytest.raises(InputError, match="k from 1 to 2"):
        at_least(k, a, b)


@pytest.mark.parametrize("value", [math.nan, np.nan, None, 1, 0, "yes", np.float64(1.0), []])
def test_no_plain_boolean_is_undecided_even_negated(value: object) -> None:
    assert truth(value) is None
    assert a.ask({"a": value}).holds is None
    assert (~a).ask({"a": value}).holds is None


def test_missing_fact_is_undecided() -> None:
    assert a.ask({}).holds is None


def test_numpy_boolean_becomes_plain() -> None:
    assert a.ask({"a": np.bool_(True)}).holds is True
    assert (~a).ask({"a": np.bool_(True)}).holds is False


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None, True, "1", np.nan])
def test_no_finite_number_is_unknown(value: object) -> None:
    assert number(value) is None


@pytest.mark.parametrize("value", [1, 1.5, np.float64(1.5), np.int64(1)])
def test_finite_number_is_kept(value: float) -> None:
    assert number(value) == value


def test_reason_names_the_parts_that_decided() -> None:
    answer = (a & b & c).ask({"a": True, "b": False, "c": False})
    assert answer.reason == "b does not hold; c does not hold"
    assert [part.holds for part in answer.parts] == [True, False, False]


def test_rules_and_answers_have_no_truth_of_their_own() -> None:
    with pytest.raises(TypeError, match="combine rules"):
        bool(a)
    with pytest.raises(TypeError, match="three values"):
        bool(a.ask({"a": True}))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a", a),
        ("a & b", a & b),
        ("a|b&c", a | (b & c)),
        ("(a | b) & c", (a | b) & c),
        ("~a & ~(b | c)", ~a & ~(b | c)),
        ("~~a", ~~a),
        ("  a   &b ", a & b),
    ],
)
def test_expression_binds_as_written(text: str, rule: object) -> None:
    assert parse_rule(text, ["a", "b", "c"], "f.toml") == rule


def test_names_may_hold_spaces_and_labels_parse_again() -> None:
    known = ["graduate science", "maths"]
    rule = parse_rule("~(graduate science & maths) | maths", known, "f.toml")
    assert rule.facts == frozenset(known)
    assert parse_rule(rule.label, known, "f.toml") == rule


@pytest.mark.parametrize(
    "text",
    ["", "&", "a &", "a & & b", "(a", "a)", "()", "a ~ b", "(" * 500 + "a", "~" * 500 + "a"],
)
def test_broken_expression_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"joined by & \| ~"):
        parse_rule(text, ["a", "b"], "f.toml: gates[0].rule")


def test_unknown_name_gets_advice() -> None:
    with pytest.raises(InputError, match=r"found 'mats'; did you mean maths\?"):
        parse_rule("mats & a", ["maths", "a"], "f.toml")


def test_code_is_only_an_unknown_name() -> None:
    with pytest.raises(InputError, match="must"):
        parse_rule("__import__('os').abort()", ["a"], "f.toml")


def test_single_part_needs_no_joint() -> None:
    assert all_of(a) == a
    assert any_of(a) == a
