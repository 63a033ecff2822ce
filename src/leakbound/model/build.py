"""The default model: evidence design and priors to a PyMC model (DESIGN section 3).

For an attempt on pair p = (base l, benchmark b, source), domain d, lag t, compute fraction c:

    gain ~ F((gain - m)/s)
    m = gap_p + k_b (U_d(c, t) - U_d(c_spent, 0) + V_d(t) - V_spent + lineage_l) + own_p + shock
    gap_p = q_p (gap_b + own slope * own score + ability slope * mean score
                 + drift * vintage + walk_b(release half-year))
    log s = scale_b + slopes + lineage + pair, plus the derivative's own measurement error

q is 1 for a raw base and `spent_share` for one that was already post-trained. Everything pooled is
non-centred. The walk ends at zero in the last half-year of the evidence, so that a later base starts
from what is known and adds its own uncertainty.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from leakbound.distributions import DISTRIBUTIONS
from leakbound.model.attempts import ATTEMPTS, order_statistic_log_density
from leakbound.model.design import ERAS_PER_YEAR, Design
from leakbound.model.surface import Surface
from leakbound.parameters import POPULATIONS
from leakbound.priors import Prior, Specification

BY_DOMAIN = ("ceiling", "rate", "inference", "inference_rate")
STEP = np.sqrt(1.0 / ERAS_PER_YEAR)


def build(design: Design, specification: Specification) -> pm.Model:
    """Return the model of `specification` on `design`; its arrays are mutable data.

    The free variables are the parameters of `leakbound.parameters`, and unit normal offsets whose
    names end in `_z`. `posterior.DIMS` lists the deterministic effects that a forecast needs.
    """
    with pm.Model() as model:
        data = SimpleNamespace(**{name: pm.Data(name, value) for name, value in design.arrays.items()})
        theta = _priors(specification)
        sizes = SimpleNamespace(
            benchmark=len(design.benchmarks),
            domain=len(design.domains),
            era=int(design.arrays["era_count"]),
            **{key: len(design.arrays[f"{key}_dim"]) for key in ("lineage", "period")},
            pair=len(design.arrays["pair_own"]),
            cell=len(design.arrays["cell_pair"]),
        )
        by = _by_benchmark(theta, data, sizes)
        pairs = _pairs(theta, by, data, sizes)
        channels = _channels(theta, data, sizes, specification)
        _attempts(theta, by, pairs, channels, data, sizes, specification)
    return model


def initial_points(model: pm.Model, specification: Specification) -> dict[str, Any]:
    """Return starts: parameters at the 45 % quantile of their priors, offsets at a hundredth.

    Never at a mode: a parameter that no evidence touches would have an exactly flat gradient there,
    which the sampler refuses.
    """
    starts: dict[str, Any] = {
        f"{family}_priors": np.array(
            [DISTRIBUTIONS[family].frozen(**prior.parameters).ppf(0.45) for prior in members]
        )
        for family, members in _families(specification).items()
    }
    for v in model.free_RVs:
        if v.name.endswith("_z"):
            starts[v.name] = np.full(tuple(int(n) for n in v.shape.eval()), 0.01)
    return starts


def _families(specification: Specification) -> dict[str, list[Prior]]:
    families: dict[str, list[Prior]] = {}
    for prior in specification.priors.values():
        if prior.name in POPULATIONS:
            continue
        families.setdefault(prior.distribution, []).append(prior)
    return families


def _priors(specification: Specification) -> SimpleNamespace:
    """Return the parameters by name; one vector per family keeps the compiled graph small."""
    theta = {}
    for family, members in _families(specification).items():
        keys = DISTRIBUTIONS[family].rules
        values = {key: np.array([prior.parameters[key] for prior in members]) for key in keys}
        vector = getattr(pm, family)(f"{family}_priors", **values)
        for index, prior in enumerate(members):
            theta[prior.name] = pm.Deterministic(prior.name, vector[index])
    return SimpleNamespace(**theta)


def _offset(name: str, *shape: int) -> Any:
    return pm.Normal(f"{name}_z", 0.0, 1.0, shape=shape)


def _by_benchmark(theta: Any, data: Any, n: Any) -> SimpleNamespace:
    z = _offset("benchmark", 6, n.benchmark)
    path = pt.cumsum(theta.vintage_spread * STEP * _offset("walk", n.era, n.benchmark), axis=0)
    named = {
        "response_by": theta.response * pt.exp(theta.response_spread * z[0]),
        "gap_by": theta.gap + theta.gap_spread * z[1],
        "gap_own_by": theta.gap_own + theta.gap_slope_spread * z[2],
        "gap_ability_by": theta.gap_ability + theta.gap_slope_spread * z[3],
        "scale_by": pt.log(theta.scale) + theta.scale_spread * z[4],
        "pair_spread_by": theta.pair_spread * pt.exp(theta.pair_spread_spread * z[5]),
        "walk": path[:-1] - path[-1],
    }
    by = SimpleNamespace(**{name: pm.Deterministic(name, value) for name, value in named.items()})
    measured = pm.Normal.dist(by.response_by, data.benchmark_response_error)
    pm.Potential(
        "response_measured", (data.benchmark_response_weight * pm.logp(measured, data.benchmark_response)).sum()
    )
    by.response_by = pt.where(data.benchmark_in_oom > 0, 1.0, by.response_by)
    by.walk = pt.concatenate([by.walk, pt.zeros((1, n.benchmark))])
    return by


def _pairs(theta: Any, by: Any, data: Any, n: Any) -> SimpleNamespace:
    """Return location, log scale and left-out variance of each pair.

    A lineage or pair seen too rarely to tell its own effect from an attempt's scatter has none: the
    effect's variance goes into the scatter instead (`pair_seen`, `lineage_seen` are 0), which
    integrates it out. The others are centred as far as the evidence informs them (`pair_informed`,
    `lineage_informed`); that decides how well the sampler moves and nothing else.
    """
    b, of = data.pair_benchmark, data.pair_lineage
    response, seen, common = by.response_by[b], data.pair_seen, data.lineage_seen[of]
    informed = (data.lineage_informed, n.lineage)
    lineage = data.lineage_seen * _partly_centred("lineage", 0.0, theta.lineage_spread, *informed)
    wide = data.lineage_seen * _partly_centred(
        "scale_lineage", 0.0, theta.scale_lineage_spread, *informed
    )
    gap = by.gap_by[b] + by.gap_own_by[b] * data.pair_own + by.gap_ability_by[b] * data.pair_ability
    gap = gap + theta.vintage_drift * data.pair_vintage + by.walk[data.pair_era, b]
    left = pt.where(data.pair_posttrained > 0, theta.spent_share, 1.0)
    left = pt.where(data.benchmark_in_oom[b] > 0, 0.0, left)
    expected = left * gap + response * lineage[of]
    variance = by.pair_spread_by[b] ** 2 + data.pair_error**2
    own = _partly_centred("pair", expected, pt.sqrt(variance), data.pair_informed, n.pair)
    log_scale = by.scale_by[b] + theta.scale_own * data.pair_own
    log_scale = log_scale + theta.scale_ability * data.pair_ability + wide[of]
    wider = _partly_centred(
        "scale_pair", log_scale, theta.scale_pair_spread, data.pair_informed, n.pair
    )
    left_out = (1.0 - seen) * variance + (1.0 - common) * (response * theta.lineage_spread) ** 2
    return SimpleNamespace(
        location=expected + seen * own, log_scale=log_scale + seen * wider, variance=left_out
    )


def _partly_centred(name: str, mean: Any, spread: Any, share: Any, size: int) -> Any:
    """Return (size) effects of mean zero and sd `spread`, centred on `mean` by `share` in 0..1.

    x ~ N(share mean, spread^share), effect = spread^(1 - share) (x - share mean): share 0 is the
    non-centred form, share 1 the centred one (Papaspiliopoulos et al. 2007).
    """
    part = pt.exp(share * pt.log(spread))
    x = pm.Normal(f"{name}_z", share * mean, part, shape=(size,))
    effect = pt.exp((1.0 - share) * pt.log(spread)) * (x - share * mean)
    return pm.Deterministic(f"{name}_effect", effect)


def _channels(theta: Any, data: Any, n: Any, specification: Specification) -> Any:
    """Return (cell) OOM gained by both channels beyond what the base had already spent."""
    surface = Surface(specification.dose, specification.time)

    z = _offset("domain", len(BY_DOMAIN), n.domain)
    ceiling, rate, start, pace = (
        pm.Deterministic(f"{name}_by", getattr(theta, name) * pt.exp(theta.domain_spread * z[i]))
        for i, name in enumerate(BY_DOMAIN)
    )
    pair, lag = data.cell_pair, data.cell_lag
    d = data.benchmark_domain[data.pair_benchmark[pair]]
    dose = {"slope": theta.dose_slope, "midpoint": theta.dose_midpoint, "efficiency": theta.efficiency}
    kind = {"ceiling": ceiling[d], "rate": rate[d], **dose, "xp": pt}
    had = surface.training(data.pair_spent[pair], 0.0 * lag, **kind)
    posttrained = data.pair_posttrained[pair]
    trained = surface.training(_compute(data, n), lag, **kind) - posttrained * had
    trained = trained + data.cell_distillation * theta.distillation
    inferred = surface.inference(lag, start=start[d], rate=pace[d], xp=pt)
    inferred = inferred - posttrained * theta.elicited_share * start[d]
    return data.cell_training * trained + data.cell_inference * inferred


def _compute(data: Any, n: Any) -> Any:
    """Return (cell) log10 compute fraction: the known one, else a draw of its actor's, per period."""
    latent = data.cell_compute_sd * _offset("compute", n.period)[data.cell_period]
    return data.cell_compute + latent


def _attempts(
    theta: Any, by: Any, pairs: Any, channels: Any, data: Any, n: Any, spec: Specification
) -> None:
    family = ATTEMPTS[spec.attempts]
    pair = data.cell_pair
    b = data.pair_benchmark[pair]
    own_scale = pt.exp(pairs.log_scale)[pair]
    shock = theta.shock_share * own_scale
    shared = shock * data.cell_several * _offset("shock", n.cell)
    location = pairs.location[pair] + by.response_by[b] * channels + shared
    left_out = data.cell_error**2 + pairs.variance[pair] + (1.0 - data.cell_several) * shock**2
    scale = pt.sqrt(own_scale**2 + left_out / family.sd**2)
    cell, gain = data.entry_cell, data.entry_gain
    ranks = SimpleNamespace(
        below=data.entry_below, between=data.entry_between, above=data.entry_above,
        previous=data.entry_previous, log_constant=data.entry_constant,
    )  # fmt: skip
    place = (location[cell], scale[cell])
    exact = order_statistic_log_density(family, gain, *place, ranks, pt)
    beyond = family.log_survival((gain - place[0]) / place[1], pt)
    entry = data.entry_weight * pt.where(data.entry_censored > 0, beyond, exact)
    pm.Potential("attempts", entry.sum())
    per_cell = pt.zeros(n.cell)
    pm.Deterministic("log_likelihood_cell", pt.inc_subtensor(per_cell[cell], entry))
