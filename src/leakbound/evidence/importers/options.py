"""What every importer is told besides its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from leakbound.evidence.cleaning import Imported
from leakbound.evidence.registry import Registry, load_registry


@dataclass(frozen=True)
class Options:
    """Registry, the name rows give as their source, a column map, and a compute ledger.

    `column_map` is the TOML that tells `wide` which column holds what; `compute` a ledger made by
    `epoch-models`, from which unknown post-training FLOP are filled by the derivative's name.
    """

    registry: Registry = field(default_factory=load_registry)
    source: str = ""
    column_map: Path | None = None
    compute: Path | None = None

    def source_for(self, path: Path) -> str:
        """Return the source name: the given one, else the file's stem."""
        return self.source or path.stem


Importer = Callable[[Path, Options], Imported]
