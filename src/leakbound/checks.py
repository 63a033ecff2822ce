"""Checks of a fit: R-hat, effective sample size in bulk and tail, divergences, no NaN.

A check that fails stops the run: no verdict is drawn from such a posterior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from leakbound.diagnostics import arviz_stats
from leakbound.errors import FitError
from leakbound.parameters import PARAMETERS

LIMITS = {
    "no NaN": 0.0,
    "divergences": 0.005,
    "R-hat of parameters": 1.02,
    "bulk ESS of parameters": 200.0,
    "tail ESS of parameters": 200.0,
    "R-hat of effects": 1.05,
    "bulk ESS of effects": 100.0,
    "tail ESS of effects": 100.0,
}
"""Every check of a posterior of the model, and what it is held against."""
ADVICE = "raise sampler.tune and draws, or tighten its prior"


@dataclass(frozen=True)
class Check:
    """One check: what was found, the limit it was held against, where the worst lies."""

    name: str
    passed: bool
    found: float
    limit: float
    worst: str
    advice: str


def check_fit(posterior: xr.DataTree) -> tuple[Check, ...]:
    """Return every check of a sampled posterior.

    The parameters of the model are held to R-hat 1.02 and 200 effective draws; the many pooled
    effects, of which the worst of hundreds is taken, to 1.05 and 100 (rank-normalised split R-hat
    and ESS of Vehtari et al. 2021, arXiv 1903.08008).
    """
    draws = posterior["posterior"].to_dataset()
    effects = draws[[name for name in draws if name not in PARAMETERS and draws[name].size]]
    found = [_no_nan(draws), _divergences(posterior)]
    for title, part in (("parameters", _parameters(draws)), ("effects", effects)):
        if len(part.data_vars):
            found += _mixing(title, part)
    return tuple(found)


def check_convergence(posterior: xr.DataTree) -> tuple[Check, ...]:
    """Return the two checks that tell whether chains agree: divergences, R-hat of parameters.

    For hundreds of fits that are counted, not used: the other checks take a tenth of their time.
    """
    parameters = _parameters(posterior["posterior"].to_dataset())
    return (_divergences(posterior), _rhat("parameters", parameters))


def held_to(check: Check, limits: Mapping[str, float]) -> Check:
    """Return the check with the limit of the first word in its name; without one, with its own."""
    limit = next((limit for word, limit in limits.items() if word in check.name), check.limit)
    passed = check.found >= limit if "ESS" in check.name else check.found <= limit
    return replace(check, passed=passed, limit=limit)


def judged_again(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return checks that were kept, what was found held against the limits of today.

    Raises
    ------
    ValueError
        They are not all the checks there are, once each.
    """
    names = [check.name for check in checks]
    if sorted(names) != sorted(LIMITS):
        raise ValueError(f"the checks kept are {names}, not {list(LIMITS)}")
    return tuple(held_to(check, LIMITS) for check in checks)


def all_passed(checks: Sequence[Check]) -> bool | None:
    """Return whether every check passed; None, which clears nothing, when none was made."""
    return all(check.passed for check in checks) if checks else None


def require(checks: Sequence[Check]) -> None:
    """Raise FitError naming the first failed check; no check at all is a failure too."""
    if not checks:
        raise FitError("the fit has no checks; nothing may be concluded from it; refit it")
    for check in checks:
        if not check.passed:
            raise FitError(
                f"the fit failed {check.name}: {check.worst} has {check.found:.4g}, "
                f"limit {check.limit:g}; {check.advice}"
            )


def _parameters(draws: xr.Dataset) -> xr.Dataset:
    return draws[[name for name in PARAMETERS if name in draws]]


def _no_nan(draws: xr.Dataset) -> Check:
    bad = [str(name) for name in draws if not bool(np.isfinite(draws[name].values).all())]
    return Check(
        "no NaN", not bad, float(len(bad)), 0.0, bad[0] if bad else "none",
        "check the evidence and priors of that parameter",
    )  # fmt: skip


def _divergences(posterior: xr.DataTree) -> Check:
    diverging = posterior["sample_stats"].to_dataset()["diverging"].values
    share = float(diverging.mean())
    limit = LIMITS["divergences"]
    return Check(
        "divergences", share <= limit, share, limit,
        f"the sampler ({int(diverging.sum())} of {diverging.size} kept draws)",
        "raise sampler.target_accept or tune",
    )  # fmt: skip


def _rhat(title: str, draws: xr.Dataset) -> Check:
    worst, value = _extreme(arviz_stats().rhat(draws, method="rank"), largest=True)
    name = f"R-hat of {title}"
    return Check(name, value <= LIMITS[name], value, LIMITS[name], worst, ADVICE)


def _mixing(title: str, draws: xr.Dataset) -> list[Check]:
    found = [_rhat(title, draws)]
    for method in ("bulk", "tail"):
        worst, value = _extreme(arviz_stats().ess(draws, method=method), largest=False)
        name = f"{method} ESS of {title}"
        found.append(Check(name, value >= LIMITS[name], value, LIMITS[name], worst, ADVICE))
    return found


def _extreme(stats: xr.Dataset, *, largest: bool) -> tuple[str, float]:
    """Return the label and value of the worst entry; NaN is the worst there can be."""
    worst_name, worst_value = "none", -np.inf if largest else np.inf
    for name in stats:
        values = np.atleast_1d(stats[name].values)
        if np.isnan(values).any():
            index = np.argwhere(np.isnan(values))[0]
            return f"{name}{list(map(int, index))}", float("nan")
        flat = int(values.argmax() if largest else values.argmin())
        value = float(values.flat[flat])
        if (value > worst_value) if largest else (value < worst_value):
            index = np.unravel_index(flat, values.shape)
            place = "" if stats[name].ndim == 0 else str(list(map(int, index)))
            worst_name, worst_value = f"{name}{place}", value
    return worst_name, worst_value
