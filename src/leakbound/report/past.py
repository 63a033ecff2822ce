"""The backtest's headline in a report, from its JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from leakbound.errors import InputError
from leakbound.report.tables import Table


def past_table(path: Path | None) -> Table | None:
    """Return the scoreboard's headline rows; None when there is no scoreboard.

    Raises
    ------
    InputError
        The file is there but is no scoreboard.
    """
    if path is None or not path.is_file():
        return None
    from leakbound.report.scoreboard import headline

    rule = "must be what `leakbound backtest --json` writes"
    try:
        rows = pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))["rows"])
        table = headline(rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), rule, found=str(error)) from error
    shown = tuple(tuple(str(cell) for cell in row) for row in table.itertuples(index=False))
    return Table(tuple(map(str, table.columns)), shown)
