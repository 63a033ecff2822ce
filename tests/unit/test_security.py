import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.errors import InputError
from leakbound.security import (
    ACTOR_CLASSES,
    LEVELS,
    Security,
    mixture_weights,
    read_security,
    shipped_security,
    theft_within,
    total_exceedance,
    value_of_security,
)

TABLE = shipped_security()
chances = st.floats(0, 1)
by_actor = st.fixed_dictionaries(dict.fromkeys(ACTOR_CLASSES, chances))


def test_level_likely_thwarts_its_own_class() -> None:
    """RAND: SL k can likely thwart OC k; feasibility score 1 is up to 20 %."""
    for level, actor in zip(LEVELS, ACTOR_CLASSES, strict=True):
        assert TABLE.chance[level][actor] == 0.20


def test_two_classes_above_the_level_is_score_five() -> None:
    for level in (1, 2, 3):
        assert TABLE.chance[level][ACTOR_CLASSES[level + 1]] > 0.80


def test_theft_within_years() -> None:
    assert float(theft_within(0.2, 2.0)) == pytest.approx(1 - 0.8**2)
    assert float(theft_within(0.2, 1.0)) == pytest.approx(0.2)
    assert theft_within([0.0, 1.0], 0.5).tolist() == [0.0, 1.0]


@given(p=chances, years=st.floats(0, 20), longer=st.floats(0, 20))
def test_theft_chance_grows_with_time(p: float, years: float, longer: float) -> None:
    assert theft_within(p, years + longer) >= theft_within(p, years) - 1e-12


def test_stated_chance_replaces_the_level() -> None:
    stated = Security(3, {"oc3": 0.05}).chances(TABLE)
    assert stated == {"oc1": 0.01, "oc2": 0.05, "oc3": 0.05, "oc4": 0.60, "oc5": 0.90}
    every = {"oc5": 0.8, **dict.fromkeys(ACTOR_CLASSES[:4], 0.1)}
    assert Security(None, every).chances(TABLE) == every
    assert list(Security(None, every).chances(TABLE)) == list(ACTOR_CLASSES)


@pytest.mark.parametrize(
    ("stated", "missing"),
    [({"oc2": 0.1}, "oc1, oc3, oc4, oc5"), ({}, "oc1, oc2, oc3, oc4, oc5"),
     (dict.fromkeys(ACTOR_CLASSES[1:], 0.1), "oc1")],
)  # fmt: skip
def test_a_class_without_a_level_or_a_chance_is_no_class_that_never_steals(
    stated: dict[str, float], missing: str
) -> None:
    rule = f"^security: must state a level, .* every actor class; found 'none for {missing}'"
    with pytest.raises(InputError, match=rule):
        Security(None, stated).chances(TABLE)


def test_total_by_hand() -> None:
    total = total_exceedance({"oc3": 0.1, "oc5": 0.5}, {"oc3": 0.2, "oc5": 0.4}, unleaked=0.01)
    assert float(total) == pytest.approx(1 - 0.99 * 0.98 * 0.8)


@given(exceedance=by_actor, theft=by_actor, unleaked=chances)
def test_total_is_a_probability_and_at_least_each_part(
    exceedance: dict[str, float], theft: dict[str, float], unleaked: float
) -> None:
    total = float(total_exceedance(exceedance, theft, unleaked=unleaked))
    assert 0.0 <= total <= 1.0
    assert total >= unleaked - 1e-12
    assert all(total >= theft[actor] * exceedance[actor] - 1e-12 for actor in theft)


@given(exceedance=by_actor, theft=by_actor, actor=st.sampled_from(ACTOR_CLASSES), more=chances)
def test_total_never_falls_with_a_likelier_theft(
    exceedance: dict[str, float], theft: dict[str, float], actor: str, more: float
) -> None:
    likelier = {**theft, actor: max(theft[actor], more)}
    assert total_exceedance(exceedance, likelier) >= total_exceedance(exceedance, theft) - 1e-12


def test_unknown_exceedance_makes_the_total_unknown() -> None:
    assert math.isnan(float(total_exceedance({"oc3": math.nan}, {"oc3": 0.2})))


def test_thief_without_a_scenario_is_refused() -> None:
    with pytest.raises(InputError, match="security: oc1: a class with a chance of theft"):
        total_exceedance({"oc3": 0.1}, {"oc1": 0.01, "oc3": 0.2})
    assert float(total_exceedance({"oc3": 0.1}, {"oc1": 0.0, "oc3": 0.2})) == pytest.approx(0.02)


def test_draws_keep_their_shape() -> None:
    total = total_exceedance({"oc3": np.array([0.0, 0.5, 1.0])}, {"oc3": 0.2})
    assert total == pytest.approx([0.0, 0.1, 0.2])


@given(theft=by_actor)
def test_mixture_weights_add_to_one(theft: dict[str, float]) -> None:
    weights = mixture_weights(theft)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert all(weight >= 0.0 for weight in weights.values())


def test_mixture_goes_to_the_strongest_holder() -> None:
    weights = mixture_weights({"oc3": 0.5, "oc5": 0.2})
    assert weights == pytest.approx({"oc3": 0.4, "oc5": 0.2, "none": 0.4})


@given(exceedance=by_actor, level=st.sampled_from(LEVELS), years=st.floats(0.1, 10))
def test_better_security_never_costs(
    exceedance: dict[str, float], level: int, years: float
) -> None:
    assert value_of_security(level, exceedance, years) >= -1e-12


def test_value_of_security_by_hand() -> None:
    value = value_of_security(3, {"oc3": 1.0}, 1.0)
    assert float(value) == pytest.approx(0.20 - 0.05)
    assert float(value_of_security(5, {"oc3": 1.0}, 1.0)) == 0.0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("oc5 = 0.20 }", "oc5 = 0.95 }", "must not rise with the level"),
        ("sl1 = { oc1 = 0.20", "sl1 = { oc1 = 0.70", "nor fall with the actor class"),
        ("oc1 = 0.20", "oc1 = 20", "sl1.oc1: must be less than or equal to 1"),
        ("oc1 = 0.20", "oc1 = nan", "sl1.oc1: must be a finite number"),
        ("sl5 =", "sl6 =", "theft_per_year.sl6: is not a known key"),
    ],
)
def test_bad_table_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    rows = "\n".join(
        f"sl{level} = {{ {', '.join(f'{a} = {p:.2f}' for a, p in TABLE.chance[level].items())} }}"
        for level in LEVELS
    )
    text = f"default_level = 2\n[theft_per_year]\n{rows}\n[sources]\n"
    assert old in text
    path = tmp_path / "security.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=told):
        read_security(path)
