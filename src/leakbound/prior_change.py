"""Changed priors: raised to a power, or shifted by their own standard deviations.

Every family is closed under powers of its density (Kallioinen et al. 2024, arXiv 2107.14054). A
shift moves the whole prior on its natural scale, which is the value itself where it is real, its
logarithm where it is positive, its logit where it is a share; positive families only change scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.distributions import DISTRIBUTIONS
from leakbound.priors import Prior
from leakbound.units import Array

Values = Mapping[str, float]


def _gamma(v: Values, power: float) -> dict[str, float]:
    return {"alpha": power * (v["alpha"] - 1.0) + 1.0, "beta": power * v["beta"]}


def _beta(v: Values, power: float) -> dict[str, float]:
    return {key: power * (v[key] - 1.0) + 1.0 for key in ("alpha", "beta")}


def _lognormal(v: Values, power: float) -> dict[str, float]:
    mu = v["mu"] + (1.0 - power) * v["sigma"] ** 2 / power
    return {"mu": mu, "sigma": v["sigma"] / power**0.5}


def _student(v: Values, power: float) -> dict[str, float]:
    nu = power * (v["nu"] + 1.0) - 1.0
    sigma = v["sigma"] * (v["nu"] / nu) ** 0.5 if nu > 0.0 else float("nan")
    return {"nu": nu, "mu": v["mu"], "sigma": sigma}


def _normal(v: Values, power: float) -> dict[str, float]:
    return {"mu": v["mu"], "sigma": v["sigma"] / power**0.5}


POWERS: dict[str, Callable[[Values, float], dict[str, float]]] = {
    "Normal": _normal,
    "TruncatedNormal": _normal,
    "HalfNormal": lambda v, power: {"sigma": v["sigma"] / power**0.5},
    "Exponential": lambda v, power: {"lam": power * v["lam"]},
    "LogNormal": _lognormal,
    "StudentT": _student,
    "Gamma": _gamma,
    "Beta": _beta,
}


def powered(prior: Prior, power: float) -> Prior:
    """Return the prior whose density is proportional to the given one's to a power.

    Raises
    ------
    InputError
        That density has no finite integral.
    """
    values = POWERS[prior.distribution](prior.parameters, power)
    place = f"{prior.name} to the power {power:g}"
    checked = DISTRIBUTIONS[prior.distribution].check(place, values)
    return replace(prior, parameters=checked, elicited=None)


def _identity(x: Array) -> Array:
    return x


def _logit(x: Array) -> Array:
    return np.asarray(np.log(x) - np.log1p(-x))


def _expit(y: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-y)))


SCALES: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "real": (_identity, _identity),
    "positive": (np.log, np.exp),
    "share": (_logit, _expit),
}


@dataclass(frozen=True)
class Shifts:
    """A prior that may be shifted by multiples of its standard deviation on its natural scale.

    `spread` is that standard deviation, half of the central 68.3 %: exact for normal and lognormal
    priors, finite for every Student-t. `centre` is the median on the natural scale.
    """

    frozen: Any
    support: str
    spread: float
    centre: float

    def median(self, sds: float) -> float:
        """Return the median of the prior shifted by `sds` standard deviations."""
        _, back = SCALES[self.support]
        return float(back(np.asarray(self.centre + sds * self.spread)))

    def log_density(self, x: npt.ArrayLike, sds: float) -> Array:
        """Return the log density at `x` of the prior shifted by `sds` standard deviations."""
        forth, back = SCALES[self.support]
        here, step = np.asarray(x, dtype=np.float64), sds * self.spread
        origin = back(forth(here) - step)
        jacobian: Any = {"real": 0.0, "positive": -step, "share": 0.0}[self.support]
        if self.support == "share":
            jacobian = np.log(origin * (1.0 - origin)) - np.log(here * (1.0 - here))
        return np.asarray(self.frozen.logpdf(origin) + jacobian, dtype=np.float64)


def shifts_of(prior: Prior) -> Shifts:
    """Return the shifts of a prior."""
    family = DISTRIBUTIONS[prior.distribution]
    frozen = family.frozen(**prior.parameters)
    levels = [NormalDist().cdf(-1.0), 0.5, NormalDist().cdf(1.0)]
    low, middle, high = SCALES[family.support][0](np.asarray(frozen.ppf(levels)))
    return Shifts(frozen, family.support, float(high - low) / 2.0, float(middle))
