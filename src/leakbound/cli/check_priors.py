"""`leakbound priors check`: what the priors believe possible before any evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leakbound.cli.options import (
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
    from leakbound.prior_predictive import Flag, Quantity
    from leakbound.priors import Specification
    from leakbound.sensitivity.weighted import Answer

    Pairs = list[tuple[Answer, Answer]]


def check(
    model: Model = "default",
    candidate: Annotated[
        Path | None, typer.Option(help="Candidate file: its bounds by the priors alone.")
    ] = None,
    scenarios: ScenarioFolder = None,
    evidence: EvidenceFolders = None,
    until: Until = None,
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option(help="Folder for pictures and JSON.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 when a rule on prior mass is broken.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Draw from the priors: gains, ceilings and years they believe possible, and absurd mass."""
    import json

    from leakbound.prior_predictive import beliefs_by_base, flags, quantities
    from leakbound.priors import read_specification
    from leakbound.writing import check_folder

    _check_options(candidate, scenarios=scenarios, evidence=evidence, until=until)
    specification = read_specification(model)
    check_folder(out)
    chosen = specification.sampler.seed if seed is None else seed
    found = beliefs_by_base(specification, seed=chosen)
    lines, rules = quantities(found["mean"]), flags(found)
    pairs: Pairs = []
    if candidate is not None:
        options = {"scenarios": scenarios, "evidence": evidence, "until": until, "seed": seed}
        pairs = _bounds(specification, model, candidate, options)
    record = json.dumps(as_record(lines, rules, pairs), indent=1)
    if out is not None:
        _write(specification, found["mean"], out, record)
    if as_json:
        typer.echo(record)
    else:
        _show(specification.name, lines, rules, pairs)
        if out is not None:
            typer.echo(f"pictures: {out / 'prior-predictive.svg'}, {out / 'priors.svg'}")
    if strict and any(rule.raised for rule in rules):
        raise typer.Exit(3)


def _check_options(candidate: Path | None, **options: Any) -> None:
    """Raise InputError for an option that only a candidate's bounds would use."""
    from leakbound.errors import InputError

    given = [f"--{name}" for name, value in options.items() if value]
    if candidate is None and given:
        rule, todo = "has no effect without --candidate", "add one, or leave the option out"
        raise InputError(given[0], rule, todo=todo)


def _bounds(
    specification: Specification, model: str, candidate: Path, options: dict[str, Any]
) -> Pairs:
    """Return answers by the priors alone and by the posterior, row by row."""
    from leakbound.assessment import FORECAST_DRAWS
    from leakbound.prior_draws import prior_draws
    from leakbound.sensitivity.weighted import answer, cases_of

    given = read_inputs(model, candidate, **options)
    posterior = given.posterior
    alone = prior_draws(
        specification, samples=FORECAST_DRAWS, seed=posterior.seed, newest=posterior.newest,
        centres=posterior.centres,
    )  # fmt: skip
    told = (given.specification, given.scenarios)
    before = cases_of(given.candidate, given.evidence, alone, *told)
    after = cases_of(given.candidate, given.evidence, posterior, *told)
    return [(answer(one), answer(other)) for one, other in zip(before, after, strict=True)]


def as_record(lines: list[Quantity], rules: list[Flag], pairs: Pairs) -> dict[str, Any]:
    """Return what was found as JSON values; infinity as null."""
    from leakbound.prior_predictive import BASES, LEVELS, UNJUDGED

    keys = [f"q{round(100 * level)}" for level in LEVELS]
    return {
        "quantities": [
            {"what": line.what, "unit": line.unit}
            | dict(zip(keys, map(finite, line.quantiles), strict=True))
            for line in lines
        ],
        "rules": [
            {
                "name": rule.name,
                "rule": rule.rule,
                "share": finite(rule.share),
                "limit": rule.limit,
                "raised": rule.raised,
                "base": rule.base or None,
            }
            for rule in rules
        ],
        "bases": {name: place.words for name, place in BASES.items()},
        "no_rule_looks_at": list(UNJUDGED),
        "bounds": [
            {
                "threshold": alone.threshold,
                "scenario": alone.scenario,
                "threshold_score": alone.threshold_score,
                "prior_bound": finite(alone.bound_score),
                "prior_exceedance": finite(alone.exceedance),
                "posterior_bound": finite(after.bound_score),
                "posterior_exceedance": finite(after.exceedance),
            }
            for alone, after in pairs
        ],
    }


def _write(specification: Specification, found: Any, folder: Path, record: str) -> None:
    from leakbound.report.prior_figure import beliefs_figure, priors_figure
    from leakbound.writing import write_text

    write_text(folder / "prior-predictive.json", record + "\n")
    beliefs_figure(found, folder / "prior-predictive.svg", title=specification.name)
    priors_figure(specification, folder / "priors.svg")


def _show(name: str, lines: list[Quantity], rules: list[Flag], pairs: Pairs) -> None:
    import pandas as pd

    from leakbound.cli.tables import print_table

    table = pd.DataFrame(
        {
            "what": line.what,
            "5 %": f"{line.quantiles[0]:.2f}",
            "median": f"{line.quantiles[1]:.2f}",
            "95 %": f"{line.quantiles[2]:.2f}",
            "unit": line.unit,
        }
        for line in lines
    )
    print_table(table, f"{name}: what the priors believe of a benchmark nobody has seen")
    _show_rules(rules)
    if pairs:
        _show_bounds(pairs)


def _show_rules(rules: list[Flag]) -> None:
    import pandas as pd

    from leakbound.cli.tables import print_table
    from leakbound.prior_predictive import BASES, UNJUDGED

    table = pd.DataFrame(
        {
            "rule": rule.name,
            "draws in which": rule.rule,
            "most of": rule.base,
            "share": f"{rule.share:.1%}",
            "limit": f"{rule.limit:.0%}",
            "": "FLAG" if rule.raised else "ok",
        }
        for rule in rules
    )
    print_table(table, "Absurd mass")
    for name, place in BASES.items():
        typer.echo(f"{name}: {place.words}")
    typer.echo(f"no rule looks at: {', '.join(UNJUDGED)} (no share is absurd)")


def _show_bounds(pairs: Pairs) -> None:
    import pandas as pd

    from leakbound.cli.tables import print_table

    table = pd.DataFrame(
        {
            "threshold": alone.threshold,
            "scenario": alone.scenario,
            "score": f"{alone.threshold_score:g}",
            "bound, priors alone": f"{alone.bound_score:.3f}",
            "bound, posterior": f"{after.bound_score:.3f}",
            "exceedance, priors alone": f"{alone.exceedance:.3f}",
            "exceedance, posterior": f"{after.exceedance:.3f}",
        }
        for alone, after in pairs
    )
    print_table(table, "What the evidence adds")
