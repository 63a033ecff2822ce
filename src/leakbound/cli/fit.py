"""`leakbound fit`: sample a posterior, cache it, show its checks."""

from __future__ import annotations

from typing import Annotated

import typer

from leakbound.cli.options import EvidenceFolders, Seed, Until, date_option


def fit(
    model: Annotated[
        str, typer.Option(help="A shipped model's name, or a model file.")
    ] = "default",
    evidence: EvidenceFolders = None,
    until: Until = None,
    seed: Seed = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Fit the model to the evidence; exit 4 when a check of the fit fails."""
    import json
    from dataclasses import asdict

    import pandas as pd

    from leakbound.calibration.conflict import conflicts, lines
    from leakbound.checks import require
    from leakbound.cli.inputs import told_fit
    from leakbound.cli.tables import finite, print_table
    from leakbound.evidence.table import load_evidence
    from leakbound.priors import read_specification

    table = load_evidence(evidence or [], until=date_option(until))
    specification = read_specification(model)
    posterior = told_fit(table, specification, seed)
    checks = [asdict(check) for check in posterior.checks]
    told = list(lines(conflicts(posterior, specification)))
    if as_json:
        found = {"digest": posterior.digest, "checks": checks, "conflicts": told}
        typer.echo(json.dumps(finite(found), indent=1, allow_nan=False))
    else:
        print_table(pd.DataFrame(checks).round(4), f"posterior {posterior.digest[:12]}")
        typer.echo("\n".join(told))
    require(posterior.checks)
