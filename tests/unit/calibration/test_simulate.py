import numpy as np
import pytest
from scipy import stats

from leakbound.calibration.simulate import (
    SURVIVAL_QUANTILES,
    both_sets,
    first_set,
    reported,
    scatter_of,
    simulated,
    survivals,
    template_of,
)
from leakbound.calibration.truth import draw_truth
from leakbound.model.attempts import ATTEMPTS, add_numpy, order_statistic_log_density, ranks_of
from leakbound.model.design import design_of
from leakbound.model.effects import (
    BENCHMARK_EFFECTS,
    DOMAIN_EFFECTS,
    KEPT_AS_LOG,
    POOLED_AS_LOG,
    USUAL_GROWTH,
    families,
    growing,
)
from leakbound.model.portable import portable
from leakbound.priors import read_specification


def test_single_order_statistics_are_beta():
    rng = np.random.default_rng(2)
    cell = np.arange(4000)
    left = survivals(cell, np.full(4000, 40.0), np.full(4000, 36.0), rng)
    assert stats.kstest(1.0 - left, stats.beta(36, 5).cdf).pvalue > 0.01


def test_ranks_of_one_cell_have_the_joint_moments_of_uniform_order_statistics():
    rng = np.random.default_rng(3)
    n, ranks = 12.0, np.array([6.0, 9.0, 11.0, 12.0])
    cell = np.repeat(np.arange(20_000), 4)
    left = survivals(cell, np.full(80_000, n), np.tile(ranks, 20_000), rng).reshape(-1, 4)
    u = 1.0 - left
    assert (np.diff(u, axis=1) > 0.0).all()
    mean = ranks / (n + 1.0)
    np.testing.assert_allclose(u.mean(axis=0), mean, atol=0.004)
    below = np.minimum.outer(ranks, ranks)
    expected = below * (n + 1.0 - np.maximum.outer(ranks, ranks)) / (n + 1.0) ** 2 / (n + 2.0)
    np.testing.assert_allclose(np.cov(u.T), expected, atol=6e-4)


@pytest.mark.parametrize("family", list(ATTEMPTS))
def test_quantiles_invert_the_distribution_of_attempts(family):
    left = np.array([1e-12, 1e-4, 0.3, 0.5, 0.999])
    y = SURVIVAL_QUANTILES[family](left)
    np.testing.assert_allclose(ATTEMPTS[family].log_survival(y, np), np.log(left), rtol=1e-6)


def test_the_template_finds_every_row_again(small, specification, template):
    real = design_of(small, specification)
    np.testing.assert_allclose(template.observed, real.arrays["entry_gain"])
    different = [
        name
        for name, values in real.arrays.items()
        if not np.array_equal(values, template.design.arrays[name])
    ]
    assert different == ["entry_gain"]
    assert set(template.attempts) > {1.0}
    assert (template.rank <= template.attempts).all()
    assert np.isfinite(template.limit).sum() == (small.rows["censored"] == "lower").sum() > 0


def _model_log_likelihood(design, specification, truth):
    """Log likelihood by cell that the model gives `truth`, all shocks zero."""
    pytensor = pytest.importorskip("pytensor")
    from leakbound.model.build import build

    def stack(names):
        raw = [name in POOLED_AS_LOG and name not in KEPT_AS_LOG for name in names]
        return np.stack(
            [
                np.log(truth[f"{n}_by"]) if log else truth[f"{n}_by"]
                for n, log in zip(names, raw, strict=True)
            ]
        )

    values = {
        f"{family}_priors": np.array([truth[prior.name] for prior in members])
        for family, members in families(specification).items()
    }
    if growing(specification):
        growth = truth["dose_slope"] * truth["efficiency"] / USUAL_GROWTH
        values["dose_growth"] = np.atleast_1d(growth)
    values["benchmark_effects"] = stack(BENCHMARK_EFFECTS)
    values["domain_effects"] = stack(DOMAIN_EFFECTS)
    for dim in ("lineage", "pair"):
        values[f"{dim}_effects"] = np.stack([truth[f"{dim}_effect"], truth[f"scale_{dim}_effect"]])
    values["walk"] = np.vstack([truth["walk"], np.zeros((1, len(design.benchmarks)))])
    values["shock_z"] = np.zeros(design.sizes.shock)
    model = build(design, specification)
    given = {model[name]: pytensor.tensor.as_tensor(value) for name, value in values.items()}
    return pytensor.function(
        [], model["log_likelihood_cell"], givens=given, mode="FAST_COMPILE",
        on_unused_input="ignore",
    )()  # fmt: skip


class NoShocks:
    def standard_normal(self, size):
        return np.zeros(size)


@pytest.mark.parametrize("name", ["default", "power-accelerating-logistic"])
def test_simulator_and_model_are_two_statements_of_one_model(small, name):
    from dataclasses import replace

    specification = read_specification(name)
    template = template_of(small, specification)
    truth = draw_truth(template.design, specification, np.random.default_rng(5))
    swap = simulated(template, truth, specification, np.random.default_rng(6))
    design = replace(template.design, arrays={**template.design.arrays, **swap})
    scatter = scatter_of(design, truth, specification, NoShocks())
    cell = design.arrays["entry_cell"]
    exceeded = design.arrays["entry_exact"] == 0.0
    ranks = ranks_of(cell, template.attempts, template.rank)
    ranks = replace(ranks, log_constant=portable(ranks.log_constant))
    entry = order_statistic_log_density(
        ATTEMPTS[specification.attempts], design.arrays["entry_gain"], scatter.location[cell],
        scatter.scale[cell], ranks, np, add_numpy,
    )  # fmt: skip
    y = (design.arrays["entry_gain"] - scatter.location[cell]) / scatter.scale[cell]
    beyond = ATTEMPTS[specification.attempts].log_survival(y, np)
    expected = np.bincount(cell, np.where(exceeded, beyond, entry))
    found = _model_log_likelihood(design, specification, truth)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_a_gain_beyond_its_limit_is_reported_as_the_limit(template):
    limited = np.isfinite(template.limit)
    high = reported(template, np.full(len(template.rank), 50.0))
    assert (high["entry_exact"] == ~limited).all()
    assert (high["entry_above"][limited] == 1.0).all()
    np.testing.assert_allclose(high["entry_gain"][limited], template.limit[limited])
    low = reported(template, np.full(len(template.rank), -50.0))
    assert (low["entry_exact"] == 1.0).all()
    assert (low["entry_above"][limited] == 0.0).all()


def test_the_second_set_repeats_the_first_and_can_be_left_out(small, specification):
    twice = template_of(small, specification, copies=2)
    once = template_of(small, specification)
    own = twice.copy == 0
    assert own.sum() == (~own).sum() == len(once.rank)
    np.testing.assert_array_equal(np.sort(twice.observed[own]), np.sort(twice.observed[~own]))
    assert len(twice.design.pairs) == len(once.design.pairs)
    first = first_set(twice)
    assert (first["entry_exact"][~own] == 0.0).all()
    for name in ("entry_above", "entry_below", "entry_constant"):
        assert (first[name][~own] == 0.0).all()
    inner = twice.design.arrays["inner_index"]
    assert (first["inner_count"][~own[inner]] == 0.0).all()
    assert (first["inner_count"][own[inner]] > 0.0).all()
    truth = draw_truth(twice.design, specification, np.random.default_rng(1))
    second = simulated(twice, truth, specification, np.random.default_rng(2))
    both = both_sets(twice, second)
    np.testing.assert_array_equal(both["entry_gain"][own], first["entry_gain"][own])
    np.testing.assert_array_equal(both["entry_gain"][~own], second["entry_gain"][~own])
