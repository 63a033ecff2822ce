"""Tables on the terminal and as JSON records."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PIPED_WIDTH = 160
SIGNS = {
    "clear": "[green]clear[/]",
    "crosses": "[red]crosses[/]",
    "undecided": "[yellow]undecided[/]",
}


def print_table(table: pd.DataFrame, title: str) -> None:
    """Print a frame as a table; piped output gets a fixed width, so that it does not wrap early."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title, title_justify="left")
    for column in table:
        shown.add_column(str(column).replace("_", " "), overflow="fold")
    for line in table.itertuples(index=False):
        shown.add_row(*(str(cell) for cell in line))
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    console.print(shown)


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return a frame as a list of JSON objects, NaN as null."""
    return list(json.loads(table.to_json(orient="records")))


def finite(value: Any) -> Any:
    """Return JSON values with every number that is not finite as None; digits stay as they are."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def percent(share: float) -> str:
    """Return a share as a whole percentage, "" for NaN."""
    return "" if share != share else f"{share:.0%}"
