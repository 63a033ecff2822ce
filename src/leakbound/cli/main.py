"""`leakbound`: the commands, their exit codes, and one line for every foreseen error.

Exit codes: 0 done, 2 bad input, 3 gate not clear, 4 the fit failed its checks.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="How capable could a leaked or released model become, and is the bound below the threshold?",
)

COMMANDS: dict[str, tuple[str, str]] = {
    "assess": ("leakbound.cli.assess", "assess"),
    "fit": ("leakbound.cli.fit", "fit"),
    "backtest": ("leakbound.cli.backtest", "backtest"),
    "calibrate": ("leakbound.cli.calibrate", "calibrate"),
    "diff": ("leakbound.cli.diff", "diff"),
    "compare": ("leakbound.cli.compare", "compare"),
}
GROUPS: dict[str, str] = {"evidence": "leakbound.cli.evidence", "priors": "leakbound.cli.priors"}


def _function(module: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


for _name, (_module, _attribute) in COMMANDS.items():
    app.command(_name)(_function(_module, _attribute))
for _name, _module in GROUPS.items():
    app.add_typer(importlib.import_module(_module).app, name=_name)


def main() -> None:
    """Run the command line; a foreseen error becomes one line on stderr and its exit code."""
    from leakbound.errors import LeakboundError

    try:
        app()
    except LeakboundError as problem:
        print(f"leakbound: {problem}", file=sys.stderr)  # noqa: T201
        raise SystemExit(problem.exit_code) from None
    except OSError as problem:
        place = problem.filename or "file"
        print(f"leakbound: {place}: {problem.strerror or problem}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("leakbound: stopped", file=sys.stderr)  # noqa: T201
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
