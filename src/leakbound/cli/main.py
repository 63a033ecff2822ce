"""`leakbound`: the commands, their exit codes, and one line for every foreseen error.

Exit codes: 0 done, 2 bad input, 3 gate not clear, 4 the fit failed its checks, 130 interrupted.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="How capable could a leaked or released model become, and is the bound below the threshold?",
)

INTERRUPTED = 130
COMMANDS: dict[str, tuple[str, str]] = {
    "assess": ("leakbound.cli.assess", "assess"),
    "fit": ("leakbound.cli.fit", "fit"),
    "backtest": ("leakbound.cli.backtest", "backtest"),
    "calibrate": ("leakbound.cli.calibrate", "calibrate"),
    "diff": ("leakbound.cli.diff", "diff"),
    "compare": ("leakbound.cli.compare", "compare"),
}
GROUPS: dict[str, str] = {"evidence": "leakbound.cli.evidence", "priors": "leakbound.cli.priors"}


def _tell_version(asked: bool) -> None:
    if asked:
        from leakbound import __version__

        typer.echo(f"leakbound {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None: ...


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
        _refuse_empty(sys.argv[1:])
        code = app(standalone_mode=False)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
    except LeakboundError as problem:
        _stop(str(problem), problem.exit_code)
    except typer.TyperException as problem:
        from leakbound.cli.usage import usage_line

        _stop(usage_line(problem, sys.argv[1:]), problem.exit_code)
    except OSError as problem:
        place = problem.filename or "file"
        _stop(f"{place}: {problem.strerror or problem}", 2)
    except (KeyboardInterrupt, typer.Abort):
        _stop("stopped", INTERRUPTED)
    raise SystemExit(code)


def _refuse_empty(arguments: Sequence[str]) -> None:
    """Raise InputError for an argument without text: as a path it would be the current folder."""
    from leakbound.errors import InputError

    for i, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if argument.strip() and (value.strip() or not (equals and name.startswith("--"))):
            continue
        before = arguments[i - 1] if i else ""
        where = name if equals else before if before.startswith("-") else f"argument {i + 1}"
        raise InputError(where, "must not be empty", found=value if equals else argument)


def _stop(message: str, code: int) -> NoReturn:
    if message:
        print(f"leakbound: {message}", file=sys.stderr)  # noqa: T201
    raise SystemExit(code) from None


if __name__ == "__main__":
    main()
