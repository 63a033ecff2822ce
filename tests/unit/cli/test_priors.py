"""The commands on priors, from reading a model file to what they print."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.conftest import PASSED, checks_with

from leakbound.checks import Check
from leakbound.errors import FitError, InputError
from leakbound.parameters import PARAMETERS
from leakbound.prior_statement import with_statements

ROOT = Path(__file__).parents[3]
CANDIDATE = ROOT / "experiments/candidates/deepseek-v3.toml"
GIVEN = ("--candidate", CANDIDATE, "--until", "2024-12-26")
HEAVY = (
    "import sys\n"
    "from leakbound.cli.main import main\n"
    "try:\n    main()\n"
    "finally:\n"
    "    heavy = {'pymc', 'pytensor', 'nutpie', 'preliz', 'matplotlib', 'jax._src'}\n"
    "    heavy &= set(sys.modules)\n"
    "    print('HEAVY', sorted(heavy))\n"
)


def process(*args, cache, code="from leakbound.cli.main import main; main()"):
    env = {**os.environ, "LEAKBOUND_CACHE": str(cache)}
    argv = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.run(argv, capture_output=True, text=True, env=env, timeout=120, check=False)


@pytest.fixture
def runner(posterior_cache, monkeypatch):
    from typer.testing import CliRunner

    from leakbound.cli.main import app

    monkeypatch.setenv("LEAKBOUND_CACHE", str(posterior_cache))
    return lambda *args: CliRunner().invoke(app, ["priors", *map(str, args)])


def test_tune_loads_nothing_heavy_and_samples_nothing(posterior_cache):
    done = process("priors", "tune", *GIVEN, "--set", "rate=Normal(0.5, 0.2)",
                   cache=posterior_cache, code=HEAVY)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "HEAVY []" in done.stdout
    assert "reweighted, not sampled: Pareto k" in done.stdout
    assert "0.15 and 1.2 OOM/year  ->  TruncatedNormal(mu=0.5, sigma=0.2) OOM/year" in done.stdout


def test_tune_tells_a_program_everything(runner):
    done = runner("tune", *GIVEN, "--set", "rate=Normal(0.5, 0.2)", "--json")
    told = json.loads(done.stdout)
    assert told["how"] == "reweighted"
    assert told["pareto_k"] < 0.7
    assert set(told["priors"]) == {"rate"}
    assert len(told["rows"]) == 12
    assert {"bound_score", "exceedance", "verdict"} <= set(told["rows"][0]["new"])
    assert told["rows"][0]["old"] != told["rows"][0]["new"]


@pytest.fixture
def refits(posterior_cache, tmp_path, monkeypatch, stored_prior, evidence, specification):
    """A cache that also holds what a fit under changed priors would give, with given checks."""

    def of(*statements, checks):
        folder = tmp_path / "cache"
        shutil.copytree(posterior_cache, folder)
        stored_prior(folder, evidence, with_statements(specification, statements), checks)
        monkeypatch.setenv("LEAKBOUND_CACHE", str(folder))

    return of


BAD = Check("R-hat of parameters", False, 1.2, 1.02, "rate", "raise tune")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("dose_midpoint=Normal(-3, 0.5)", "enters the expected dose"),
        ("rate=LogNormal(2.5, 0.1)", "Pareto k"),
    ],
)
def test_tune_says_why_it_fits_and_shows_the_new_fit(runner, refits, statement, why):
    refits(statement, checks=PASSED)
    done = runner("tune", *GIVEN, "--set", statement)
    assert done.exit_code == 0, done.exception
    assert why in done.stderr
    assert "fitting anew" in done.stderr
    assert "fitted anew:" in done.stdout


def test_a_refit_that_fails_its_checks_is_exit_4(runner, refits):
    statement = "dose_midpoint=Normal(-3, 0.5)"
    refits(statement, checks=checks_with(BAD))
    done = runner("tune", *GIVEN, "--set", statement)
    assert isinstance(done.exception, FitError)
    assert done.exception.exit_code == 4
    assert "R-hat of parameters" in str(done.exception)
    assert "bound" not in done.stdout


def test_sensitivity_shows_decisions_priors_and_sources(runner, tmp_path):
    done = runner("sensitivity", *GIVEN, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.exception
    for words in ("what each decision hangs on", "Priors, raised to a power", "left out",
                  "refit needed", "enters the expected dose"):  # fmt: skip
        assert words in done.stdout
    svg = (tmp_path / "out/sensitivity.svg").read_text()
    assert svg.startswith("<?xml")
    assert "left out" in svg
    told = json.loads((tmp_path / "out/sensitivity.json").read_text())
    needed = [change for one in told["influences"] for change in one["changes"]
              if change["how"] == "refit needed"]  # fmt: skip
    assert needed
    assert all(change["moves"] == [] for change in needed)


def test_sensitivity_gives_the_same_bytes_twice(runner, tmp_path):
    for name in ("one", "two"):
        runner("sensitivity", *GIVEN, "--only", "rate", "--out", tmp_path / name)
    for file in ("sensitivity.svg", "sensitivity.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_sensitivity_of_some_and_of_none(runner):
    told = json.loads(runner("sensitivity", *GIVEN, "--only", "rate", "--json").stdout)
    assert [one["name"] for one in told["influences"]] == ["rate"]
    assert told["asked"] == ["rate"]
    said = " ".join(runner("sensitivity", *GIVEN, "--only", "rate").stdout.split())
    assert "of what was asked for" in said
    assert "source" not in said
    done = runner("sensitivity", *GIVEN, "--only", "ratte")
    assert isinstance(done.exception, InputError)
    assert str(done.exception).startswith("--only: must be a parameter or a source; found 'ratte'")


def test_check_shows_what_the_priors_believe_without_sampling(posterior_cache, tmp_path):
    done = process("priors", "check", cache=posterior_cache, code=HEAVY)
    assert done.returncode == 0, done.stderr
    assert "HEAVY []" in done.stdout
    assert "gain within year 5 with 10 % of training compute" in done.stdout
    assert "falls with effort" in done.stdout
    assert "FLAG" not in done.stdout


TOO_FAST = """extends = "default"
[priors.rate]
distribution = "LogNormal"
parameters = { mu = 2.0, sigma = 0.5 }
unit = "OOM/year"
source = "nobody"
why = "to be flagged"
"""


def test_absurd_mass_is_flagged_and_strict_fails(runner, tmp_path):
    model = tmp_path / "fast.toml"
    model.write_text(TOO_FAST)
    done = runner("check", model)
    assert done.exit_code == 0
    assert "FLAG" in done.stdout
    assert runner("check", model, "--strict").exit_code == 3
    assert runner("check", "--strict").exit_code == 0


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("vintage_spread", 'HalfNormal"\nparameters = { sigma = 50.0 }'),
        ("shock_share", 'HalfNormal"\nparameters = { sigma = 50.0 }'),
        ("dose_slope", 'HalfNormal"\nparameters = { sigma = 500.0 }'),
        ("gap_own", 'Normal"\nparameters = { mu = 0.0, sigma = 50.0 }'),
    ],
)
def test_strict_fails_for_what_only_a_base_above_the_mean_a_half_year_or_a_dose_shows(
    runner, tmp_path, name, statement
):
    unit = PARAMETERS[name].unit
    model = tmp_path / "absurd.toml"
    model.write_text(
        f'extends = "default"\n[priors.{name}]\ndistribution = "{statement}\n'
        f'unit = "{unit}"\nsource = "nobody"\nwhy = "to be flagged"\n'
    )
    assert runner("check", model, "--strict").exit_code == 3


def test_check_says_of_which_base_most_draws_are_so_and_what_no_rule_looks_at(runner):
    said = " ".join(runner("check").stdout.split())
    assert "above: a base one logit abler than the mean" in said
    assert "no rule looks at: spent_share, elicited_share" in said
    told = json.loads(runner("check", "--json").stdout)
    assert told["no_rule_looks_at"] == ["spent_share", "elicited_share"]
    assert {rule["base"] for rule in told["rules"]} == {None, *told["bases"]}


def test_check_draws_its_pictures_the_same_twice(runner, tmp_path):
    for name in ("one", "two"):
        assert runner("check", "--out", tmp_path / name).exit_code == 0
    files = {"prior-predictive.json", "prior-predictive.svg", "priors.svg"}
    assert {path.name for path in (tmp_path / "one").iterdir()} == files
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert "dose_midpoint" in (tmp_path / "one/priors.svg").read_text()


def test_check_holds_a_candidate_s_bounds_by_the_priors_alone_beside_the_posterior_s(runner):
    done = runner("check", *GIVEN, "--json")
    told = json.loads(done.stdout)
    assert len(told["bounds"]) == 12
    wider = [row for row in told["bounds"] if row["prior_bound"] != row["posterior_bound"]]
    assert wider
    assert all(0.0 <= row["prior_exceedance"] <= 1.0 for row in told["bounds"])


def test_show_lists_every_prior(runner, specification):
    rows = json.loads(runner("show", "--json").stdout)
    assert [row["parameter"] for row in rows] == list(specification.priors)
    shown = next(row for row in rows if row["parameter"] == "rate")
    assert shown["prior"] == "LogNormal 90 % between 0.15 and 1.2 OOM/year"
    assert "LogNormal 90 % between 0.15 and" in runner("show").stdout


RATE = (
    '[priors.rate]\ndistribution = "LogNormal"\nelicited = { mass = 0.9, low = 0.15, high = 1.2 }\n'
)
RATE += 'unit = "OOM/year"\nsource = "somebody"\nwhy = "because"\n'
HEAD = 'extends = "default"\n'


def rate(**changes):
    """The rate's table with lines put in place of its own, or left out (None)."""
    lines = dict(line.split(" = ", 1) for line in RATE.splitlines()[1:])
    lines |= changes
    return (
        HEAD
        + "[priors.rate]\n"
        + "".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None)
    )


NORMAL = {"distribution": '"Normal"', "elicited": None}
SPECIFICATIONS = {
    "unknown parameter": (
        HEAD + RATE.replace("priors.rate", "priors.ratte"),
        r"priors\.ratte: is not a parameter of the model; did you mean rate"),
    "a parameter inside of the name": (
        HEAD + "[priors.technique_rate]\nx = 1\n", r"priors\.technique_rate: .*did you mean rate\?"),
    "unknown parameter with nothing under it": (
        HEAD + "[priors.ratte]\nx = 1\n", r"priors\.ratte: is not a parameter of the model"),
    "nothing like it": (
        HEAD + RATE.replace("priors.rate", "priors.xyz"),
        r"priors\.xyz: .*known names: ceiling, .*, rate, .*vintage_spread"),
    "extends what is not there": (
        HEAD.replace("default", "nope"),
        r"\.toml: extends: must be a file or a shipped model; found 'nope'; known names: default"),
    "wrong unit": (
        rate(unit='"OOM/month"'), r"priors\.rate\.unit: must be 'OOM/year'; found 'OOM/month'"),
    "no unit": (rate(unit=None), r"priors\.rate\.unit: is required"),
    "no source": (rate(source=None), r"priors\.rate\.source: is required"),
    "empty reason": (rate(why='""'), r"priors\.rate\.why: must be text"),
    "unknown distribution": (
        rate(distribution='"LogNorml"'),
        r"distribution: must be a known distribution; found 'LogNorml'; did you mean LogNormal"),
    "wrong support": (
        rate(**NORMAL, parameters="{ mu = 0.5, sigma = 0.2 }"),
        r"distribution: must have values that are positive; found 'Normal'; use one of LogNormal"),
    "negative scale": (
        rate(elicited=None, parameters="{ mu = 0.0, sigma = -1.0 }"),
        r"priors\.rate\.parameters\.sigma: must be positive; found -1\.0"),
    "zero scale": (
        rate(elicited=None, parameters="{ mu = 0.0, sigma = 0.0 }"),
        r"priors\.rate\.parameters\.sigma: must be positive; found 0\.0"),
    "NaN": (rate(elicited=None, parameters="{ mu = nan, sigma = 1.0 }"),
            r"priors\.rate\.parameters\.mu: must be a finite number"),
    "infinite": (rate(elicited=None, parameters="{ mu = 0.0, sigma = inf }"),
                 r"priors\.rate\.parameters\.sigma: must be a finite number"),
    "missing scale": (rate(elicited=None, parameters="{ mu = 0.0 }"),
                      r"priors\.rate\.parameters\.sigma: is required"),
    "unknown key of a distribution": (
        rate(elicited=None, parameters="{ mu = 0.0, sd = 1.0 }"),
        r"priors\.rate\.parameters\.sd: is not a parameter of this distribution; .*mu, sigma"),
    "text for a number": (rate(elicited=None, parameters='{ mu = "0", sigma = 1.0 }'),
                          r"priors\.rate\.parameters\.mu: must be a valid number; found '0'"),
    "interval upside down": (rate(elicited="{ mass = 0.9, low = 1.2, high = 0.15 }"),
                             r"priors\.rate\.elicited\.low: must be less than high"),
    "interval below zero": (rate(elicited="{ mass = 0.9, low = -0.1, high = 1.2 }"),
                            r"priors\.rate\.elicited\.low: must be positive; found -0\.1"),
    "mass over one": (rate(elicited="{ mass = 90.0, low = 0.1, high = 1.2 }"),
                      r"mass: must be less than 1; found 90\.0; looks like a percentage: write 0\.9"),
    "beyond any belief": (
        rate(elicited=None, parameters="{ mu = 800.0, sigma = 1.0 }"),
        r"priors\.rate\.parameters\.mu: must not exceed 50 in size; found 800"),
    "an interval beyond any belief": (
        rate(elicited="{ mass = 0.9, low = 1e-300, high = 1e300 }"),
        r"priors\.rate\.elicited: stands for a LogNormal whose sigma must not exceed 50 in size; found"),
    "interval without an end": (rate(elicited="{ mass = 0.9, low = 0.1 }"),
                                r"priors\.rate\.elicited\.high: is required"),
    "both statements": (rate(parameters="{ mu = 0.0, sigma = 1.0 }"),
                        r"priors\.rate: exactly one of parameters and elicited"),
    "no statement": (rate(elicited=None), r"priors\.rate: exactly one of parameters and elicited"),
    "unknown key": (rate(mode="1.0"), r"priors\.rate\.mode: is not a known key"),
    "unknown table": (HEAD + "[prior.rate]\n", r"prior: is not a known key; did you mean priors"),
    "unknown structure": (HEAD + 'dose = "satturating"\n',
                          r"dose: must be a known structure.*did you mean saturating"),
    "missing prior": ('dose = "saturating"\ntime = "linear"\nattempts = "logistic"\n' + RATE,
                      r"priors\.response: is required; add it, or extends"),
    "too few draws": (HEAD + "[sampler]\ndraws = 10\n", r"sampler\.draws: must be greater than"),
    "unknown basis": ('extends = "defualt"\n', "found 'defualt'; did you mean default"),
    "impossible interval": (
        rate(distribution='"HalfNormal"', elicited="{ mass = 0.9, low = 5.0, high = 5.1 }"),
        r"priors\.rate\.elicited: no HalfNormal holds 90 % between 5 and 5\.1"),
    "no TOML": ("priors: rate", "must be valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_a_bad_specification_is_one_line_that_names_file_key_and_rule(runner, tmp_path, name):
    text, says = SPECIFICATIONS[name]
    model = tmp_path / "tuned.toml"
    model.write_text(text)
    done = runner("show", model)
    assert isinstance(done.exception, InputError), done.stdout
    assert done.exception.exit_code == 2
    message = str(done.exception)
    assert "\n" not in message
    assert str(model) in message or name == "unknown basis"
    import re

    assert re.search(says, message), message


@pytest.mark.parametrize("command", ["show", "check", "tune", "sensitivity"])
def test_every_command_ends_with_2_and_one_line(posterior_cache, tmp_path, command):
    model = tmp_path / "tuned.toml"
    model.write_text(SPECIFICATIONS["negative scale"][0])
    extra = {"tune": (*GIVEN, "--set", "gap=Normal(0, 1)"), "sensitivity": GIVEN}
    done = process("priors", command, model, *extra.get(command, ()), cache=posterior_cache)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"leakbound: {model}: priors.rate.parameters.sigma: must be positive")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("technique_rate=Normal(0.5, 0.2)", "did you mean rate?"),
        ("rate=Normal(0.5, -0.2)", "--set rate.parameters.sigma: must be positive; found -0.2"),
    ],
)
def test_a_bad_statement_ends_with_2_and_one_line(posterior_cache, statement, says):
    done = process("priors", "tune", *GIVEN, "--set", statement, cache=posterior_cache)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert says in line


@pytest.mark.parametrize("option", ["--until", "--evidence", "--scenarios"])
def test_an_option_without_effect_is_refused(runner, option):
    done = runner("check", option, "2024-12-26")
    assert isinstance(done.exception, InputError)
    assert str(done.exception).startswith(f"{option}: has no effect without --candidate")


@pytest.mark.parametrize("seed", ["-1", str(2**32)])
def test_a_seed_that_is_none_is_refused(runner, seed):
    for command in (
        ("check",),
        ("tune", *GIVEN, "--set", "gap=Normal(0, 1)"),
        ("sensitivity", *GIVEN),
    ):
        done = runner(*command, "--seed", seed)
        assert done.exit_code == 2
        assert "than or equal to" in done.stderr


def test_what_leaving_out_does_is_never_among_what_does_little(capsys):
    from leakbound.cli.sensitivity import _show_kind, _source_row
    from leakbound.sensitivity.influence import Change, Influence, Move

    def moved(of_margin, verdict):
        return (Move("t", "s", 0.1, 0.01, 0.1, of_margin, 0.5, 0.1, "clear", verdict, ""),)

    def source(name, gone):
        scaled = [Change(p, "reweighted", 0.1, 900.0, moved(0.003, "clear")) for p in (0.8, 1.25)]
        return Influence(name, "source", (*scaled, gone), 0.01, (), "")

    quiet = source("quiet", Change(0.0, "reweighted", 0.2, 900.0, moved(0.004, "clear")))
    flips = source("flips", Change(0.0, "refitted", 0.2, 900.0, moved(1.3, "crosses")))
    unknown = source("unknown", Change(0.0, "refit needed", 1.4, 3.0, ()))
    _show_kind((quiet, flips, unknown), "sources", _source_row)
    said = capsys.readouterr().out
    assert "less than 0.5% of any margin: quiet\n" in said
    assert "left out: t, s: crosses" in " ".join(said.split())
    assert "refit needed (k 1.40, 3 effective draws)" in " ".join(said.split())


def test_verdicts_that_change_alike_are_counted_not_listed():
    from leakbound.cli.sensitivity import _source_row
    from leakbound.sensitivity.influence import Change, Influence, Move

    def gone(*verdicts):
        reason = "the Monte-Carlo error of the bound is unknown"
        moves = tuple(
            Move("t", f"s{k}", 0.1, 0.01, 0.1, 0.2, 0.5, 0.1, "clear", verdict, reason)
            for k, verdict in enumerate(verdicts)
        )
        change = Change(0.0, "reweighted", 0.2, 20.0, moves)
        return _source_row(Influence("x", "source", (change,), 0.01, (), ""))[
            "verdicts that change"
        ]

    assert gone(*4 * ["undecided"], "clear", "crosses") == (
        "left out: 4 of 6 verdicts: undecided (Monte Carlo); left out: t, s5: crosses"
    )
    assert gone("clear", *3 * ["crosses"]) == "; ".join(
        f"left out: t, s{k}: crosses" for k in (1, 2, 3)
    )
    assert gone("clear") == ""


def test_a_picture_of_nothing_but_refits_needed_is_drawn(runner, tmp_path):
    done = runner("sensitivity", *GIVEN, "--only", "dose_slope", "--out", tmp_path)
    assert done.exit_code == 0, done.exception
    assert "dose_slope" in (tmp_path / "sensitivity.svg").read_text()
    assert "refit needed (--refit): dose_slope" in done.stdout
