"""Stacks: what is used of them, where they are kept, and when they can be used no more."""

import re
from dataclasses import replace

import numpy as np
import pytest

from leakbound.errors import InputError
from leakbound.fit import fit_digest, posterior_place
from leakbound.priors import read_specification
from leakbound.structures.mixture import Member
from leakbound.structures.stack import (
    Entry,
    Stack,
    StackedSpecification,
    dropped,
    members_of,
    read_stack,
    stack_file,
    stack_of,
    stacked,
    write_stack,
)

MODELS = ("default", "power-linear-logistic")


def stack_with(evidence, weights, *, seed=None, models=MODELS):
    rows = [
        (model, read_specification(model), weight, -3.0, 1)
        for model, weight in zip(models, weights, strict=True)
    ]
    return stack_of(evidence, seed, 40, rows)


def keep(folder, evidence, seed=None):
    """Put the stack of both models into a folder, and files in place of their posteriors."""
    write_stack(stack_with(evidence, (0.4, 0.6), seed=seed), stack_file(evidence, seed, folder))
    for model in MODELS:
        posterior_place(evidence, read_specification(model), seed, folder)[0].touch()


@pytest.fixture
def kept(evidence, tmp_path):
    keep(tmp_path, evidence)
    return tmp_path


def test_entries_of_half_a_percent_or_more_are_used_and_share_the_whole_weight():
    entry = Entry("default", "m", "p", 0.0, -3.0, 0)
    weights = (0.989, 0.005, 0.0049, 0.0011)
    entries = tuple(replace(entry, model=f"m{i}", weight=w) for i, w in enumerate(weights))
    used = Stack("e", None, 40, entries).used()
    assert [one.model for one in used] == ["m0", "m1"]
    assert [one.weight for one in used] == pytest.approx([0.989 / 0.994, 0.005 / 0.994])


def test_a_specification_stands_for_itself_and_a_stack_for_its_members_by_falling_weight():
    first, second = (read_specification(model) for model in MODELS)
    assert members_of(first) == (Member(first, 1.0),)
    members = (Member(first, 0.2), Member(second, 0.8))
    of_both = StackedSpecification(**vars(first), members=members)
    assert members_of(of_both) == members[::-1]


def test_the_digest_of_a_stack_changes_with_its_members_and_their_weights():
    first, second = (read_specification(model) for model in MODELS)
    told = [
        ((first, 0.4), (second, 0.6)),
        ((first, 0.5), (second, 0.5)),
        ((first, 0.4), (first, 0.6)),
    ]
    stacks = [
        StackedSpecification(**vars(first), members=tuple(Member(*one) for one in members))
        for members in told
    ]
    assert len({stack.digest for stack in stacks}) == 3
    assert replace(stacks[0], title="another").digest == stacks[0].digest


def test_an_entry_has_the_digests_of_its_model_and_of_the_posterior_of_the_stack_s_seed(evidence):
    default = read_specification()
    for seed, own in ((None, default.sampler.seed), (7, 7)):
        stack = stack_of(evidence, seed, 40, [("default", default, 1.0, -3.0, 2)])
        posterior = fit_digest(evidence, default, own)
        assert stack == Stack(
            evidence.digest, seed, 40, (Entry("default", default.digest, posterior, 1.0, -3.0, 2),)
        )


def test_the_stack_of_another_seed_is_another(evidence, tmp_path):
    stacks = [stack_with(evidence, (0.5, 0.5), seed=seed) for seed in (None, 7, 8)]
    for stack in stacks:
        write_stack(stack, stack_file(evidence, stack.seed, tmp_path))
    assert [read_stack(evidence, stack.seed, tmp_path) for stack in stacks] == stacks


@pytest.mark.parametrize("weights", [(0.5, 0.4), (0.7, 0.4), (1.1, -0.1)])
def test_weights_that_are_no_shares_are_refused(evidence, tmp_path, weights):
    write_stack(stack_with(evidence, weights), stack_file(evidence, None, tmp_path))
    with pytest.raises(InputError, match="the weights are no shares that sum to one"):
        read_stack(evidence, None, tmp_path)


@pytest.mark.parametrize("seed", [None, 7])
def test_a_smaller_stack_drops_the_models_it_does_not_hold(evidence, tmp_path, seed):
    keep(tmp_path, evidence, seed)
    alone = stack_with(evidence, (1.0,), seed=seed, models=MODELS[:1])
    assert dropped(alone, evidence, tmp_path) == MODELS[1:]
    assert dropped(stack_with(evidence, (0.9, 0.1), seed=seed), evidence, tmp_path) == ()


def test_another_stack_drops_nothing_of_one_of_another_seed(evidence, kept):
    alone = stack_with(evidence, (1.0,), seed=7, models=MODELS[:1])
    assert dropped(alone, evidence, kept) == ()


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_dropped_of_a_stack_whose_posterior_left_the_cache(evidence, kept, model):
    posterior_place(evidence, read_specification(model), None, kept)[0].unlink()
    assert dropped(stack_with(evidence, (1.0,), models=MODELS[:1]), evidence, kept) == ()


def test_nothing_is_dropped_of_a_stack_whose_model_changed_or_that_is_damaged(evidence, kept):
    alone, place = stack_with(evidence, (1.0,), models=MODELS[:1]), stack_file(evidence, None, kept)
    whole = place.read_text()
    place.write_text(re.sub('"posterior_digest": "[^"]*"', '"posterior_digest": "0"', whole))
    assert dropped(alone, evidence, kept) == ()
    place.write_text(whole[:-20])
    assert dropped(alone, evidence, kept) == ()


def test_a_posterior_of_a_model_without_weight_is_not_needed(evidence, kept):
    write_stack(stack_with(evidence, (0.999, 0.001)), stack_file(evidence, None, kept))
    posterior_place(evidence, read_specification(MODELS[1]), None, kept)[0].unlink()
    alone = stack_with(evidence, (1.0,), models=MODELS[:1])
    assert dropped(alone, evidence, kept) == MODELS[1:]


def test_the_heaviest_structure_leads_and_every_member_has_its_share(
    evidence, stored_prior, tmp_path
):
    for model in MODELS:
        stored_prior(tmp_path, evidence, read_specification(model))
    posterior, specification = stacked(stack_with(evidence, (0.3, 0.7)), evidence, tmp_path)
    assert specification.name == "stack"
    assert specification.dose == "power"
    assert specification.title.endswith(read_specification(MODELS[1]).title)
    told = [(one.specification.name, one.weight) for one in specification.members]
    assert told == [(MODELS[0], pytest.approx(0.3)), (MODELS[1], pytest.approx(0.7))]
    assert np.bincount(posterior.codes).tolist() == [120, 280]
