"""The default model: evidence design and priors to a PyMC model (DESIGN section 3).

For an attempt on pair p = (base l, benchmark b, source), domain d, lag t, compute fraction c:

    gain ~ F((gain - m)/s)
    m = gap_p + k_b (U_d(c, t) - U_d(c_spent, 0) + V_d(t) - V_spent + lineage_l) + own_p + shock
    gap_p = q_p (gap_b + own slope * (own score - mean score) + ability slope * mean score
                 + drift * vintage + walk_b(release half-year))
    Attempts of unknown effort on a raw base: trend_b t in place of the surface.
    own_p includes the lineage's effect where too few pairs tell that one by itself.
    log s = scale_b + slopes + lineage + pair, plus the derivative's own measurement error

q is 1 for a raw base and `spent_share` for one that was already post-trained. Where the weights stay
fixed there is no gap but the inference channel. A raw base counts as having spent a hobbyist's compute,
which makes the gap what such an attempt gets at lag 0. Pooled effects are non-centred where the
evidence says little. The walk ends at zero in the last half-year of the evidence, so that a later base
starts from what is known and adds its own uncertainty.

Effects of one dim are rows of one array (`effects`), gathered once: few nodes compile fast.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import log_exp_m1

from leakbound.distributions import DISTRIBUTIONS
from leakbound.model.attempts import ATTEMPTS, Ranks, order_statistic_log_density
from leakbound.model.design import ERAS_PER_YEAR, Design
from leakbound.model.effects import (
    BENCHMARK_EFFECTS,
    DOMAIN_EFFECTS,
    POOLED_AS_LOG,
    SHARED_EFFECTS,
    USUAL_GROWTH,
    endless,
    families,
    growing,
    held,
    scattered,
)
from leakbound.model.portable import portable
from leakbound.model.surface import Surface
from leakbound.priors import Prior, Specification

STEP = np.sqrt(1.0 / ERAS_PER_YEAR)
FIXED_SPREADS = {
    "response": "response_spread",
    "scale": "scale_spread",
    "pair_spread": "pair_spread_spread",
    "gap_own": "gap_slope_spread",
    "gap_ability": "gap_slope_spread",
}
USUAL_TREND_SPREAD = 0.035
USUAL_DOMAIN_SPREAD = 0.33
USUAL_GAP_SPREAD = 0.33
GAP_TOLD = 0.4
EFFORT_TOLD = 0.9
Form = tuple[Any, Any]


def build(design: Design, specification: Specification) -> pm.Model:
    """Return the model of `specification` on `design`; its arrays are mutable data.

    The free variables are one vector of parameters per family of priors, and offsets whose
    names end in `_z`. What the sampler has to keep is told by `effects.traced`.
    """
    return build_with_cells(design, specification)[0]


def build_with_cells(design: Design, specification: Specification) -> tuple[pm.Model, list[Any]]:
    """Return the model, and (cell) location, log scale and left-out variance, each without a shock."""
    with pm.Model() as model:
        data = SimpleNamespace(
            **{name: pm.Data(name, value) for name, value in design.arrays.items()}
        )
        theta = _priors(specification)
        by_scatter = scattered(specification)
        by = _by_benchmark(theta, data, design, by_scatter=by_scatter)
        channels = _channels(theta, data, design, specification)
        pairs = _pairs(theta, by, channels, data, design, by_scatter=by_scatter)
        cells = _cells(pairs, channels, data)
        _attempts(theta, cells, data, design, specification)
        return model, [cells.located(0.0), cells.log_scale, cells.left_out]


def initial_points(model: pm.Model, specification: Specification) -> dict[str, Any]:
    """Return starts: parameters at the 45 % quantile of their priors, offsets at a hundredth.

    Never at a mode: a parameter that no evidence touches would have an exactly flat gradient there,
    which the sampler refuses.
    """
    starts: dict[str, Any] = {
        f"{family}_priors": portable([_start(prior) for prior in members])
        for family, members in families(specification).items()
    }
    if growing(specification):
        priors = specification.priors
        growth = _start(priors["dose_slope"]) * _start(priors["efficiency"])
        starts["dose_growth"] = portable([growth / USUAL_GROWTH])
    for v in model.free_RVs:
        if v.name.endswith("_z"):
            starts[v.name] = np.full(tuple(int(n) for n in v.shape.eval()), 0.01)
    return starts


def _start(prior: Prior) -> float:
    return float(DISTRIBUTIONS[prior.distribution].frozen(**prior.parameters).ppf(0.45))


def _priors(specification: Specification) -> SimpleNamespace:
    """Return the parameters by name, each of shape (1); one vector per family, split once."""
    theta: dict[str, Any] = {}
    for family, members in families(specification).items():
        keys = DISTRIBUTIONS[family].rules
        values = {key: np.array([prior.parameters[key] for prior in members]) for key in keys}
        vector = getattr(pm, family)(f"{family}_priors", **values, **DISTRIBUTIONS[family].fixed)
        n = len(members)
        parts = [vector] if n == 1 else pt.split(vector, [1] * n)
        theta |= {prior.name: part for prior, part in zip(members, parts, strict=True)}
    if growing(specification):
        theta["efficiency"] = _efficiency(theta["dose_slope"], specification.priors["efficiency"])
    if held(specification):
        theta["gap"] = _common_gap(theta["gap_spread"], specification.priors["gap"])
    return SimpleNamespace(**theta)


def _common_gap(spread: Any, prior: Prior) -> Any:
    """Return the gap (1) common to all benchmarks, sampled on the scale that it is told on.

    Where benchmarks hardly differ all of them tell the gap that they share, a few times as tightly.
    """
    told = GAP_TOLD * USUAL_GAP_SPREAD
    scale = pt.sqrt((spread**2 + told**2) / (USUAL_GAP_SPREAD**2 + told**2))
    x = pm.Normal("common_z", 0.0, prior.parameters["sigma"] / scale, shape=(1,))
    return pm.Deterministic("gap_common", prior.parameters["mu"] + scale * x)


def _efficiency(slope: Any, prior: Prior) -> Any:
    """Return efficiency (1) from the growth of the dose, slope times efficiency.

    Growth is sampled as its log where it is small and as itself where it is large: the log of a gain
    is linear in it, so that scores a year or two later tell large ones ever more tightly on a log scale.
    """
    mu = prior.parameters["mu"] + pt.log(slope / USUAL_GROWTH)
    growth = pm.LogNormal(
        "dose_growth", mu, prior.parameters["sigma"], shape=(1,), default_transform=log_exp_m1
    )
    return growth * USUAL_GROWTH / slope


def _rows(theta: Any, names: tuple[str, ...]) -> Any:
    """Return (row, 1) parameters, the logarithm of those pooled on the log scale."""
    stack = pt.concatenate([getattr(theta, name) for name in names])
    logs = np.array([name in POOLED_AS_LOG for name in names])
    return pt.where(logs, pt.log(pt.where(logs, stack, 1.0)), stack)[:, None]


def _stack(theta: Any, names: tuple[str, ...]) -> Any:
    """Return (row, 1) parameters."""
    return pt.concatenate([getattr(theta, name) for name in names])[:, None]


def _fixed(told: Any, spread: Any) -> Form:
    """Return share and factor of a form that stays where the spread goes: factor spread^(1 - told)."""
    return told, pt.exp((1.0 - told) * pt.log(spread))


def _following(told: Any, spread: Any, usual: Any) -> Form:
    """Return share and factor of a form that follows the spread: non-centred at a small one.

    `told` is what evidence takes away of the effect's variance at the spread `usual`, where the share
    is `told` and the factor 1.
    """
    ratio = (spread / usual) ** 2
    left = 1.0 - told + told * ratio
    return told * ratio / left, pt.sqrt(ratio / left)


def _partly_centred(
    name: str, mean: Any, spread: Any, form: Form, shape: tuple[int, ...], lead: Any = 0.0
) -> Any:
    """Return effects of mean zero and sd `spread`, centred on `mean` by a share in 0..1.

    x ~ N(share mean, spread/factor), effect = factor (x - share mean): share 0 with factor `spread`
    is the non-centred form, share 1 with factor 1 the centred one (Papaspiliopoulos et al. 2007).
    A `lead` is added to the mean of x and taken off again: x then follows what the effect is told with.
    """
    share, factor = form
    centre = share * mean + lead
    x = pm.Normal(f"{name}_z", centre, spread / factor, shape=shape)
    return factor * (x - centre)


def _by_benchmark(theta: Any, data: Any, design: Design, *, by_scatter: bool) -> SimpleNamespace:
    """Return (row, benchmark) effects, the first log responses, and the (era, benchmark) walk.

    The gap is centred on that of the benchmark's usual base, which the evidence tells; the gap of a
    base of average scores that is as new as the newest, on which all else counts, it does not.
    """
    m, era = len(design.benchmarks), design.sizes.era
    names, told = tuple(FIXED_SPREADS), data.benchmark_told
    mean, spread = _rows(theta, names), _stack(theta, tuple(FIXED_SPREADS.values()))
    form = _fixed(told[:-2], spread)
    others = mean + _partly_centred("benchmark", mean, spread, form, (len(names), m))
    mean, spread = theta.trend[:, None], theta.trend_spread[:, None]
    form = _following(told[-2:-1], spread, USUAL_TREND_SPREAD)
    trend = mean + _partly_centred("trend", mean, spread, form, (1, m))
    steps = pm.Normal("walk_z", 0.0, 1.0, shape=(era, m))
    path = pt.cumsum(theta.vintage_spread[0] * STEP * steps, axis=0)
    walk = pm.Deterministic("walk", path - path[-1])
    of_usual = theta.gap + theta.vintage_drift * data.benchmark_vintage
    of_usual = of_usual + (data.era_share.T * walk).sum(axis=0)
    for name, of_base in (("gap_own", data.benchmark_own), ("gap_ability", data.benchmark_ability)):
        of_usual = of_usual + others[names.index(name)] * of_base
    spread = theta.gap_spread[:, None]
    form = _fixed(told[-1:], spread)
    if by_scatter:
        form = _following(told[-1:], spread, USUAL_GAP_SPREAD)
    gap = theta.gap + _partly_centred("gap", of_usual, spread, form, (1, m))
    effects = pm.Deterministic("benchmark_effects", pt.concatenate([others, trend, gap]))
    response = pt.exp(effects[BENCHMARK_EFFECTS.index("response")])
    miss = (data.benchmark_response - response) / data.benchmark_response_error
    pm.Potential("response_measured", (-0.5 * data.benchmark_response_weight * miss**2).sum())
    in_oom = data.benchmark_in_oom > 0
    return SimpleNamespace(effects=effects, walk=walk, response=pt.where(in_oom, 1.0, response))


def _pairs(
    theta: Any, by: Any, channels: Any, data: Any, design: Design, *, by_scatter: bool
) -> Any:
    """Return (row, pair): location, log scale, left-out variance, response, trend of each pair.

    A pair seen too rarely to tell its own effect from an attempt's scatter has none: the effect's
    variance goes into the scatter instead, which integrates it out. A lineage seen too rarely has none
    either: its variance goes into the effects of its pairs, as all attempts on a pair share it. The
    others are centred as far as the evidence informs them, which decides how well the sampler moves and
    nothing else.
    """
    b = data.pair_benchmark
    rows = dict(
        zip(BENCHMARK_EFFECTS, _unstack(by.effects[:, b], len(BENCHMARK_EFFECTS)), strict=True)
    )
    response = by.response[b]
    lineage, wide = _unstack(_lineages(theta, data, design)[:, data.pair_lineage], 2)
    gap = rows["gap"] + rows["gap_own"] * data.pair_own + rows["gap_ability"] * data.pair_ability
    gap = gap + theta.vintage_drift * data.pair_vintage + by.walk[data.pair_era, b]
    left = pt.where(data.pair_posttrained > 0, theta.spent_share, 1.0)
    left = data.pair_trained * pt.where(data.benchmark_in_oom[b] > 0, 0.0, left)
    log_scale = rows["scale"] + theta.scale_own * data.pair_own
    log_scale = log_scale + theta.scale_ability * data.pair_ability + wide
    expected = pt.stack([left * gap + response * lineage, log_scale])
    of_lineage = pt.where(data.pair_lineage < 0, (response * theta.lineage_spread) ** 2, 0.0)
    variance = pt.exp(2.0 * rows["pair_spread"]) + data.pair_error**2 + of_lineage
    usual = _add(pt.zeros(len(design.pairs)), data.cell_pair, data.cell_share * channels)
    centre = pt.stack([expected[0] + response * usual, log_scale])
    own = _own_effects(theta, centre, variance, data, design, by_scatter=by_scatter)
    left_out = pt.where(data.pair_slot < 0, variance, 0.0)
    return pt.concatenate(
        [expected + own[:, data.pair_slot], pt.stack([left_out, response, rows["trend"]])]
    )


def _unstack(stack: Any, rows: int) -> list[Any]:
    return [part[0] for part in pt.split(stack, [1] * rows, axis=0)]


def _lineages(theta: Any, data: Any, design: Design) -> Any:
    """Return (row, lineage + 1) effects on location in OOM and on log scale; the last slot is zero."""
    shape = (len(SHARED_EFFECTS), design.sizes.lineage)
    spread = _stack(theta, ("lineage_spread", "scale_lineage_spread"))
    effects = _partly_centred("lineage", 0.0, spread, _fixed(data.lineage_told, spread), shape)
    return _with_zero(pm.Deterministic("lineage_effects", effects))


def _own_effects(
    theta: Any, centre: Any, variance: Any, data: Any, design: Design, *, by_scatter: bool
) -> Any:
    """Return (row, seen pair + 1) effects on location and log scale; the last slot is zero.

    Of two attempts only the location is told: they have the scale of their benchmark and lineage, and
    the forecast draws the pair's own effect on it from its prior.
    """
    seen, n = data.seen_pair, design.sizes.seen
    spread = pt.sqrt(variance[seen])
    spread = pt.stack([spread, theta.scale_pair_spread + 0.0 * spread])
    form = _fixed(data.seen_told, spread)
    if by_scatter:
        own = _by_scatter(centre[:, seen], spread, form, data, n)
    else:
        own = _partly_centred("pair", centre[:, seen], spread, form, (len(SHARED_EFFECTS), n))
    own = pm.Deterministic("pair_effects", own)
    return _with_zero(pt.stack([own[0], data.seen_scaled * own[1]]))


def _by_scatter(mean: Any, spread: Any, form: Form, data: Any, n: int) -> Any:
    """Return (row, seen pair) effects, those on location centred as their attempts scatter.

    The share is what a pair's spread has in the variance of its attempts' mean. With one that stays
    where spread and scatter go, each location told tightly ties both together. It is counted from the
    pair's own gain, so that a change of the share moves it little.
    """
    share, factor = form
    on_scale = _partly_centred("pair_scale", mean[1], spread[1], (share[1], factor[1]), (n,))
    left = pt.exp(2.0 * (mean[1] + data.seen_scaled * on_scale)) * data.seen_left
    followed = spread[0] ** 2 / (spread[0] ** 2 + left)
    follows = data.seen_scattered > 0
    form = pt.where(follows, followed, share[0]), pt.where(follows, pt.sqrt(followed), factor[0])
    on_location = _partly_centred("pair", mean[0] - data.seen_gain, spread[0], form, (n,))
    return pt.stack([on_location, on_scale])


def _with_zero(effects: Any) -> Any:
    return pt.concatenate([effects, np.zeros((2, 1))], axis=1)


def _channels(theta: Any, data: Any, design: Design, specification: Specification) -> Any:
    """Return (cell) OOM gained by both channels beyond what the base had already spent."""
    surface = Surface(specification.dose, specification.time)
    mean = _rows(theta, DOMAIN_EFFECTS)
    shape = (len(DOMAIN_EFFECTS), len(design.domains))
    spread = theta.domain_spread[:, None]
    form = _following(data.domain_told, spread, USUAL_DOMAIN_SPREAD)
    lead = _lead(theta, data, surface) if endless(specification) else 0.0
    own = _partly_centred("domain", mean, spread, form, shape, lead)
    effects = pm.Deterministic("domain_effects", mean + own)
    ceiling, rate, pace, start = _unstack(pt.exp(effects), len(DOMAIN_EFFECTS))
    trained, inferred = data.trained_cell, data.inferred_cell
    of_cell = data.benchmark_domain[data.pair_benchmark[data.cell_pair]]
    d = of_cell[trained]
    gain = _trained(theta, data, surface, ceiling=ceiling[d], rate=rate[d])
    total = _add(pt.zeros(design.sizes.cell), trained, gain)
    d, lag = of_cell[inferred], data.cell_lag[inferred]
    gain = surface.inference(lag, start=start[d], rate=pace[d], xp=pt)
    spent = data.pair_posttrained[data.cell_pair[inferred]]
    return _add(total, inferred, gain - spent * theta.elicited_share * start[d])


def _lead(theta: Any, data: Any, surface: Surface) -> Any:
    """Return (row, domain) the log dose at a domain's known efforts, as a lead of ceiling and rate.

    A tight score at a known effort tells their product with the dose. Where the dose has no ceiling a
    steep curve and a small rate give the same gain, along a ridge that narrows as the dose grows.
    """
    dose = surface.dose_at(data.domain_compute, data.domain_lag, **_curve(theta))
    told = EFFORT_TOLD * data.domain_known
    share, _ = _following(told, theta.domain_spread, USUAL_DOMAIN_SPREAD)
    lead = share * pt.log(dose)
    trained = ("ceiling", "rate")
    return pt.stack([lead if name in trained else pt.zeros_like(lead) for name in DOMAIN_EFFECTS])


def _curve(theta: Any) -> dict[str, Any]:
    return {
        "slope": theta.dose_slope,
        "midpoint": theta.dose_midpoint,
        "efficiency": theta.efficiency,
        "xp": pt,
    }


def _trained(theta: Any, data: Any, surface: Surface, *, ceiling: Any, rate: Any) -> Any:
    """Return (trained cell) OOM gained by training beyond what the base had already spent on it."""
    cell = data.trained_cell
    pair, lag = data.cell_pair[cell], data.cell_lag[cell]
    curve = _curve(theta)
    dose = surface.dose_at(data.cell_compute[cell], lag, **curve)
    dose = pt.where(data.cell_known[cell] > 0, dose, data.cell_dose[cell])
    spent = surface.dose_at(data.pair_compute[pair], 0.0, **curve)
    spent = pt.where(data.pair_posttrained[pair] > 0, spent, data.pair_dose[pair])
    kind = {"ceiling": ceiling, "rate": rate, "xp": pt}
    gain = surface.training(dose, lag, **kind) - surface.training(spent, 0.0, **kind)
    return gain + data.cell_distillation[cell] * theta.distillation


def _cells(pairs: Any, channels: Any, data: Any) -> SimpleNamespace:
    """Return (cell) log scale and left-out variance, and location as a function of the shock."""
    place, log_scale, variance, response, trend = _unstack(pairs[:, data.cell_pair], 5)

    def located(shock: Any) -> Any:
        return place + response * channels + shock + data.cell_anonymous * trend * data.cell_lag

    left_out = data.cell_error**2 + variance
    return SimpleNamespace(located=located, log_scale=log_scale, left_out=left_out)


def _attempts(theta: Any, cells: Any, data: Any, design: Design, spec: Specification) -> None:
    family = ATTEMPTS[spec.attempts]
    own_scale = pt.exp(cells.log_scale)
    shocks = theta.shock_share * pm.Normal("shock_z", 0.0, 1.0, shape=(design.sizes.shock,))
    shock = own_scale * pt.concatenate([shocks, np.zeros(1)])[data.cell_shock]
    alone = pt.where(data.cell_shock < 0, (theta.shock_share * own_scale) ** 2, 0.0)
    scale = pt.sqrt(own_scale**2 + (cells.left_out + alone) / family.sd**2)
    place, scale = _unstack(pt.stack([cells.located(shock), scale])[:, data.entry_cell], 2)
    ranks = Ranks(
        data.entry_exact, data.entry_below, data.entry_above, data.inner_index, data.inner_count,
        data.entry_constant,
    )  # fmt: skip
    entry = order_statistic_log_density(family, data.entry_gain, place, scale, ranks, pt, _add)
    pm.Potential("attempts", entry.sum())
    by_cell = _add(pt.zeros(design.sizes.cell), data.entry_cell, entry)
    pm.Deterministic("log_likelihood_cell", by_cell)


def _add(total: Any, index: Any, values: Any) -> Any:
    return pt.inc_subtensor(total[index], values)
