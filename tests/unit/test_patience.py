from dataclasses import replace

import pytest

from leakbound.checks import Check
from leakbound.patience import aimed_at, patient, times_needed, with_patience


@pytest.mark.parametrize(
    ("missed", "draws", "room"),
    [
        (["divergences"], 1, 0.25),
        (["bulk ESS of effects"], 2, 1.0),
        (["divergences", "R-hat of effects"], 2, 0.25),
    ],
)
def test_patience_is_for_what_was_missed(specification, missed, draws, room):
    first, second = specification.sampler, patient(specification.sampler, missed)
    assert second.draws == draws * first.draws
    assert second.thin == draws * first.thin
    assert second.tune == draws * first.tune
    assert 1.0 - second.target_accept == pytest.approx(room * (1.0 - first.target_accept))
    assert second.max_depth - first.max_depth == ("divergences" in missed)


@pytest.mark.parametrize(
    ("name", "found", "limit", "reached"),
    [
        ("R-hat of parameters", 1.009, 1.02, True),
        ("R-hat of parameters", 1.015, 1.02, False),
        ("R-hat of effects", 1.015, 1.05, False),
        ("divergences", 0.0, 0.005, True),
        ("divergences", 0.0002, 0.005, False),
        ("bulk ESS of parameters", 300.0, 200.0, True),
        ("no NaN", 0.0, 0.0, True),
    ],
)
def test_a_fit_aims_at_more_than_it_must_reach(name, found, limit, reached):
    check = Check(name, True, found, limit, "rate", "")
    assert aimed_at(check).passed == reached
    assert not aimed_at(replace(check, passed=False)).passed


def checks(divergences, *, usable=True):
    """Checks of a fit whose own limit on divergences `usable` says it keeps."""
    return (Check("divergences", usable, divergences, 0.005, "the sampler", ""),)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (checks(0.0), None, 1),
        (checks(0.001), checks(0.0), 2),
        (checks(0.001), checks(0.002), 2),
        (checks(0.001), checks(0.1, usable=False), 1),
        (checks(0.1, usable=False), checks(0.2, usable=False), 2),
        (checks(float("nan"), usable=False), checks(0.0), 2),
    ],
)
def test_the_second_sampling_is_kept_unless_the_first_alone_is_usable(
    specification, first, second, kept
):
    asked, said = [], []

    def sampled(settings, again):
        asked.append((settings, again))
        return f"tree {len(asked)}", (first, second)[again]

    found, twice = with_patience(specification.sampler, sampled, say=said.append)
    assert found == (f"tree {kept}", (first, second)[kept - 1])
    assert twice == (second is not None)
    assert [again for _, again in asked] == [False, True][: 1 + twice]
    assert asked[0][0] == specification.sampler
    assert asked[-1][0] == (
        patient(specification.sampler, ["divergences"]) if twice else specification.sampler
    )
    reached = found[1][0].found == 0.0
    assert any(text.startswith("after two samplings") for text in said) != reached


def test_who_aims_at_less_is_content_with_the_first(specification):
    def sampled(settings, again):
        assert not again
        return "tree", checks(0.004)

    assert with_patience(specification.sampler, sampled, judge=lambda check: check) == (
        ("tree", checks(0.004)),
        False,
    )


@pytest.mark.parametrize(
    ("name", "found", "draws", "times"),
    [
        ("divergences", 0.001, 1000, 2),
        ("R-hat of parameters", 1.012, 1000, 2),
        ("R-hat of effects", 1.062, 1000, 4),
        ("R-hat of effects", 1.062, 4000, 2),
        ("R-hat of effects", 1.8, 1000, 8),
        ("R-hat of effects", float("nan"), 1000, 8),
        ("bulk ESS of effects", 30.0, 1000, 4),
        ("tail ESS of parameters", 0.0, 100, 80),
        ("no NaN", 3.0, 1000, 2),
    ],
)
def test_a_fit_is_given_the_draws_that_its_chains_turned_out_to_need(
    specification, name, found, draws, times
):
    limit = {"R-hat": 1.01, "bulk": 200.0, "tail": 200.0}.get(name.split()[0], 0.0)
    settings = replace(specification.sampler, draws=draws, min_depth=6)
    missed = [Check(name, False, found, limit, "rate", "")]
    needed = times_needed(settings, missed)
    assert needed == times
    careful = patient(settings, ["R-hat of effects"], needed)
    assert careful.draws == times * draws
    assert careful.draws / careful.thin == draws / settings.thin
    assert careful.tune == settings.tune
    assert (careful.min_depth, careful.max_depth) == (7, 7)
    assert times_needed(replace(settings, min_depth=0), missed) == 2


def test_smaller_steps_after_divergences_do_not_shorten_trees_of_a_least_length(specification):
    settings = replace(specification.sampler, min_depth=7, max_depth=7)
    careful = patient(settings, ["divergences"])
    assert (careful.min_depth, careful.max_depth) == (8, 8)
    assert careful.target_accept > settings.target_accept
    assert patient(replace(settings, min_depth=0), ["divergences"]).min_depth == 0
