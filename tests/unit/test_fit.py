import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.conftest import prior_draws

from leakbound.checks import LIMITS, Check, check_convergence, check_fit, require
from leakbound.errors import FitError
from leakbound.fit import (
    VERSION_OF_PART,
    fit,
    fit_digest,
    load,
    model_version,
    sample,
)
from leakbound.priors import read_specification


def sampler_that_fails(monkeypatch, times):
    """Chains apart in `rate` the first `times` times; returns the settings of all that are asked for."""
    asked = []

    def chains(design, own, *, seed, progress):
        draws = prior_draws(design, own)
        if len(asked) < times:
            draws["rate"] = draws["rate"] + np.arange(4.0)[:, None]
        asked.append(own.sampler)
        return draws, np.zeros((4, 100), dtype=bool)

    monkeypatch.setattr("leakbound.chains.chains_apart", chains)
    return asked


@pytest.fixture
def cache(posterior_cache, tmp_path):
    folder = tmp_path / "copy of a cache"
    shutil.copytree(posterior_cache, folder)
    return folder


def only(folder, pattern="*.nc"):
    (found,) = folder.glob(pattern)
    return found


def test_a_cached_posterior_is_used_as_it_is(cache, evidence, specification):
    posterior = fit(evidence, specification, folder=cache)
    assert posterior.samples == 400
    assert posterior.chains == 4
    assert set(posterior.benchmarks) == set(evidence.rows["benchmark"].unique())
    again = fit(evidence, specification, folder=cache)
    np.testing.assert_array_equal(again.draws["pair_effect"], posterior.draws["pair_effect"])
    assert posterior.log_likelihood().shape[:2] == (4, 100)


@pytest.mark.parametrize(
    "harm",
    [
        "truncate",
        "flip",
        "record",
        "record is no JSON",
        "other digest",
        "a check is missing",
        "no seed",
    ],
)
def test_a_damaged_file_is_recognised(cache, evidence, specification, harm):
    place, record = only(cache), only(cache, "*.json")
    digest = fit_digest(evidence, specification, 1)
    if harm == "truncate":
        place.write_bytes(place.read_bytes()[:-500])
    elif harm == "flip":
        data = bytearray(place.read_bytes())
        data[len(data) // 2] ^= 0xFF
        place.write_bytes(bytes(data))
    elif harm == "record":
        told = json.loads(record.read_text())
        del told["checks"]
        record.write_text(json.dumps(told))
    elif harm == "a check is missing":
        told = json.loads(record.read_text())
        told["checks"] = told["checks"][:1]
        record.write_text(json.dumps(told))
    elif harm == "no seed":
        told = json.loads(record.read_text())
        record.write_text(json.dumps({**told, "seed": None}))
    elif harm == "record is no JSON":
        record.write_text("{")
    else:
        digest = "0" * 64
    said = []
    assert load(place, digest, say=said.append) is None
    assert "damaged" in said[0]


@pytest.mark.parametrize("found", [5.0, float("nan")])
@pytest.mark.parametrize("name", LIMITS)
def test_what_was_found_is_held_against_the_limits_of_today(
    cache, evidence, specification, name, found
):
    """Whatever the record says was passed, and whatever limit it was held against then."""
    place, record = only(cache), only(cache, "*.json")
    told = json.loads(record.read_text())
    (one,) = [check for check in told["checks"] if check["name"] == name]
    one |= {"found": found, "limit": 0.0 if "ESS" in name else 1e9, "passed": True}
    record.write_text(json.dumps(told))
    posterior = load(place, fit_digest(evidence, specification, 1))
    assert [check.name for check in posterior.checks if not check.passed] == [name]
    with pytest.raises(FitError, match=f"failed {name}"):
        require(posterior.checks)


def test_a_change_of_one_dose_leaves_the_fits_of_the_others(evidence, specification, monkeypatch):
    power = read_specification("power-linear-logistic")
    before = [fit_digest(evidence, one, 1) for one in (specification, power)]
    monkeypatch.setitem(VERSION_OF_PART, "power", model_version(power) + 1)
    after = [fit_digest(evidence, one, 1) for one in (specification, power)]
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_the_digest_follows_evidence_model_and_seed(evidence, specification):
    one = fit_digest(evidence, specification, 1)
    assert fit_digest(evidence, specification, 2) != one
    assert fit_digest(evidence.without("gains"), specification, 1) != one
    prior = specification.priors["rate"]
    from dataclasses import replace

    other = specification.with_prior(replace(prior, parameters={"mu": 0.0, "sigma": 1.0}))
    assert fit_digest(evidence, other, 1) != one
    retold = specification.with_prior(replace(prior, source="another"))
    assert fit_digest(evidence, retold, 1) == one


def test_a_failed_or_missing_check_raises_with_its_place():
    bad = Check("R-hat of parameters", False, 1.2, 1.02, "rate", "raise tune")
    with pytest.raises(FitError, match=r"failed R-hat of parameters: rate has 1\.2.*raise tune"):
        require([bad])
    with pytest.raises(FitError, match="no checks"):
        require([])


def test_checks_find_what_is_wrong():
    import xarray as xr

    rng = np.random.default_rng(1)
    good = rng.standard_normal((4, 500))

    def checks(values, diverging=0.0):
        flags = rng.random((4, 500)) < diverging
        tree = xr.DataTree.from_dict({
            "posterior": xr.Dataset({"rate": (("chain", "draw"), values)}),
            "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), flags)}),
        })  # fmt: skip
        found = {check.name: check for check in check_fit(tree)}
        of_chains = {check.name: check for check in check_convergence(tree)}
        assert set(of_chains) == {"divergences", "R-hat of parameters"}
        assert {name: str(found[name]) for name in of_chains} == {
            name: str(check) for name, check in of_chains.items()
        }
        return found

    assert all(check.passed for check in checks(good).values())
    apart = good + np.arange(4)[:, None]
    assert not checks(apart)["R-hat of parameters"].passed
    assert checks(apart)["R-hat of parameters"].worst == "rate"
    slow = np.cumsum(good, axis=1)
    assert not checks(slow)["bulk ESS of parameters"].passed
    holed = good.copy()
    holed[2, 7] = np.nan
    assert not checks(holed)["no NaN"].passed
    assert not checks(holed)["R-hat of parameters"].passed
    assert not checks(good, diverging=0.05)["divergences"].passed


def test_a_fit_that_fails_a_check_is_sampled_once_more_with_patience(
    evidence, specification, monkeypatch, tmp_path
):
    asked = sampler_that_fails(monkeypatch, times=1)
    said = []
    posterior = fit(evidence, specification, folder=tmp_path, say=said.append)
    first, second = asked
    assert second.draws == 2 * first.draws
    assert second.draws / second.thin == first.draws / first.thin
    assert second.tune == 2 * first.tune
    assert second.target_accept == first.target_accept
    assert any("R-hat of parameters" in text and "aim 1.01 (rate)" in text for text in said), said
    assert not [check for check in posterior.checks if check.worst == "rate"]
    assert not [text for text in said if "after two samplings" in text and "(rate)" in text]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [(True, True, 2), (True, False, 1), (False, True, 2), (False, False, 2)],
)
def test_a_fit_within_its_limits_is_not_lost_to_one_that_is_not(
    evidence, specification, monkeypatch, first, second, kept
):
    asked = sampler_that_fails(monkeypatch, times=0)
    verdicts = iter([first, second])

    def checks(tree):
        return (Check("divergences", next(verdicts), 0.001 / len(asked), 0.005, "the sampler", ""),)

    monkeypatch.setattr("leakbound.fit.check_fit", checks)
    _, found = sample(evidence, specification, seed=1, progress=False)
    assert len(asked) == 2
    assert found[0].found == 0.001 / kept
    assert found[0].passed == (first, second)[kept - 1]


def test_the_draws_needed_are_those_of_a_second_sampling(evidence, specification, monkeypatch):
    asked = sampler_that_fails(monkeypatch, times=0)
    found = iter([1.045, 1.0])

    def checks(tree):
        return (Check("R-hat of effects", True, next(found), 1.05, "pair_effect[1]", ""),)

    monkeypatch.setattr("leakbound.fit.check_fit", checks)
    few = replace(specification.sampler, draws=1000, thin=1, min_depth=6)
    few = replace(specification, sampler=few)
    sample(evidence, few, seed=1, progress=False)
    assert [settings.draws for settings in asked] == [1000, 3000]
    assert [settings.thin for settings in asked] == [1, 3]


def test_the_caller_judges_whether_a_fit_has_failed(evidence, specification, monkeypatch, tmp_path):
    asked = sampler_that_fails(monkeypatch, times=1)
    posterior = fit(
        evidence, specification, folder=tmp_path, judge=lambda check: replace(check, passed=True)
    )
    assert len(asked) == 1
    assert "rate" in [check.worst for check in posterior.checks if not check.passed]


def test_a_fit_that_keeps_failing_is_kept_with_its_failed_check(
    evidence, specification, monkeypatch, tmp_path
):
    sampler_that_fails(monkeypatch, times=2)
    said = []
    posterior = fit(evidence, specification, folder=tmp_path, say=said.append)
    assert said[-1].startswith("after two samplings R-hat of parameters")
    assert "aim 1.01 (rate)" in said[-1]
    with pytest.raises(FitError, match="R-hat of parameters: rate"):
        require(posterior.checks)
