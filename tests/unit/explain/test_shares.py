"""Widths whose shares are known: one thing varies, or independent normal parts with known variances."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from leakbound.bound import Case
from leakbound.candidate.types import Limit
from leakbound.effort import Effort
from leakbound.evidence.registry import load_registry
from leakbound.explain.shares import NAMES, _Split, width_shares
from leakbound.forecast import best_of
from leakbound.model.attempts import ATTEMPTS
from leakbound.priors import read_specification
from leakbound.standing import Standing
from leakbound.structures.mixture import MEMBER, Member, MixedPosterior, surface_of

CHAINS, N = 4, 4000
PARAMETERS = (
    "response", "ceiling", "rate", "inference", "inference_rate", "gap", "gap_own", "gap_ability",
    "vintage_drift", "spent_share",
)  # fmt: skip


@dataclass
class Named:
    name: str = "science"
    key: str = "open-weights"


def normals(seed=1, n=N):
    return np.random.default_rng(seed).standard_normal(n)


def effort_of(attempts=1.0, lag=1.0):
    shape = (1, 1, 2)
    return Effort(
        scenario="open-weights", groups=("labs",), edges=np.array([0.0, 0.5, 1.0]),
        attempts=np.array([[[0.0, attempts]]]), log10_compute=np.full(shape, -1.0),
        lag_years=np.full((1, 2), lag), training=np.array([True]), inference=np.array([False]),
        distillation=np.array([False]), at_cap=np.zeros(shape, bool),
    )  # fmt: skip


def posterior_of(changes=None, n=N, members=None):
    draws = {name: np.ones(n) for name in PARAMETERS} | (changes or {})
    empty = dict.fromkeys(("benchmarks", "domains", "lineages", "cell_sources", "checks"), ())
    own = dict(
        draws=draws, chains=CHAINS, pairs=None, centres={}, newest=0.0, responses={},
        structure={"dose": "saturating", "time": "linear", "attempts": "logistic"}, digest="",
        seed=1, **empty,
    )  # fmt: skip
    from leakbound.posterior import Posterior

    return Posterior(**own) if members is None else MixedPosterior(**own, members=members)


def standing_of(posterior, n=N, **changes):
    flat = dict.fromkeys(
        ("location", "fixed", "shock", "trend", "spent", "elicited", "distillation",
         "midpoint", "noise", "noise_share"), np.zeros(n),
    )  # fmt: skip
    flat |= dict.fromkeys(
        ("response", "ceiling", "rate", "start", "pace", "slope_dose", "efficiency", "pair_spread"),
        np.ones(n),
    )
    own = {**flat, "scale": np.full(n, 1e-3), **changes}
    return Standing(
        benchmark=load_registry()["gpqa-diamond"], z_today=0.0, surface=surface_of(posterior),
        error=0.0, log10_spent=-np.inf, **own,
    )  # fmt: skip


def shares_of(posterior, effort=None, **changes):
    effort = effort_of() if effort is None else effort
    n = posterior.samples
    standing = standing_of(posterior, n, **changes)
    shocks = np.random.default_rng(9).standard_normal((42, n))
    best = best_of(posterior, standing, effort, shocks)
    if isinstance(posterior, MixedPosterior):
        from leakbound.mixed_best import mixed_best

        best = mixed_best(best, posterior)
    limit = Limit(score=0.75, confidence=0.95, horizon_years=1.0)
    case = Case(Named(), limit, Named(), standing, best, effort, None, 0.5, True)
    return width_shares(case, posterior)


def test_the_shares_sum_to_one_and_have_errors():
    lineage = 0.4 * normals()
    rate = np.exp(0.3 * normals(2))
    found = shares_of(
        posterior_of({"rate": rate}), fixed=lineage, location=lineage + 0.2 * normals(3),
        rate=rate * np.exp(0.3 * normals(4)), scale=np.full(N, 0.1), effort=effort_of(20.0),
    )  # fmt: skip
    assert tuple(found.parts) == NAMES
    assert sum(found.parts.values()) == pytest.approx(1.0, abs=1e-9)
    assert all(0.0 <= error < 0.1 for error in found.errors.values())
    assert found.parts["structure"] == 0.0
    assert all(
        found.parts[name] > 0.05 for name in ("parameters", "lineage", "benchmark and domain")
    )


def test_without_spread_of_lineages_they_have_no_share():
    found = shares_of(posterior_of(), location=0.3 * normals())
    assert found.parts["lineage"] == 0.0
    assert found.parts["benchmark and domain"] == pytest.approx(1.0, abs=0.02)


def test_what_varies_alone_has_the_whole_width():
    z = 0.4 * normals()
    only = {
        "lineage": ({}, {"fixed": z, "location": z}),
        "measurement": ({}, {"fixed": z, "location": z, "noise": z}),
        "benchmark and domain": ({}, {"rate": np.exp(z)}),
        "parameters": ({"rate": np.exp(z)}, {"rate": np.exp(z)}),
        "attempts": ({}, {"scale": np.full(N, 0.4)}),
    }
    for name, (draws, changes) in only.items():
        found = shares_of(posterior_of(draws), **changes)
        assert found.parts[name] == pytest.approx(1.0, abs=0.03), name


def test_a_dose_parameter_is_a_parameter():
    found = shares_of(posterior_of(), midpoint=0.5 * normals())
    assert found.parts["parameters"] == pytest.approx(1.0, abs=0.02)


COMMON = {"response": "response", "ceiling": "ceiling", "rate": "rate", "start": "inference",
          "pace": "inference_rate"}  # fmt: skip


@pytest.mark.parametrize("effect", COMMON)
def test_an_effect_that_follows_its_common_parameter_is_a_parameters(effect):
    value = np.exp(0.4 * normals())
    effort = replace(effort_of(), inference=np.array([True]))
    found = shares_of(posterior_of({COMMON[effect]: value}), effort, **{effect: value})
    assert found.parts["parameters"] == pytest.approx(1.0, abs=0.03)
    alone = shares_of(posterior_of(), effort, **{effect: value})
    assert alone.parts["benchmark and domain"] == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("name", ["gap", "gap_own", "gap_ability", "vintage_drift", "spent_share"])
def test_a_gap_that_follows_a_common_parameter_is_a_parameters(name):
    value = 1.0 + 0.4 * normals()
    found = shares_of(posterior_of({name: value}), location=value)
    assert found.parts["parameters"] == pytest.approx(1.0, abs=0.03)


def test_what_two_parts_do_together_they_share_evenly():
    """Gains are a product of a common response and a benchmark's own rate, alike but independent."""
    common, own = np.exp(0.5 * normals(1)), np.exp(0.5 * normals(2))
    flat = np.full(N, 1e-9)
    found = shares_of(
        posterior_of({"response": common}), response=common, rate=own, ceiling=flat, start=flat,
        pace=flat,
    )  # fmt: skip
    half = 4.0 * found.errors["parameters"] + 0.01
    assert found.parts["parameters"] == pytest.approx(0.5, abs=half)
    assert found.parts["benchmark and domain"] == pytest.approx(0.5, abs=half)
    assert found.parts["parameters"] + found.parts["benchmark and domain"] == pytest.approx(
        1.0, abs=0.02
    )


def test_what_the_base_has_had_and_elicited_moves_with_the_channel_it_went_through():
    """A base that has had all of today's channel gains nothing by a larger one."""
    value = np.exp(0.4 * normals())
    for effect, had in (("ceiling", "spent"), ("start", "elicited")):
        effort = replace(effort_of(), inference=np.array([True]))
        lineage = 0.3 * normals(2)
        found = shares_of(
            posterior_of({COMMON[effect]: value}), effort, fixed=lineage, location=lineage,
            slope_dose=np.full(N, 50.0), midpoint=np.full(N, -9.0), **{effect: value, had: value},
        )  # fmt: skip
        assert found.parts["parameters"] == pytest.approx(0.0, abs=0.02)
        assert found.parts["lineage"] == pytest.approx(1.0, abs=0.03)


def test_errors_are_the_scatter_of_shares_over_repeated_draws():
    seen = []
    for seed in range(12):
        lineage, noise = 0.4 * normals(3 * seed), 0.2 * normals(3 * seed + 1)
        location = lineage + noise + 0.3 * normals(3 * seed + 2)
        seen.append(
            shares_of(posterior_of(), fixed=lineage + noise, location=location, noise=noise)
        )
    for name in ("lineage", "benchmark and domain", "measurement"):
        scatter = np.std([one.parts[name] for one in seen], ddof=1)
        told = np.sqrt(np.mean([one.errors[name] ** 2 for one in seen]))
        assert 0.5 < told / scatter < 2.0, name


def test_independent_normal_parts_have_their_share_of_the_variance():
    lineage, gap, noise = 0.4 * normals(1), 0.3 * normals(2), 0.2 * normals(3)
    found = shares_of(
        posterior_of(), fixed=lineage + noise, location=lineage + noise + gap, noise=noise
    )
    total = 0.4**2 + 0.3**2 + 0.2**2
    expected = {"lineage": 0.4**2, "benchmark and domain": 0.3**2, "measurement": 0.2**2}
    for name, variance in expected.items():
        error = 4.0 * found.errors[name] + 0.01
        assert found.parts[name] == pytest.approx(variance / total, abs=error), name
    spread = np.sqrt(total) * stats.norm.ppf(0.95)
    assert found.width_z == pytest.approx(spread, rel=0.06)


def test_what_a_common_parameter_tells_of_an_effect_goes_to_the_parameters():
    common, own = 0.4 * normals(1), 0.2 * normals(2)
    found = shares_of(posterior_of({"gap": 1.0 + common}), location=common + own)
    assert found.parts["parameters"] == pytest.approx(0.8, abs=0.06)
    assert found.parts["benchmark and domain"] == pytest.approx(0.2, abs=0.06)


def test_measurement_has_its_share_of_the_scatter():
    found = shares_of(posterior_of(), scale=np.full(N, 0.5), noise_share=np.full(N, 0.3))
    assert found.parts["measurement"] == pytest.approx(0.3, abs=0.02)
    assert found.parts["attempts"] == pytest.approx(0.7, abs=0.02)


def two_structures(apart, weight=0.5, n=N):
    """Two structures that differ by nothing but a constant in their gains."""
    code = (np.random.default_rng(6).random(n) < weight).astype(float)
    one = read_specification()
    members = (Member(one, 1.0 - weight), Member(one, weight))
    return posterior_of({MEMBER: code}, n, members), apart * code


def test_structures_that_disagree_have_a_share_and_those_that_agree_none():
    lineage = 0.3 * normals()
    agree, _ = two_structures(0.0)
    found = shares_of(agree, fixed=lineage, location=lineage)
    assert found.parts["structure"] == pytest.approx(0.0, abs=0.02)
    assert found.parts["lineage"] == pytest.approx(1.0, abs=0.03)
    apart, shift = two_structures(1.0)
    scale = np.full(N, 0.03)
    found = shares_of(apart, fixed=lineage, location=lineage + shift, scale=scale)
    assert sum(found.parts.values()) == pytest.approx(1.0, abs=1e-9)
    expected = 0.5 / (0.5 + 0.3 * stats.norm.ppf(0.9))
    assert found.parts["structure"] == pytest.approx(expected, abs=0.08)
    assert found.parts["structure"] + found.parts["lineage"] == pytest.approx(1.0, abs=0.06)


def test_a_bound_at_todays_score_has_no_width():
    assert shares_of(posterior_of(), location=np.full(N, -9.0)) is None


def test_a_real_assessment_has_shares_in_every_row(posterior_cache, evidence, specification):
    """All twelve rows of the shipped candidate, on a posterior drawn from the priors."""
    from pathlib import Path

    from leakbound.candidate import read_candidate
    from leakbound.explain.shares import widths
    from leakbound.fit import fit_digest, load
    from leakbound.job import Job
    from leakbound.scenario import load_scenarios

    digest = fit_digest(evidence, specification, specification.sampler.seed)
    posterior = load(posterior_cache / f"{digest[:32]}.nc", digest)
    scenarios = load_scenarios()
    file = Path(__file__).parents[3] / "experiments/candidates/deepseek-v3.toml"
    one = read_candidate(file, evidence.registry, until=None, scenarios=scenarios)
    job = Job(one, evidence, posterior, specification, scenarios, checks_passed=True)
    found = list(widths(job))
    assert len(found) == 12
    for row in found:
        assert sum(row.parts.values()) == pytest.approx(1.0, abs=1e-6)
        assert all(np.isfinite(list(row.errors.values())))
    job = Job(one, evidence, posterior, specification, scenarios, checks_passed=True)
    assert list(widths(job)) == found


@pytest.mark.parametrize("name", ["gumbel", "logistic", "student-t"])
def test_far_below_its_location_an_attempt_leaves_no_number_unknown(name):
    """Some draws put attempts thousands of scales above the median: the best of them is not there."""
    location = np.concatenate([np.zeros(900), np.full(100, 40.0)])
    parts = SimpleNamespace(
        location=location[None, None], scale=np.full((1, 1, 1000), 0.01), common=location[None, None],
        special=np.zeros((1, 1, 1000)), noise=0.0, noise_share=0.0, lineage=np.zeros(1000),
    )  # fmt: skip
    told = _Split(parts, ATTEMPTS[name], np.full((1, 1, 1), 20.0)).at(0.03)
    assert np.isfinite(told.density).all()
    assert np.isfinite(told.parts).all()
    assert told.density[:900] == pytest.approx(told.density[0])
    assert told.density[0] > 0.1
    assert (told.density[900:] < 1e-6 * told.density[0]).all()
