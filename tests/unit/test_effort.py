import dataclasses
import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakbound.effort import Effort, bin_edges, effort_grid, standard_scores
from leakbound.errors import InputError
from leakbound.prices import flop_for_usd, shipped_prices
from leakbound.quantity import Quantity, between, fixed
from leakbound.scenario import ActorGroup, Scenario, load_scenarios
from leakbound.units import years_between

RELEASED = dt.date(2024, 12, 26)
FLOP = 3.41e24
SHIPPED = load_scenarios()
horizons = st.floats(0.01, 20.0)


def group(**changes: object) -> ActorGroup:
    plain = ActorGroup(
        name="team",
        actor="lab",
        attempts_per_year=fixed(12.0),
        compute_fraction=fixed(0.01),
        budget_usd=None,
        techniques=("training",),
        growth_per_year=fixed(1.0),
        start_years=0.0,
        start_date=None,
        end_years=None,
        private_lead_years=0.0,
        sources={},
    )
    return dataclasses.replace(plain, **changes)


def scenario(*groups: ActorGroup, **changes: object) -> Scenario:
    plain = Scenario(
        key="test",
        title="Test",
        release="open-weights",
        groups=groups or (group(),),
        start_delay_years=0.0,
        withdrawal_after_years=None,
        guardrail_failure_probability=None,
        compute_fraction_cap=1.0,
        sources={},
    )
    return dataclasses.replace(plain, **changes)


def lay_out(what: Scenario, years: float = 1.0, **options: object) -> Effort:
    given_options = {"pretraining_flop": FLOP, "released": RELEASED, "years": years, **options}
    return effort_grid(what, **given_options)


def test_constant_group_by_hand() -> None:
    effort = lay_out(scenario(), years=0.6)
    assert effort.edges.tolist() == [0.0, 0.25, 0.5, 0.6]
    assert effort.attempts[0, 0] == pytest.approx([3.0, 3.0, 1.2])
    assert effort.lag_years[0].tolist() == [0.25, 0.5, 0.6]
    assert effort.log10_compute[0, 0] == pytest.approx([-2.0] * 3)
    assert effort.training.tolist() == [True]
    assert effort.distillation.tolist() == [False]
    assert not effort.at_cap.any()
    assert effort.attempts_by()[0, 0] == pytest.approx([3.0, 6.0, 7.2])


@given(growth=st.floats(0.05, 20.0), years=horizons)
def test_growth_integrates_to_its_closed_form(growth: float, years: float) -> None:
    effort = lay_out(scenario(group(growth_per_year=fixed(growth))), years=years)
    rate = np.log(growth)
    total = 12 * years if abs(rate) < 1e-9 else 12 * np.expm1(rate * years) / rate
    assert effort.attempts.sum() == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "of_scenario", "expected"),
    [
        ({"start_years": 0.4}, {}, [0.0, 1.2, 3.0, 3.0]),
        ({"end_years": 0.6}, {}, [3.0, 3.0, 1.2, 0.0]),
        ({}, {"start_delay_years": 0.6}, [0.0, 0.0, 1.8, 3.0]),
        ({"start_years": 0.25}, {"start_delay_years": 0.25}, [0.0, 0.0, 3.0, 3.0]),
        ({}, {"withdrawal_after_years": 0.25}, [3.0, 0.0, 0.0, 0.0]),
        ({}, {"guardrail_failure_probability": 0.1}, [0.3, 0.3, 0.3, 0.3]),
        ({}, {"guardrail_failure_probability": 0.0}, [0.0, 0.0, 0.0, 0.0]),
        ({"end_years": 0.75}, {"withdrawal_after_years": 0.25}, [3.0, 0.0, 0.0, 0.0]),
        ({"end_years": 0.25}, {"withdrawal_after_years": 0.75}, [3.0, 0.0, 0.0, 0.0]),
        ({"start_years": 0.5, "start_date": dt.date(2025, 1, 1)}, {}, [0.0, 0.0, 3.0, 3.0]),
        ({"start_years": 2.0}, {}, [0.0, 0.0, 0.0, 0.0]),
        ({"start_date": dt.date(2024, 1, 1)}, {}, [3.0, 3.0, 3.0, 3.0]),
    ],
)
def test_attempts_by_hand(
    changes: dict[str, object], of_scenario: dict[str, object], expected: list[float]
) -> None:
    effort = lay_out(scenario(group(**changes), **of_scenario))
    assert effort.attempts[0, 0] == pytest.approx(expected)


def test_start_date_counts_from_the_release() -> None:
    start = dt.date(2025, 7, 1)
    effort = lay_out(scenario(group(start_date=start)))
    assert effort.attempts.sum() == pytest.approx(12 * (1 - years_between(RELEASED, start)))


def test_lag_ends_with_the_group_and_includes_its_lead() -> None:
    effort = lay_out(scenario(group(end_years=0.4, private_lead_years=0.5)))
    assert effort.lag_years[0] == pytest.approx([0.75, 0.9, 0.9, 0.9])


def test_budget_becomes_compute_at_the_price_of_its_day() -> None:
    effort = lay_out(scenario(group(compute_fraction=None, budget_usd=fixed(294_000.0))))
    price = shipped_prices().default
    by_hand = [float(flop_for_usd(294_000, price, years=t)) / FLOP for t in effort.edges[1:]]
    assert effort.log10_compute[0, 0] == pytest.approx(np.log10(by_hand))
    assert (np.diff(effort.log10_compute[0, 0]) > 0).all()


def test_compute_stops_at_the_cap_and_says_so() -> None:
    effort = lay_out(scenario(group(compute_fraction=None, budget_usd=fixed(1e9))))
    assert effort.log10_compute.tolist() == [[[0.0] * 4]]
    assert effort.at_cap.all()


@pytest.mark.parametrize("cap", [0.3, 3.0])
def test_budget_without_pretraining_compute_counts_as_the_cap(cap: float) -> None:
    what = scenario(group(compute_fraction=None, budget_usd=fixed(1.0)), compute_fraction_cap=cap)
    effort = lay_out(what, pretraining_flop=None)
    assert effort.log10_compute == pytest.approx(np.log10(cap))
    assert effort.at_cap.all()


def test_inference_alone_needs_no_compute() -> None:
    effort = lay_out(scenario(group(compute_fraction=fixed(0.0), techniques=("inference",))))
    assert np.isneginf(effort.log10_compute).all()
    assert not effort.training.any()


def test_intervals_enter_through_the_scores() -> None:
    what = scenario(group(attempts_per_year=between(1, 100), compute_fraction=between(1e-4, 1e-2)))
    z = standard_scores(np.random.default_rng(0), 20_000)
    effort = lay_out(what, scores=z)
    assert effort.attempts.shape == (20_000, 1, 4)
    totals = effort.attempts.sum(axis=(1, 2))
    assert np.quantile(totals, [0.05, 0.95]) == pytest.approx([1, 100], rel=0.1)
    assert np.quantile(effort.log10_compute[:, 0, 0], [0.05, 0.95]) == pytest.approx(
        [-4, -2], abs=0.05
    )


@pytest.mark.parametrize("years", [0.0, -1.0, 20.1, float("nan")])
def test_impossible_horizon_is_refused(years: float) -> None:
    with pytest.raises(InputError, match="horizon_years: must lie in"):
        lay_out(scenario(), years=years)


def test_twenty_years_are_a_horizon() -> None:
    assert lay_out(scenario(), years=20.0).attempts.sum() == pytest.approx(240.0)


@pytest.mark.parametrize("flop", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_pretraining_compute_is_refused(flop: float) -> None:
    with pytest.raises(InputError, match="pretraining_flop: must be positive"):
        lay_out(scenario(), pretraining_flop=flop)


@given(years=horizons)
def test_edges_start_at_zero_rise_and_end_at_the_horizon(years: float) -> None:
    edges = bin_edges(years)
    assert edges[0] == 0.0
    assert edges[-1] == years
    assert (np.diff(edges) > 0).all()
    assert np.diff(edges).max() <= 0.25 + 1e-8


def quantities(low: float, high: float) -> st.SearchStrategy[Quantity]:
    plain = st.floats(low, high).map(fixed)
    wide = st.tuples(st.floats(low, high), st.floats(1.1, 100.0)).map(
        lambda pair: between(pair[0], pair[0] * pair[1])
    )
    return plain | wide


groups = st.builds(
    group,
    attempts_per_year=quantities(0.1, 1e3),
    growth_per_year=quantities(0.1, 5.0),
    start_years=st.floats(0, 3),
    end_years=st.none() | st.floats(3.5, 20),
    private_lead_years=st.floats(0, 2),
    compute_fraction=st.none(),
    budget_usd=quantities(1e3, 1e9),
)
many = st.lists(groups, min_size=1, max_size=3)
score_rows = st.lists(st.tuples(*[st.floats(-3, 3)] * 3), min_size=1, max_size=3).map(np.array)


def nowhere_less(more: Effort, less: Effort) -> None:
    bins = less.attempts.shape[-1]
    slack = 1e-9
    for name in ("attempts", "log10_compute", "lag_years"):
        large, small = getattr(more, name)[..., :bins], getattr(less, name)
        assert (large >= small - slack * (1 + np.abs(small))).all(), name


@given(parts=many, years=horizons, longer=st.floats(0, 5), z=score_rows)
def test_longer_horizon_never_lowers_effort(
    parts: list[ActorGroup], years: float, longer: float, z: np.ndarray
) -> None:
    what = scenario(*parts)
    more = lay_out(what, years=min(years + longer, 20.0), scores=z)
    nowhere_less(more, lay_out(what, years=years, scores=z))


def scaled(quantity: Quantity, factor: float) -> Quantity:
    return Quantity(quantity.mass, quantity.low * factor, quantity.high * factor)


@given(
    parts=many,
    years=horizons,
    factor=st.floats(1, 100),
    key=st.sampled_from(["attempts_per_year", "budget_usd"]),
    z=score_rows,
)
def test_more_attempts_or_money_never_lower_effort(
    parts: list[ActorGroup], years: float, factor: float, key: str, z: np.ndarray
) -> None:
    richer = [dataclasses.replace(p, **{key: scaled(getattr(p, key), factor)}) for p in parts]
    more = lay_out(scenario(*richer), years=years, scores=z)
    nowhere_less(more, lay_out(scenario(*parts), years=years, scores=z))


@given(years=horizons, z=score_rows, flop=st.floats(1e20, 1e27))
def test_stronger_thieves_never_get_less(years: float, z: np.ndarray, flop: float) -> None:
    keys = ("theft-oc2", "theft-oc3", "theft-oc4", "theft-oc5")
    grids = [lay_out(SHIPPED[key], years=years, scores=z, pretraining_flop=flop) for key in keys]
    for weaker, stronger in itertools.pairwise(grids):
        index = [stronger.groups.index(name) for name in weaker.groups]
        for name in ("attempts", "log10_compute"):
            assert (getattr(stronger, name)[:, index] >= getattr(weaker, name) - 1e-9).all()
        assert (stronger.lag_years[index] >= weaker.lag_years).all()
        assert (stronger.training[index] >= weaker.training).all()


@given(years=horizons, z=score_rows)
def test_publication_never_gives_less_than_any_other_scenario(years: float, z: np.ndarray) -> None:
    public = lay_out(SHIPPED["open-weights"], years=years, scores=z)
    for key, what in SHIPPED.items():
        if key == "open-weights":
            continue
        other = lay_out(what, years=years, scores=z)
        taken: set[int] = set()
        for i in range(len(other.groups)):
            dominating = [
                j
                for j in range(len(public.groups))
                if j not in taken
                and (public.attempts[:, j] >= other.attempts[:, i] - 1e-9).all()
                and (public.log10_compute[:, j] >= other.log10_compute[:, i] - 1e-9).all()
                and (public.lag_years[j] >= other.lag_years[i]).all()
                and public.training[j] >= other.training[i]
            ]
            assert dominating, (key, other.groups[i])
            taken.add(dominating[0])


def test_money_buys_what_the_hardware_of_the_release_s_year_costs() -> None:
    """The price has its own date; a model released a year later finds more compute for the same USD."""
    price, later = shipped_prices().default, dt.date(2026, 3, 1)
    what = scenario(group(compute_fraction=None, budget_usd=fixed(294_000.0)))
    effort = lay_out(what, released=later)
    clock = years_between(price.date, later) + effort.edges[1:]
    by_hand = np.log10([float(flop_for_usd(294_000, price, years=t)) / FLOP for t in clock])
    assert effort.log10_compute[0, 0] == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("changes", "of_scenario"), [({"end_years": 0.5}, {}), ({}, {"withdrawal_after_years": 0.5})]
)
def test_an_end_counts_from_when_the_weights_are_out(
    changes: dict[str, object], of_scenario: dict[str, object]
) -> None:
    effort = lay_out(scenario(group(**changes), start_delay_years=0.25, **of_scenario))
    assert effort.attempts[0, 0] == pytest.approx([0.0, 3.0, 3.0, 0.0])


@pytest.mark.parametrize("growth", [0.25, 4.0])
def test_growth_begins_with_the_group(growth: float) -> None:
    late = lay_out(scenario(group(growth_per_year=fixed(growth), start_years=0.5)))
    early = lay_out(scenario(group(growth_per_year=fixed(growth))))
    assert late.attempts[0, 0, 2:] == pytest.approx(early.attempts[0, 0, :2])


def test_attempts_compute_and_prices_each_have_their_own_score() -> None:
    wide = {"attempts_per_year": between(1, 100)}
    share = scenario(group(**wide, compute_fraction=between(1e-4, 1e-2)))
    money = scenario(group(**wide, compute_fraction=None, budget_usd=between(1e4, 1e6)))
    scores = np.vstack([np.zeros(3), np.eye(3)])
    for what, moved in ((share, [False, True, False]), (money, [False, True, True])):
        effort = lay_out(what, scores=scores)
        attempts, compute = effort.attempts[:, 0, 0], effort.log10_compute[:, 0, 0]
        assert (attempts[1:] != attempts[0]).tolist() == [True, False, False]
        assert (compute[1:] != compute[0]).tolist() == moved


@pytest.mark.parametrize(
    ("techniques", "training", "inference", "distillation"),
    [
        (("training",), True, False, False),
        (("inference",), False, True, False),
        (("inference", "distillation"), True, True, True),
    ],
)
def test_a_group_works_by_its_techniques(
    techniques: tuple[str, ...], training: bool, inference: bool, distillation: bool
) -> None:
    effort = lay_out(scenario(group(techniques=techniques)))
    found = (effort.training, effort.inference, effort.distillation)
    assert [flag.tolist() for flag in found] == [[training], [inference], [distillation]]


@pytest.mark.parametrize("nearer", [0.25, 0.5, 0.6])
def test_the_effort_until_an_edge_is_that_of_the_nearer_horizon(nearer: float) -> None:
    what = scenario(group(), group(name="late", start_years=0.3, growth_per_year=fixed(2.0)))
    whole, expected = (lay_out(what, years=years) for years in (0.6, nearer))
    found = whole.until(nearer)
    for name in ("edges", "attempts", "log10_compute", "lag_years", "at_cap"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_the_large_compute_is_what_a_draw_in_ten_reaches() -> None:
    what = scenario(group(compute_fraction=between(1e-4, 1e-2)), group(name="second"))
    scores = np.zeros((41, 3))
    scores[:, 1] = np.linspace(-2.0, 2.0, 41)
    effort = lay_out(what, scores=scores)
    assert (effort.log10_compute[:, 0, 0] >= effort.large_compute[0, 0]).sum() == 5
    assert effort.large_compute[1] == pytest.approx([-2.0] * 4)
    none = dataclasses.replace(effort, log10_compute=np.full_like(effort.log10_compute, -np.inf))
    assert (none.large_compute == -np.inf).all()


def test_growth_that_is_not_known_scatters_with_the_attempts() -> None:
    z = 1.6448536269514722
    scores = np.array([[-z, 0.0, 0.0], [z, 0.0, 0.0]])
    effort = lay_out(scenario(group(growth_per_year=between(0.5, 4.0))), scores=scores)
    expected = [12.0 * (growth - 1.0) / np.log(growth) for growth in (0.5, 4.0)]
    assert effort.attempts.sum(axis=(1, 2)) == pytest.approx(expected)


def test_a_price_that_is_given_counts() -> None:
    what = scenario(group(compute_fraction=None, budget_usd=fixed(294_000.0)))
    price = shipped_prices().default
    twice = dataclasses.replace(price, usd_per_gpu_hour=2.0 * price.usd_per_gpu_hour)
    plain, dear = lay_out(what).log10_compute, lay_out(what, price=twice).log10_compute
    assert plain - dear == pytest.approx(np.log10(2.0))


def test_scores_are_standard_normal_and_apart() -> None:
    scores = standard_scores(np.random.default_rng(0), 40_000)
    assert scores.shape == (40_000, 3)
    assert np.cov(scores.T) == pytest.approx(np.eye(3), abs=0.03)
