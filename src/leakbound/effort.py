"""Effort: a scenario laid out over time, as attempts, compute and lag per group of actors.

Attempts of group k in a bin (l, u]:  r_k g_k^(t - a_k) integrated over (l, u] within [a_k, e_k],
times the share that guardrails let through; a_k and e_k are the group's start and end, r_k attempts
per year, g_k growth per year. An attempt counts at the end of its bin, the latest it can happen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from leakbound.errors import InputError
from leakbound.prices import Price, flop_for_usd, shipped_prices
from leakbound.scenario import MAX_YEARS, ActorGroup, Scenario
from leakbound.units import Array, years_between

BINS_PER_YEAR = 4
LARGE = 0.9


@dataclass(frozen=True)
class Effort:
    """Effort on one candidate in one scenario; dims (draw, group, bin), draw of size 1 at medians.

    Attributes
    ----------
    scenario, groups
        Scenario key and group names, in the scenario's order.
    edges
        (bin + 1) years since the release, the first 0 and the last the horizon.
    attempts
        (draw, group, bin) expected attempts, fractional.
    log10_compute
        (draw, group, bin) log10 of one attempt's compute fraction; -inf for inference alone.
    lag_years
        (group, bin) years of technique progress at the end of the bin, private lead included.
    training, inference, distillation
        (group) whether the group changes weights, uses inference techniques, distils later models.
    at_cap
        (draw, group, bin) whether the scenario's cap on the compute fraction was binding.
    """

    scenario: str
    groups: tuple[str, ...]
    edges: Array
    attempts: Array
    log10_compute: Array
    lag_years: Array
    training: npt.NDArray[np.bool_]
    inference: npt.NDArray[np.bool_]
    distillation: npt.NDArray[np.bool_]
    at_cap: npt.NDArray[np.bool_]

    def until(self, years: float) -> Effort:
        """Return the effort with a nearer horizon, which must be one of the edges."""
        bins = int(np.searchsorted(self.edges, years - 1e-9))
        return replace(
            self,
            edges=self.edges[: bins + 1],
            attempts=self.attempts[..., :bins],
            log10_compute=self.log10_compute[..., :bins],
            lag_years=self.lag_years[:, :bins],
            at_cap=self.at_cap[..., :bins],
        )

    @cached_property
    def large_compute(self) -> Array:
        """(group, bin) `log10_compute` that one draw in ten reaches; such draws carry more risk."""
        return np.asarray(np.quantile(self.log10_compute, LARGE, axis=0, method="higher"))

    def attempts_by(self) -> Array:
        """Return (draw, group, bin) attempts made by the end of each bin."""
        return np.asarray(np.cumsum(self.attempts, axis=-1), dtype=np.float64)


def effort_grid(
    scenario: Scenario,
    *,
    pretraining_flop: float | None,
    released: dt.date,
    years: float,
    scores: npt.ArrayLike | None = None,
    price: Price | None = None,
) -> Effort:
    """Lay out `scenario` for a model released on `released`, over `years` in quarterly bins.

    Parameters
    ----------
    pretraining_flop
        Turns budgets into compute fractions. Without it a budget counts as the scenario's cap, the
        conservative reading.
    scores
        (draw, 3) standard normal scores for attempts, compute and prices from `standard_scores`;
        none means medians. Groups share them: a draw with many attempts has many everywhere, so the
        order between scenarios holds draw by draw and renaming or reordering changes no number.
    price
        USD to FLOP; the shipped default when none is given.

    Raises
    ------
    InputError
        A horizon that is not positive or over 20 years, or FLOP that are not positive.
    """
    if not 0.0 < years <= MAX_YEARS:
        raise InputError("horizon_years", f"must lie in (0, {MAX_YEARS:g}]", found=years)
    if pretraining_flop is not None and not 0.0 < pretraining_flop < np.inf:
        raise InputError("pretraining_flop", "must be positive", found=pretraining_flop)
    z = np.zeros((3, 1)) if scores is None else np.array(np.asarray(scores).T, dtype=np.float64)
    price = shipped_prices().default if price is None else price
    edges = bin_edges(years)
    groups = scenario.groups
    spans = [active_span(group, scenario, released, years) for group in groups]
    attempts = [_attempts(g, span, edges, z[0]) for g, span in zip(groups, spans, strict=True)]
    lag = np.stack([np.clip(edges[1:], a, max(a, e)) for a, e in spans])
    clock = years_between(price.date, released) + edges[1:]
    fraction = [_fraction(g, pretraining_flop, price, clock, z) for g in groups]
    cap = scenario.compute_fraction_cap
    raw = _draws_first(fraction)
    with np.errstate(divide="ignore"):
        log10_compute = np.log10(np.minimum(raw, cap))
    through = scenario.guardrail_failure_probability
    return Effort(
        scenario=scenario.key,
        groups=tuple(group.name for group in groups),
        edges=edges,
        attempts=_draws_first(attempts) * (1.0 if through is None else through),
        log10_compute=log10_compute,
        lag_years=lag + np.array([[group.private_lead_years] for group in groups]),
        training=np.array([group.trains for group in groups]),
        inference=np.array(["inference" in group.techniques for group in groups]),
        distillation=np.array(["distillation" in group.techniques for group in groups]),
        at_cap=raw >= cap,
    )


def standard_scores(rng: np.random.Generator, draws: int) -> Array:
    """Return (draw, 3) standard normal scores: attempts, compute, prices."""
    return rng.standard_normal((draws, 3))


def bin_edges(years: float) -> Array:
    """Return quarter-year edges from 0 to `years`; the last bin may be shorter."""
    inner = np.arange(0, np.ceil(years * BINS_PER_YEAR - 1e-9)) / BINS_PER_YEAR
    return np.append(inner, years)


def active_span(
    group: ActorGroup, scenario: Scenario, released: dt.date, years: float
) -> tuple[float, float]:
    """Return years since release between which the group works, within the horizon `years`."""
    out = scenario.start_delay_years
    start = out + group.start_years
    if group.start_date is not None:
        start = max(start, years_between(released, group.start_date))
    ends = [group.end_years, scenario.withdrawal_after_years]
    return start, min([years, *(out + end for end in ends if end is not None)])


def _draws_first(grids: list[Array]) -> Array:
    """Return (draw, group, bin) of (bin, draw) grids; the draws stay adjacent in memory."""
    return np.moveaxis(np.stack(grids), -1, 0)


def _attempts(group: ActorGroup, span: tuple[float, float], edges: Array, z: Array) -> Array:
    """Return (bin, draw) attempts; `z` is (draw)."""
    start, end = span
    inside = np.clip(edges, start, max(start, end))[:, None] - start
    growth = group.growth_per_year
    rate = np.log(growth.at(z if growth.log_sd > 0.0 else z[:1]))
    width = np.diff(inside, axis=0)
    flat = np.abs(rate) < 1e-9
    safe = np.where(flat, 1.0, rate)
    grown = np.exp(safe * inside[:-1]) * np.expm1(safe * width) / safe
    return np.asarray(group.attempts_per_year.at(z) * np.where(flat, width, grown))


def _fraction(
    group: ActorGroup, pretraining_flop: float | None, price: Price, clock: Array, z: Array
) -> Array:
    """Return (bin, draw) compute fraction uncapped; `clock` is years after the price's date."""
    _, compute, money = z
    shape = (len(clock), len(compute))
    if group.budget_usd is None:
        stated = group.compute_fraction.at(compute) if group.compute_fraction else np.zeros(1)
        return np.broadcast_to(stated, shape)
    if pretraining_flop is None:
        return np.full(shape, np.inf)
    flop = flop_for_usd(group.budget_usd.at(compute), price, years=clock[:, None], z=money)
    return flop / pretraining_flop
