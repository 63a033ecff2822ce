"""What the commands on priors read: model, evidence, candidate, scenarios and the posterior."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakbound.candidate.types import Candidate
    from leakbound.evidence.table import Evidence
    from leakbound.posterior import Posterior
    from leakbound.priors import Specification
    from leakbound.scenario import Scenario

Model = Annotated[str, typer.Argument(help="A shipped model's name, or a model file.")]
CandidateFile = Annotated[Path, typer.Option("--candidate", help="Candidate file (TOML).")]
ScenarioFolder = Annotated[
    Path | None, typer.Option(help="Folder of scenario files; default: the shipped ones.")
]
EvidenceFolders = Annotated[
    list[Path] | None, typer.Option(help="Folder of further evidence; repeatable.")
]
Until = Annotated[str | None, typer.Option(help="Use only what was known before this date.")]
Seed = Annotated[int | None, typer.Option(help="Seed; default: the model's.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


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
        return checked_fit(evidence, specification, self.seed)


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
    from leakbound.candidate import read_candidate
    from leakbound.cli.assess import date_option
    from leakbound.evidence.table import load_evidence
    from leakbound.priors import read_specification
    from leakbound.scenario import load_scenarios

    date = date_option(until)
    specification = read_specification(model)
    loaded = load_scenarios(scenarios)
    table = load_evidence(evidence or [], until=date)
    one = read_candidate(candidate, table.registry, until=date, scenarios=loaded)
    posterior = checked_fit(table, specification, seed)
    return Inputs(specification, table, one, loaded, posterior, seed)


def checked_fit(evidence: Evidence, specification: Specification, seed: int | None) -> Posterior:
    """Return the posterior, cached or sampled.

    Raises
    ------
    FitError
        It failed a check; nothing may be concluded from it.
    """
    from leakbound.checks import require
    from leakbound.fit import fit

    posterior = fit(
        evidence, specification, seed=seed,
        say=lambda text: typer.echo(text, err=True), progress=sys.stderr.isatty(),
    )  # fmt: skip
    require(posterior.checks)
    return posterior
