from dataclasses import replace

import pytest

from leakbound.curves import DOSE_CURVES, TIME_CURVES
from leakbound.distributions import DISTRIBUTIONS
from leakbound.errors import InputError
from leakbound.model.attempts import ATTEMPTS
from leakbound.parameters import PARAMETERS, POPULATIONS
from leakbound.priors import (
    ATTEMPT_NAMES,
    MEANING,
    STRUCTURE,
    SUPPORTED,
    describe,
    models_folder,
    read_specification,
)


def test_the_default_has_a_prior_with_source_and_reason_for_every_parameter(specification):
    assert list(specification.priors) == list(PARAMETERS)
    for name, prior in specification.priors.items():
        assert prior.name == name
        assert prior.unit == PARAMETERS[name].unit
        assert prior.source
        assert prior.why
        support = DISTRIBUTIONS[prior.distribution].support
        assert support in SUPPORTED[PARAMETERS[name].support]


def test_every_shipped_model_can_be_read():
    names = sorted(path.stem for path in models_folder().glob("*.toml"))
    assert "default" in names
    for name in names:
        one = read_specification(name)
        assert (one.dose, one.time, one.attempts) == tuple(getattr(one, key) for key in STRUCTURE)


def test_structures_are_those_that_exist():
    assert set(ATTEMPT_NAMES) == set(ATTEMPTS)
    assert STRUCTURE["dose"] == tuple(DOSE_CURVES)
    assert STRUCTURE["time"] == tuple(TIME_CURVES)
    assert set(POPULATIONS) <= set(PARAMETERS)


def test_an_elicited_prior_is_kept_as_stated_and_turned_into_numbers(specification):
    rate = specification.priors["rate"]
    assert rate.statement == "LogNormal 90 % between 0.15 and 1.2 OOM/year"
    frozen = DISTRIBUTIONS["LogNormal"].frozen(**rate.parameters)
    assert frozen.cdf(1.2) - frozen.cdf(0.15) == pytest.approx(0.9)
    assert specification.priors["gap"].statement == "Normal(mu=0.1, sigma=0.5) logits"


def test_a_row_tells_meaning_statement_source_and_reason(specification):
    rows = {row["parameter"]: row for row in describe(specification)}
    assert set(rows) == set(PARAMETERS)
    assert rows["rate"]["meaning"] == PARAMETERS["rate"].meaning
    assert rows["rate"]["distribution"].startswith("LogNormal(mu=-0.857")
    assert "arXiv" in rows["rate"]["source"]


TUNED = """extends = "default"
title = "tuned"
attempts = "gumbel"
[sampler]
draws = 200
[priors.gap]
distribution = "Normal"
parameters = { mu = 0.5, sigma = 0.1 }
unit = "logits"
source = "a test"
why = "a test"
"""


def test_extends_takes_the_rest_from_its_basis(specification, tmp_path):
    file = tmp_path / "tuned.toml"
    file.write_text(TUNED)
    one = read_specification(file)
    assert one.name == "tuned"
    assert one.attempts == "gumbel"
    assert one.dose == specification.dose
    assert one.sampler == replace(specification.sampler, draws=200)
    assert dict(one.priors["gap"].parameters) == {"mu": 0.5, "sigma": 0.1}
    for name in PARAMETERS:
        if name != "gap":
            assert one.priors[name] == specification.priors[name]


def test_a_model_may_not_extend_itself(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('extends = "own"\n')
    with pytest.raises(InputError, match="extends: must name another model"):
        read_specification(file)


def test_models_that_extend_each_other_are_refused(tmp_path):
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(f'extends = "{other}"\n')
    other.write_text(f'extends = "{one}"\n')
    with pytest.raises(InputError, match=r"other\.toml: extends: must name another model"):
        read_specification(one)


def test_a_basis_is_looked_for_beside_its_model(tmp_path):
    (tmp_path / "base.toml").write_text(TUNED)
    (tmp_path / "own.toml").write_text('extends = "base.toml"\nattempts = "student-t"\n')
    one = read_specification(tmp_path / "own.toml")
    assert one.attempts == "student-t"
    assert dict(one.priors["gap"].parameters) == {"mu": 0.5, "sigma": 0.1}


def test_the_digest_follows_what_changes_a_posterior_and_nothing_else(specification):
    gap = specification.priors["gap"]
    retold = specification.with_prior(replace(gap, source="another", why="another"))
    assert retold.digest == specification.digest
    assert replace(specification, title="another").digest == specification.digest
    moved = specification.with_prior(replace(gap, parameters={"mu": 0.2, "sigma": 0.5}))
    assert moved.digest != specification.digest
    assert replace(specification, attempts="gumbel").digest != specification.digest
    sampler = replace(specification.sampler, draws=77)
    assert replace(specification, sampler=sampler).digest != specification.digest
    seeded = replace(specification.sampler, seed=77)
    assert replace(specification, sampler=seeded).digest == specification.digest


def test_a_stack_is_no_model_file():
    with pytest.raises(
        InputError, match="found 'stack'; a stack of several is for `leakbound assess"
    ):
        read_specification("stack")


def test_a_least_depth_changes_the_digest_and_none_leaves_it_as_it_was(specification):
    sampler = specification.sampler
    assert "min_depth" not in sampler.told()
    deeper = replace(specification, sampler=replace(sampler, min_depth=5))
    assert deeper.digest != specification.digest


def test_a_least_depth_beyond_the_largest_is_refused(tmp_path):
    place = tmp_path / "own.toml"
    place.write_text('extends = "default"\n[sampler]\nmin_depth = 7\n')
    with pytest.raises(InputError, match=r"sampler.min_depth: must not exceed .* 6; found 7"):
        read_specification(place)


@pytest.mark.parametrize(
    ("key", "curve", "name", "shipped"),
    [
        ("dose", "power", "ceiling", "power-linear-logistic"),
        ("dose", "log-linear", "ceiling", "log-linear-linear-logistic"),
        ("time", "decelerating", "rate", "saturating-decelerating-logistic"),
        ("time", "accelerating", "rate", "saturating-accelerating-logistic"),
    ],
)
def test_another_curve_does_not_keep_priors_that_mean_something_else_in_it(
    tmp_path, key, curve, name, shipped
):
    own = tmp_path / "own.toml"
    own.write_text(f'extends = "default"\n{key} = "{curve}"\n')
    rule = rf"priors\.{name}: must be stated, as {key} = '{curve}' changes what it means"
    with pytest.raises(InputError, match=rule):
        read_specification(own)
    own.write_text(f'extends = "{shipped}"\n')
    assert curve in read_specification(own).structure.values()


@pytest.mark.parametrize("name", [name for names in MEANING.values() for name in names])
def test_shipped_models_state_what_their_curves_change(specification, name):
    key = next(key for key, names in MEANING.items() if name in names)
    others = [read_specification(place.stem) for place in models_folder().glob("*.toml")]
    changed = [one for one in others if getattr(one, key) != getattr(specification, key)]
    assert changed
    for one in changed:
        assert one.priors[name] != specification.priors[name]


def test_nothing_in_the_working_directory_stands_for_a_shipped_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected = read_specification("saturating-linear-student-t")
    (tmp_path / "default").write_text(TUNED)
    (tmp_path / "saturating-linear-student-t").mkdir()
    assert read_specification("saturating-linear-student-t").digest == expected.digest


def test_a_basis_is_never_taken_from_the_working_directory(tmp_path, monkeypatch):
    below = tmp_path / "models"
    below.mkdir()
    (tmp_path / "other.toml").write_text(TUNED)
    own = below / "own.toml"
    own.write_text('extends = "other.toml"\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        InputError, match=r"own\.toml: extends: must be a shipped model or a file in"
    ):
        read_specification(own)


def test_a_basis_without_suffix_is_a_shipped_model(tmp_path):
    (tmp_path / "base.toml").write_text(TUNED)
    own = tmp_path / "own.toml"
    own.write_text('extends = "base"\n')
    with pytest.raises(InputError, match=r"own\.toml: extends: must be a file or a shipped model"):
        read_specification(own)


def test_the_default_by_its_structure_is_told_by_its_name():
    with pytest.raises(InputError, match="that is the model named default"):
        read_specification("saturating-linear-logistic")
