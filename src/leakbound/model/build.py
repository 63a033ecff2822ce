"""The default model: evidence design and priors to a PyMC model (DESIGN section 3).

For an attempt on pair p = (base l, benchmark b, source), domain d, lag t, compute fraction c:

    gain ~ F((gain - m)/s)
    m = gap_p + k_b (U_d(c, t) - U_d(c_spent, 0) + V_d(t) - V_spent + lineage_l) + own_p + shock
    gap_p = q_p (gap_b + own slope * (own score - mean score) + ability slope * mean score
                 + drift * vintage + walk_b(release half-year))
    Attempts of unknown effort by unknown actors: trend_b t in place of the surface.
    log s = scale_b + slopes + lineage + pair, plus the derivative's own measurement error

q is 1 for a raw base and `spent_share` for one that was already post-trained. Where the weights stay
fixed there is no gap but the inference channel. A raw base counts as having spent a hobbyist's compute,
which makes the gap what such an attempt gets at lag 0. Pooled effects are non-centred where the
evidence says little. The walk ends at zero in the last half-year of the evidence, so that a later base
starts from what is known and adds its own uncertainty.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from leakbound.distributions import DISTRIBUTIONS
from leakbound.model.attempts import ATTEMPTS, Ranks, order_statistic_log_density
from leakbound.model.design import ERAS_PER_YEAR, Design
from leakbound.model.surface import Surface
from leakbound.parameters import POPULATIONS
from leakbound.priors import Prior, Specification

BY_DOMAIN = ("ceiling", "rate", "inference_rate")
STEP = np.sqrt(1.0 / ERAS_PER_YEAR)


def build(design: Design, specification: Specification) -> pm.Model:
    """Return the model of `specification` on `design`; its arrays are mutable data.

    The free variables are the parameters of `leakbound.parameters`, and unit normal offsets whose
    names end in `_z`. `posterior.DIMS` lists the deterministic effects that a forecast needs.
    """
    with pm.Model() as model:
        data = SimpleNamespace(
            **{name: pm.Data(name, value) for name, value in design.arrays.items()}
        )
        theta = _priors(specification)
        sizes = SimpleNamespace(
            benchmark=len(design.benchmarks),
            domain=len(design.domains),
            era=int(design.arrays["era_count"]),
            **{key: len(design.arrays[f"{key}_dim"]) for key in ("lineage",)},
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
    share, m = data.benchmark_informed, n.benchmark
    measured = 0.9 * data.benchmark_response_weight

    def pooled(name: str, mean: Any, spread: Any, by: Any = share) -> Any:
        return mean + _partly_centred(name, mean, spread, by, m)

    log_response = pooled("response", pt.log(theta.response), theta.response_spread, measured)
    path = pt.cumsum(theta.vintage_spread * STEP * _offset("walk", n.era, n.benchmark), axis=0)
    named = {
        "response_by": pt.exp(log_response),
        "gap_by": pooled("gap", theta.gap, theta.gap_spread),
        "gap_own_by": pooled("gap_own", theta.gap_own, theta.gap_slope_spread),
        "gap_ability_by": pooled("gap_ability", theta.gap_ability, theta.gap_slope_spread),
        "trend_by": theta.trend + theta.trend_spread * _offset("trend", m),
        "scale_by": pooled("scale", pt.log(theta.scale), theta.scale_spread),
        "pair_spread_by": theta.pair_spread
        * pt.exp(theta.pair_spread_spread * _offset("pair_spread", m)),
        "walk": path[:-1] - path[-1],
    }
    by = SimpleNamespace(**{name: pm.Deterministic(name, value) for name, value in named.items()})
    measured = pm.Normal.dist(by.response_by, data.benchmark_response_error)
    pm.Potential(
        "response_measured",
        (data.benchmark_response_weight * pm.logp(measured, data.benchmark_response)).sum(),
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
    lineage = _partly_centred("lineage", 0.0, theta.lineage_spread, *informed)
    lineage = data.lineage_seen * pm.Deterministic("lineage_effect", lineage)
    wide = _partly_centred("scale_lineage", 0.0, theta.scale_lineage_spread, *informed)
    wide = data.lineage_seen * pm.Deterministic("scale_lineage_effect", wide)
    gap = by.gap_by[b] + by.gap_own_by[b] * data.pair_own + by.gap_ability_by[b] * data.pair_ability
    gap = gap + theta.vintage_drift * data.pair_vintage + by.walk[data.pair_era, b]
    left = pt.where(data.pair_posttrained > 0, theta.spent_share, 1.0)
    left = data.pair_trained * pt.where(data.benchmark_in_oom[b] > 0, 0.0, left)
    expected = left * gap + response * lineage[of]
    variance = by.pair_spread_by[b] ** 2 + data.pair_error**2
    informed = (data.pair_informed, n.pair)
    own = _partly_centred("pair", expected, pt.sqrt(variance), *informed)
    own = pm.Deterministic("pair_effect", own)
    log_scale = by.scale_by[b] + theta.scale_own * data.pair_own
    log_scale = log_scale + theta.scale_ability * data.pair_ability + wide[of]
    informed = (data.pair_scale_informed, n.pair)
    wider = _partly_centred("scale_pair", log_scale, theta.scale_pair_spread, *informed)
    wider = pm.Deterministic("scale_pair_effect", wider)
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
    return pt.exp((1.0 - share) * pt.log(spread)) * (x - share * mean)


def _channels(theta: Any, data: Any, n: Any, specification: Specification) -> Any:
    """Return (cell) OOM gained by both channels beyond what the base had already spent."""
    surface = Surface(specification.dose, specification.time)

    z = _offset("domain", len(BY_DOMAIN), n.domain)
    ceiling, rate, pace = (
        pm.Deterministic(f"{name}_by", getattr(theta, name) * pt.exp(theta.domain_spread * z[i]))
        for i, name in enumerate(BY_DOMAIN)
    )
    mean = pt.log(theta.inference)
    informed = (data.domain_informed, n.domain)
    start = mean + _partly_centred("inference", mean, theta.domain_spread, *informed)
    start = pm.Deterministic("inference_by", pt.exp(start))
    pair, lag = data.cell_pair, data.cell_lag
    d = data.benchmark_domain[data.pair_benchmark[pair]]
    curve = {"slope": theta.dose_slope, "midpoint": theta.dose_midpoint, "xp": pt}
    curve["efficiency"] = theta.efficiency
    dose = _known_or_expected(surface, data, "cell", lag, curve)
    spent = _known_or_expected(surface, data, "pair", 0.0, curve)[pair]
    kind = {"ceiling": ceiling[d], "rate": rate[d], "xp": pt}
    trained = surface.training(dose, lag, **kind) - surface.training(spent, 0.0, **kind)
    trained = trained + data.cell_distillation * theta.distillation
    inferred = surface.inference(lag, start=start[d], rate=pace[d], xp=pt)
    inferred = inferred - data.pair_posttrained[pair] * theta.elicited_share * start[d]
    effort = (1.0 - data.cell_anonymous) * data.cell_training
    return effort * trained + data.cell_inference * inferred


def _known_or_expected(surface: Surface, data: Any, dim: str, lag: Any, curve: Any) -> Any:
    """Return H: on the sampled curve where compute is known, elsewhere its expectation."""
    known = getattr(data, f"{dim}_known")
    on_curve = surface.dose_at(getattr(data, f"{dim}_compute"), lag, **curve)
    return known * on_curve + (1.0 - known) * getattr(data, f"{dim}_dose")


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
    location = location + data.cell_anonymous * by.trend_by[b] * data.cell_lag
    left_out = data.cell_error**2 + pairs.variance[pair] + (1.0 - data.cell_several) * shock**2
    scale = pt.sqrt(own_scale**2 + left_out / family.sd**2)
    cell, gain = data.entry_cell, data.entry_gain
    ranks = Ranks(
        data.below_index, data.below_count, data.inner_index, data.inner_previous,
        data.inner_count, data.above_index, data.above_count, data.entry_constant,
    )  # fmt: skip
    entry = data.entry_exact * order_statistic_log_density(
        family, gain, location[cell], scale[cell], ranks, pt, _add
    )
    i = data.censored_index
    beyond = family.log_survival((gain[i] - location[cell[i]]) / scale[cell[i]], pt)
    entry = _add(entry, i, data.censored_weight * beyond)
    pm.Potential("attempts", entry.sum())
    pm.Deterministic("log_likelihood_cell", _add(pt.zeros(n.cell), cell, entry))


def _add(total: Any, index: Any, values: Any) -> Any:
    return pt.inc_subtensor(total[index], values)
