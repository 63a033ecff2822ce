"""What every importer is told besides its file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from leakbound.evidence.cleaning import Imported
from leakbound.evidence.registry import Registry, load_registry


@dataclass(frozen=True)
class Options:
    """Registry, the name rows give as their source, and what a format cannot tell by itself.

    `column_map` is the TOML that tells `wide` which column holds what; `compute` a ledger made by
    `epoch-models`, from which bases and post-training FLOP are filled by the derivative's name.
    For logs of single runs: `base` is the log of the base model on the same tasks; `benchmark`
    overrides the name of the task; dates, technique, actor and compute fraction are the attempt's.
    """

    registry: Registry = field(default_factory=load_registry)
    source: str = ""
    column_map: Path | None = None
    compute: Path | None = None
    base: Path | None = None
    benchmark: str = ""
    base_released: dt.date | None = None
    released: dt.date | None = None
    technique: str = ""
    actor: str = ""
    compute_fraction: float = float("nan")

    def source_for(self, path: Path) -> str:
        """Return the source name: the given one, else the file's stem."""
        return self.source or path.stem


Importer = Callable[[Path, Options], Imported]
