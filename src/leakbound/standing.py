"""Where a base stands on a benchmark, draw by draw: what an attempt gains before effort counts.

A base, benchmark or domain that the evidence has not seen draws its effects from the population, so
that it borrows width, not certainty.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.evidence.registry import Benchmark
from leakbound.model.design import ERAS_PER_YEAR, era_of, vintage
from leakbound.model.noise import link_error
from leakbound.model.position import Position, position_of, position_of_pair
from leakbound.model.surface import Surface
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.structures.mixture import attempts_of, surface_of, usual_dose
from leakbound.units import Array

LOG10 = float(np.log(10.0))


@dataclass(frozen=True)
class Base:
    """A base model: its lineage in the evidence (None: new), release, post-training, scores.

    `scores` holds today's score by benchmark key, `links` the same on the link scale and what the
    evidence knows of the base's others, `comparable` those of `links` on the logit scale, `items` the
    item counts that differ from the registry's. `elicited` says whether inference techniques are
    already in the scores.
    """

    released: dt.date
    scores: Mapping[str, float]
    links: Mapping[str, float]
    comparable: Collection[str]
    items: Mapping[str, float | None]
    lineage: str | None = None
    fraction_spent: float = 0.0
    elicited: bool = False

    def scoring(self, benchmark: Benchmark, z: float) -> Base:
        """Return the base with another score on a benchmark today, `z` on the link scale."""
        score = float(benchmark.from_link(z))
        return replace(
            self, scores={**self.scores, benchmark.key: score},
            links={**self.links, benchmark.key: z},
        )  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """Draws of one base on one benchmark; arrays have dim (draw) and the link scale's unit.

    Attributes
    ----------
    z_today
        Today's score on the link scale.
    location
        Gain of a training attempt that adds no effort beyond the base's own.
    fixed
        The same of an attempt that leaves the weights as they are: no elicitation gap closes.
    scale, shock
        Scale of single attempts (measurement error included), sd of what one half-year shares.
    response
        Logits per OOM.
    trend
        Logits per year of lag that anonymous attempts gain instead of the surface.
    ceiling, rate, start, pace
        OOM, OOM/year: training and inference channel of the benchmark's domain.
    spent, elicited
        OOM that the base has already had through either channel.
    log10_spent
        log10 of the compute fraction of `spent`, -inf for a raw base.
    error, pair_spread
        Standard error of today's score on the link scale; sd of what nothing explains of the base
        on the benchmark, without that error.
    distillation, slope_dose, midpoint, efficiency
        Further parameters of the surface.
    noise
        Part of `location` and `fixed` that is the measurement error of today's score.
    noise_share
        Share of the scatter's variance that is measurement error of the derivative's score.
    """

    benchmark: Benchmark
    z_today: float
    location: Array
    fixed: Array
    scale: Array
    shock: Array
    response: Array
    trend: Array
    ceiling: Array
    rate: Array
    start: Array
    pace: Array
    spent: Array
    elicited: Array
    log10_spent: float
    error: float
    pair_spread: Array
    distillation: Array
    slope_dose: Array
    midpoint: Array
    efficiency: Array
    surface: Surface
    noise: Array
    noise_share: Array

    def oom(
        self, *, lag: Array, inference: bool, distilled: bool, trained: Array | float = 0.0
    ) -> Array:
        """Return OOM gained beyond what the base has had, at a lag in years.

        `trained` is what training adds, from `trained` or `trained_to`. All arrays broadcast with the
        draws in the first dim.
        """
        extra = (slice(None),) + (None,) * (max(np.ndim(trained), np.ndim(lag)) - 1)
        total = np.zeros(np.shape(lag)) + trained
        if distilled:
            total = total + self.distillation[extra]
        if inference:
            gained = self.surface.inference(
                lag, start=self.start[extra], rate=self.pace[extra], xp=np
            )
            total = total + gained - self.elicited[extra]
        return np.asarray(total, dtype=np.float64)

    def trained(self, log10_compute: Array, lag: Array) -> Array:
        """Return OOM gained by training on top of what the base has had, draws in the first dim.

        A (H(s + c') - H(s)) + g T H(c'), with s what was spent and c' the effective compute fraction:
        nobody has to undo the base's own training, however little they spend (decision 035).
        """
        dose = self.dose(log10_compute, lag)
        gained = self.trained_to(dose, lag)
        if not np.isfinite(self.log10_spent):
            return gained
        extra = (slice(None),) + (None,) * (np.ndim(log10_compute) - 1)
        effective = self.surface.effective_compute(
            log10_compute, lag, efficiency=self.efficiency[extra], xp=np
        )
        both = self.dose(added(effective, self.log10_spent), np.zeros(1))
        return np.asarray(gained + self.ceiling[extra] * (both - dose))

    def trained_to(self, dose: Array, lag: Array) -> Array:
        """Return OOM gained by training that ends at dose H, whatever the base has had: U - U(spent)."""
        extra = (slice(None),) + (None,) * (max(np.ndim(dose), np.ndim(lag)) - 1)
        both = {"ceiling": self.ceiling[extra], "rate": self.rate[extra], "xp": np}
        return np.asarray(self.surface.training(dose, lag, **both) - self.spent[extra])

    def both_channels(self, log10_compute: float, lag: Array) -> Array:
        """Return OOM gained by training with one compute fraction and inference, at (draw, ...) lags."""
        trained = self.trained(np.full(lag.shape, log10_compute), lag)
        return self.oom(trained=trained, lag=lag, inference=True, distilled=False)

    def dose(self, log10_compute: Array, lag: Array) -> Array:
        """Return H at log10 compute fraction and lag, draws in the first dim of both."""
        extra = (slice(None),) + (None,) * (np.ndim(log10_compute) - 1)
        return np.asarray(
            self.surface.dose_at(
                log10_compute, lag, slope=self.slope_dose[extra],
                midpoint=self.midpoint[extra], efficiency=self.efficiency[extra], xp=np,
            )
        )  # fmt: skip


def log10_of(fraction: float) -> float:
    """Return the log10 of a compute fraction, -inf of none."""
    return float(np.log10(fraction)) if fraction > 0.0 else -np.inf


def added(log10_compute: Array, log10_spent: float) -> Array:
    """Return the log10 of the sum of two compute fractions."""
    return np.asarray(np.logaddexp(log10_compute * LOG10, log10_spent * LOG10) / LOG10)


def stand(
    posterior: Posterior,
    specification: Specification,
    base: Base,
    benchmark: Benchmark,
) -> Standing:
    """Return where `base` stands on `benchmark`."""
    return Ground(posterior, specification, base, benchmark).standing()


@dataclass(frozen=True)
class Ground:
    """A base on a benchmark; what does not depend on its score there is computed once.

    New effects come from streams named by what they are, so that they do not depend on the order of
    anything.
    """

    posterior: Posterior
    specification: Specification
    base: Base
    benchmark: Benchmark

    @cached_property
    def _rng(self) -> _Streams:
        return _Streams(self.posterior.seed, self.posterior.samples)

    @cached_property
    def _by(self) -> dict[str, Array]:
        return _by_benchmark(self.posterior, self.benchmark, self._rng)

    @cached_property
    def _domain(self) -> dict[str, Array]:
        return _by_domain(self.posterior, self.benchmark.domain, self._rng)

    @cached_property
    def _vintage(self) -> tuple[Array, Array]:
        """Drift and walk of the gap at the base's release."""
        years = float(vintage(pd.Timestamp(self.base.released)))
        drift = self.posterior.draws["vintage_drift"] * (years - self.posterior.newest)
        return drift, _walk(self.posterior, self.benchmark.key, years, self._rng)

    @cached_property
    def _left(self) -> Array:
        """Share of the gap that an attempt may close."""
        if self.benchmark.link == "oom":
            return np.zeros(self.posterior.samples)
        if self.base.fraction_spent > 0.0:
            return self.posterior.draws["spent_share"]
        return np.ones(self.posterior.samples)

    @cached_property
    def _lineage(self) -> tuple[Array, Array]:
        return _lineage(self.posterior, self.base.lineage, self._rng)

    @cached_property
    def _spent(self) -> Array:
        raw = not self.base.fraction_spent > 0.0
        unspent = usual_dose(self.posterior, self.specification) if raw else 0.0
        surface, d = surface_of(self.posterior), self.posterior.draws
        return _spent(surface, d, self._domain, unspent, self.base.fraction_spent)

    @cached_property
    def _known(self) -> _KnownPairs:
        return _known_pairs(self.posterior, self.base.lineage)

    def _position(self, base: Base, known: int | None) -> Position:
        """Return where the fit had a known pair, with which its effect was told; else where a new one is.

        A score other than the pair's moves it from there.
        """
        key, centres = self.benchmark.key, self.posterior.centres
        if known is None:
            return position_of(key, base.links, base.comparable, centres)
        there = position_of_pair(known, self._known.links, base.comparable, centres)
        return there.moved(base.links[key] - self._known.links[known][1])

    def standing(self, z: float | None = None) -> Standing:
        """Return where the base stands, with score `z` on the link scale today if given.

        The effect of a known pair includes that of a lineage which has none of its own.
        """
        base = self.base if z is None else self.base.scoring(self.benchmark, z)
        posterior, benchmark, d, by = self.posterior, self.benchmark, self.posterior.draws, self._by
        key, left, domain = benchmark.key, self._left, self._domain
        known = self._known.nearest(benchmark, base.scores[key])
        place = self._position(base, known)
        own, ability = place.own, place.ability
        drift, walk = self._vintage
        gap = by["gap"] + by["gap_own"] * own + by["gap_ability"] * ability
        gap = gap + drift + walk
        lineage, wide = self._lineage
        slot = -1 if known is None else int(self._known.slots[known])
        pair_spread = by["pair_spread"]
        if slot >= 0 and base.lineage not in posterior.lineages:
            pair_spread = np.hypot(pair_spread, by["response"] * d["lineage_spread"])
            lineage = np.zeros_like(lineage)
        pair, wider = _pair(posterior, base, benchmark, by, self._rng, slot)
        log_scale = by["scale"] + d["scale_own"] * own + d["scale_ability"] * ability + wide + wider
        own_scale = np.exp(log_scale)
        error = link_error(benchmark, base.scores[key], base.items.get(key))
        scatter_error = error / attempts_of(posterior).sd
        scale = np.sqrt(own_scale**2 + scatter_error**2)
        return Standing(
            benchmark=benchmark,
            z_today=base.links[key],
            location=left * gap + by["response"] * lineage + pair,
            fixed=by["response"] * lineage + pair,
            scale=scale,
            shock=d["shock_share"] * own_scale,
            response=by["response"],
            trend=by["trend"],
            spent=self._spent,
            log10_spent=log10_of(base.fraction_spent),
            elicited=d["elicited_share"] * domain["start"] * float(base.elicited),
            error=error,
            pair_spread=pair_spread,
            distillation=d["distillation"],
            slope_dose=d["dose_slope"],
            midpoint=d["dose_midpoint"],
            efficiency=d["efficiency"],
            surface=surface_of(posterior),
            noise=pair * error**2 / (pair_spread**2 + error**2),
            noise_share=scatter_error**2 / scale**2,
            **domain,
        )


class _Streams:
    """Standard normal draws by name, the same for the same seed and name."""

    def __init__(self, seed: int, samples: int) -> None:
        self.seed, self.samples = seed, samples

    def __call__(self, name: str, size: int | None = None) -> Array:
        return _normals(self.seed, name, self.samples if size is None else (self.samples, size))


@lru_cache(maxsize=512)
def _normals(seed: int, name: str, shape: int | tuple[int, int]) -> Array:
    drawn = np.random.default_rng([seed, zlib.crc32(name.encode())]).standard_normal(shape)
    drawn.flags.writeable = False
    return drawn


def _by_benchmark(posterior: Posterior, benchmark: Benchmark, rng: _Streams) -> dict[str, Array]:
    """Return the benchmark's effects; one measured in OOM gains one unit per OOM by definition."""
    found = _effects_on(posterior, benchmark.key, rng)
    if benchmark.link == "oom":
        found["response"] = np.ones(posterior.samples)
    return found


def _effects_on(posterior: Posterior, key: str, rng: _Streams) -> dict[str, Array]:
    d = posterior.draws
    if key in posterior.benchmarks:
        index = posterior.benchmarks.index(key)
        names = ("response", "gap", "gap_own", "gap_ability", "trend", "scale", "pair_spread")
        return {name: d[f"{name}_by"][:, index] for name in names}

    def z(name: str) -> Array:
        return rng(f"{name} of {key}")

    return {
        "response": d["response"] * np.exp(d["response_spread"] * z("response")),
        "gap": d["gap"] + d["gap_spread"] * z("gap"),
        "gap_own": d["gap_own"] + d["gap_slope_spread"] * z("gap_own"),
        "gap_ability": d["gap_ability"] + d["gap_slope_spread"] * z("gap_ability"),
        "trend": d["trend"] + d["trend_spread"] * z("trend"),
        "scale": np.log(d["scale"]) + d["scale_spread"] * z("scale"),
        "pair_spread": d["pair_spread"] * np.exp(d["pair_spread_spread"] * z("pair_spread")),
    }


def _by_domain(posterior: Posterior, domain: str, rng: _Streams) -> dict[str, Array]:
    names = {"ceiling": "ceiling", "rate": "rate", "start": "inference", "pace": "inference_rate"}
    d = posterior.draws
    if domain in posterior.domains:
        index = posterior.domains.index(domain)
        return {mine: d[f"{theirs}_by"][:, index] for mine, theirs in names.items()}
    return {
        mine: d[theirs] * np.exp(d["domain_spread"] * rng(f"{theirs} in {domain}"))
        for mine, theirs in names.items()
    }


def _walk(posterior: Posterior, key: str, years: float, rng: _Streams) -> Array:
    """Return the gap's random walk at a base's release half-year, zero in the evidence's last."""
    walk = posterior.draws["walk"]
    last, era = walk.shape[1], int(era_of(years))
    if era < last and key in posterior.benchmarks:
        return np.asarray(walk[:, era, posterior.benchmarks.index(key)])
    steps = abs(era - last) / ERAS_PER_YEAR
    spread = posterior.draws["vintage_spread"] * np.sqrt(steps)
    return np.asarray(spread * rng(f"release era {era} on {key}"))


def _lineage(posterior: Posterior, name: str | None, rng: _Streams) -> tuple[Array, Array]:
    d = posterior.draws
    if name in posterior.lineages:
        index = posterior.lineages.index(str(name))
        return d["lineage_effect"][:, index], d["scale_lineage_effect"][:, index]
    return (
        d["lineage_spread"] * rng("lineage"),
        d["scale_lineage_spread"] * rng("scale of lineage"),
    )


def known_links(posterior: Posterior, lineage: str | None) -> dict[str, float]:
    """Return the scores on the link scale, by benchmark, that the evidence has of a base."""
    return dict(_known_pairs(posterior, lineage).links)


@dataclass(frozen=True)
class _KnownPairs:
    """What the evidence has of a base, pair by pair: benchmark and link score, score, slot or -1."""

    links: tuple[tuple[str, float], ...]
    scores: Array
    slots: npt.NDArray[np.int64]

    def nearest(self, benchmark: Benchmark, score: float) -> int | None:
        """Return the place of the nearest pair in score on a benchmark, of those with effects if any."""
        here = np.array([key == benchmark.key for key, _ in self.links], dtype=bool)
        told = here & (self.slots >= 0)
        here = told if told.any() else here
        far = np.where(here, np.abs(self.scores - score), np.inf)
        return int(far.argmin()) if here.any() else None


def _known_pairs(posterior: Posterior, lineage: str | None) -> _KnownPairs:
    pairs = posterior.pairs
    mine = pairs[pairs["base_model"].to_numpy() == lineage]
    links = zip(mine["benchmark"].astype(str), mine["z_base"].astype(float), strict=True)
    scores, slots = mine["base_score"].to_numpy(np.float64), mine["slot"].to_numpy(np.int64)
    return _KnownPairs(tuple(links), scores, slots)


def _pair(
    posterior: Posterior,
    base: Base,
    benchmark: Benchmark,
    by: Mapping[str, Array],
    rng: _Streams,
    slot: int,
) -> tuple[Array, Array]:
    """Return effects of the base on the benchmark, those in `slot` or, of -1, new ones."""
    d, key = posterior.draws, benchmark.key
    if slot >= 0:
        return d["pair_effect"][:, slot], d["scale_pair_effect"][:, slot]
    error = link_error(benchmark, base.scores[key], base.items.get(key))
    spread = np.sqrt(by["pair_spread"] ** 2 + error**2)
    return (
        spread * rng(f"pair on {key}"),
        d["scale_pair_spread"] * rng(f"scale of pair on {key}"),
    )


def _spent(
    surface: Surface,
    d: Mapping[str, Array],
    domain: Mapping[str, Array],
    unspent: float | Array,
    fraction: float,
) -> Array:
    """Return OOM of the training channel that the base has had; a raw one that of dose `unspent`."""
    if fraction > 0.0:
        dose = surface.dose_at(
            log10_of(fraction), 0.0, slope=d["dose_slope"], midpoint=d["dose_midpoint"],
            efficiency=d["efficiency"], xp=np,
        )  # fmt: skip
    else:
        dose = np.asarray(unspent)
    spent = surface.training(dose, 0.0, ceiling=domain["ceiling"], rate=domain["rate"], xp=np)
    return np.asarray(spent, dtype=np.float64)
