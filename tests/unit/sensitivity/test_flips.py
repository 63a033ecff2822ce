import pytest

from leakbound.sensitivity.flips import (
    Crossing,
    PriorFlip,
    meeting,
    nearest,
    smallest,
    why_none,
)


def flip(shift=None, error=0.0, why=""):
    at = None if shift is None else Crossing(shift, error)
    return PriorFlip("t", "s", "rate", at, at, 1.0, 2.0, "clear", -3.0, 3.0, False, why)


def test_a_crossing_is_sure_beyond_two_errors_from_zero():
    assert [Crossing(*one).sure for one in ((0.5, 0.6), (-1.0, 0.2), (1.0, 0.5))] == [
        False, True, False,
    ]  # fmt: skip
    assert not Crossing(1.0, float("nan")).sure
    assert Crossing(-1.0, 0.2).reach == pytest.approx(1.4)


def test_the_nearest_flip_is_the_first_that_is_reached_with_two_errors():
    lucky, sure, far = flip(0.9, 0.44), flip(-1.0, 0.2), flip(2.0, 0.1)
    assert nearest([far, lucky, flip(), sure]) == sure
    assert meeting([far, lucky, flip(), sure]) == (sure, sure.at)
    assert smallest([lucky.at, sure.at]) == sure.at
    assert nearest([flip()]) is None
    assert meeting([flip()]) is None
    assert smallest([]) is None


def test_of_rows_without_a_flip_what_some_may_have_is_said():
    none, chance, undecided = (
        flip(why=why)
        for why in (
            "none found",
            "none told apart from chance",
            "undecided by Monte-Carlo error alone",
        )
    )
    assert why_none([none, undecided, chance]) == "none told apart from chance"
    assert why_none([undecided, none]) == "none found"
    assert why_none([undecided, undecided]) == "undecided by Monte-Carlo error alone"
