import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leakbound.evidence.registry import Benchmark
from leakbound.model.noise import link_error
from leakbound.standing import Base, stand

MATHS = Benchmark("math-lvl5", "MATH level 5", "maths", "logit", 0.0, 1324, "")
NEW = Benchmark("brand-new", "a new benchmark", "maths", "logit", 0.0, 500, "")
ELSEWHERE = Benchmark("brand-new", "a new benchmark", "cyber", "logit", 0.0, 500, "")


@pytest.fixture
def standing(posterior, specification):
    def of(benchmark=MATHS, **changes):
        score = changes.pop("score", 0.4)
        z = float(benchmark.to_link(score))
        base = Base(
            released=dt.date(2024, 12, 26), scores={benchmark.key: score},
            links={benchmark.key: z}, comparable={benchmark.key}, items={benchmark.key: benchmark.items},
        )  # fmt: skip
        return stand(posterior, specification, replace(base, **changes), benchmark)

    return of


def test_a_known_benchmark_has_the_posterior_s_own_effects(standing, posterior):
    index = posterior.benchmarks.index("math-lvl5")
    here = standing()
    np.testing.assert_array_equal(here.response, posterior.draws["response_by"][:, index])
    np.testing.assert_array_equal(here.trend, posterior.draws["trend_by"][:, index])
    domain = posterior.domains.index("maths")
    np.testing.assert_array_equal(here.ceiling, posterior.draws["ceiling_by"][:, domain])


def test_an_unseen_benchmark_and_domain_borrow_width(standing, posterior):
    new, elsewhere = standing(NEW), standing(ELSEWHERE)
    ratio = np.log(new.response / posterior.draws["response"])
    assert ratio.mean() == pytest.approx(0.0, abs=0.1)
    expected = np.sqrt(np.mean(posterior.draws["response_spread"] ** 2))
    assert ratio.std() == pytest.approx(expected, rel=0.15)
    spread = np.log(elsewhere.ceiling / posterior.draws["ceiling"]).std()
    assert spread == pytest.approx(
        np.sqrt(np.mean(posterior.draws["domain_spread"] ** 2)), rel=0.15
    )


def test_new_effects_are_the_same_whatever_was_asked_before(standing):
    one = standing(NEW)
    standing(ELSEWHERE)
    np.testing.assert_array_equal(standing(NEW).location, one.location)


def test_a_known_lineage_has_its_own_effect(standing, posterior):
    name = posterior.lineages[0]
    known, unknown = standing(lineage=name), standing()
    own = posterior.draws["lineage_effect"][:, 0]
    other = unknown.location - known.location
    assert np.abs(other).max() > 0.0
    assert (
        np.corrcoef(known.fixed, known.response * own)[0, 1]
        > np.corrcoef(unknown.fixed, known.response * own)[0, 1]
    )


def test_of_two_harnesses_the_nearest_in_score_counts(posterior, specification):
    pairs = posterior.pairs
    seen = pairs[(pairs["slot"] >= 0) & (pairs["benchmark"] == "math-lvl5")]
    row = seen.iloc[0]
    twin = row.copy()
    twin["base_score"], twin["slot"] = row["base_score"] + 0.2, int(seen.iloc[1]["slot"])
    table = pairs.copy()
    table.loc[len(table)] = twin
    both = replace(posterior, pairs=table)

    def at(score):
        z = float(MATHS.to_link(score))
        base = Base(
            released=dt.date(2024, 6, 1), scores={"math-lvl5": score}, links={"math-lvl5": z},
            comparable={"math-lvl5"},
            items={"math-lvl5": 1324}, lineage=str(row["base_model"]),
        )  # fmt: skip
        return stand(both, specification, base, MATHS)

    first, second = posterior.draws["pair_effect"][:, [int(row["slot"]), int(twin["slot"])]].T
    near = at(float(row["base_score"]))
    far = at(float(twin["base_score"]))
    lineage = np.corrcoef(near.fixed - first, near.fixed - first)[0, 1]
    assert lineage == pytest.approx(1.0)
    np.testing.assert_allclose(near.fixed - first, far.fixed - second, atol=1e-9)


def test_a_post_trained_base_has_less_of_its_gap_left(standing, posterior):
    raw, trained = standing(), standing(fraction_spent=0.002)
    gap = raw.location - raw.fixed
    np.testing.assert_allclose(
        trained.location - trained.fixed, posterior.draws["spent_share"] * gap, atol=1e-9
    )
    np.testing.assert_array_equal(raw.fixed, trained.fixed)


def test_spending_more_leaves_less_to_gain(standing):
    little, much = standing(fraction_spent=1e-4), standing(fraction_spent=0.1)
    assert (much.spent > little.spent).all()
    lag = np.zeros((len(much.spent), 1))
    compute = np.full(lag.shape, -1.0)
    assert (much.trained(compute, lag) < little.trained(compute, lag)).all()


def test_training_adds_to_what_the_base_has_had(standing):
    """As much again doubles the compute of techniques of lag 0; no compute gains nothing."""
    here = standing(fraction_spent=0.02)
    lag = np.zeros((len(here.spent), 2))
    twice = here.dose(np.full(lag.shape, np.log10(0.04)), lag)
    gained = here.trained(np.full(lag.shape, np.log10(0.02)), lag)
    np.testing.assert_allclose(gained, here.ceiling[:, None] * twice - here.spent[:, None])
    none = here.trained(np.full(lag.shape, -30.0), lag)
    np.testing.assert_allclose(none, 0.0, atol=1e-9)


@pytest.mark.parametrize("years", [0.0, 0.5, 3.0])
def test_training_on_top_of_training_never_undoes_it(standing, years):
    """More compute gains more, and never less than starting over from the raw base would."""
    here = standing(fraction_spent=0.02)
    compute = np.tile(np.linspace(-8.0, 0.5, 18), (len(here.spent), 1))
    lag = np.full(compute.shape, years)
    gained = here.trained(compute, lag)
    assert (gained >= 0.0).all()
    assert (np.diff(gained, axis=1) >= 0.0).all()
    over = here.trained_to(here.dose(compute, lag), lag)
    assert (gained >= over - 1e-9).all()
    assert (over[:, 0] < 0.0).mean() > 0.9


def test_new_techniques_gain_only_what_is_spent_on_them(standing):
    """The old recipe gains by effective compute added to the old, progress since by the new alone."""
    here = standing(fraction_spent=0.02)
    compute, lag = np.full((len(here.spent), 1), -2.5), np.full((len(here.spent), 1), 1.5)
    effective = 10.0 ** (compute + 1.5 * here.efficiency[:, None])
    at_rest = np.zeros(lag.shape)
    both, before, new = (
        here.dose(np.log10(x) + at_rest, at_rest) for x in (effective + 0.02, 0.02, effective)
    )
    expected = here.ceiling[:, None] * (both - before) + here.rate[:, None] * 1.5 * new
    np.testing.assert_allclose(here.trained(compute, lag), expected, rtol=1e-9)


def test_on_a_raw_base_training_is_held_against_the_usual_dose(standing):
    here = standing()
    compute, lag = np.full((len(here.spent), 1), -3.0), np.full((len(here.spent), 1), 1.5)
    over = here.trained_to(here.dose(compute, lag), lag)
    np.testing.assert_array_equal(here.trained(compute, lag), over)


def test_what_is_elicited_already_is_not_gained_again(standing):
    lag = np.zeros((400, 1))
    asked = {"lag": lag, "inference": True, "distilled": False}
    plain, elicited = standing().oom(**asked), standing(elicited=True).oom(**asked)
    share = (plain - elicited)[:, 0]
    assert (share > 0.0).all()
    assert (elicited > 0.0).all()


def test_oom_adds_up_by_channel(standing):
    here = standing(fraction_spent=0.002)
    lag = np.full((400, 2), 1.5)
    trained = here.trained(np.full((400, 2), -2.0), lag)

    def oom(**channels):
        return here.oom(lag=lag, **{"inference": False, "distilled": False, **channels})

    together = oom(trained=trained, inference=True, distilled=True)
    apart = oom(trained=trained) + oom(inference=True) + oom(distilled=True)
    np.testing.assert_allclose(together, apart, atol=1e-9)
    np.testing.assert_array_equal(oom(), 0.0)


def test_a_score_of_few_items_scatters_more_and_its_share_is_told(standing):
    sure, rough = standing(items={"math-lvl5": 5000}), standing(items={"math-lvl5": 30})
    assert (rough.scale > sure.scale).all()
    np.testing.assert_array_equal(rough.shock, sure.shock)
    assert rough.error == link_error(MATHS, 0.4, 30)


def test_a_base_of_a_later_release_is_less_certain(standing):
    near = standing(released=dt.date(2025, 1, 5))
    far = standing(released=dt.date(2028, 1, 5))
    gap = [one.location - one.fixed for one in (near, far)]
    assert gap[1].std() > gap[0].std() + 0.1


def test_the_gap_changes_with_todays_score_as_its_slopes_say(standing, posterior):
    """Half of one score is ability where two are known; what is left of a trained base's gap changes."""
    step, index = 0.05, posterior.benchmarks.index("math-lvl5")
    z, other = float(MATHS.to_link(0.4)), {"bbh": 0.3}
    own, ability = (posterior.draws[f"gap_{name}_by"][:, index] for name in ("own", "ability"))
    for links, weight in (({}, 1.0), (other, 0.5)):
        for fraction, left in ((0.0, 1.0), (0.002, posterior.draws["spent_share"])):
            known = {"comparable": {"math-lvl5", "bbh"}, "fraction_spent": fraction}
            here = standing(links={"math-lvl5": z, **links}, **known)
            score = float(MATHS.from_link(z + step))
            moved = standing(score=score, links={"math-lvl5": z + step, **links}, **known)
            change = ((moved.location - moved.fixed) - (here.location - here.fixed)) / step
            expected = left * ((1.0 - weight) * own + weight * ability)
            np.testing.assert_allclose(change, expected, atol=1e-6)
