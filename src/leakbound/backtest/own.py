"""Our own model as a forecaster of the backtest: refitted on what was known before each cut."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd

import leakbound
from leakbound.checks import Check, held_to, require
from leakbound.evidence.cells import cells
from leakbound.evidence.registry import Registry, load_registry
from leakbound.evidence.rows import COLUMNS
from leakbound.evidence.table import Evidence
from leakbound.fit import fit, model_version
from leakbound.posterior import Posterior
from leakbound.predictive import predictive_quantiles
from leakbound.priors import Sampler, Specification, read_specification
from leakbound.units import Array

DRAWS = 1000
SHOWING = ("cli", "report", "__main__.py")
MANY_SINGLES = 0.9
CHAINS, SAMPLED_DRAWS, TUNE, TARGET_ACCEPT = 2, 2000, 600, 0.9
TOLERANCE = {"R-hat": 1.05, "ESS": 100.0, "divergences": 0.02}


@dataclass(frozen=True)
class OwnForecast:
    """A posterior that forecasts rows."""

    posterior: Posterior
    specification: Specification
    registry: Registry

    def bounds(self, test: pd.DataFrame, levels: Sequence[float]) -> Array:
        """Return (row, level) link-scale bounds of each row's rank of its attempts."""
        return predictive_quantiles(self.posterior, self.specification, self.registry, test, levels)


@dataclass(frozen=True)
class OwnForecaster:
    """leakbound's model with a specification; a fit that fails its checks forecasts nothing."""

    specification: Specification
    registry: Registry
    cache: Path | None = None

    @property
    def name(self) -> str:
        """`leakbound`, with the model's name unless it is the default."""
        own = self.specification.name
        return "leakbound" if own == "default" else f"leakbound-{own}"

    @property
    def title(self) -> str:
        """The name for readers."""
        return f"leakbound ({self.specification.title})"

    @property
    def version(self) -> str:
        """Digest of model and sampler, the version of the model, and the text of all that forecasts."""
        own, seed = self.specification, self.specification.sampler.seed
        return f"{own.digest}-{seed}-{model_version(own)}-{DRAWS}-{_text_digest()}"

    def fit(self, train: pd.DataFrame, cut: dt.date | None) -> OwnForecast:
        """Return the forecast from `train`; single attempts of pools count as cells first.

        Raises
        ------
        FitError
            The posterior failed a check.
        """
        return OwnForecast(self.posterior(train).thinned(DRAWS), self.specification, self.registry)

    def posterior(self, train: pd.DataFrame) -> Posterior:
        """Return the posterior of `train`, all of its draws.

        Raises
        ------
        FitError
            It failed a check.
        """
        evidence = self._evidence(train)
        posterior = fit(
            evidence, self.specification, folder=self.cache, progress=False, judge=tolerant
        )
        require([tolerant(check) for check in posterior.checks])
        return posterior

    def _evidence(self, train: pd.DataFrame) -> Evidence:
        rows = train[list(COLUMNS)]
        attempted, single = rows["attempts"] > 0, rows["attempts"] == 1
        if single.sum() > MANY_SINGLES * attempted.sum():
            rows = pd.concat(
                [cells(rows[single], registry=self.registry), rows[~single]], ignore_index=True
            )
        return Evidence(rows, {}, self.registry)


@cache
def _text_digest() -> str:
    """Return a digest of the package's modules and tables without those that only show.

    Evidence is no part of it: what is used of it is among the rows fitted on.
    """
    package = Path(leakbound.__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*package.rglob("*.py"), *(package / "data").glob("*.toml")]):
        if path.relative_to(package).parts[0] not in SHOWING:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def tolerant(check: Check) -> Check:
    """Return the check with the backtest's wider limits: R-hat 1.05, 100 draws, 2 % divergent.

    A cut is scored on hundreds of rows and refitted under a time limit; a verdict is not.
    """
    return held_to(check, TOLERANCE)


def own_forecaster(model: str = "default", registry: Registry | None = None) -> OwnForecaster:
    """Return the forecaster of a model by name or file."""
    known = load_registry() if registry is None else registry
    specification = read_specification(model)
    own = specification.sampler
    accept = max(TARGET_ACCEPT, own.target_accept)
    quick = Sampler(CHAINS, SAMPLED_DRAWS, TUNE, accept, own.seed)
    return OwnForecaster(replace(specification, sampler=quick), known)
