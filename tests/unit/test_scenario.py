import dataclasses
import re
from pathlib import Path

import pytest

from leakbound.errors import InputError
from leakbound.quantity import fixed
from leakbound.scenario import RELEASES, UNSOURCED, load_scenarios, read_scenario

GROUP = """
[[groups]]
name = "team"
actor = "lab"
attempts_per_year = { mass = 0.9, low = 2, high = 20 }
compute_fraction = 0.05
techniques = ["training"]
"""
GOOD = 'title = "Test"\nrelease = "theft"\n' + GROUP


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_shipped_scenarios_cover_every_release_mode() -> None:
    scenarios = load_scenarios()
    assert list(scenarios) == [
        "closed-api",
        "open-weights",
        "theft-oc2",
        "theft-oc3",
        "theft-oc4",
        "theft-oc5",
    ]
    assert {scenario.release for scenario in scenarios.values()} == set(RELEASES)


def test_only_the_closed_service_can_be_withdrawn_and_guarded() -> None:
    for key, scenario in load_scenarios().items():
        reversible = scenario.withdrawal_after_years is not None
        guarded = scenario.guardrail_failure_probability is not None
        assert (reversible, guarded) == (key == "closed-api",) * 2


def test_yearly_budget_of_a_thief_stays_within_that_of_its_class() -> None:
    budgets = {"theft-oc2": 1e4, "theft-oc3": 1e6, "theft-oc4": 1e7, "theft-oc5": 1e9}
    scenarios = load_scenarios()
    for key, budget in budgets.items():
        spent = sum(
            group.attempts_per_year.median * group.budget_usd.median
            for group in scenarios[key].groups
            if group.budget_usd is not None
        )
        assert 0.9 * budget <= spent <= budget


def test_every_shipped_number_is_sourced_or_says_it_is_assumed() -> None:
    for scenario in load_scenarios().values():
        for assumption in scenario.assumptions():
            stated = assumption.source != UNSOURCED
            default = assumption.statement in ("0.0", "1", "0")
            assert stated or default, (scenario.key, assumption)


def test_reading_keeps_what_the_file_says(tmp_path: Path) -> None:
    scenario = read_scenario(write(tmp_path, GOOD + '[groups.sources]\ncompute_fraction = "me"\n'))
    (group,) = scenario.groups
    assert scenario.key == "mine"
    assert group.compute_fraction == fixed(0.05)
    assert group.attempts_per_year.statement == "90 % between 2 and 20"
    assert group.trains
    told = {a.place: (a.statement, a.source) for a in scenario.assumptions()}
    assert told["team: compute_fraction"] == ("0.05", "me")
    assert told["team: attempts_per_year"] == ("90 % between 2 and 20", UNSOURCED)


def test_order_and_names_in_the_file_do_not_matter(tmp_path: Path) -> None:
    other = GROUP.replace("team", "other").replace("0.05", "0.01")
    head = 'title = "Test"\nrelease = "theft"\n'
    one = read_scenario(write(tmp_path, head + GROUP + other))
    two = read_scenario(write(tmp_path, head + other.replace("other", "zebra") + GROUP))
    nameless = [
        tuple(dataclasses.replace(group, name="") for group in scenario.groups)
        for scenario in (one, two)
    ]
    assert nameless[0] == nameless[1]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('release = "theft"', 'release = "stolen"', "release: must be 'closed-api', 'theft' or"),
        ('release = "theft"', "", "release: is required"),
        ('title = "Test"', "titel = 'Test'", "titel: is not a known key; did you mean title?"),
        ('actor = "lab"', 'actor = "labs"', "groups[0].actor: must be 'hobbyist'"),
        ("low = 2", "low = 30", "groups[0].attempts_per_year: 0 < low < high must hold"),
        ("low = 2", "low = nan", "groups[0].attempts_per_year: 0 < low < high must hold"),
        ("mass = 0.9", "mass = 90", "attempts_per_year: mass must lie between 0.01 and 0.999"),
        ("mass = 0.9", "mass = 1e-17", "attempts_per_year: mass must lie between 0.01 and 0.999"),
        ("= 0.05", "= -0.05", "compute_fraction: a plain number must be finite and not negative"),
        ("low = 2", "low = 2e12", "attempts_per_year: 0 < low < high must hold"),
        (
            "high = 20",
            "high = 2e12",
            "groups[0]: attempts_per_year must not exceed 1e+12, over a hundred",
        ),
        ("= 0.05", "= 5e3", "groups[0]: compute_fraction must not exceed 1000"),
        ("= 0.05", "= 2.0", "must not lie above compute_fraction_cap (1); found"),
        ("= 0.05", "= 0", "groups[0]: a group with training needs compute"),
        (
            "compute_fraction = 0.05",
            "budget_usd = 2e15",
            "groups[0]: budget_usd must not exceed 1e+15",
        ),
        ("compute_fraction = 0.05", "budget_usd = 0", "groups[0]: budget_usd must be positive"),
        ("compute_fraction = 0.05", "", "groups[0]: exactly one of compute_fraction and budget"),
        ("= 0.05", "= 0.05\nbudget_usd = 1e6", "groups[0]: exactly one of"),
        ('["training"]', "[]", "groups[0].techniques: must not be empty; found []"),
        ('["training"]', '["training"]\nstart_years = -1', "start_years: must be greater than or"),
        ('["training"]', '["training"]\nend_years = 21.0', "end_years: must be less than or equal"),
        (
            '["training"]',
            '["training"]\nstart_years = 2\nend_years = 1',
            "end_years must come after",
        ),
        ('["training"]', '["training"]\ngrowth_per_year = 0', "growth_per_year must lie between 0"),
        (
            '["training"]',
            '["training"]\nstart_date = 2025-01-01T00:00:00',
            "groups[0].start_date: must be a date without a time",
        ),
        (
            '["training"]',
            '["training"]\n[groups.sources]\nbudget = "x"',
            "sources names 'budget', which is no key here",
        ),
        (GROUP, "", "groups: is required"),
        (GROUP, GROUP + GROUP, "groups must have different names"),
        (
            'release = "theft"',
            'release = "theft"\nwithdrawal_after_years = 1',
            "theft can be neither withdrawn nor guarded",
        ),
        (
            'release = "theft"',
            'release = "closed-api"\nguardrail_failure_probability = 20',
            "guardrail_failure_probability: must be less than or equal to 1",
        ),
    ],
)
def test_bad_scenario_is_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=re.escape(told)) as caught:
        read_scenario(path)
    assert str(caught.value).startswith(f"{path}: ") or str(caught.value).startswith(f"{path}")
    assert "\n" not in str(caught.value)


def test_folder_of_ones_own_replaces_the_shipped(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    assert list(load_scenarios(tmp_path)) == ["mine"]


def test_a_file_named_like_another_release_mode_is_refused(tmp_path: Path) -> None:
    """A threshold's limit for that mode would hold for it, whatever it is."""
    path = tmp_path / "closed-api.toml"
    path.write_text(GOOD.replace('"theft"', '"open-weights"'))
    with pytest.raises(
        InputError, match=r"release: must be closed-api.*found 'open-weights'; rename"
    ):
        load_scenarios(tmp_path)
    path.rename(tmp_path / "open-weights.toml")
    assert list(load_scenarios(tmp_path)) == ["open-weights"]


def test_folder_without_scenarios_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one scenario"):
        load_scenarios(tmp_path)
    with pytest.raises(InputError, match="must be a directory"):
        load_scenarios(tmp_path / "none")
