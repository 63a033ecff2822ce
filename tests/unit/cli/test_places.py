"""Before the work: a place that cannot take the result is refused while nothing is lost yet."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from leakbound.errors import InputError

CANDIDATE = str(Path(__file__).parents[3] / "experiments/candidates/deepseek-v3.toml")


@pytest.mark.parametrize(
    "command",
    [
        ["assess", CANDIDATE, "--out"],
        ["assess", str(Path(CANDIDATE).parent), "--out"],
        ["compare", "--out"],
        ["calibrate", "--out"],
        ["calibrate", "--cache"],
        ["priors", "check", "--out"],
        ["priors", "sensitivity", "--candidate", CANDIDATE, "--out"],
        ["backtest", "--until", "2024-12-26", "--json"],
    ],
)
def test_a_place_that_takes_nothing_is_refused_before_the_work(
    command, tmp_path: Path, monkeypatch
) -> None:
    from leakbound.cli.main import app

    cache = tmp_path / "cache"
    monkeypatch.setenv("LEAKBOUND_CACHE", str(cache))
    monkeypatch.setattr("leakbound.chains.chains_apart", _never)
    file = tmp_path / "file"
    file.write_text("kept")
    done = CliRunner().invoke(app, [*command, str(file / "sub" / "out.json")])
    assert isinstance(done.exception, InputError)
    said = f"{file}: must be a folder one can write to; found 'a file'; choose another"
    assert str(done.exception) == said
    assert file.read_text() == "kept"
    assert not cache.exists()


def _never(*given, **named):
    raise AssertionError("it sampled before it looked at the place")
