"""The distributions a prior may have: support, parameters, sampling, density, elicitation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincc, erf, log_ndtr

from leakbound.errors import InputError, did_you_mean
from leakbound.units import Array

Rule = Literal["finite", "positive"]


FARTHEST_CUT = 5.0
CLOSE_ENOUGH = 0.05
"""How far the mass outside an elicited interval may be from the stated one, as a share of it."""
LARGEST, SMALLEST, LARGEST_LOG = 1e6, 1e-6, 50.0


@dataclass(frozen=True)
class Distribution:
    """A family: support, rule per parameter, and the frozen SciPy distribution it stands for.

    `fixed` holds what PyMC's distribution of that name takes besides the parameters. Of a family with one
    parameter `fullest` gives the member that holds most between two positive ends. `tails` gives log cdf
    and log survival without SciPy's distributions, which take long to import. Parameters of a
    `logarithmic` family are on the log scale.
    """

    support: Literal["real", "positive", "share"]
    rules: dict[str, Rule]
    frozen: Callable[..., Any]
    fixed: dict[str, float] = field(default_factory=dict)
    fullest: Callable[[float, float], dict[str, float]] | None = None
    tails: Callable[..., tuple[Array, Array]] | None = None
    logarithmic: bool = False

    def check(self, where: str, values: dict[str, float]) -> dict[str, float]:
        """Return `values` in the family's order.

        Raises
        ------
        InputError
            A parameter that is missing, unknown or outside its rule.
        """
        for key in values:
            if key not in self.rules:
                raise InputError(
                    f"{where}.{key}",
                    "is not a parameter of this distribution",
                    todo=did_you_mean(key, list(self.rules)),
                )
        for key, rule in self.rules.items():
            if key not in values:
                raise InputError(f"{where}.{key}", "is required")
            bad = not np.isfinite(values[key]) or (rule == "positive" and values[key] <= 0.0)
            if bad:
                raise InputError(f"{where}.{key}", f"must be {rule}", found=values[key])
            self._check_size(f"{where}.{key}", key, abs(values[key]))
        told = {key: float(values[key]) for key in self.rules}
        if self.fixed and told["mu"] < -FARTHEST_CUT * told["sigma"]:
            least = f"{FARTHEST_CUT:g} sigma below zero, where hardly anything is left"
            raise InputError(f"{where}.mu", f"must not lie over {least}", found=told["mu"])
        return told

    def _check_size(self, where: str, key: str, size: float) -> None:
        """Raise InputError where numbers would run over or vanish: no belief reaches so far."""
        largest = LARGEST_LOG if self.logarithmic else LARGEST
        if size > largest:
            raise InputError(where, f"must not exceed {largest:g} in size", found=size)
        if self.rules[key] == "positive" and size < SMALLEST:
            raise InputError(where, f"must not be less than {SMALLEST:g}", found=size)

    def check_interval(self, where: str, low: float, high: float) -> None:
        """Raise InputError unless low < high, both inside the support."""
        if not low < high:
            raise InputError(f"{where}.low", "must be less than high", found=(low, high))
        if self.support != "real" and low < 0.0:
            raise InputError(f"{where}.low", f"must be {self.support}", found=low)
        if self.support == "share" and high > 1.0:
            raise InputError(f"{where}.high", "must be at most 1", found=high)


def _normal(mu: float, sigma: float) -> Any:
    from scipy import stats

    return stats.norm(mu, sigma)


def _truncated_normal(mu: float, sigma: float) -> Any:
    from scipy import stats

    return stats.truncnorm(-mu / sigma, np.inf, mu, sigma)


def _lognormal(mu: float, sigma: float) -> Any:
    from scipy import stats

    return stats.lognorm(sigma, scale=np.exp(mu))


def _half_normal(sigma: float) -> Any:
    from scipy import stats

    return stats.halfnorm(scale=sigma)


def _student(nu: float, mu: float, sigma: float) -> Any:
    from scipy import stats

    return stats.t(nu, mu, sigma)


def _gamma(alpha: float, beta: float) -> Any:
    from scipy import stats

    return stats.gamma(alpha, scale=1.0 / beta)


def _exponential(lam: float) -> Any:
    from scipy import stats

    return stats.expon(scale=1.0 / lam)


def _beta(alpha: float, beta: float) -> Any:
    from scipy import stats

    return stats.beta(alpha, beta)


def _fullest_half_normal(low: float, high: float) -> dict[str, float]:
    return {"sigma": math.sqrt((high**2 - low**2) / (2.0 * math.log(high / low)))}


def _fullest_exponential(low: float, high: float) -> dict[str, float]:
    return {"lam": math.log(high / low) / (high - low)}


def _normal_tails(x: Array, mu: float, sigma: float) -> tuple[Array, Array]:
    z = (x - mu) / sigma
    return log_ndtr(z), log_ndtr(-z)


def _lognormal_tails(x: Array, mu: float, sigma: float) -> tuple[Array, Array]:
    return _normal_tails(np.log(x), mu, sigma)


def _half_normal_tails(x: Array, sigma: float) -> tuple[Array, Array]:
    return np.log(erf(x / (sigma * math.sqrt(2.0)))), math.log(2.0) + log_ndtr(-x / sigma)


def _beta_tails(x: Array, alpha: float, beta: float) -> tuple[Array, Array]:
    return np.log(betainc(alpha, beta, x)), np.log(betaincc(alpha, beta, x))


DISTRIBUTIONS: dict[str, Distribution] = {
    "Normal": Distribution(
        "real", {"mu": "finite", "sigma": "positive"}, _normal, tails=_normal_tails
    ),
    "StudentT": Distribution(
        "real", {"nu": "positive", "mu": "finite", "sigma": "positive"}, _student
    ),
    "LogNormal": Distribution(
        "positive",
        {"mu": "finite", "sigma": "positive"},
        _lognormal,
        tails=_lognormal_tails,
        logarithmic=True,
    ),
    "TruncatedNormal": Distribution(
        "positive", {"mu": "finite", "sigma": "positive"}, _truncated_normal, {"lower": 0.0}
    ),
    "HalfNormal": Distribution(
        "positive",
        {"sigma": "positive"},
        _half_normal,
        fullest=_fullest_half_normal,
        tails=_half_normal_tails,
    ),
    "Gamma": Distribution("positive", {"alpha": "positive", "beta": "positive"}, _gamma),
    "Exponential": Distribution(
        "positive", {"lam": "positive"}, _exponential, fullest=_fullest_exponential
    ),
    "Beta": Distribution(
        "share", {"alpha": "positive", "beta": "positive"}, _beta, tails=_beta_tails
    ),
}


def draw(name: str, parameters: dict[str, float], rng: np.random.Generator, size: int) -> Array:
    """Return `size` draws of the distribution."""
    frozen = DISTRIBUTIONS[name].frozen(**parameters)
    return np.asarray(frozen.rvs(size=size, random_state=rng), dtype=np.float64)


def log_density(name: str, parameters: dict[str, float], x: npt.ArrayLike) -> Array:
    """Return the log density of the distribution at `x`."""
    return np.asarray(DISTRIBUTIONS[name].frozen(**parameters).logpdf(x), dtype=np.float64)


def log_tails(name: str, parameters: Mapping[str, float], x: Array) -> tuple[Array, Array]:
    """Return the log of the probability below `x` and of that above, exact far out on both sides."""
    family = DISTRIBUTIONS[name]
    if family.tails:
        with np.errstate(divide="ignore"):
            return family.tails(x, **parameters)
    frozen = family.frozen(**parameters)
    return frozen.logcdf(x), frozen.logsf(x)


def elicit(name: str, mass: float, low: float, high: float, where: str) -> dict[str, float]:
    """Return the member of the family with probability `mass` in (low, high).

    Of a normal, or a lognormal above zero, that with equal tails on either side, in closed form; of
    other families the one of largest entropy, by PreliZ, whose tails may differ.

    Raises
    ------
    InputError
        No member of the family holds that mass there, with parameters that are finite, or the family is
        one cut off at zero.
    """
    if DISTRIBUTIONS[name].fixed:
        rule = f"{name} takes parameters, not an interval"
        raise InputError(f"{where}.elicited", rule, todo="use parameters, or a LogNormal")
    try:
        found = _nearest(name, mass, low, high)
        held = _held(name, found, low, high)
    except (ValueError, OverflowError, ZeroDivisionError):
        found, held = {}, math.nan
    finite = math.isfinite(held) and all(map(math.isfinite, found.values()))
    if not finite or not abs(held - mass) <= CLOSE_ENOUGH * (1.0 - mass):
        told = f" (the nearest holds {held * 100:.4g} %)" if finite else ""
        raise InputError(
            f"{where}.elicited",
            f"no {name} holds {mass * 100:g} % between {low:g} and {high:g}{told}",
            todo="use another distribution or interval",
        )
    return found


def _nearest(name: str, mass: float, low: float, high: float) -> dict[str, float]:
    """Return the parameters of the member that holds `mass`, or of the fullest where none holds so much.

    Raises ValueError where neither is found.
    """
    half = NormalDist().inv_cdf(0.5 + mass / 2.0)
    if name == "Normal":
        return {"mu": (low + high) / 2.0, "sigma": (high - low) / (2.0 * half)}
    if name == "LogNormal" and low > 0.0:
        a, b = math.log(low), math.log(high)
        return {"mu": (a + b) / 2.0, "sigma": (b - a) / (2.0 * half)}
    fullest = DISTRIBUTIONS[name].fullest
    if fullest and low > 0.0:
        most = fullest(low, high)
        if _held(name, most, low, high) < mass:
            return most
    return _maximum_entropy(name, mass, low, high)


def _held(name: str, parameters: dict[str, float], low: float, high: float) -> float:
    """Return the probability between two ends."""
    below, _ = log_tails(name, parameters, np.array([low, high]))
    return float(np.exp(below[1]) - np.exp(below[0]))


def _maximum_entropy(name: str, mass: float, low: float, high: float) -> dict[str, float]:
    import warnings

    import preliz

    family = getattr(preliz, name)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        preliz.maxent(family, low, high, mass, plot=False)
    return {key: float(getattr(family, key)) for key in DISTRIBUTIONS[name].rules}
