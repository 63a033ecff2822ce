"""Pictures of what the priors believe before any evidence: the priors, and what follows from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.distributions import DISTRIBUTIONS
from leakbound.prior_predictive import HORIZON, LEVELS, MILESTONES, YEARS, Beliefs
from leakbound.priors import Prior, Specification
from leakbound.report.figures import look, save_figure
from leakbound.units import Array

OPEN: Any = {"axes.spines.top": False, "axes.spines.right": False}
BLUE, ORANGE, GREY = "#0b3d91", "#b5651d", "#777777"
COLUMNS = 5
HIGHEST = 1e300
"""Above it the arithmetic of a picture overflows."""


def beliefs_figure(found: Beliefs, path: Path, *, title: str = "") -> None:
    """Draw gains, ceilings, growth and years to milestones as SVG, the same bytes each time."""
    with look(8.5, **OPEN):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9.0, 6.4), layout="constrained")
        panels = figure.subplots(2, 2)
        _gains(panels[0, 0], found)
        _spread(panels[0, 1], found.ceiling, "ceilings of both channels at lag 0 (OOM)")
        _spread(panels[1, 0], found.growth.max(axis=1), "fastest of five years, 10 % compute (OOM)")
        _years(panels[1, 1], found)
        figure.suptitle(f"{title}: what the priors believe of a benchmark nobody has seen")
        save_figure(figure, path)


def priors_figure(specification: Specification, path: Path) -> None:
    """Draw the density of every prior with its central 90 % as SVG, the same bytes each time."""
    with look(8.5, **OPEN):
        from matplotlib.figure import Figure

        priors = list(specification.priors.values())
        rows = -(-len(priors) // COLUMNS)
        figure = Figure(figsize=(2.1 * COLUMNS, 1.35 * rows), layout="constrained")
        panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for panel, prior in zip(panels, priors, strict=False):
            _density(panel, prior)
        for panel in panels[len(priors) :]:
            panel.set_axis_off()
        figure.suptitle(f"{specification.name}: the priors, shaded where 90 % of the mass lies")
        save_figure(figure, path)


def _gains(panel: Any, found: Beliefs) -> None:
    told = _drawable(found.large).all(axis=1) & _drawable(found.small).all(axis=1)
    for gains, colour, words in (
        (found.large, BLUE, "10 % of training compute"),
        (found.small, ORANGE, "0.001 %"),
    ):
        low, middle, high = _quantiles(gains[told])
        panel.fill_between(YEARS, low, high, color=colour, alpha=0.15, linewidth=0)
        panel.plot(YEARS, middle, color=colour, label=f"{words}: median, 5 to 95 %")
    panel.axhline(0.0, color=GREY, linewidth=0.8, linestyle=":")
    panel.set_xlabel("years of technique progress (lag)")
    panel.set_ylabel("gain of an attempt (logits)")
    panel.legend(loc="upper left", frameon=False)
    _say_left_out(panel, told)


def _spread(panel: Any, values: Array, words: str) -> None:
    told = _drawable(values)
    kept = values[told]
    if len(kept):
        panel.hist(kept[kept <= np.quantile(kept, 0.995)], bins=60, color=BLUE, alpha=0.5)
        for level, style in zip(_quantiles(kept), (":", "-", ":"), strict=True):
            panel.axvline(float(level), color=BLUE, linestyle=style, linewidth=1.0)
    panel.set_xlabel(f"{words}; lines: 5, 50, 95 %")
    panel.set_yticks([])
    _say_left_out(panel, told)


def _years(panel: Any, found: Beliefs) -> None:
    grid = np.linspace(0.0, HORIZON, 200)
    told = ~np.isnan(found.reached).any(axis=1)
    for i, (milestone, colour) in enumerate(zip(MILESTONES, (GREY, ORANGE, BLUE), strict=True)):
        reached = found.reached[told, i][:, None] <= grid
        share = reached.mean(axis=0) if told.any() else np.full(len(grid), np.nan)
        panel.plot(grid, share, color=colour, label=f"{milestone:g} OOM")
    panel.set_ylim(0.0, 1.02)
    panel.set_xlabel("years until 10 % of training compute gains so much")
    panel.set_ylabel("probability")
    panel.legend(loc="lower right", frameon=False)
    _say_left_out(panel, told)


def _drawable(values: Array) -> npt.NDArray[np.bool_]:
    """Return which values are numbers within `HIGHEST`."""
    return np.asarray(np.abs(values) <= HIGHEST)


def _quantiles(values: Array) -> Array:
    """Return quantiles at `LEVELS` over the first dim; NaN of no values."""
    if not len(values):
        return np.full((len(LEVELS), *values.shape[1:]), np.nan)
    return np.asarray(np.quantile(values, LEVELS, axis=0))


def _say_left_out(panel: Any, told: npt.NDArray[np.bool_]) -> None:
    """Say how many draws the panel leaves out, if any; `told` are those it shows."""
    lost = int(np.count_nonzero(~told))
    if lost:
        words = f"{lost} of {len(told)} draws are not finite (or over {HIGHEST:g}), and left out"
        panel.set_title(words, fontsize=8.0, color=ORANGE)


def _density(panel: Any, prior: Prior) -> None:
    frozen = DISTRIBUTIONS[prior.distribution].frozen(**prior.parameters)
    first, low, high, last = (float(x) for x in frozen.ppf((0.002, 0.05, 0.95, 0.99)))
    x = np.linspace(first, last, 200)
    density = np.asarray(frozen.pdf(x), dtype=np.float64)
    inside = (x >= low) & (x <= high)
    panel.plot(x, density, color=BLUE, linewidth=1.0)
    panel.fill_between(x, density, where=inside, color=BLUE, alpha=0.2, linewidth=0)
    highest = float(np.max(density[np.isfinite(density)], initial=0.0))
    if highest > 0.0:
        panel.set_ylim(0.0, 1.1 * highest)
    panel.set_yticks([])
    panel.locator_params(axis="x", nbins=4)
    panel.set_title(prior.name, fontsize=8.0)
    panel.set_xlabel(prior.unit, fontsize=7.0)
    panel.tick_params(labelsize=6.5)
