import json
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest
from tests.unit.conftest import PASSED, checks_with, prior_draws
from tests.unit.proof.conftest import task_of

from leakbound.checks import Check, check_fit
from leakbound.errors import FitError, InputError
from leakbound.posterior import tree_of
from leakbound.proof.task import (
    FIRST,
    LEVELS,
    SHORT,
    Drawn,
    Task,
    _evenly,
    calibration_task,
    check_variant,
)


def test_other_seeds_and_variants_share_nothing(specification):
    from leakbound.evidence.table import load_evidence

    evidence = load_evidence()
    found = {
        calibration_task(evidence, specification, variant=variant, seed=seed).digest
        for variant in ("prior", "posterior")
        for seed in (1, 2)
    }
    assert len(found) == 4


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((), "no truths from the observed evidence: the fit has no checks"),
        ((True, False), "no truths from the observed evidence: the fit failed bulk ESS 1"),
    ],
)
def test_no_truths_come_from_a_fit_that_failed(specification, monkeypatch, tmp_path, found, told):
    checks = [
        Check(f"bulk ESS {i}", passed, 12.0, 200.0, "gap", "") for i, passed in enumerate(found)
    ]
    asked = []

    def sampled(self, swap, seed, sampler, check):
        asked.append((seed, sampler))
        return None, tuple(checks)

    monkeypatch.setattr(Task, "_sampled", sampled)
    with pytest.raises(FitError, match=told):
        task_of("posterior", specification, tmp_path).simulate(0)
    assert not list(tmp_path.iterdir())
    longer = replace(FIRST, draws=2 * FIRST.draws, tune=2 * FIRST.tune, thin=2)
    assert asked == ([(1, FIRST), (2, longer)] if checks else [(1, FIRST)])


def test_the_fit_that_truths_come_from_is_held_to_every_check(specification, monkeypatch, tmp_path):
    asked = []

    def sampled(self, swap, seed, sampler, check):
        asked.append((seed, sampler, check))
        raise ArithmeticError("asked")

    monkeypatch.setattr(Task, "_sampled", sampled)
    with pytest.raises(ArithmeticError, match="asked"):
        task_of("posterior", specification, tmp_path).observed  # noqa: B018
    assert asked == [(1, FIRST, check_fit)]
    assert FIRST.tune > max(short.tune for short in SHORT.values())
    assert FIRST.chains > 1


def tree_from_priors(task):
    draws, diverging = (
        prior_draws(task.template.design, task.specification),
        np.zeros((4, 100), bool),
    )
    return tree_of(draws, diverging, task.template.design, task.specification)


@pytest.fixture
def sampled_from_priors(monkeypatch):
    asked = []

    def sampled(self, swap, seed, sampler, check):
        asked.append(seed)
        return tree_from_priors(self), PASSED

    monkeypatch.setattr(Task, "_sampled", sampled)
    return asked


def test_the_posterior_of_truths_is_sampled_once(specification, sampled_from_priors, tmp_path):
    first, again = (task_of("posterior", specification, tmp_path).observed for _ in range(2))
    assert sampled_from_priors == [1]
    assert set(first.draws) == set(again.draws)
    for name, draws in first.draws.items():
        np.testing.assert_array_equal(draws, again.draws[name])
    assert again.checks == first.checks


def test_truths_come_from_a_second_sampling_where_the_first_diverged(
    specification, monkeypatch, tmp_path
):
    asked = []

    def sampled(self, swap, seed, sampler, check):
        asked.append((seed, sampler))
        found = 0.01 if len(asked) == 1 else 0.0
        check = Check("divergences", len(asked) > 1, found, 0.005, "the sampler", "")
        return tree_from_priors(self), checks_with(check)

    monkeypatch.setattr(Task, "_sampled", sampled)
    task_of("posterior", specification, tmp_path).observed  # noqa: B018
    smaller_steps = replace(FIRST, target_accept=0.9975, max_depth=11)
    assert asked == [(1, FIRST), (2, smaller_steps)]


def test_kept_truths_that_failed_a_check_are_refused(specification, sampled_from_priors, tmp_path):
    task_of("posterior", specification, tmp_path).observed  # noqa: B018
    (record,) = tmp_path.glob("calibrate/*/observed.json")
    told = json.loads(record.read_text())
    (one,) = [check for check in told["checks"] if check["name"] == "R-hat of parameters"]
    one["found"] = 1.7
    record.write_text(json.dumps(told))
    with pytest.raises(
        FitError, match="no truths from the observed evidence: the fit failed R-hat"
    ):
        task_of("posterior", specification, tmp_path).observed  # noqa: B018


def test_an_unknown_variant_is_one_clear_error():
    with pytest.raises(InputError, match="must be prior or posterior; found 'priors'"):
        check_variant("priors")


def test_kept_draws_are_spread_evenly():
    kept = _evenly(1000, LEVELS)
    assert len(kept) == len(set(kept)) == LEVELS
    assert np.ptp(np.diff(kept)) <= 1
    assert kept[0] > 0
    assert kept[-1] < 1000


AT_FIRST = {"tune": 300, "draws": 400, "thin": 1, "target_accept": 0.9, "max_depth": 6}
LONGER = {"tune": 600, "draws": 800, "thin": 2}
SMALLER_STEPS = {"target_accept": 0.975, "max_depth": 7}


@pytest.mark.parametrize(
    ("first", "patience"),
    [
        ((1.09, 0.04), None),
        ((1.11, 0.0), LONGER),
        ((1.0, 0.06), SMALLER_STEPS),
        ((2.3, 0.5), LONGER | SMALLER_STEPS),
        ((float("nan"), 0.0), LONGER),
    ],
)
@pytest.mark.parametrize("second", [(1.05, 0.0), (float("nan"), 0.0), (1.0, 0.06)])
def test_a_fit_that_missed_a_limit_is_sampled_once_more(task, monkeypatch, first, second, patience):
    asked = []

    def sampled(self, swap, seed, sampler, check):
        asked.append((seed, asdict(sampler)))
        found = first if len(asked) == 1 else second
        names = ("R-hat of parameters", "divergences")
        checks = (Check(n, True, x, 1.0, "", "") for n, x in zip(names, found, strict=True))
        return None, tuple(checks)

    def posterior_of(tree, *, digest, checks, seed):
        assert seed == asked[-1][0]
        return SimpleNamespace(checks=checks)

    monkeypatch.setattr(Task, "_sampled", sampled)
    monkeypatch.setattr("leakbound.proof.task.posterior_of", posterior_of)
    monkeypatch.setattr(Task, "drawn", lambda self, index: Drawn({}, {}, 5, None))
    monkeypatch.setattr(Task, "_held_against", lambda *given: ({}, {}, {}))
    done = task.simulate(0)
    assert [seed for seed, _ in asked] == ([5, 6] if patience else [5])
    assert asked[0][1].items() >= AT_FIRST.items()
    assert done.twice is bool(patience)
    if patience:
        assert asked[1][1].items() >= {**AT_FIRST, **patience}.items()
        assert done.converged is (second == (1.05, 0.0))
    else:
        assert done.converged
        assert (done.rhat, done.divergences) == first
