"""`leakbound evidence`: list, check, import, aggregate, add and picture evidence."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leakbound.cli.tables import percent, print_table, records
from leakbound.errors import InputError

if TYPE_CHECKING:
    from leakbound.evidence import Evidence, Registry
    from leakbound.report.coverage_figure import Mark

app = typer.Typer(no_args_is_help=True, help="The evidence behind every bound, and your own.")

EvidenceDirs = Annotated[
    list[Path] | None,
    typer.Option("--evidence", help="Folder of your own evidence beside the shipped one."),
]
RegistryFile = Annotated[
    Path | None, typer.Option("--registry", help="TOML with further benchmarks.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Until = Annotated[str | None, typer.Option(help="Only what was known before YYYY-MM-DD.")]
Rejects = Annotated[Path | None, typer.Option(help="Write what was left out, and why, as CSV.")]
MapFile = Annotated[Path | None, typer.Option("--map", help="Column map for format wide.")]
Ledger = Annotated[Path | None, typer.Option("--compute", help="Ledger made by epoch-models.")]
OutCsv = Annotated[Path, typer.Option(help="CSV to write; its card is written beside it.")]


@app.command("list")
def list_(evidence: EvidenceDirs = None, until: Until = None, as_json: Json = False) -> None:
    """Show each source: counts, span, domains, share with known compute, licence, caveats."""
    from leakbound.evidence.summary import summary

    loaded = _load(evidence, until)
    table = summary(loaded.rows, loaded.registry, loaded.cards)
    if as_json:
        whole = {"digest": loaded.digest, "left_out": loaded.left_out, "sources": records(table)}
        typer.echo(json.dumps(whole, indent=2))
        return
    shown = table.assign(known_compute=[percent(share) for share in table["known_compute"]])
    print_table(shown.drop(columns=["caveats", "benchmarks"]), "Evidence")
    for name, caveats in zip(table["source"], table["caveats"], strict=True):
        typer.echo(f"\n{name}: {caveats}")
    for reason, count in loaded.left_out.items():
        typer.echo(f"\nleft out, {reason}: {count} rows")
    typer.echo(f"\ndigest {loaded.digest}")


@app.command()
def check(
    file: Path,
    format_: Annotated[str, typer.Option("--format", help="Check as this import format.")] = "",
    registry: RegistryFile = None,
    map_: MapFile = None,
    compute: Ledger = None,
    rejects: Rejects = None,
    as_json: Json = False,
) -> None:
    """Check a file of evidence rows, or any importable file, and tally what is kept and why."""
    from leakbound.evidence import read_rows
    from leakbound.evidence.cleaning import Imported
    from leakbound.evidence.importers import Options, import_file
    from leakbound.evidence.shipping import card_for, write_rejects
    from leakbound.evidence.summary import summary

    known = _registry(registry)
    if format_:
        imported = import_file(format_, file, Options(known, column_map=map_, compute=compute))
    else:
        imported = Imported.of_rows(read_rows(file, known))
    if rejects is not None:
        write_rejects(imported, rejects)
    rows = imported.rows.iloc[:0] if imported.is_ledger else imported.rows
    cards = {file.stem: card_for(file, "")}
    table = None if imported.is_ledger else summary(rows, known, cards)
    if as_json:
        whole = {"file": str(file), "tally": records(imported.tally())}
        typer.echo(json.dumps({**whole, "sources": [] if table is None else records(table)}))
        return
    print_table(imported.tally(), f"{file}: decisions")
    if table is not None and len(table):
        shown = table.assign(known_compute=[percent(share) for share in table["known_compute"]])
        print_table(shown.drop(columns=["title"]), f"{file}: evidence")


@app.command()
def cells(
    attempts: Path,
    out: OutCsv,
    period: Annotated[str, typer.Option(help="month, quarter, half-year or year.")] = "half-year",
    quantiles: Annotated[str, typer.Option(help="Kept order statistics.")] = "0.5,0.75,0.9,1",
    registry: RegistryFile = None,
) -> None:
    """Reduce attempt rows to order statistics per base, benchmark and period."""
    from leakbound.evidence import cells as reduce_cells
    from leakbound.evidence import read_rows
    from leakbound.evidence.shipping import as_text, card_for, made_from, write_evidence

    known = _registry(registry)
    wanted = _quantiles(quantiles)
    rows = reduce_cells(read_rows(attempts, known), period=period, quantiles=wanted, registry=known)
    made = made_from(attempts, period=period, quantiles=as_text(wanted))
    card = card_for(attempts, f"Order statistics of {attempts.stem}")
    write_evidence(rows.assign(source=out.stem), out, card=card, made=made, registry=known)
    typer.echo(f"{out}: {len(rows)} rows in {rows['cell'].nunique()} cells")


@app.command("import")
def import_(
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help="The file's format.")],
    file: Path,
    out: Annotated[Path | None, typer.Option(help="CSV to write (its card beside it).")] = None,
    registry: RegistryFile = None,
    map_: MapFile = None,
    compute: Ledger = None,
    rejects: Rejects = None,
    base: Annotated[Path | None, typer.Option(help="Log of the base model, same tasks.")] = None,
    benchmark: Annotated[str, typer.Option(help="Benchmark, if the task name is none.")] = "",
    base_released: Annotated[str | None, typer.Option(help="The base's release date.")] = None,
    released: Annotated[str | None, typer.Option(help="The attempt's date.")] = None,
    technique: Annotated[str, typer.Option(help="Technique words joined by +.")] = "",
    actor: Annotated[str, typer.Option(help="hobbyist, organisation, lab or developer.")] = "",
    compute_fraction: Annotated[float | None, typer.Option(help="Of pre-training FLOP.")] = None,
    candidate: Annotated[
        bool, typer.Option("--candidate", help="Print candidate scores (inspect, lm-eval).")
    ] = False,
) -> None:
    """Turn a file in a known format into attempt rows, with every decision counted."""
    from leakbound.evidence.importers import Options, candidate_scores, import_file
    from leakbound.evidence.shipping import write_imported, write_rejects

    known = _registry(registry)
    options = Options(
        known,
        source=out.stem if out else file.stem,
        column_map=map_,
        compute=compute,
        base=base,
        benchmark=benchmark,
        base_released=_date(base_released, "--base-released"),
        released=_date(released, "--released"),
        technique=technique,
        actor=actor,
        compute_fraction=float("nan") if compute_fraction is None else compute_fraction,
    )
    if candidate:
        typer.echo(candidate_scores(format_, file, options), nl=False)
        return
    if out is None:
        raise InputError("--out", "is required unless --candidate is given")
    imported = import_file(format_, file, options)
    if rejects is not None:
        write_rejects(imported, rejects)
    write_imported(imported, file, out, known)
    print_table(imported.tally(), f"{file}: decisions")
    typer.echo(f"{out}: {len(imported.rows)} rows")


@app.command()
def add(
    file: Path,
    to: Annotated[Path, typer.Option(help="Your evidence folder, given later as --evidence.")],
    title: Annotated[str, typer.Option(help="What was measured.")] = "",
    reference: Annotated[str, typer.Option(help="How to cite it.")] = "",
    url: Annotated[str, typer.Option(help="Where it can be found.")] = "",
    licence: Annotated[str, typer.Option(help="Terms of use.")] = "",
    caveats: Annotated[str, typer.Option(help="What a reader must know.")] = "",
    registry: RegistryFile = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file there.")] = False,
) -> None:
    """Put your own evidence rows, checked and with a card, where --evidence finds them."""
    from leakbound.evidence.shipping import add_evidence

    texts = {"title": title, "reference": reference, "url": url}
    texts |= {"licence": licence, "caveats": caveats}
    out, count = add_evidence(file, to, texts=texts, registry_file=registry, replacing=replace)
    typer.echo(f"{out}: {count} rows; use them with --evidence {to}")


@app.command()
def plot(
    out: Annotated[Path, typer.Option(help="Picture to write: .png, .svg or .pdf.")],
    evidence: EvidenceDirs = None,
    until: Until = None,
    mark: Annotated[
        list[str] | None,
        typer.Option(help="LABEL,FRACTION,YEARS: mark a scenario (FRACTION 0: no training)."),
    ] = None,
) -> None:
    """Draw what the evidence covers in compute fraction and lag."""
    from leakbound.evidence import prepare
    from leakbound.report.coverage_figure import coverage_figure
    from leakbound.report.figures import save_figure

    loaded = _load(evidence, until)
    figure = coverage_figure(prepare(loaded.rows, loaded.registry), [*map(_mark, mark or [])])
    save_figure(figure, out)
    typer.echo(str(out))


def _load(evidence: list[Path] | None, until: str | None) -> Evidence:
    from leakbound.evidence import load_evidence

    return load_evidence(evidence or (), until=_date(until, "--until"))


def _registry(path: Path | None) -> Registry:
    from leakbound.evidence import load_registry

    shipped = load_registry()
    return shipped if path is None else shipped.merged(load_registry(path))


def _date(text: str | None, option: str) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(option, "must be a date YYYY-MM-DD", found=text) from None


def _quantiles(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError("--quantiles", "must be numbers joined by commas", found=text) from None


def _mark(text: str) -> Mark:
    from leakbound.report.coverage_figure import Mark

    label, *rest = text.split(",")
    try:
        fraction, lag = (float(part) for part in rest)
    except ValueError:
        raise InputError("--mark", "must be LABEL,FRACTION,YEARS", found=text) from None
    if not 0.0 <= fraction <= 100.0 or not 0.0 <= lag <= 100.0:
        raise InputError("--mark", "FRACTION and YEARS must be from 0 to 100", found=text)
    return Mark(label, fraction if fraction > 0 else None, lag)
