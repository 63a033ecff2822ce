import numpy as np
import pytest

from leakbound.model.position import position_of, position_of_pair

LOGITS = {"a": 1.0, "b": -0.5, "minutes": 6.0}
CENTRES = {"a": 0.2, "b": -0.2, "minutes": 2.0}
COMPARABLE = {"a", "b", "new"}


def test_every_pair_stands_where_the_design_has_it(evidence, specification):
    from leakbound.model.design import design_of

    design = design_of(evidence, specification)
    comparable = evidence.registry.comparable(design.benchmarks)
    assert len(comparable) < len(design.benchmarks)
    for _, mine in design.pairs.groupby("base_model"):
        pairs = list(zip(mine["benchmark"], mine["z_base"], strict=True))
        for row, one in enumerate(mine.itertuples()):
            found = position_of_pair(row, pairs, comparable, design.centres)
            assert found.own == pytest.approx(one.own, abs=1e-12)
            assert found.ability == pytest.approx(one.ability, abs=1e-12)


def test_a_new_base_with_one_score_a_benchmark_stands_where_the_design_would_have_it(
    evidence, specification
):
    from leakbound.model.design import design_of

    design = design_of(evidence, specification)
    comparable = evidence.registry.comparable(design.benchmarks)
    looked = 0
    for _, mine in design.pairs.groupby("base_model"):
        links = dict(zip(mine["benchmark"], mine["z_base"], strict=True))
        if len(links) < len(mine) or not set(links) <= comparable:
            continue
        looked += len(links)
        for one in mine.itertuples():
            found = position_of(one.benchmark, links, comparable, design.centres)
            assert found.own == pytest.approx(one.own, abs=1e-12)
            assert found.ability == pytest.approx(one.ability, abs=1e-12)
            assert found.weight == pytest.approx(1.0 / len(mine))
    assert looked > 100


def test_scores_that_cannot_be_compared_say_nothing_of_ability():
    for minutes in (-5.0, 2.0, 9.0):
        links = {**LOGITS, "minutes": minutes}
        found = position_of("a", links, COMPARABLE, CENTRES)
        assert (found.own, found.ability) == pytest.approx((0.55, 0.25))
        assert found.weight == 0.5
        own = position_of("minutes", links, COMPARABLE, CENTRES)
        assert (own.own, own.ability, own.weight) == pytest.approx((-0.25, 0.25, 0.0))


def test_a_benchmark_without_a_centre_is_as_good_as_the_ability_promises():
    found = position_of("new", {**LOGITS, "new": 7.0}, COMPARABLE, CENTRES)
    assert (found.own, found.ability, found.weight) == pytest.approx((0.0, 0.25, 0.0))


def test_without_a_score_to_compare_a_base_is_the_mean_one():
    found = position_of("minutes", {"minutes": 9.0}, COMPARABLE, CENTRES)
    assert found == position_of("new", {"new": 1.0}, COMPARABLE, {})
    assert np.all([found.own, found.ability, found.weight] == np.zeros(3))


def test_the_weight_is_how_ability_follows_the_score():
    step = 1e-6
    moved = position_of("a", {**LOGITS, "a": 1.0 + step}, COMPARABLE, CENTRES)
    before = position_of("a", LOGITS, COMPARABLE, CENTRES)
    assert (moved.ability - before.ability) / step == pytest.approx(before.weight, rel=1e-6)
    assert (moved.own - before.own) / step == pytest.approx(1.0 - before.weight, rel=1e-6)
