import numpy as np
import pytest

from leakbound.sensitivity.influence import Change, Influence, Move


def moved(of_margin, of_error=0.0, scenario="open-weights"):
    """A move over a margin of one logit."""
    return Move(
        "t",
        scenario,
        of_margin,
        of_error,
        0.01,
        of_margin,
        0.5,
        0.1,
        "clear",
        "clear",
        "",
        of_error,
    )


def influence(name, *moves, psense=0.1):
    changes = (Change(1.25, "reweighted", 0.1, 300.0, moves),) if moves else ()
    return Influence(name, "prior", changes, psense, (), "")


def test_the_importance_is_the_largest_move_either_way_at_powers_near_one():
    changes = (
        Change(0.5, "reweighted", 0.1, 300.0, (moved(9.0),)),
        Change(0.8, "reweighted", 0.1, 300.0, (moved(-0.7, 0.1), moved(np.inf))),
        Change(1.25, "reweighted", 0.1, 300.0, (moved(0.2),)),
    )
    one = Influence("rate", "prior", changes, 0.1, (), "")
    assert one.importance == 0.7
    assert one.least_importance == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("move", "told", "least"),
    [
        (moved(0.5, 0.1), True, 0.3),
        (moved(-0.5, 0.1), True, 0.3),
        (moved(0.2, 0.1), False, 0.0),
        (moved(0.5, float("nan")), False, 0.0),
        (moved(np.inf), True, 0.0),
    ],
)
def test_a_move_within_two_errors_of_zero_is_not_told_from_it(move, told, least):
    assert move.told is told
    assert move.least == pytest.approx(least)


def test_noise_does_not_come_first():
    noisy = influence("noisy", moved(1.36, 0.9))
    sure = influence("sure", moved(0.35, 0.05))
    little = influence("little", moved(0.1, 0.0))
    unknown = influence("unknown", psense=0.4)
    found = sorted([noisy, little, unknown, sure], key=lambda one: one.order)
    assert [one.name for one in found] == ["unknown", "sure", "little", "noisy"]


def test_of_what_is_not_told_the_larger_comes_first():
    one, other = influence("one", moved(0.1, 0.2)), influence("other", moved(0.3, 0.2))
    assert sorted([one, other], key=lambda one: one.order) == [other, one]
    assert influence("none").least_importance == -1.0
