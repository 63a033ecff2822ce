"""`leakbound calibrate`: simulation-based calibration of a model, up to the bound itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from leakbound.cli.options import LARGEST_SEED

if TYPE_CHECKING:
    from leakbound.proof.outcome import Calibration


def calibrate(
    model: Annotated[str, typer.Argument(help="A shipped model's name, or a file.")] = "default",
    simulations: Annotated[int, typer.Option(min=10, help="Truths to draw and recover.")] = 200,
    seed: Annotated[
        int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of truths, evidence and fits.")
    ] = 1,
    variant: Annotated[
        str, typer.Option(help="prior, or posterior: truths as the observed evidence has them.")
    ] = "prior",
    out: Annotated[Path, typer.Option(help="Folder for picture and JSON.")] = Path(
        "results/calibration"
    ),
    cache: Annotated[
        Path | None, typer.Option(help="Folder of finished simulations; default: the user cache.")
    ] = None,
) -> None:
    """Draw truths, simulate evidence, fit, and rank each truth among the draws of its fit.

    Ranks must be uniform for every parameter and for the bound. A killed run goes on where it
    stopped. Exit 4 when a quantity leaves its band, all of them looked at together, a bound held too
    rarely, or over a tenth of the fits did not converge.
    """
    from leakbound.cli.backtest import progress_bar
    from leakbound.errors import FitError
    from leakbound.evidence.table import load_evidence
    from leakbound.priors import read_specification
    from leakbound.proof.outcome import outcome_of, write_json
    from leakbound.proof.run import run
    from leakbound.proof.task import Variant, calibration_task, check_variant
    from leakbound.report.calibration_figure import calibration_figure
    from leakbound.writing import check_folder

    check_variant(variant)
    check_folder(out)
    check_folder(cache)
    specification = read_specification(model)
    task = calibration_task(
        load_evidence(), specification, variant=cast(Variant, variant), seed=seed, cache=cache
    )
    with progress_bar(simulations) as step:
        found = outcome_of(task, list(run(task, simulations, step=step)))
    name = variant if model == "default" else f"{task.specification.name}-{variant}"
    write_json(found, out / f"{name}.json")
    for kind in ("svg", "png"):
        calibration_figure(found, out / f"{name}.{kind}")
    _show(found, out / name)
    if not found.calibrated:
        raise FitError(
            f"the {variant} calibration failed: {_failures(found)}; see {out / name}.svg"
        )


def _show(found: Calibration, place: Path) -> None:
    import pandas as pd

    from leakbound.cli.tables import print_table
    from leakbound.report.calibration_figure import headline

    worst = sorted(found.quantities, key=lambda one: (not one.name.startswith("bound"), one.p))
    table = pd.DataFrame(
        {
            "quantity": one.name,
            "p": f"{one.p:.3f}",
            "p_of_all": f"{one.p_all:.3f}",
            "mean_rank": f"{one.mean:.3f}",
            "spread": f"{one.spread:.2f}",
            "band": "inside" if one.inside else "outside",
        }
        for one in worst[:12]
    )
    print_table(table, headline(found))
    for one in found.coverage:
        typer.echo(
            f"95 % bound, {one.question}: held in {one.held} of {one.simulations} "
            f"({one.share:.1%}; 95 % interval {one.low:.1%} to {one.high:.1%})"
        )
    typer.echo(
        f"fits not converged: {len(found.unconverged)} of {found.simulations}, kept in all of the "
        f"above, after a second sampling of {len(found.twice)}; divergent draws: {found.divergent:.1%}"
    )
    typer.echo(f"written: {place}.json, .svg, .png")


def _failures(found: Calibration) -> str:
    ranks = [one.name for one in found.quantities if one.p_all < 0.05]
    bounds = [f"bound of {one.question}" for one in found.coverage if not one.as_stated]
    fits = [] if found.fitted else [f"{len(found.unconverged)} fits that did not converge"]
    return ", ".join([*ranks, *bounds, *fits])
