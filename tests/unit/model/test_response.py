"""The response of benchmarks: estimates against closed forms and simulated truth."""

import numpy as np
import pytest

from leakbound.model.response import (
    LOSS_SCALE,
    MINIMUM_BASES,
    REFERENCE_LOG10_FLOP,
    _link_slope,
    _sandwich_error,
    estimate_response,
    expected_link,
)


def flop(n: int) -> np.ndarray:
    return np.linspace(21.0, 25.5, n)


def test_recovers_the_response_where_nothing_scatters() -> None:
    x = flop(20)
    found = estimate_response(x, expected_link(-0.4 + 1.2 * (x - REFERENCE_LOG10_FLOP)))
    assert found is not None
    assert found.value == 1.2
    assert found.bases == 20


def test_nothing_is_estimated_from_few_or_equal_bases() -> None:
    x = flop(MINIMUM_BASES - 1)
    assert estimate_response(x, expected_link(x - REFERENCE_LOG10_FLOP)) is None
    assert estimate_response(np.full(20, 24.0), np.linspace(-1.0, 1.0, 20)) is None


def test_the_slope_of_the_link_is_its_derivative() -> None:
    latent = np.linspace(-6.0, 6.0, 41)
    step = 1e-5
    numeric = (expected_link(latent + step) - expected_link(latent - step)) / (2.0 * step)
    np.testing.assert_allclose(_link_slope(latent), numeric, rtol=1e-7, atol=1e-10)


def test_small_residuals_have_the_error_of_ordinary_least_squares() -> None:
    """Where the loss is a square, HC3 is the textbook's sum over left-out residuals."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=30)
    design = np.stack([np.ones(30), x], axis=1)
    residual = 1e-4 * LOSS_SCALE * rng.normal(size=30)
    bread = np.linalg.inv(design.T @ design)
    leverage = np.einsum("ij,jk,ik->i", design, bread, design)
    meat = sum(
        np.outer(row, row) * (r / (1.0 - h)) ** 2
        for row, r, h in zip(design, residual, leverage, strict=True)
    )
    expected = float(np.sqrt((bread @ meat @ bread)[1, 1]))
    assert _sandwich_error(residual, design) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("heavy", [False, True])
def test_the_error_is_the_scatter_of_estimates_over_simulated_truths(heavy: bool) -> None:
    """Scatter of .5 logits, larger at one end: what the error is for (250 truths, 3 % Monte Carlo)."""
    rng = np.random.default_rng(2)
    x = flop(54)
    sd = np.linspace(0.25, 0.75, 54)
    mean = expected_link(-0.5 + 1.2 * (x - REFERENCE_LOG10_FLOP))
    values, errors = [], []
    for _ in range(250):
        noise = rng.standard_t(3.0, 54) / np.sqrt(3.0) if heavy else rng.normal(size=54)
        found = estimate_response(x, mean + sd * noise)
        assert found is not None
        values.append(found.value)
        errors.append(found.error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)
    z = (np.array(values) - np.mean(values)) / np.array(errors)
    assert 0.92 <= np.mean(np.abs(z) < 1.96) <= 0.985


def test_the_last_bits_of_the_input_change_nothing() -> None:
    rng = np.random.default_rng(3)
    x = flop(54)
    z = expected_link(1.2 * (x - REFERENCE_LOG10_FLOP)) + 0.5 * rng.normal(size=54)
    other = z * (1.0 + 1e-15 * rng.choice([-4.0, 0.0, 4.0], 54))
    assert (z != other).any()
    assert estimate_response(x, z) == estimate_response(x, other)
