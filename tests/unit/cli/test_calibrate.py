import json

import numpy as np
import pytest
from typer.testing import CliRunner

from leakbound.cli.main import app
from leakbound.errors import FitError
from leakbound.proof.task import LEVELS, Simulation, Task

QUESTIONS = ("known base", "new base", "new domain")


def simulated(power, *, converged=True):
    def simulate(self, index):
        rng = np.random.default_rng(index)
        u = rng.random(4) ** power
        return Simulation(
            index, {"gap": int(u[3] * (LEVELS + 1))}, dict(zip(QUESTIONS, map(float, u), strict=False)),
            {name: bool(x <= 0.95) for name, x in zip(QUESTIONS, u, strict=False)},
            1.01, 0.0, False, converged,
        )  # fmt: skip

    return simulate


@pytest.fixture(autouse=True)
def nothing_to_compile(monkeypatch):
    monkeypatch.setattr(Task, "prepare", lambda self: None)
    monkeypatch.setattr("leakbound.proof.run.forks_here", lambda: 1)


def calibrate(tmp_path, *options):
    argv = ["calibrate", "--simulations", "100", "--out", str(tmp_path / "out")]
    argv += ["--cache", str(tmp_path / "cache"), *options]
    return CliRunner().invoke(app, argv)


def test_calibrate_leaves_picture_and_json(monkeypatch, tmp_path):
    monkeypatch.setattr(Task, "simulate", simulated(1.0))
    done = calibrate(tmp_path)
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "prior.json", "prior.svg", "prior.png",
    }  # fmt: skip
    assert json.loads((tmp_path / "out/prior.json").read_text())["calibrated"] is True
    assert "95 % bound, new domain: held in" in done.output
    before = (tmp_path / "out/prior.svg").read_bytes()
    calibrate(tmp_path)
    assert (tmp_path / "out/prior.svg").read_bytes() == before


def test_a_failed_calibration_names_what_failed(monkeypatch, tmp_path):
    monkeypatch.setattr(Task, "simulate", simulated(0.3))
    done = calibrate(tmp_path, "--variant", "posterior")
    assert isinstance(done.exception, FitError)
    assert "the posterior calibration failed: gap, bound, known base" in str(done.exception)
    assert "bound of new base" in str(done.exception)
    assert (tmp_path / "out/posterior.svg").exists()


def test_fits_that_did_not_converge_are_named_as_the_failure(monkeypatch, tmp_path):
    monkeypatch.setattr(Task, "simulate", simulated(1.0, converged=False))
    done = calibrate(tmp_path)
    assert isinstance(done.exception, FitError)
    assert "calibration failed: 100 fits that did not converge; see" in str(done.exception)
    assert json.loads((tmp_path / "out/prior.json").read_text())["calibrated"] is False


def test_an_unknown_variant_is_refused(tmp_path):
    done = calibrate(tmp_path, "--variant", "both")
    with pytest.raises(Exception, match="must be prior or posterior"):
        raise done.exception
