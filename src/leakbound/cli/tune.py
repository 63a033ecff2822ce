"""`leakbound priors tune`: other priors, the verdicts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leakbound.cli.options import (
    CandidateFile,
    EvidenceFolders,
    Json,
    Model,
    ScenarioFolder,
    Seed,
    Until,
)
from leakbound.cli.prior_inputs import read_inputs
from leakbound.cli.tables import finite

if TYPE_CHECKING:
    import pandas as pd

    from leakbound.sensitivity.tuning import Tuning

Statements = Annotated[
    list[str],
    typer.Option(
        "--set", help='NAME="Normal(0.5, 0.2)" or NAME="LogNormal 90% 0.1 1.0"; repeatable.'
    ),
]


def tune(
    candidate: CandidateFile,
    statements: Statements,
    model: Model = "default",
    scenarios: ScenarioFolder = None,
    evidence: EvidenceFolders = None,
    until: Until = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Change priors and see bound, exceedance and verdict before and after.

    The posterior, sampled once if it is not cached, is weighted by the new over the old prior; where
    the weights cannot be trusted (Pareto k over 0.7, or few effective draws), or the prior enters
    before the fit, the model is fitted anew.
    """
    import json

    from leakbound.prior_statement import with_statements
    from leakbound.priors import read_specification
    from leakbound.sensitivity.tuning import tune as tune_priors

    new = with_statements(read_specification(model), statements)
    given = read_inputs(
        model, candidate, scenarios=scenarios, evidence=evidence, until=until, seed=seed
    )
    found = tune_priors(
        given.candidate, given.evidence, given.posterior, given.specification, new,
        given.scenarios, fit=lambda other, reason: given.fit(given.evidence, other, reason),
    )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(as_record(found), indent=1))
    else:
        _show(found, given.candidate.name)


def as_record(found: Tuning) -> dict[str, Any]:
    """Return the tuning as JSON values; NaN as null."""
    from dataclasses import asdict

    priors = {
        name: {
            "old": found.old_specification.priors[name].statement,
            "new": found.specification.priors[name].statement,
        }
        for name in found.changed
    }
    return {
        "priors": priors,
        "how": "refitted" if found.refitted else "reweighted",
        "reason": found.reason,
        "pareto_k": finite(found.k),
        "effective_draws": finite(found.effective),
        "rows": [
            {
                "threshold": old.threshold,
                "scenario": old.scenario,
                "old": finite(asdict(old)),
                "new": finite(asdict(new)),
            }
            for old, new in zip(found.old, found.new, strict=True)
        ],
    }


def _show(found: Tuning, name: str) -> None:
    from leakbound.cli.tables import print_table

    for key in found.changed:
        old, new = (s.priors[key].statement for s in (found.old_specification, found.specification))
        typer.echo(f"{key}: {old}  ->  {new}")
    if not found.changed:
        typer.echo("the priors are as they were")
    print_table(_table(found), f"{name}: before and after")
    typer.echo(_how(found))


def _how(found: Tuning) -> str:
    from leakbound.reweight import LEAST_EFFECTIVE

    if found.refitted:
        return f"fitted anew: {found.reason}"
    return (
        f"reweighted, not sampled: Pareto k {found.k:.2f} (fit anew above {found.limit:.2f}), "
        f"{found.effective:.0f} effective draws (fit anew below {LEAST_EFFECTIVE:.0f})"
    )


def _table(found: Tuning) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "threshold": old.threshold,
            "scenario": old.scenario,
            "score": f"{old.threshold_score:g}",
            "bound": f"{old.bound_score:.3f} -> {new.bound_score:.3f}",
            "MCSE": f"{new.bound_mcse:.3f}",
            "logits": f"{new.bound_z - old.bound_z:+.3f}",
            "exceedance": f"{old.exceedance:.3f} -> {new.exceedance:.3f}",
            "verdict": old.verdict
            if old.verdict == new.verdict
            else f"{old.verdict} -> {new.verdict}",
        }
        for old, new in zip(found.old, found.new, strict=True)
    )
