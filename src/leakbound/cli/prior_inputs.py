"""What the commands on priors read: model, evidence, candidate, scenarios and the posterior."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from leakbound.cli import inputs
from leakbound.cli.options import date_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakbound.candidate.types import Candidate
    from leakbound.evidence.table import Evidence
    from leakbound.posterior import Posterior
    from leakbound.priors import Specification
    from leakbound.scenario import Scenario


@dataclass(frozen=True)
class Inputs:
    """Everything read, and `fit`, which samples or finds a posterior and holds it to its checks."""

    specification: Specification
    evidence: Evidence
    candidate: Candidate
    scenarios: Mapping[str, Scenario]
    posterior: Posterior
    seed: int | None

    def fit(self, evidence: Evidence, specification: Specification, reason: str) -> Posterior:
        """Return another posterior, saying why it is needed.

        Raises
        ------
        FitError
            It failed a check.
        """
        typer.echo(f"{reason}: fitting anew", err=True)
        return inputs.checked_fit(evidence, specification, self.seed)


def read_inputs(
    model: str,
    candidate: Path,
    *,
    scenarios: Path | None,
    evidence: list[Path] | None,
    until: str | None,
    seed: int | None,
) -> Inputs:
    """Read everything and return it with the posterior, which is sampled unless it is cached.

    Raises
    ------
    InputError
        A file or option breaks a rule.
    FitError
        The posterior failed a check.
    """
    from leakbound.priors import read_specification

    specification = read_specification(model)
    base = inputs.read_inputs(
        model=model, scenarios=scenarios, evidence=evidence or [], until=date_option(until),
        seed=seed,
    )  # fmt: skip
    one = base.candidate(candidate)
    posterior = inputs.checked_fit(base.evidence, specification, seed)
    return Inputs(specification, base.evidence, one, base.scenarios, posterior, seed)
