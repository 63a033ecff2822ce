import numpy as np
import pytest
from scipy import stats

from leakbound.errors import FitError
from leakbound.structures import loo
from leakbound.structures.loo import Loo, bootstrapped_weights, difference, loo_of, stacking_weights


def gaussian(y, draws, *, scale=1.0, seed=1):
    """Posterior draws of a mean under a flat prior, and the (4, draw, cell) log likelihood."""
    rng = np.random.default_rng(seed)
    mean = y.mean() + scale / np.sqrt(len(y)) * rng.standard_normal((4, draws))
    return stats.norm.logpdf(y[None, None], mean[..., None], scale)


@pytest.fixture(scope="module")
def values():
    return np.random.default_rng(7).standard_normal(60)


def test_the_scores_are_those_of_exact_leave_one_out(values):
    found = loo_of(gaussian(values, 1500))
    n = len(values)
    left_out = (values.sum() - values) / (n - 1)
    exact = stats.norm.logpdf(values, left_out, np.sqrt(1.0 + 1.0 / (n - 1)))
    assert np.abs(found.elpd_cells - exact).max() < 0.02
    assert found.elpd == pytest.approx(exact.sum(), abs=0.1)
    assert found.se == pytest.approx(np.sqrt(n) * exact.std(ddof=1), rel=0.02)
    assert 0.5 < found.parameters < 1.5
    assert not found.doubtful.any()


def test_a_cell_that_carries_its_own_parameter_is_doubtful():
    rng = np.random.default_rng(3)
    own = rng.standard_normal((4, 1000, 20))
    likelihood = stats.norm.logpdf(0.0, own, 3.0)
    likelihood[:, :, 4] = stats.norm.logpdf(0.0, own[:, :, 4], 0.01)
    found = loo_of(likelihood)
    assert found.doubtful[4]
    assert found.doubtful.sum() == 1


def test_few_draws_have_a_stricter_limit_and_nan_is_doubtful():
    few = loo_of(gaussian(np.zeros(5), 50))
    assert few.k_limit == pytest.approx(1 - 1 / np.log10(200))
    unknown = Loo(np.zeros(2), np.array([np.nan, 0.1]), np.zeros(2), 0.7)
    assert unknown.doubtful.tolist() == [True, False]


def test_a_difference_is_taken_cell_by_cell(values):
    one, other = loo_of(gaussian(values, 800)), loo_of(gaussian(values, 800, scale=2.0))
    gained, error = difference(one, other)
    assert gained == pytest.approx(one.elpd - other.elpd)
    cells = one.elpd_cells - other.elpd_cells
    assert error == pytest.approx(np.sqrt(len(cells)) * cells.std(ddof=1))
    assert error < np.hypot(one.se, other.se)
    few = np.arange(len(values)) < 9
    assert difference(one, other, few)[0] == pytest.approx(cells[:9].sum())


def test_a_clearly_better_model_gets_all_the_weight():
    rng = np.random.default_rng(2)
    truth = rng.standard_normal(400)
    scores = np.stack([stats.norm.logpdf(truth, 0.0, s) for s in (1.0, 4.0, 9.0)])
    assert stacking_weights(scores)[0] == pytest.approx(1.0, abs=1e-3)


def test_models_that_say_the_same_share_and_order_does_not_matter():
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((2, 300))
    weights = stacking_weights(np.stack([a, b, a]))
    assert weights[0] == pytest.approx(weights[2], abs=1e-9)
    assert weights.sum() == pytest.approx(1.0)
    two = stacking_weights(np.stack([b, a]))
    assert two[1] == pytest.approx(weights[0] + weights[2], abs=2e-3)


def test_the_weights_are_those_of_the_closed_case():
    """Cells of two kinds, each model right about one: the weights are the shares of the kinds."""
    kind = np.arange(100) < 70
    low = -40.0
    scores = np.stack([np.where(kind, 0.0, low), np.where(kind, low, 0.0)])
    assert stacking_weights(scores) == pytest.approx([0.7, 0.3], abs=1e-6)


def test_the_weights_are_those_of_arviz():
    import xarray as xr
    from arviz_stats import compare
    from arviz_stats.utils import ELPDDataLOO

    rng = np.random.default_rng(11)
    scores = rng.standard_normal((4, 250)) - np.array([0.0, 0.1, 0.2, 0.5])[:, None]
    models = {
        str(i): ELPDDataLOO(
            elpd=float(row.sum()), se=1.0, p=1.0, n_samples=4000, n_data_points=250, scale="log",
            warning=False, good_k=0.7, elpd_i=xr.DataArray(row, dims="cell"),
            pareto_k=xr.DataArray(np.zeros(250), dims="cell"),
        )
        for i, row in enumerate(scores)
    }  # fmt: skip
    theirs = compare(models, round_to="none")["weight"]
    expected = [theirs[str(i)] for i in range(4)]
    assert stacking_weights(scores) == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize("scores", [np.empty((0, 3)), np.array([[0.0, np.nan]]), np.zeros(3)])
def test_a_density_that_is_not_finite_is_refused(scores):
    with pytest.raises(ValueError, match="finite log densities"):
        stacking_weights(scores)


def test_a_small_lead_that_chance_can_turn_does_not_take_all():
    rng = np.random.default_rng(4)
    lead = 0.05 * rng.standard_normal(400)
    lead += 1.0 / 400 - lead.mean()
    scores = np.stack([rng.standard_normal(400)] * 2)
    scores[0] += lead
    found = bootstrapped_weights(scores, 1)
    assert found.plain[0] > 0.95
    assert 0.6 < found.mean[0] < 0.95
    assert found.sd[0] > 0.1
    assert found.mean.sum() == pytest.approx(1.0)


def test_the_bootstrap_leaves_clear_cases_as_they_are_and_is_the_same_twice():
    rng = np.random.default_rng(2)
    truth = rng.standard_normal(400)
    scores = np.stack([stats.norm.logpdf(truth, 0.0, s) for s in (1.0, 1.0, 4.0)])
    found = bootstrapped_weights(scores, 1)
    assert found.mean == pytest.approx([0.5, 0.5, 0.0], abs=1e-2)
    assert (found.mean == bootstrapped_weights(scores, 1).mean).all()
    kind = np.arange(300) < 210
    shared = np.stack([np.where(kind, 0.0, -40.0), np.where(kind, -40.0, 0.0)])
    found = bootstrapped_weights(shared, 1)
    assert found.mean == pytest.approx([0.7, 0.3], abs=0.01)
    assert found.sd == pytest.approx(np.sqrt(0.21 / 301), rel=0.2)


def test_models_that_predict_nearly_alike_get_the_weights_of_the_exact_maximum():
    """A mixture of two has one free number: the mean log density on a fine grid of it."""
    rng = np.random.default_rng(8)
    base = rng.standard_normal(900)
    scores = np.stack([base, base + 0.02 * rng.standard_normal(900)])
    grid = np.linspace(0.0, 1.0, 20_001)[:, None]
    mixture = np.log(grid * np.exp(scores[0]) + (1.0 - grid) * np.exp(scores[1])).mean(axis=1)
    weights = stacking_weights(scores)
    own = np.log(weights @ np.exp(scores)).mean()
    assert own == pytest.approx(mixture.max(), abs=1e-6)
    assert weights[0] == pytest.approx(float(grid[mixture.argmax(), 0]), abs=0.02)


def test_every_replicate_of_the_bootstrap_is_a_maximum(monkeypatch):
    """Replicates of models that hardly differ go to one of them; steps cut short would share."""
    rng = np.random.default_rng(8)
    scores = np.stack([np.zeros(900), 0.02 * rng.standard_normal(900)])
    found = []
    own = loo._best_mixture

    def kept(density, shares):
        weights = own(density, shares)
        found.append((density @ (shares / (weights @ density))).max())
        return weights

    monkeypatch.setattr(loo, "_best_mixture", kept)
    sd = bootstrapped_weights(scores, 1).sd
    assert len(found) == loo.BOOTSTRAPS + 1
    assert max(found) <= 1.0 + loo.GAP
    assert (sd > 0.3).all()


def test_densities_that_differ_by_hundreds_of_nats_are_weighed():
    rng = np.random.default_rng(1)
    scores = 400.0 * rng.standard_normal((5, 800))
    best = np.bincount(scores.argmax(axis=0), minlength=5) / 800
    assert stacking_weights(scores) == pytest.approx(best, abs=5e-3)


def test_weights_that_are_not_the_best_are_not_returned(monkeypatch):
    monkeypatch.setattr(loo, "STEPS", 2)
    monkeypatch.setattr(loo, "_solved", lambda density, shares: np.array([0.5, 0.5]))
    rng = np.random.default_rng(8)
    with pytest.raises(FitError, match=r"stacking weights lie .* from the best"):
        stacking_weights(np.stack([np.zeros(300), 0.05 * rng.standard_normal(300) - 0.02]))


def test_the_error_of_a_difference_among_some_cells_is_of_these_alone(values):
    one, other = loo_of(gaussian(values, 800)), loo_of(gaussian(values, 800, scale=2.0))
    few = np.arange(len(values)) < 9
    cells = (one.elpd_cells - other.elpd_cells)[few]
    assert difference(one, other, few)[1] == pytest.approx(3.0 * cells.std(ddof=1))
