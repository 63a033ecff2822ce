"""`leakbound priors`: what the model believes before it sees evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from leakbound.cli.check_priors import check
from leakbound.cli.sensitivity import sensitivity
from leakbound.cli.tune import tune

app = typer.Typer(no_args_is_help=True, help="The priors: what is believed before any evidence.")


@app.command()
def show(
    model: Annotated[
        str, typer.Argument(help="A shipped model's name, or a model file.")
    ] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every prior as a sentence, with unit, source and reason."""
    import json

    import pandas as pd

    from leakbound.cli.tables import print_table
    from leakbound.priors import describe, read_specification

    specification = read_specification(model)
    rows = describe(specification)
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    columns = ["parameter", "meaning", "prior", "source", "why"]
    title = f"{specification.name}: {specification.dose} dose, {specification.time} time, "
    print_table(pd.DataFrame(rows)[columns], f"{title}{specification.attempts} attempts")


app.command()(check)
app.command()(tune)
app.command()(sensitivity)


@app.callback()
def priors() -> None:
    """Show, check and tune the priors, and see which of them carry the decision."""
