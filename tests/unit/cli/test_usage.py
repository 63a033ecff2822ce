import subprocess
import sys

import pytest
import typer
from tests.unit.cli.test_assess import leakbound

from leakbound.cli.main import app
from leakbound.cli.usage import usage_line


def said(*arguments):
    with pytest.raises(typer.TyperException) as caught:
        app(list(arguments), standalone_mode=False)
    assert caught.value.exit_code == 2
    return usage_line(caught.value, arguments)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("assess", "x.toml", "--seed", "abc"), ("--seed", "valid integer", "found 'abc'")),
        (("assess", "x.toml", "--seed=1.5"), ("--seed", "valid integer", "found '1.5'")),
        (
            ("assess", "x.toml", "--seed", "7", "--seed", "-1"),
            ("greater than or equal to 0", "'-1'"),
        ),
        (("assess", "x.toml", "--outt", "here"), ("No such option: --outt", "--out")),
        (("assess", "--seed"), ("--seed", "requires an argument")),
        (("assess",), ("candidate", "see ", "assess --help")),
        (("assess", "a.toml", "b.toml"), ("unexpected", "b.toml")),
        (("asess",), ("asess", "--help")),
    ],
)
def test_what_is_wrong_with_a_call_is_one_line(arguments, says):
    line = said(*arguments)
    assert "\n" not in line
    for words in says:
        assert words in line


def test_a_value_that_the_parser_names_itself_is_not_told_twice():
    assert said("assess", "a.toml", "b.toml").count("b.toml") == 1


def test_without_a_command_the_help_is_shown_and_no_line(capsys):
    assert said("evidence") == ""
    assert "Usage" in capsys.readouterr().out


def test_a_bad_call_is_one_line_on_stderr_and_exit_2(tmp_path):
    done = leakbound("assess", "x.toml", "--seed", "abc", cache=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("leakbound: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_the_version_is_told(tmp_path):
    from leakbound import __version__

    done = leakbound("--version", cache=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, f"leakbound {__version__}")


def test_it_runs_as_a_module_too():
    done = subprocess.run(
        [sys.executable, "-m", "leakbound", "--version"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()[0]) == (0, "leakbound")


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("assess", ""), "argument 2"), (("assess", "x.toml", "--out", ""), "--out"),
        (("assess", "x.toml", "--out="), "--out"), (("priors", "show", " "), "argument 3"),
    ],
)  # fmt: skip
def test_an_empty_argument_is_never_the_current_folder(tmp_path, arguments, where):
    done = leakbound(*arguments, cache=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"leakbound: {where}: must not be empty; found '")
    assert len(done.stderr.splitlines()) == 1
