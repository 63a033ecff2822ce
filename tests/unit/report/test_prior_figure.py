import re
from dataclasses import replace

import numpy as np
import pytest

from leakbound.prior_predictive import beliefs
from leakbound.prior_statement import with_statements
from leakbound.priors import read_specification
from leakbound.report.prior_figure import beliefs_figure, priors_figure

LEFT_OUT = re.compile(r"(\d+) of 300 draws are not finite \(or over 1e\+300\), and left out")
OVERFLOWING = [
    "rate=LogNormal(50, 50)", "ceiling=LogNormal(50, 50)", "domain_spread=HalfNormal(500)"
]  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return beliefs(read_specification(), seed=1, samples=300)


def drawn(found, folder):
    beliefs_figure(found, folder / "beliefs.svg", title="made up")
    return (folder / "beliefs.svg").read_text()


def test_a_picture_of_finite_numbers_leaves_nothing_out(found, tmp_path):
    text = drawn(found, tmp_path)
    assert "made up: what the priors believe" in text
    assert not LEFT_OUT.search(text)


def test_numbers_that_overflow_are_counted_not_drawn(tmp_path):
    specification = with_statements(read_specification(), OVERFLOWING)
    over = beliefs(specification, seed=1, samples=300)
    ended = [(np.abs(gains) <= 1e300).all(axis=1) for gains in (over.large, over.small)]
    told = (
        ended[0] & ended[1], over.ceiling <= 1e300, (over.growth <= 1e300).all(axis=1),
        ~np.isnan(over.reached).any(axis=1),
    )  # fmt: skip
    counts = [int(np.count_nonzero(~one)) for one in told]
    assert min(counts) > 0
    assert sorted(map(int, LEFT_OUT.findall(drawn(over, tmp_path)))) == sorted(counts)
    priors_figure(specification, tmp_path / "priors.svg")


def test_a_picture_of_no_finite_number_says_so(found, tmp_path):
    none = {
        name: np.full_like(getattr(found, name), np.nan)
        for name in ("large", "small", "ceiling", "growth", "reached")
    }
    assert LEFT_OUT.findall(drawn(replace(found, **none), tmp_path)) == 4 * ["300"]


@pytest.mark.parametrize(("size", "lost"), [(1e299, 0), (1e308, 3)])
def test_what_a_picture_cannot_add_up_counts_as_not_finite(found, tmp_path, size, lost):
    sign = size * np.linspace(1.0, 1.5, 300) * np.where(np.arange(300) % 2, 1.0, -1.0)
    gains = np.broadcast_to(sign[:, None], found.large.shape)
    large = replace(
        found, large=gains, ceiling=np.abs(sign), growth=np.abs(found.growth + gains[:, :5])
    )
    assert LEFT_OUT.findall(drawn(large, tmp_path)) == lost * ["300"]


def test_a_milestone_that_is_never_reached_is_no_number_left_out(found, tmp_path):
    never = replace(found, reached=np.full_like(found.reached, np.inf))
    assert not LEFT_OUT.search(drawn(never, tmp_path))
