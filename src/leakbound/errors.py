"""Errors leakbound raises on purpose: one line each, with the exit code the command ends with."""

from __future__ import annotations

import datetime as dt

MOST_NAMES = 40


class LeakboundError(Exception):
    """Any failure leakbound foresaw; `exit_code` is what the command line returns."""

    exit_code = 2


class InputError(LeakboundError):
    """A user's file or option breaks a rule.

    The message reads *where: what must hold; found what; what to do* on one line.

    Parameters
    ----------
    where
        File, and row, key or column inside it.
    rule
        What must hold.
    found
        The offending value, shown shortened by `repr`.
    todo
        What the user can do about it.
    """

    def __init__(self, where: str, rule: str, *, found: object = ..., todo: str = "") -> None:
        self.where, self.rule, self.found, self.todo = where, rule, found, todo
        parts = [f"{where}: {rule}"]
        if found is not ...:
            parts.append(f"found {shorten(found)}")
        if todo:
            parts.append(todo)
        super().__init__("; ".join(" ".join(part.split()) for part in parts))

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to make the error again in another process, the offending value as its text."""
        told = {**self.__dict__, "found": self.found if self.found is ... else shorten(self.found)}
        return _made_again, (type(self), str(self)), told


def _made_again(kind: type[InputError], message: str) -> InputError:
    return kind.__new__(kind, message)


class FitError(LeakboundError):
    """The posterior failed a check of its fit and must not be used for a verdict."""

    exit_code = 4


def one_line(problem: object, limit: int = 200) -> str:
    """Return the text of `problem` on one line, cut to `limit` characters."""
    return " ".join(str(problem).split())[:limit]


def shorten(value: object, limit: int = 60) -> str:
    """Return `repr(value)` cut to `limit` characters, safe to print on one line."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()  # type: ignore[attr-defined]
    text = repr(str(value) if isinstance(value, dt.date) else value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def nearest_names(word: str, known: list[str], *, least: float = 0.5) -> list[str]:
    """Return up to three known words at least so similar to `word`, the nearest first."""
    from difflib import get_close_matches

    return get_close_matches(word, known, n=3, cutoff=least)


def did_you_mean(word: str, known: list[str]) -> str:
    """Return advice that names the nearest known words, else all of them, the first 40 of more."""
    near = nearest_names(word, known)
    if near:
        return f"did you mean {', '.join(near)}?"
    more = len(known) - MOST_NAMES
    return f"known names: {', '.join(sorted(known)[:MOST_NAMES])}" + (
        f" and {more} more" if more > 0 else ""
    )
