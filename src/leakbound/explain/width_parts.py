"""The parts of an attempt's gain, draw by draw: common parameters, benchmark and domain, lineage, noise.

A benchmark's effect is split into what the common parameters tell of it (its regression on them over
the draws) and what is its own; with much evidence on a benchmark the first is nothing. What the
two do together is shared evenly between them (Shapley, against their means).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.bound import Case
from leakbound.effort import Effort
from leakbound.forecast import best_of
from leakbound.posterior import Posterior
from leakbound.standing import Standing
from leakbound.units import Array

COMMON: Mapping[str, tuple[str, ...]] = {
    "response": ("response",),
    "ceiling": ("ceiling",),
    "rate": ("rate",),
    "start": ("inference",),
    "pace": ("inference_rate",),
}
GAP = ("gap", "gap_own", "gap_ability", "vintage_drift", "spent_share")
SHARED = ("distillation", "slope_dose", "midpoint", "efficiency")
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Parts of gains on the link scale, each less its mean over draws where it is a draw's own.

    Attributes
    ----------
    location
        (group, bin, draw) gain of a typical attempt, shock included.
    common, special
        (group, bin, draw) what common parameters, and this benchmark and domain, add to it.
    lineage, noise
        (draw) what the base's own effects add, and the error of today's score.
    scale, noise_share
        (draw) scale of attempts, and the share of its variance that is measurement.
    """

    location: Array
    common: Array
    special: Array
    lineage: Array
    noise: Array
    scale: Array
    noise_share: Array


def parts_of(case: Case, posterior: Posterior, codes: Codes) -> Parts:
    """Return the parts of a case; `codes` (draw) numbers the structures, whose means are their own."""
    standing, best = case.standing, case.best
    effort = _until(case.effort, best.location.shape[1])
    calm = np.zeros((int(np.ceil(2.0 * effort.edges[-1])) + 1, posterior.samples))

    def located(some: Standing) -> Array:
        return best_of(posterior, some, effort, calm).location

    held = _held(standing, posterior, codes)
    full = located(standing)
    no_common, no_special, neither = (
        located(held(common=common, special=special))
        for common, special in ((False, True), (True, False), (False, False))
    )
    own = _centred(standing.fixed, codes)
    noise = _centred(standing.noise, codes)
    return Parts(
        location=best.location,
        common=0.5 * (full - no_common + no_special - neither),
        special=0.5 * (full - no_special + no_common - neither),
        lineage=own - noise,
        noise=noise,
        scale=best.scale,
        noise_share=standing.noise_share,
    )


def _held(standing: Standing, posterior: Posterior, codes: Codes) -> Callable[..., Standing]:
    """Return what makes a standing with common or special effects held at their means."""
    d = posterior.draws
    gap = standing.location - standing.fixed
    logs = {name: np.log(getattr(standing, name)) for name in COMMON}
    told = {
        name: _told(logs[name], [np.log(d[key]) for key in COMMON[name]], codes) for name in logs
    }
    told_gap = _told(gap, [d[key] for key in GAP], codes)
    shares = {
        "spent": standing.spent / standing.ceiling,
        "elicited": standing.elicited / standing.start,
    }

    def value(all_of_it: Array, known: Array, common: bool, special: bool) -> Array:
        own = _centred(all_of_it, codes) - known
        return all_of_it - (0.0 if common else known) - (0.0 if special else own)

    def held(*, common: bool, special: bool) -> Standing:
        changed: dict[str, Any] = {
            name: _kept(getattr(standing, name), codes, common) for name in SHARED
        }
        by = {name: np.exp(value(logs[name], told[name], common, special)) for name in COMMON}
        return replace(
            standing,
            **changed | by,
            location=standing.fixed + value(gap, told_gap, common, special),
            spent=_kept(shares["spent"], codes, common) * by["ceiling"],
            elicited=_kept(shares["elicited"], codes, common) * by["start"],
        )

    return held


def _told(values: Array, parameters: list[Array], codes: Codes) -> Array:
    """Return (draw) what parameters tell of values by linear regression within structures, mean zero."""
    design = np.column_stack([_centred(one, codes) for one in parameters])
    target = _centred(values, codes)
    slopes = np.linalg.lstsq(design, target, rcond=None)[0]
    return np.asarray(design @ slopes)


def _centred(values: Array, codes: Codes) -> Array:
    return values - _means(values, codes)[codes]


def _kept(values: Array, codes: Codes, drawn: bool) -> Array:
    return values if drawn else _means(values, codes)[codes]


def _means(values: Array, codes: Codes) -> Array:
    return np.asarray(np.bincount(codes, values) / np.bincount(codes))


def _until(effort: Effort, bins: int) -> Effort:
    return replace(
        effort,
        edges=effort.edges[: bins + 1],
        attempts=effort.attempts[:, :, :bins],
        log10_compute=effort.log10_compute[:, :, :bins],
        lag_years=effort.lag_years[:, :bins],
        at_cap=effort.at_cap[:, :, :bins],
    )
