from dataclasses import replace

import pytest

from leakbound.cli import sensitivity as cli
from leakbound.sensitivity.flips import Crossing, PriorFlip
from leakbound.sensitivity.influence import Change, Influence, Move, Sensitivity
from leakbound.sensitivity.weighted import Answer

ANSWER = Answer(
    "t", "gpqa-diamond", "s", 0.95, 0.8, 0.7, 1.0, 0.01, 0.03, "clear", "the bound is below"
)
ROW = ("t", "s")


def moved(logits, error=0.0, link="logit", points=0.01):
    """A move over a margin of half a logit."""
    return Move(
        "t",
        "s",
        logits,
        error,
        points,
        2.0 * logits,
        0.5,
        0.1,
        "clear",
        "clear",
        "",
        2.0 * error,
        link,
    )


def influence(name, *moves, kind="prior", flips=(), psense=0.1):
    changes = tuple(Change(1.25, "reweighted", 0.1, 900.0, (move,)) for move in moves)
    return Influence(name, kind, changes, psense, flips, "")


def flip(at=None, why="none found", meets=None, limited=False):
    return PriorFlip("t", "s", "rate", at, meets, 1.0, 2.0, "clear", -3.0, 2.0, limited, why)


def test_a_move_of_a_share_is_told_in_points_any_other_as_a_factor_on_its_unit():
    assert cli._moved(moved(0.2, 0.05, points=0.031)) == "+0.20 ± 0.05 (+3.1)"
    assert cli._moved(moved(0.5, 0.1, "log", 77.0)) == "+0.50 ± 0.10 (minutes ×1.65)"
    assert cli._moved(moved(-1.0, 0.1, "oom", -90.0)) == "-1.00 ± 0.10 (compute multiplier ×0.1)"


def test_a_move_within_two_errors_of_zero_is_not_told_from_zero():
    noise, sure = moved(0.2, 0.15), moved(0.1, 0.02)
    change = Change(1.25, "reweighted", 0.1, 900.0, (noise,))
    assert cli._at(change, noise) == "+0.20 ± 0.15 (+1.0), not told from zero"
    assert cli._at(replace(change, moves=(sure,)), sure) == "+0.10 ± 0.02 (+1.0)"
    assert cli._where(influence("x", noise), noise)["of margin"] == "not told from zero"
    assert cli._where(influence("x", sure), sure)["of margin"] == "20% ± 4%"


def test_noise_does_not_carry_a_decision():
    noisy, sure = influence("noisy", moved(0.9, 0.6)), influence("sure", moved(-0.1, 0.02))
    assert cli._strongest((noisy, sure), ROW).startswith("sure\n^1.25: -0.10 ± 0.02")
    assert cli._strongest((noisy,), ROW) == "none (not told from zero)"
    assert cli._strongest((influence("unknown"),), ROW) == "not known"
    assert cli._largest(influence("both", moved(0.9, 0.6), moved(0.1, 0.02))).logits == 0.1


@pytest.mark.parametrize(
    ("flips", "says"),
    [
        ((flip(Crossing(1.0, 0.2), ""),), "rate +1.00 ± 0.20 sd (median 1 -> 2): clear"),
        ((flip(),), "none found"),
        ((flip(why="none told apart from chance"),), "none told apart from chance"),
        (
            (flip(why="undecided by Monte-Carlo error alone"),),
            "undecided by Monte-Carlo error alone",
        ),
        (
            (flip(meets=Crossing(0.5, 0.1)),),
            "none found; meets its threshold at rate +0.50 ± 0.10 sd",
        ),
        ((), "not known"),
    ],
)
def test_the_smallest_flip_of_a_row_or_why_there_is_none(flips, says):
    found = Sensitivity((ANSWER,), (influence("rate", moved(0.1), flips=flips),))
    assert cli._smallest(found, ANSWER) == says


def test_a_prior_without_a_flip_says_why_and_how_far_was_looked():
    one = influence("rate", flips=(flip(why="none told apart from chance", limited=True),))
    assert cli._no_flip(one) == (
        "none told apart from chance in -3 .. +2 sd, weights not reliable beyond"
    )
    assert cli._no_flip(influence("dose_slope")) == "refit needed"


def test_headings_claim_no_more_than_was_looked_at():
    rate = influence("rate", moved(0.1), flips=(flip(),))
    every = (rate, influence("dose_slope"), influence("pool", kind="source"))
    told = cli._hangs_on(Sensitivity((ANSWER,), every), ANSWER)
    assert list(told) == [
        "prior that moves it most, of those known (1 is not)",
        "source that moves it most, of those known (1 is not)",
        "smallest flip by a prior, of those known (1 is not)",
    ]
    told = cli._hangs_on(Sensitivity((ANSWER,), every[:1], asked=("rate",)), ANSWER)
    assert list(told) == [
        "prior that moves it most, of those asked for",
        "smallest flip by a prior, of those asked for",
    ]
    told = cli._hangs_on(Sensitivity((ANSWER,), every[2:], asked=("pool",)), ANSWER)
    assert told == {
        "source that moves it most, of those asked for and known (1 is not)": "not known"
    }


def test_all_known_and_all_asked_for_needs_no_word():
    found = Sensitivity((ANSWER,), (influence("rate", moved(0.1), flips=(flip(),)),))
    assert list(cli._hangs_on(found, ANSWER)) == [
        "prior that moves it most",
        "smallest flip by a prior",
    ]


def test_a_record_tells_what_is_moved_at_least():
    record = cli.as_record(
        Sensitivity((ANSWER,), (influence("a", moved(0.2, 0.05)), influence("b")), asked=("a", "b"))
    )
    one, other = record["influences"]
    assert (one["importance"], one["least_importance"]) == (0.4, pytest.approx(0.2))
    assert (other["importance"], other["least_importance"]) == (None, None)
    assert record["asked"] == ["a", "b"]
