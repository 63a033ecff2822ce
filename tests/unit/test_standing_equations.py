"""A standing is what the equations say: of what is known draw by draw, of what is new in mean and sd."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leakbound.evidence.registry import Benchmark
from leakbound.model.attempts import ATTEMPTS
from leakbound.model.design import ERAS_PER_YEAR, era_of, vintage
from leakbound.model.noise import link_error
from leakbound.model.unknown import expected_dose
from leakbound.standing import Base, Ground, stand

DRAWS = 20_000
MATHS = Benchmark("math-lvl5", "MATH level 5", "maths", "logit", 0.0, 1324, "")
NEW = Benchmark("brand-new", "a new benchmark", "cyber", "logit", 0.0, 500, "")
HOURS = Benchmark("hours", "hours of work", "cyber", "oom", 0.0, None, "")
KNOWN_DAY, LATER = dt.date(2024, 6, 1), dt.date(2028, 1, 5)
SD = ATTEMPTS["logistic"].sd


@pytest.fixture(scope="module")
def certain(posterior):
    """One draw again and again, so that what differs from draw to draw is new."""
    draws = {k: np.broadcast_to(v[7], (DRAWS, *v.shape[1:])) for k, v in posterior.draws.items()}
    return replace(posterior, draws=draws)


@pytest.fixture
def one(certain):
    """Return a function from a parameter to its one value, of a benchmark or domain if it has several."""

    def of(name, *at):
        return float(certain.draws[name][(0, *at)])

    return of


def known_pair(posterior):
    pairs = posterior.pairs[posterior.pairs["slot"] >= 0]
    several = pairs["base_model"].map(posterior.pairs["base_model"].value_counts()) > 1
    mine = pairs[several & (pairs["benchmark"] == "math-lvl5")]
    return mine[mine["base_model"].isin(posterior.lineages)].iloc[0]


def base_with(benchmark, z, *, released, **changes):
    score = float(benchmark.from_link(z))
    base = Base(
        released=released, scores={benchmark.key: score}, links={benchmark.key: z},
        comparable={"math-lvl5", "bbh", "brand-new"}, items={benchmark.key: benchmark.items},
    )  # fmt: skip
    return replace(base, **changes)


def years_of(released):
    return float(vintage(pd.Timestamp(released)))


def steps_to(posterior, released):
    return (int(era_of(years_of(released))) - posterior.draws["walk"].shape[1]) / ERAS_PER_YEAR


def has(draws, mean, sd):
    assert draws.mean() == pytest.approx(mean, abs=5.0 * sd / np.sqrt(DRAWS))
    assert draws.std() == pytest.approx(sd, rel=0.03)


@pytest.mark.parametrize("higher", [0.0, 0.3])
def test_a_known_pair_stands_where_its_effects_put_it(posterior, specification, higher):
    row, d = known_pair(posterior), posterior.draws
    mine = posterior.pairs[posterior.pairs["base_model"] == row["base_model"]]
    comparable = set(mine["benchmark"]) - {mine["benchmark"].iloc[-1]} | {"math-lvl5"}
    base = base_with(
        MATHS, float(row["z_base"]) + higher, released=KNOWN_DAY, lineage=str(row["base_model"]),
        comparable=comparable,
    )  # fmt: skip
    here = stand(posterior, specification, base, MATHS)
    centred = [
        z - posterior.centres[key]
        for key, z in zip(mine["benchmark"], mine["z_base"], strict=True)
        if key in comparable
    ]
    ability = np.mean(centred) + higher / len(centred)
    own = float(row["z_base"]) + higher - posterior.centres["math-lvl5"] - ability
    at, slot = posterior.benchmarks.index("math-lvl5"), int(row["slot"])
    line = posterior.lineages.index(row["base_model"])
    era = int(era_of(years_of(KNOWN_DAY)))
    gap = (
        d["gap_by"][:, at] + d["gap_own_by"][:, at] * own + d["gap_ability_by"][:, at] * ability
        + d["vintage_drift"] * (years_of(KNOWN_DAY) - posterior.newest) + d["walk"][:, era, at]
    )  # fmt: skip
    fixed = d["response_by"][:, at] * d["lineage_effect"][:, line] + d["pair_effect"][:, slot]
    np.testing.assert_allclose(here.fixed, fixed, rtol=1e-9)
    np.testing.assert_allclose(here.location, gap + fixed, rtol=1e-9)
    own_scale = np.exp(
        d["scale_by"][:, at] + d["scale_own"] * own + d["scale_ability"] * ability
        + d["scale_lineage_effect"][:, line] + d["scale_pair_effect"][:, slot]
    )  # fmt: skip
    error = link_error(MATHS, base.scores["math-lvl5"], 1324)
    np.testing.assert_allclose(here.scale, np.hypot(own_scale, error / SD), rtol=1e-9)
    np.testing.assert_allclose(here.shock, d["shock_share"] * own_scale, rtol=1e-9)
    np.testing.assert_allclose(here.noise_share, (error / SD / here.scale) ** 2, rtol=1e-9)
    of_noise = error**2 / (d["pair_spread_by"][:, at] ** 2 + error**2)
    np.testing.assert_allclose(here.noise, d["pair_effect"][:, slot] * of_noise, rtol=1e-9)


def test_the_effect_of_a_pair_holds_that_of_a_lineage_without_one(posterior, specification):
    row, d = known_pair(posterior), posterior.draws
    nameless = replace(posterior, lineages=tuple(f"not {name}" for name in posterior.lineages))
    base = base_with(
        MATHS, float(row["z_base"]), released=KNOWN_DAY, lineage=str(row["base_model"])
    )
    here = stand(nameless, specification, base, MATHS)
    at, effect = posterior.benchmarks.index("math-lvl5"), d["pair_effect"][:, int(row["slot"])]
    np.testing.assert_allclose(here.fixed, effect, rtol=1e-9)
    spread = np.hypot(d["pair_spread_by"][:, at], d["response_by"][:, at] * d["lineage_spread"])
    np.testing.assert_allclose(here.pair_spread, spread, rtol=1e-9)
    error = link_error(MATHS, base.scores["math-lvl5"], 1324)
    np.testing.assert_allclose(here.noise, effect * error**2 / (spread**2 + error**2), rtol=1e-9)


def test_a_new_base_scatters_by_all_that_is_not_known_of_it(certain, one, specification):
    z, other = -0.2, 0.7
    links = {"math-lvl5": z, "bbh": other}
    base = base_with(MATHS, z, released=LATER, links=links, lineage="nobody/knows")
    here = stand(certain, specification, base, MATHS)
    centred = [links[key] - certain.centres[key] for key in links]
    ability = np.mean(centred)
    own, at = centred[0] - ability, certain.benchmarks.index("math-lvl5")
    error = link_error(MATHS, base.scores["math-lvl5"], 1324)
    pair = np.hypot(one("pair_spread_by", at), error)
    lineage = one("response_by", at) * one("lineage_spread")
    has(here.fixed, 0.0, np.hypot(pair, lineage))
    gap = (
        one("gap_by", at) + one("gap_own_by", at) * own + one("gap_ability_by", at) * ability
        + one("vintage_drift") * (years_of(LATER) - certain.newest)
    )  # fmt: skip
    has(here.location - here.fixed, gap, one("vintage_spread") * steps_to(certain, LATER) ** 0.5)
    has(
        np.log(here.shock / one("shock_share")),
        one("scale_by", at) + one("scale_own") * own + one("scale_ability") * ability,
        np.hypot(one("scale_lineage_spread"), one("scale_pair_spread")),
    )


def test_a_new_benchmark_in_a_new_domain_scatters_as_those_that_are_known_do(
    certain, one, specification
):
    links = {"brand-new": 0.1, "bbh": 0.9}
    base = base_with(NEW, 0.1, released=LATER, links=links)
    here = stand(certain, specification, base, NEW)
    ability = links["bbh"] - certain.centres["bbh"]
    has(np.log(here.response), np.log(one("response")), one("response_spread"))
    has(here.trend, one("trend"), one("trend_spread"))
    has(np.log(here.pair_spread), np.log(one("pair_spread")), one("pair_spread_spread"))
    drift = one("vintage_drift") * (years_of(LATER) - certain.newest)
    spread = np.sqrt(
        one("gap_spread") ** 2 + (ability * one("gap_slope_spread")) ** 2
        + one("vintage_spread") ** 2 * steps_to(certain, LATER)
    )  # fmt: skip
    has(here.location - here.fixed, one("gap") + one("gap_ability") * ability + drift, spread)
    spreads = ("scale_spread", "scale_lineage_spread", "scale_pair_spread")
    has(
        np.log(here.shock / one("shock_share")),
        np.log(one("scale")) + one("scale_ability") * ability,
        np.sqrt(sum(one(name) ** 2 for name in spreads)),
    )
    for mine, name in (("ceiling", "ceiling"), ("rate", "rate"), ("start", "inference"),
                       ("pace", "inference_rate")):  # fmt: skip
        has(np.log(getattr(here, mine)), np.log(one(name)), one("domain_spread"))


@pytest.mark.parametrize(
    ("name", "released"),
    [("gap_spread", LATER), ("vintage_spread", LATER), ("vintage_spread", KNOWN_DAY)],
)
def test_each_spread_of_a_new_benchmark_s_gap_counts(certain, specification, name, released):
    alone = {key: np.full(DRAWS, 0.4 * (key == name)) for key in ("gap_spread", "vintage_spread")}
    base = base_with(NEW, 0.1, released=released)
    here = stand(replace(certain, draws={**certain.draws, **alone}), specification, base, NEW)
    years = abs(steps_to(certain, released)) if name == "vintage_spread" else 1.0
    assert (here.location - here.fixed).std() == pytest.approx(0.4 * np.sqrt(years), rel=0.03)


def test_two_new_benchmarks_in_two_new_domains_have_effects_apart(certain, specification):
    told = (
        "response",
        "trend",
        "pair_spread",
        "shock",
        "ceiling",
        "rate",
        "start",
        "pace",
        "noise",
    )
    found = []
    for benchmark in (NEW, replace(NEW, key="another-new", domain="elsewhere")):
        base = base_with(benchmark, 0.1, released=LATER, lineage=certain.lineages[0])
        here = stand(certain, specification, base, benchmark)
        effects = {name: getattr(here, name) for name in told}
        found.append({**effects, "gap": here.location - here.fixed})
    for name, first in found[0].items():
        correlation = np.corrcoef(first, found[1][name])[0, 1]
        assert correlation == pytest.approx(0.0, abs=5.0 / np.sqrt(DRAWS)), name


def test_a_score_of_few_items_leaves_a_new_base_less_certain(certain, one, specification):
    base = base_with(MATHS, -0.2, released=LATER, items={"math-lvl5": 30})
    here = stand(certain, specification, base, MATHS)
    at = certain.benchmarks.index("math-lvl5")
    pair = np.hypot(one("pair_spread_by", at), link_error(MATHS, base.scores["math-lvl5"], 30))
    has(here.fixed, 0.0, np.hypot(pair, one("response_by", at) * one("lineage_spread")))


def test_a_ground_at_another_score_is_the_base_with_that_score(posterior, specification):
    links = {"math-lvl5": -0.2, "bbh": 0.7}
    base = base_with(
        MATHS, -0.2, released=LATER, links=links, scores={"math-lvl5": 0.45, "bbh": 0.6}
    )
    moved = base.scoring(MATHS, 0.3)
    assert moved.links == {"math-lvl5": 0.3, "bbh": 0.7}
    assert moved.scores == {"math-lvl5": float(MATHS.from_link(0.3)), "bbh": 0.6}
    here = Ground(posterior, specification, base, MATHS).standing(0.3)
    expected = stand(posterior, specification, moved, MATHS)
    assert here.z_today == 0.3
    for name in ("location", "fixed", "scale", "noise"):
        np.testing.assert_array_equal(getattr(here, name), getattr(expected, name))


def test_both_channels_gain_what_training_and_inference_do(posterior, specification):
    here = stand(posterior, specification, base_with(MATHS, 0.0, released=LATER), MATHS)
    lag = np.full((posterior.samples, 2), 1.5)
    trained = here.trained(np.full(lag.shape, -2.0), lag)
    inferred = here.oom(lag=lag, inference=True, distilled=False)
    np.testing.assert_allclose(here.both_channels(-2.0, lag), trained + inferred)


def test_a_benchmark_measured_in_oom_has_no_gap_and_responds_by_one(posterior, specification):
    base = base_with(HOURS, 1.0, released=LATER)
    here = stand(posterior, specification, base, HOURS)
    np.testing.assert_array_equal(here.location, here.fixed)
    np.testing.assert_array_equal(here.response, 1.0)
    assert here.error == 0.0


def test_a_raw_base_has_had_what_the_usual_dose_brings(posterior, specification):
    base = base_with(MATHS, 0.0, released=LATER)
    here = stand(posterior, specification, base, MATHS)
    np.testing.assert_allclose(here.spent, here.ceiling * expected_dose(specification, "", 0.0))
    np.testing.assert_array_equal(here.elicited, 0.0)
    elicited = stand(posterior, specification, replace(base, elicited=True), MATHS)
    share = posterior.draws["elicited_share"]
    np.testing.assert_allclose(elicited.elicited, share * here.start)
