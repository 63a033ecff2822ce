"""Searches on made-up draws: the parameter is standard normal, and so is known under every shift."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from leakbound.assessment import FORECAST_DRAWS
from leakbound.posterior import thinned_index
from leakbound.prior_change import shifts_of
from leakbound.prior_statement import with_statements
from leakbound.reweight import smooth
from leakbound.sensitivity.bound_curve import curve_of
from leakbound.sensitivity.levels import Levels, levels_of, several_cases
from leakbound.sensitivity.prior_shift import prior_flips
from leakbound.sensitivity.weighted import cases_of, change_error, weighted_error

CHAINS, DRAWS, CONFIDENCE = 4, 4000, 0.9
STEEP = 0.6


@pytest.fixture(scope="module")
def prior(specification):
    return with_statements(specification, ["gap=Normal(0, 1)"]).priors["gap"]


@pytest.fixture(scope="module")
def drawn():
    return np.random.default_rng(5).standard_normal(DRAWS)


def parts_of(samples):
    rows = np.arange(samples).reshape(CHAINS, -1)
    return tuple(part.ravel() for part in np.array_split(rows, 4, axis=1))


def below_at(drawn, shift, steep=STEEP):
    """(draw) probability below whose mean reaches the confidence where the prior moves by `shift`."""
    start = steep * shift + np.hypot(1.0, steep) * stats.norm.ppf(CONFIDENCE)
    return stats.norm.cdf(start - steep * drawn)


def curve_with(below, *, verdict, extrapolate, chance=False):
    """A stand-in for the curve of one row: what the search asks of it."""
    case = SimpleNamespace(
        limit=SimpleNamespace(confidence=CONFIDENCE),
        threshold=SimpleNamespace(name="t", extrapolate=extrapolate),
        scenario=SimpleNamespace(key="s"),
    )
    return SimpleNamespace(
        case=case, at_threshold=below, error=0.1, undecided_by_chance=chance,
        now=SimpleNamespace(verdict=verdict), gain=lambda _: 1.0,
    )  # fmt: skip


def searched(drawn, prior, below, *, verdict, once=None, chance=False):
    """The flip of one row with the same level for `clear` and `meets`."""
    curve = curve_with(below, verdict=verdict, extrapolate=True, chance=chance)
    both = np.array([[below], [below]])
    single = both if once is None else np.array([[once], [once]])
    levels = Levels(both, single, (), parts_of(len(drawn)))
    posterior = SimpleNamespace(draws={"gap": drawn}, chains=CHAINS)
    (flip,) = prior_flips(posterior, prior, [curve], levels)
    return flip


def weights_at(drawn, shift):
    return smooth(shift * drawn, CHAINS).values


@pytest.mark.parametrize(
    ("shift", "verdict", "then"), [(0.9, "clear", "undecided"), (-0.9, "crosses", "clear")]
)
def test_a_flip_is_where_the_level_reaches_the_confidence(drawn, prior, shift, verdict, then):
    flip = searched(drawn, prior, below_at(drawn, shift), verdict=verdict)
    assert flip.at is not None
    assert flip.at.shift == pytest.approx(shift, abs=3.0 * flip.at.error)
    assert 0.02 < flip.at.error < 0.2
    assert (flip.then, flip.why_none) == (then, "")
    assert flip.median_then == pytest.approx(flip.at.shift)
    assert flip.low <= flip.at.shift <= flip.high
    assert flip.meets == flip.at


def test_its_error_is_that_of_the_level_not_of_the_change(drawn, prior):
    """Of what one set of new effects tells: another run has no more."""
    noise = np.random.default_rng(6).normal(0.0, 0.4, DRAWS)
    below = below_at(drawn, 0.9)
    once = np.clip(below + noise, 0.0, 1.0)
    flip = searched(drawn, prior, below, verdict="clear", once=once)
    shift = flip.at.shift
    low, high = (below @ weights_at(drawn, shift + step) for step in (-0.25, 0.25))
    weights, slope = weights_at(drawn, shift), abs(high - low) / 0.5
    assert flip.at.error == pytest.approx(weighted_error(once, weights, CHAINS) / slope, rel=1e-3)
    assert flip.at.error > searched(drawn, prior, below, verdict="clear").at.error


def test_a_flip_near_zero_is_chance_though_its_change_has_no_error(drawn, prior):
    near = below_at(drawn, 0.0)
    near += CONFIDENCE + 5e-4 - near.mean()
    flip = searched(drawn, prior, near, verdict="clear")
    assert change_error(near, weights_at(drawn, 0.01), CHAINS) < 1e-3
    assert flip.at is None
    assert flip.median_then is None
    assert flip.then == ""
    assert flip.why_none == "none told apart from chance"


def test_a_flip_whose_error_is_not_known_is_chance(drawn, prior, monkeypatch):
    told = "leakbound.sensitivity.prior_shift.weighted_error"
    monkeypatch.setattr(told, lambda *_: float("nan"))
    flip = searched(drawn, prior, below_at(drawn, 0.9), verdict="clear")
    assert flip.at is None
    assert flip.why_none == "none told apart from chance"


def test_a_flip_that_one_part_does_not_show_is_chance(drawn, prior):
    below = below_at(drawn, 0.6)
    told = searched(drawn, prior, below, verdict="clear")
    some = below.copy()
    some[parts_of(DRAWS)[0]] = below[parts_of(DRAWS)[0]].mean()
    flip = searched(drawn, prior, some, verdict="clear")
    assert told.at is not None
    assert flip.at is None
    assert flip.meets is None
    assert flip.why_none == "none told apart from chance"


def test_all_draws_that_begin_otherwise_than_the_fit_tell_that_the_verdict_is_chance(drawn, prior):
    flip = searched(drawn, prior, below_at(drawn, 0.9), verdict="crosses")
    assert flip.at is None
    assert flip.why_none == "none told apart from chance"


def test_what_is_undecided_by_chance_alone_has_nothing_to_flip(drawn, prior):
    flip = searched(drawn, prior, below_at(drawn, -0.9), verdict="undecided", chance=True)
    assert flip.at is None
    assert flip.why_none == "undecided by Monte-Carlo error alone"


def test_a_bound_that_the_prior_does_not_move_does_not_flip(drawn, prior):
    flip = searched(drawn, prior, np.full(DRAWS, 0.95), verdict="clear")
    assert (flip.at, flip.meets, flip.why_none) == (None, None, "none found")
    assert flip.limited


def test_a_bound_whose_drivers_leave_the_evidence_is_not_clear(drawn, prior, monkeypatch):
    """No level is crossed then: what the parts differ by is the error."""
    below = below_at(drawn, 5.0)

    def is_inside(case, gain, weights):
        kept = drawn[thinned_index(DRAWS, CHAINS, len(weights))]
        return float(weights @ kept) < 0.8

    monkeypatch.setattr("leakbound.sensitivity.prior_shift.is_inside", is_inside)
    curve = curve_with(below, verdict="clear", extrapolate=False)
    both = np.array([[below], [below]])
    levels = Levels(both, both, (curve.case,), parts_of(DRAWS))
    posterior = SimpleNamespace(draws={"gap": drawn}, chains=CHAINS)
    (flip,) = prior_flips(posterior, prior, [curve], levels)
    assert flip.at.shift == pytest.approx(0.8, abs=0.15)
    assert 0.0 < flip.at.error < 0.1
    assert flip.meets is None


def test_few_flips_of_priors_that_move_nothing_are_told(prior):
    """Twenty parameters apart from the bound, whose verdict is near: what is found is chance."""
    told = seen = 0
    for k in range(20):
        rng = np.random.default_rng(100 + k)
        drawn, below = rng.standard_normal((2, 2000))
        below = stats.norm.cdf(2.0 + 1.2 * below)
        below += CONFIDENCE + 1.5 * weighted_error(below, np.full(2000, 1 / 2000), 4) - below.mean()
        flip = searched(drawn, prior, below, verdict="clear")
        told += flip.at is not None
        seen += flip.why_none != "none found"
    assert seen >= 6
    assert told <= 1


def test_the_search_for_a_flip_ends_where_weights_cannot_be_trusted(given):
    """The weights of these draws hold on both sides of `rate` for a while, of `gap_spread` upwards."""
    posterior, specification = given[2], given[3]
    curve = curve_of(cases_of(*given)[0])
    levels = levels_of([curve], [cases[:1] for cases in several_cases(*given)], posterior.chains)
    ends = []
    for name in ("rate", "gap_spread"):
        prior = specification.priors[name]
        (flip,) = prior_flips(posterior, prior, [curve], levels)
        for end, side in ((flip.low, -1.0), (flip.high, 1.0)):
            assert end == 0.0 or reliable(posterior, prior, end)
            assert abs(end) == 3.0 or not reliable(posterior, prior, end + 0.5 * side)
        assert flip.limited
        ends += [abs(flip.low) < 3.0, abs(flip.high) < 3.0]
    assert ends == [True, True, True, False]


def reliable(posterior, prior, shift):
    shifts, drawn = shifts_of(prior), posterior.draws[prior.name]
    ratio = shifts.log_density(drawn, shift) - shifts.log_density(drawn, 0.0)
    return smooth(ratio, posterior.chains).thinned(FORECAST_DRAWS).reliable
