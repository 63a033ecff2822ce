import numpy as np

from leakbound.calibration.ranks import uniformity
from leakbound.proof.outcome import Calibration
from leakbound.report.calibration_figure import OUTSIDE, calibration_figure, headline

LEVELS = 49


def found(n=80):
    rng = np.random.default_rng(0)
    ranks = {name: rng.integers(0, 50, n).tolist() for name in ("gap", "bound, new base", "trend")}
    ranks["rate"] = np.minimum(rng.integers(0, 50, n), 20).tolist()
    return Calibration(
        "default", "prior", 1, "d", "e", n, LEVELS, uniformity(ranks, LEVELS), (), (3, 5), (3,), 0.01,
        ranks,
    )  # fmt: skip


def test_the_picture_is_the_same_each_time_and_marks_what_is_off(tmp_path):
    for name in ("a.svg", "b.svg", "a.png"):
        calibration_figure(found(), tmp_path / name)
    drawn = (tmp_path / "a.svg").read_text()
    assert drawn == (tmp_path / "b.svg").read_text()
    assert drawn.count(f"stroke: {OUTSIDE}") == 1
    assert "bound, new base" in drawn
    assert drawn.index("bound, new base") < drawn.index(">gap")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_the_headline_counts_what_is_outside_and_what_did_not_converge():
    told = headline(found())
    assert "80 simulations, 1 of 4 quantities outside their 95% band" in told
    assert "1 fits not converged" in told
