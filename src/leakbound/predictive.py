"""Predictive quantiles of single attempts and order statistics on given rows of a frame.

What the forecast is for a candidate, this is for rows that were measured: base, benchmark, lag,
attempts and rank are given, the score is not looked at.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakbound.evidence.registry import Registry
from leakbound.evidence.technique import uses_inference
from leakbound.model.attempts import ATTEMPTS
from leakbound.model.design import anonymous
from leakbound.model.unknown import expected_dose
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.standing import Base, Standing, known_links, stand
from leakbound.units import Array

GRID = 160
CHUNK = 200
TAIL = 12.0


def predictive_quantiles(
    posterior: Posterior,
    specification: Specification,
    registry: Registry,
    rows: pd.DataFrame,
    levels: Sequence[float],
) -> Array:
    """Return (row, level) link-scale quantiles of each row's order statistic.

    Solves E_draws[P(rank-th of n attempts <= z)] = level, with I_F(rank, n - rank + 1) inside.
    """
    out = np.full((len(rows), len(levels)), np.nan)
    for index, standing in standings(posterior, specification, registry, rows):
        mine = rows.iloc[index]
        for start in range(0, len(index), CHUNK):
            part = slice(start, start + CHUNK)
            place = _locations(posterior, specification, standing, mine.iloc[part])
            gains = _quantiles(place, standing, mine.iloc[part], levels, posterior)
            out[index[part]] = standing.z_today + gains
    return out


def standings(
    posterior: Posterior, specification: Specification, registry: Registry, rows: pd.DataFrame
) -> Iterator[tuple[npt.NDArray[np.intp], Standing]]:
    """Yield places of rows of one base, benchmark and base score, and where that base stands there."""
    keys = ["base_model", "benchmark", "base_score"]
    links = _links(posterior, rows)
    for places in rows.groupby(keys, sort=True).indices.values():
        index = np.asarray(places, dtype=np.intp)
        mine = rows.iloc[index]
        known = links[str(mine["base_model"].iloc[0])]
        yield index, _standing(posterior, specification, registry, mine, known)


def _links(posterior: Posterior, rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return link scores by base and benchmark: the rows' own, and those the evidence knows."""
    found = {str(base): known_links(posterior, str(base)) for base in rows["base_model"].unique()}
    for base, key, z in zip(rows["base_model"], rows["benchmark"], rows["z_base"], strict=True):
        found[str(base)][str(key)] = float(z)
    return found


def _standing(
    posterior: Posterior,
    specification: Specification,
    registry: Registry,
    rows: pd.DataFrame,
    links: Mapping[str, float],
) -> Standing:
    first = rows.iloc[0]
    key = str(first["benchmark"])
    spent = (
        float(first["base_posttraining_fraction"]) if "base_posttraining_fraction" in rows else 0.0
    )
    spent = spent if np.isfinite(spent) else 0.0
    items = first["base_items"] if "base_items" in rows else np.nan
    base = Base(
        released=first["base_released"].date(),
        scores={key: float(first["base_score"])},
        links={**links, key: float(first["z_base"])},
        comparable=registry.comparable({*links, key}),
        items={key: float(items) if np.isfinite(items) and items > 0 else None},
        lineage=str(first["base_model"]),
        fraction_spent=spent,
        elicited=spent > 0.0,
    )
    return stand(posterior, specification, base, registry[key])


def _locations(
    posterior: Posterior,
    specification: Specification,
    standing: Standing,
    rows: pd.DataFrame,
) -> Array:
    """Return (draw, row) location of an attempt of each row, its cell's shock included."""
    n = posterior.samples
    lag = np.broadcast_to(rows["lag"].to_numpy(dtype=float), (n, len(rows)))
    training = (rows["channel"] == "training").to_numpy()
    words = rows["technique"].fillna("").astype(str)
    said = {
        "inference": uses_inference(rows["technique"]).to_numpy(),
        "distilled": words.str.contains("distillation").to_numpy(),
    }
    trained = _trained(specification, standing, rows, lag)
    inferred = standing.oom(lag=lag, inference=True, distilled=False)
    nameless = anonymous(rows)
    oom = trained * (training & ~nameless) + inferred * said["inference"]
    oom = oom + standing.distillation[:, None] * (said["distilled"] & ~nameless)
    start = np.where(training, standing.location[:, None], standing.fixed[:, None])
    shock = standing.shock[:, None] * _shocks(posterior, rows)
    trend = standing.trend[:, None] * lag * nameless
    return np.asarray(start + standing.response[:, None] * oom + trend + shock)


def _shocks(posterior: Posterior, rows: pd.DataFrame) -> Array:
    """Return (draw, row) standard normals, the same for rows of one base, benchmark and half-year.

    Streams are named by what they are for, so that a row's quantiles do not depend on its company.
    """
    when = rows["released"]
    half = when.dt.year * 2 + (when.dt.month > 6)
    names = rows["base_model"] + "|" + rows["benchmark"] + "|" + half.astype(str)
    drawn = {
        name: np.random.default_rng([posterior.seed, zlib.crc32(str(name).encode())])
        for name in names.unique()
    }
    found = {name: rng.standard_normal(posterior.samples) for name, rng in drawn.items()}
    return np.stack([found[name] for name in names], axis=1)


def _trained(
    specification: Specification, standing: Standing, rows: pd.DataFrame, lag: Array
) -> Array:
    """Return (draw, row) OOM gained by training: with the stated compute, else to the usual dose."""
    known = rows["log_compute_fraction"].to_numpy(dtype=float)
    expected = np.empty(len(rows))
    actors = rows["actor"].fillna("").astype(str).to_numpy()
    for actor in np.unique(actors):
        at = actors == actor
        expected[at] = expected_dose(specification, actor, lag[0, at])
    stated = standing.trained(np.broadcast_to(np.nan_to_num(known), lag.shape), lag)
    usual = standing.trained_to(np.broadcast_to(expected, lag.shape), lag)
    return np.where(np.isfinite(known), stated, usual)


def _quantiles(
    place: Array,
    standing: Standing,
    rows: pd.DataFrame,
    levels: Sequence[float],
    posterior: Posterior,
) -> Array:
    from scipy.special import betainc

    family = ATTEMPTS[posterior.structure["attempts"]]
    scale = standing.scale[:, None]
    n = rows["attempts"].to_numpy(dtype=float)
    rank = rows["rank"].to_numpy(dtype=float)
    low = np.quantile(place, 0.005, axis=0) - 6.0 * np.median(scale)
    high = np.quantile(place, 0.995, axis=0) + (TAIL + np.log(n)) * np.quantile(scale, 0.9)
    grid = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, GRID)
    below = np.empty_like(grid)
    for j in range(GRID):
        log_f = family.log_cdf((grid[:, j] - place) / scale, np)
        best = rank == n
        inside = np.exp(n * log_f)
        if not best.all():
            some = ~best
            share = np.exp(log_f[:, some])
            inside[:, some] = betainc(rank[some], n[some] - rank[some] + 1.0, share)
        below[:, j] = inside.mean(axis=0)
    below = np.maximum.accumulate(below, axis=1)
    return np.stack([np.interp(levels, curve, g) for curve, g in zip(below, grid, strict=True)])
