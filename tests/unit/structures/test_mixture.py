"""Mixtures of made-up posteriors that differ in dose curve, time curve and attempt distribution."""

from dataclasses import replace

import numpy as np
import pytest

from leakbound.checks import LIMITS, Check
from leakbound.errors import InputError
from leakbound.fit import fit_digest, load
from leakbound.mixed_best import MixedBest, mixed_best
from leakbound.model.attempts import ATTEMPTS
from leakbound.model.surface import Surface
from leakbound.model.unknown import expected_dose
from leakbound.priors import read_specification
from leakbound.structures.mixture import (
    MEMBER,
    Member,
    MixedPosterior,
    attempts_of,
    dealt,
    mixed_attempts,
    mixture_of,
    shared_out,
    surface_of,
    usual_dose,
)

MODELS = ("default", "power-decelerating-gumbel", "log-linear-accelerating-student-t")


@pytest.fixture(scope="module")
def posteriors(tmp_path_factory, evidence, stored_prior):
    folder = tmp_path_factory.mktemp("three")
    found = {}
    for name in MODELS:
        one = read_specification(name)
        stored_prior(folder, evidence, one)
        digest = fit_digest(evidence, one, one.sampler.seed)
        found[name] = load(folder / f"{digest[:32]}.nc", digest)
    return found


@pytest.fixture(scope="module")
def mixture(posteriors):
    weights = (0.5, 0.3, 0.2)
    return mixture_of(
        [
            (Member(read_specification(name), weight), posteriors[name])
            for name, weight in zip(MODELS, weights, strict=True)
        ]
    )


def test_each_member_has_its_share_of_the_draws_in_every_run_of_them(mixture):
    assert isinstance(mixture, MixedPosterior)
    assert mixture.samples == 400
    assert np.bincount(mixture.codes).tolist() == [200, 120, 80]
    assert np.bincount(mixture.codes[37:77]).tolist() == pytest.approx([20, 12, 8], abs=3)
    assert np.bincount(mixture.codes[::4]) == pytest.approx([50, 30, 20], abs=12)


def test_thinning_keeps_the_weights_and_whole_draws(mixture):
    thin = mixture.thinned(80)
    assert np.bincount(thin.codes.reshape(4, -1)[1]).tolist() == [10, 6, 4]
    at = np.flatnonzero(np.isin(mixture.draws["rate"], thin.draws["rate"]))
    assert len(at) == 80
    assert set(mixture.draws["gap"][at]) == set(thin.draws["gap"])
    assert mixture.thinned(400) is mixture


def test_draws_stay_in_their_chain_and_keep_their_member(mixture, posteriors):
    for i, name in enumerate(MODELS):
        mine = mixture.draws["rate"].reshape(4, -1)[2][mixture.codes.reshape(4, -1)[2] == i]
        theirs = posteriors[name].draws["rate"].reshape(4, -1)[2]
        assert np.isin(mine, theirs).all()
        assert len(np.unique(mine)) == len(mine)
    paired = mixture.draws["walk"][:, 0, 0]
    index = np.argmin(np.abs(posteriors["default"].draws["rate"] - mixture.draws["rate"][0]))
    assert mixture.codes[0] == 0
    assert paired[0] == posteriors["default"].draws["walk"][index, 0, 0]


def test_a_mixture_of_one_is_that_one(posteriors):
    one = posteriors["default"]
    assert mixture_of([(Member(read_specification(), 1.0), one)]) is one


def test_it_has_every_members_checks_by_name(mixture):
    assert [check.name for check in mixture.checks] == [
        f"{name}: {check}" for name in MODELS for check in LIMITS
    ]


def test_a_failed_check_of_a_member_stays_failed(posteriors):
    bad = replace(posteriors[MODELS[1]], checks=(Check("R-hat", False, 2.0, 1.01, "rate", "tune"),))
    found = mixture_of(
        [
            (Member(read_specification(), 0.5), posteriors["default"]),
            (Member(read_specification(MODELS[1]), 0.5), bad),
        ]
    )
    assert [check.passed for check in found.checks] == [True] * len(LIMITS) + [False]


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"chains": 2}, InputError, "same number of chains"),
        ({"newest": 99.0}, ValueError, "different evidence"),
        ({"checks": ()}, ValueError, "no checks"),
    ],
)
def test_posteriors_that_do_not_belong_together_are_refused(posteriors, changes, error, says):
    other = replace(posteriors[MODELS[1]], **changes)
    parts = [
        (Member(read_specification(), 0.5), posteriors["default"]),
        (Member(read_specification(MODELS[1]), 0.5), other),
    ]
    with pytest.raises(error, match=says):
        mixture_of(parts)
    with pytest.raises(ValueError, match="at least one"):
        mixture_of([])


def test_every_draw_has_the_curves_of_its_own_structure(mixture):
    surface, d = surface_of(mixture), mixture.draws
    lag = np.tile(np.array([0.5, 2.0, 4.0]), (mixture.samples, 1))
    compute = np.full((mixture.samples, 3), -1.5)
    args = {"slope": d["dose_slope"][:, None], "midpoint": d["dose_midpoint"][:, None]}
    args["efficiency"] = d["efficiency"][:, None]
    dose = surface.dose_at(compute, lag, **args, xp=np)
    channel = {"ceiling": d["ceiling"][:, None], "rate": d["rate"][:, None]}
    gained = surface.training(dose, lag, **channel, xp=np)
    inferred = surface.inference(lag, start=1.0, rate=d["rate"][:, None], xp=np)
    effective = surface.effective_compute(compute, lag, efficiency=args["efficiency"], xp=np)
    for i, name in enumerate(MODELS):
        mine = mixture.codes == i
        one = read_specification(name)
        alone = Surface(one.dose, one.time)
        reached = alone.effective_compute(
            compute[mine], lag[mine], efficiency=args["efficiency"][mine], xp=np
        )
        np.testing.assert_allclose(effective[mine], reached)
        own = alone.dose_at(
            compute[mine], lag[mine], **{key: v[mine] for key, v in args.items()}, xp=np
        )
        np.testing.assert_allclose(dose[mine], own)
        rates = {key: v[mine] for key, v in channel.items()}
        np.testing.assert_allclose(gained[mine], alone.training(own, lag[mine], **rates, xp=np))
        inferred_alone = alone.inference(lag[mine], start=1.0, rate=rates["rate"], xp=np)
        np.testing.assert_allclose(inferred[mine], inferred_alone)
        assert usual_dose(mixture, one)[mine] == pytest.approx(float(expected_dose(one, "", 0.0)))
        assert attempts_of(mixture).sd[mine] == pytest.approx(ATTEMPTS[one.attempts].sd)


def test_a_surface_without_the_draw_in_front_is_refused(mixture):
    with pytest.raises(ValueError, match="first dim"):
        surface_of(mixture).inference(np.zeros(3), start=1.0, rate=1.0, xp=np)


def test_attempts_of_one_family_are_that_family():
    assert mixed_attempts(("gumbel", "gumbel"), np.array([0, 1])) is ATTEMPTS["gumbel"]


def test_a_best_evaluates_each_draw_in_its_own_family(mixture):
    from leakbound.forecast import Best

    rng = np.random.default_rng(3)
    n = mixture.samples
    best = Best(
        location=rng.standard_normal((2, 3, n)), scale=np.full(n, 0.4),
        attempts=np.full((2, 3, 1), 5.0), edges=np.linspace(0, 1, 4), z_today=0.0,
        family="mixture", chains=4,
    )  # fmt: skip
    mixed = mixed_best(best, mixture)
    assert isinstance(mixed, MixedBest)
    for i, name in enumerate(MODELS):
        alone = replace(best, family=read_specification(name).attempts)
        mine = mixture.codes == i
        np.testing.assert_allclose(mixed.below(1.3)[mine], alone.below(1.3)[mine])
        few = mixture.codes[::4] == i
        np.testing.assert_allclose(mixed.every(4).below(1.3)[few], alone.every(4).below(1.3)[few])
    assert mixed.until(1 / 3).below(1.0).shape == (n,)


def test_an_ordinary_posterior_keeps_its_best(posteriors):
    from leakbound.forecast import Best

    some = object.__new__(Best)
    assert mixed_best(some, posteriors["default"]) is some


def test_whole_shares_sum_up_and_are_nearest_to_the_weights():
    assert shared_out(np.array([1.0, 1.0, 1.0]), 100).tolist() == [34, 33, 33]
    assert shared_out(np.array([0.999, 0.001]), 50).tolist() == [50, 0]
    code, at = dealt(np.array([4, 0, 2]))
    assert np.bincount(code[:3], minlength=3).tolist() == [2, 0, 1]
    assert sorted(at[code == 0].tolist()) == [0, 1, 2, 3]


def test_the_member_code_is_a_draw_like_any_other(mixture):
    assert mixture.draws[MEMBER].shape == (mixture.samples,)


def test_the_attempts_of_every_fourth_draw_are_of_its_own_family(mixture):
    sd = attempts_of(mixture, 4).sd
    np.testing.assert_array_equal(sd, attempts_of(mixture).sd[::4])
