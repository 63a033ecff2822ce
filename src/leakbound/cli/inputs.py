"""What `assess` works with, read and fitted once for any number of candidates."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from leakbound.candidate.types import Candidate
    from leakbound.evidence.table import Evidence
    from leakbound.posterior import Posterior
    from leakbound.priors import Specification
    from leakbound.scenario import Scenario


@dataclass(frozen=True)
class Inputs:
    """Evidence and scenarios; the posterior is fitted or taken from the cache when first asked for."""

    evidence: Evidence
    scenarios: Mapping[str, Scenario]
    until: dt.date | None
    model: str
    seed: int | None

    def candidate(self, file: Path) -> Candidate:
        """Return the candidate in a file.

        Raises
        ------
        InputError
            The file breaks a rule.
        """
        from leakbound.candidate import read_candidate

        return read_candidate(
            file, self.evidence.registry, until=self.until, scenarios=self.scenarios
        )

    @cached_property
    def fitted(self) -> tuple[Posterior, Specification]:
        """The posterior, all its checks passed, and the model it is of.

        Raises
        ------
        FitError
            The posterior failed a check; nothing may be concluded from it.
        """
        from leakbound.checks import require
        from leakbound.priors import read_specification
        from leakbound.structures.stack import STACK, read_stack, stacked

        if self.model == STACK:
            posterior, specification = stacked(read_stack(self.evidence, self.seed), self.evidence)
            require(posterior.checks)
            return posterior, specification
        specification = read_specification(self.model)
        return checked_fit(self.evidence, specification, self.seed), specification

    @property
    def posterior(self) -> Posterior:
        """All draws."""
        return self.fitted[0]

    @property
    def specification(self) -> Specification:
        """The model."""
        return self.fitted[1]

    @cached_property
    def thin(self) -> Posterior:
        """The draws that forecasts are made from."""
        from leakbound.assessment import FORECAST_DRAWS

        return self.posterior.thinned(FORECAST_DRAWS)


def told_fit(evidence: Evidence, specification: Specification, seed: int | None) -> Posterior:
    """Return the posterior, cached or sampled, telling on stderr what it does."""
    from leakbound.fit import fit

    return fit(
        evidence, specification, seed=seed,
        say=lambda text: typer.echo(text, err=True), progress=sys.stderr.isatty(),
    )  # fmt: skip


def checked_fit(evidence: Evidence, specification: Specification, seed: int | None) -> Posterior:
    """Return the same.

    Raises
    ------
    FitError
        It failed a check; nothing may be concluded from it.
    """
    from leakbound.checks import require

    posterior = told_fit(evidence, specification, seed)
    require(posterior.checks)
    return posterior


def read_inputs(
    *, model: str, scenarios: Path | None, evidence: list[Path], until: dt.date | None,
    seed: int | None,
) -> Inputs:  # fmt: skip
    """Read evidence and scenarios.

    Raises
    ------
    InputError
        A file or option breaks a rule.
    """
    from leakbound.evidence.table import load_evidence
    from leakbound.scenario import load_scenarios

    loaded = load_scenarios(scenarios)
    return Inputs(load_evidence(evidence, until=until), loaded, until, model, seed)
