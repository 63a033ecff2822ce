"""Which rows a backtest runs on: the shipped evidence, or a file of attempts or evidence rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from leakbound.backtest.split import Overlap, Split, overlap, split_at, split_holdout
from leakbound.competitors.frame import evidence_frame, measured
from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.importers import IMPORTERS, Options, import_file
from leakbound.evidence.registry import Registry, load_registry
from leakbound.evidence.rows import read_rows
from leakbound.evidence.table import load_evidence

SHIPPED = "shipped"
DEFAULT_CUTS = tuple(
    dt.date(*day) for day in ((2024, 4, 1), (2024, 7, 20), (2024, 10, 1), (2025, 1, 1))
)


@dataclass(frozen=True)
class Data:
    """A named frame of rows to split (see `competitors.frame`)."""

    name: str
    frame: pd.DataFrame


def read_data(named: str, *, registry: Registry | None = None) -> Data:
    """Return `shipped` evidence, a file of evidence rows, or FORMAT=FILE through an importer.

    Data without base models' own scores gets the shipped ones, which every forecaster may use.

    Raises
    ------
    InputError
        The format is unknown, it is of no attempts, or the file breaks a rule.
    """
    registry = load_registry() if registry is None else registry
    if named == SHIPPED:
        evidence = load_evidence(registry=registry)
        return Data(SHIPPED, evidence_frame(evidence.rows, evidence.registry))
    form, equals, file = named.partition("=")
    if not equals:
        return _with_base_scores(read_evidence_file(Path(named), registry=registry), registry)
    if form not in IMPORTERS:
        rule = f"must be {SHIPPED}, a CSV of evidence rows or FORMAT=FILE"
        todo = did_you_mean(form, list(IMPORTERS))
        raise InputError("--data", rule, found=form, todo=todo)
    imported = import_file(form, Path(file), Options(registry=registry))
    if imported.is_ledger:
        rule = "must be of a format that holds scores of attempts"
        raise InputError("--data", rule, found=form)
    return _with_base_scores(Data(form, evidence_frame(imported.rows, registry)), registry)


def _with_base_scores(data: Data, registry: Registry) -> Data:
    """Return the data with the shipped base-only rows, if it has none; cuts take those known by then."""
    if (data.frame["attempts"] == 0).any():
        return data
    shipped = load_evidence(registry=registry).rows
    bases = evidence_frame(shipped[shipped["attempts"] == 0], registry)
    return replace(data, frame=pd.concat([data.frame, bases], ignore_index=True))


def read_evidence_file(path: Path, *, registry: Registry | None = None) -> Data:
    """Return the rows of a CSV of evidence rows, named after the file.

    Raises
    ------
    InputError
        The file breaks a rule of evidence rows.
    """
    registry = load_registry() if registry is None else registry
    return Data(path.stem, evidence_frame(read_rows(path, registry), registry))


def splits_of(
    data: Data, cuts: Sequence[dt.date], *, holdout: Data | None = None
) -> tuple[list[Split], dict[str, Overlap]]:
    """Return one split per cut, and with a holdout what each shares with the rows fitted on.

    Without cuts: `DEFAULT_CUTS`, or with a holdout one split fitted on all of the data.

    Raises
    ------
    InputError
        A cut leaves no attempt to fit on, or none to forecast.
    """
    if holdout is None:
        splits = [split_at(data.frame, cut, data=data.name) for cut in cuts or DEFAULT_CUTS]
    else:
        dates: Sequence[dt.date | None] = cuts or [None]
        splits = [split_holdout(data.frame, holdout.frame, cut, data=holdout.name) for cut in dates]
    for split in splits:
        for side, empty in (("before", measured(split.train).empty), ("after", not split.tests)):
            if empty:
                rule = f"must leave measured attempts {side} the cut"
                raise InputError(f"{split.data}, cut {split.cut_name}", rule, found=0)
    if holdout is None:
        return splits, {}
    return splits, {s.cut_name: overlap(s.train, holdout.frame) for s in splits}
