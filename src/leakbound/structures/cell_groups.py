"""Cells by how their likelihood is integrated, laid out for array code: entries first, then nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leakbound.model.attempts import Ranks
from leakbound.model.design import Design
from leakbound.units import Array

Index = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Some cells with their entries.

    Attributes
    ----------
    cell, slot
        (cell) place among all cells, and of the pair among seen pairs, -1 for none.
    entry_cell
        (entry) place of its cell in the group.
    gain, ranks
        (entry, 1) gains and known ranks.
    inner
        (entry) place among `ranks.inner_index`, the number of these for an entry that is none.
    entries
        (most entries, cell) places of each cell's entries, -1 where it has fewer.
    """

    cell: Index
    slot: Index
    entry_cell: Index
    gain: Array
    ranks: Ranks
    inner: Index
    entries: Index


@dataclass(frozen=True)
class CellGroups:
    """All cells: of seen pairs without and with a shock, and of pairs without an effect.

    Attributes
    ----------
    seen, slot
        (seen cell) places among all cells of the plain ones, then the shocked; their pair's place.
    of_pair
        (most cells, seen pair) places among `seen`, -1 where a pair has fewer.
    scaled
        (seen pair) 1 where the pair has an effect on the log scale, else 0.
    cells
        Number of all cells.
    """

    plain: Group
    shocked: Group
    alone: Group
    seen: Index
    slot: Index
    of_pair: Index
    scaled: Array
    cells: int


def groups_of(design: Design) -> CellGroups:
    """Return the cells of `design` by group."""
    arrays = design.arrays
    slot = np.asarray(arrays["pair_slot"], dtype=np.int64)[np.asarray(arrays["cell_pair"])]
    has_shock, has = np.asarray(arrays["cell_shock"], dtype=np.int64) >= 0, slot >= 0
    plain = _group(arrays, slot, has & ~has_shock)
    shocked = _group(arrays, slot, has & has_shock)
    of_seen = np.concatenate([plain.slot, shocked.slot])
    return CellGroups(
        plain=plain,
        shocked=shocked,
        alone=_group(arrays, slot, ~has),
        seen=np.concatenate([plain.cell, shocked.cell]),
        slot=of_seen,
        of_pair=padded(of_seen, design.sizes.seen),
        scaled=np.asarray(arrays["seen_scaled"], dtype=np.float64),
        cells=design.sizes.cell,
    )


def padded(group: Index, groups: int) -> Index:
    """Return (most, group) the places of each group's members, -1 where it has fewer."""
    order = np.argsort(group, kind="stable")
    count = np.bincount(group, minlength=groups)
    start = np.cumsum(count) - count
    out = np.full((int(count.max(initial=0)), groups), -1, dtype=np.int64)
    for place in range(len(out)):
        has = count > place
        out[place, has] = order[start[has] + place]
    return out


def _group(
    arrays: Mapping[str, npt.NDArray[np.generic]], slot: Index, among: npt.NDArray[np.bool_]
) -> Group:
    cells = np.flatnonzero(among)
    entry_cell = _renumbered(among)[np.asarray(arrays["entry_cell"])]
    kept = entry_cell >= 0
    inner = _renumbered(kept)[np.asarray(arrays["inner_index"])]
    count = np.asarray(arrays["inner_count"], dtype=np.float64)[inner >= 0]
    inner = inner[inner >= 0]
    place = np.full(int(kept.sum()), len(inner), dtype=np.int64)
    place[inner] = np.arange(len(inner))

    def of_entries(name: str) -> Array:
        return np.asarray(arrays[f"entry_{name}"], dtype=np.float64)[kept][:, None]

    ranks = Ranks(
        of_entries("exact"), of_entries("below"), of_entries("above"), inner, count[:, None],
        of_entries("constant"),
    )  # fmt: skip
    entry_cell = entry_cell[kept]
    entries = padded(entry_cell, len(cells))
    return Group(cells, slot[cells], entry_cell, of_entries("gain"), ranks, place, entries)


def _renumbered(among: npt.NDArray[np.bool_]) -> Index:
    """Return places among the true ones, -1 for the others."""
    return np.where(among, np.cumsum(among) - 1, -1)
