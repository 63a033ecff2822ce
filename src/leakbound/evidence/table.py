"""The evidence table: shipped files and the user's, with cards, registry and one digest."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from leakbound.border import files_of
from leakbound.errors import InputError, did_you_mean
from leakbound.evidence.cards import Card, read_card
from leakbound.evidence.registry import Registry, load_registry
from leakbound.evidence.rows import COLUMNS, knowable_on, read_rows, read_trusted
from leakbound.evidence.technique import channel
from leakbound.units import DAYS_PER_YEAR

REGISTRY_FILE = "benchmarks.toml"


@dataclass(frozen=True, eq=False)
class Evidence:
    """Evidence rows with the cards of their files and the registry.

    `left_out` counts rows a filter removed, by reason. Two are the same if they are one object.
    """

    rows: pd.DataFrame
    cards: dict[str, Card]
    registry: Registry
    left_out: dict[str, int] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """The sha256 of the rows, in any order, and of the registry entries they use."""
        rows, registry = self.rows[list(COLUMNS)], self.registry
        lines = rows.to_csv(index=False, header=False, float_format="%.9g").splitlines()
        entries = [registry[key] for key in sorted(rows["benchmark"].unique())]
        used = [repr((b.key, b.domain, b.link, b.guess, b.items)) for b in entries]
        return hashlib.sha256("\n".join([*sorted(lines), *used]).encode()).hexdigest()

    def until(self, date: dt.date) -> Evidence:
        """Return the evidence knowable before `date`: `known`, else `released`, lies before it.

        Rows without any date cannot be shown to be older and are left out.
        """
        knowable = knowable_on(self.rows)
        undated, later = knowable.isna(), knowable >= pd.Timestamp(date)
        counts = {f"known on or after {date}": int(later.sum()), "no date": int(undated.sum())}
        return self._kept(~(undated | later), counts)

    def without(self, source: str) -> Evidence:
        """Return the evidence without one file (`name`) or one part of it (`name/part`).

        Raises
        ------
        InputError
            No row comes from that source.
        """
        sources = self.rows["source"]
        gone = (sources == source) | sources.str.startswith(f"{source}/")
        if not gone.any():
            known = sorted({*self.cards, *sources.unique()})
            rule = "must be a source of the evidence"
            raise InputError("source", rule, found=source, todo=did_you_mean(source, known))
        return self._kept(~gone, {f"source {source}": int(gone.sum())})

    def _kept(self, keep: pd.Series, counts: dict[str, int]) -> Evidence:
        rows = self.rows[keep].reset_index(drop=True)
        named = set(file_of(rows["source"]))
        cards = {name: card for name, card in self.cards.items() if name in named}
        left_out = {**self.left_out, **{reason: n for reason, n in counts.items() if n}}
        return replace(self, rows=rows, cards=cards, left_out=left_out)


def load_evidence(
    extra_dirs: Iterable[Path] = (),
    until: dt.date | None = None,
    registry: Registry | None = None,
) -> Evidence:
    """Return the shipped evidence and that of `extra_dirs`, one CSV and one card per source.

    A `benchmarks.toml` in an extra folder adds to the registry.

    Raises
    ------
    InputError
        A file, card or row breaks a rule; two files share a name; a folder holds no CSV.
    """
    registry = load_registry() if registry is None else registry
    shipped = Path(str(files("leakbound.data") / "evidence"))
    folders = list(dict.fromkeys(Path(folder).resolve() for folder in extra_dirs))
    for folder in folders:
        if (folder / REGISTRY_FILE).exists():
            registry = registry.merged(load_registry(folder / REGISTRY_FILE))
    paths = {folder: _csv_files(folder) for folder in (shipped, *folders)}
    cards: dict[str, Card] = {}
    for path in (path for found in paths.values() for path in found):
        if path.stem in cards:
            rule = "evidence files must have different names"
            raise InputError(str(path), rule, found=path.stem, todo="rename the file")
        cards[path.stem] = read_card(path.with_suffix(".toml"))
    frames = [read_trusted(paths.pop(shipped))]
    frames += [_read(path, registry, cards) for found in paths.values() for path in found]
    rows = pd.concat(frames, ignore_index=True)
    evidence = Evidence(rows, cards, registry)
    return evidence if until is None else evidence.until(until)


def _csv_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(str(folder), "must be a folder of evidence files")
    found = files_of(folder, ".csv")
    if not found:
        raise InputError(str(folder), "must hold at least one CSV of evidence rows", found=0)
    return found


def _read(path: Path, registry: Registry, cards: dict[str, Card]) -> pd.DataFrame:
    rows = read_rows(path, registry)
    allowed = [path.stem, *(f"{path.stem}/{part}" for part in cards[path.stem].parts)]
    foreign = ~rows["source"].isin(allowed)
    if foreign.any():
        line = rows.index[foreign.to_numpy()][0]
        where = f"{path}: line {line}: column source"
        rule = f"must be {path.stem} or {path.stem}/PART with PART in the card's [parts]"
        raise InputError(where, rule, found=rows.loc[line, "source"])
    return rows


def file_of(sources: pd.Series) -> pd.Series:
    """Return the file a source names: "lineages/metr" is part "metr" of file "lineages"."""
    return sources.str.replace(r"/.*$", "", regex=True)


def prepare(rows: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Return the rows with the columns a model needs.

    Added: `z_base`, `z` (link scale), `gain` = z - z_base, `lag` (years, at least 0), `channel`
    ("training" or "inference"), `domain`, `log_flop` (log10 of the base's pre-training FLOP) and
    `log_compute_fraction` (log10 of post-training over pre-training FLOP). NaN is unknown;
    `log_compute_fraction` is NaN for the inference channel too, which needs no compute.
    """
    out = rows.copy()
    for column, scores in (("z_base", "base_score"), ("z", "score")):
        out[column] = np.nan
        for key, index in out.groupby("benchmark", sort=False).groups.items():
            out.loc[index, column] = registry[str(key)].to_link(out.loc[index, scores])
    out["gain"] = out["z"] - out["z_base"]
    days = (out["released"] - out["base_released"]).dt.days
    out["lag"] = (days / DAYS_PER_YEAR).clip(lower=0.0)
    out["channel"] = channel(out["technique"])
    domains = {key: registry[key].domain for key in out["benchmark"].unique()}
    out["domain"] = out["benchmark"].map(domains)
    out["log_flop"] = np.log10(out["base_pretraining_flop"])
    spent = out["posttraining_flop"] / out["base_pretraining_flop"]
    fraction = out["compute_fraction"].fillna(spent)
    out["log_compute_fraction"] = np.log10(fraction.where(fraction > 0))
    return out
