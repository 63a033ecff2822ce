import re

import pytest

from leakbound.report.sensitivity_figure import MOST_PRIORS, sensitivity_figure
from leakbound.sensitivity.influence import Change, Influence, Move, Sensitivity
from leakbound.sensitivity.weighted import Answer

ANSWER = Answer(
    "t", "gpqa-diamond", "s", 0.95, 0.8, 0.7, 1.0, 0.01, 0.03, "clear", "the bound is below"
)


def prior(name, logits, error=0.0, link="logit"):
    move = Move(
        "t", "s", logits, error, 0.01, logits, 0.5, 0.1, "clear", "clear", "", error, link
    )  # fmt: skip
    return Influence(name, "prior", (Change(1.25, "reweighted", 0.1, 900.0, (move,)),), 0.1, (), "")


def unknown(name):
    return Influence(name, "prior", (), 0.4, (), "")


@pytest.fixture
def drawn(tmp_path):
    def draw(*influences):
        sensitivity_figure(Sensitivity((ANSWER,), influences), tmp_path / "x.svg", title="m")
        return (tmp_path / "x.svg").read_text()

    return draw


def comments(svg):
    """Texts of the picture, in the order in which they are drawn."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg) or re.findall(r"<!-- (.*?) -->", svg)


def test_what_cannot_be_told_stands_first_as_in_the_table(drawn):
    known = [prior(f"p{k}", 0.5 - 0.01 * k) for k in range(MOST_PRIORS)]
    said = " ".join(comments(drawn(unknown("dose"), *known)))
    assert "prior dose, stronger" in said
    assert said.index("prior dose") < said.index("prior p0")
    assert f"prior p{MOST_PRIORS - 1}," not in said
    assert "1 less important prior is not shown" in said


def test_a_picture_of_all_says_nothing_of_others(drawn):
    said = " ".join(comments(drawn(prior("rate", 0.5))))
    assert "not shown" not in said
    assert "grey: not told from zero" in said
    assert "change of the bound in logits" in said


def test_what_is_not_told_from_zero_is_grey(drawn):
    sure, noise = drawn(prior("rate", 0.5, 0.1)), drawn(prior("rate", 0.5, 0.4))
    assert "#808080" not in sure
    assert "#808080" in noise


def test_other_scales_are_not_called_logits(drawn):
    said = " ".join(comments(drawn(prior("rate", 0.5, 0.1, "log"))))
    assert "in logits, log units or OOM" in said
