"""What is wrong with how a command was called, on one line."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from leakbound.errors import one_line, shorten


def usage_line(problem: typer.TyperException, arguments: Sequence[str]) -> str:
    """Return what must hold, what was found, and which help to read; empty if help was shown instead.

    Parameters
    ----------
    problem
        What the parser of the command line raised.
    arguments
        The command line that it read.
    """
    said = one_line(problem.format_message()).rstrip(".")
    if not said:
        return ""
    given = _given(getattr(problem, "param", None), arguments)
    found = f"; found {shorten(given)}" if given and given not in said else ""
    context = getattr(problem, "ctx", None)
    help_of = f"; see {context.command_path} --help" if context else ""
    return f"{said}{found}{help_of}"


def _given(option: object, arguments: Sequence[str]) -> str:
    """Return the last value that `arguments` give to an option, empty if none."""
    for name in getattr(option, "opts", ()):
        for i in range(len(arguments) - 1, -1, -1):
            key, equals, value = arguments[i].partition("=")
            if key == name:
                return value if equals else "".join(arguments[i + 1 : i + 2])
    return ""
