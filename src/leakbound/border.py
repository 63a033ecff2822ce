"""The border where users' TOML files come in: read once, validate once, one line per problem."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from leakbound.errors import InputError, did_you_mean
from leakbound.quantity import Quantity, between, fixed

MAX_BYTES = 1_000_000
MAX_TEXT = 300
SHOWN_KEYS = 3
PLAIN_RULES = {
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
}


def broken(rule: str, todo: str = "") -> PydanticCustomError:
    """Return the error by which a validator says what must hold and what to do."""
    return PydanticCustomError("rule", "{rule}", {"rule": rule, "todo": todo})


class Strict(BaseModel):
    """A TOML table: unknown keys, wrong types, NaN and infinity are errors, never coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in data if isinstance(data, Mapping) else ():
            if key not in known:
                context = {"key": key, "todo": did_you_mean(key, known)}
                raise PydanticCustomError("unknown_key", "unknown key", context)
        return data


def _plain_date(value: Any) -> Any:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise broken("must be a date without a time and without quotes", "write it as 2024-12-26")


def one_line(value: Any) -> Any:
    """Return text stripped; refuse what is no text, empty, over 300 characters or unprintable."""
    if not isinstance(value, str):
        raise broken("must be text", "put it in quotes")
    if not value.strip() or not value.isprintable():
        raise broken("must be text on one line, neither empty nor with control characters")
    if len(value) > MAX_TEXT:
        raise broken(f"must not be longer than {MAX_TEXT} characters", "shorten it")
    return value.strip()


def _number(value: Any, *, why: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise broken(f"{why} must be a number")
    try:
        return float(value)
    except OverflowError:
        raise broken(f"{why} must be finite") from None


def _quantity(value: Any) -> Any:
    if isinstance(value, Quantity):
        return value
    try:
        if not isinstance(value, Mapping):
            return fixed(_number(value, why="a quantity (or its low and high)"))
        for key in value:
            if key not in ("mass", "low", "high"):
                raise broken(f"unknown key {key!r} in an interval", "use mass, low and high")
        for key in ("low", "high"):
            if key not in value:
                raise broken(
                    f"an interval needs {key!r}", "write { mass = 0.9, low = 1, high = 9 }"
                )
        ends = {key: _number(part, why=key) for key, part in value.items()}
        return between(ends["low"], ends["high"], mass=ends.get("mass", 0.9))
    except InputError as problem:
        raise broken(problem.rule) from None


PlainDate = Annotated[dt.date, BeforeValidator(_plain_date)]
Text = Annotated[str, BeforeValidator(one_line)]
QuantityIn = Annotated[Quantity, PlainValidator(_quantity)]


def files_of(folder: Path, suffix: str) -> list[Path]:
    """Return the entries of a folder that have this suffix, in whatever case; none of subfolders.

    Raises
    ------
    InputError
        The folder cannot be read.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() == suffix)
    except OSError as problem:
        raise InputError(str(folder), "must be a readable folder", found=problem.strerror) from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of the TOML file at `path`.

    Raises
    ------
    InputError
        Missing, unreadable, no regular file, over a megabyte, not UTF-8 TOML, or without content.
    """
    where = str(path)
    try:
        if path.is_dir():
            raise InputError(
                where, "must be a TOML file", found="a directory", todo="name the file"
            )
        if path.exists() and not path.is_file():
            raise InputError(where, "must be a regular file")
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise InputError(where, f"must be smaller than {MAX_BYTES} bytes")
        tables = tomllib.loads(path.read_bytes().decode())
    except FileNotFoundError:
        raise InputError(where, "must exist", todo="check the path") from None
    except OSError as problem:
        raise InputError(where, "must be readable", found=problem.strerror) from None
    except UnicodeDecodeError:
        raise InputError(where, "must be TOML text in UTF-8", found="binary data") from None
    except (ValueError, RecursionError) as problem:
        raise InputError(where, "must be valid TOML", found=str(problem)) from None
    if not tables:
        raise InputError(
            where, "must not be empty", todo="fill it in as a shipped file of its kind"
        )
    return tables


def parse[Table: Strict](kind: type[Table], data: Mapping[str, Any], where: str) -> Table:
    """Return `data` as a validated `kind`; `where` names the file in the error.

    Raises
    ------
    InputError
        The first broken rule, with its dotted key, such as `candidate.scores[0].score`.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as problem:
        raise as_input_error(problem.errors(include_url=False)[0], where) from None


def as_input_error(error: ErrorDetails, where: str) -> InputError:
    """Return pydantic's `error` in our words: where, what must hold, what was found, what to do."""
    context = error.get("ctx", {})
    path = [*error["loc"], context["key"]] if error["type"] == "unknown_key" else [*error["loc"]]
    place = f"{where}: {dotted(path)}" if path else where
    todo = str(context.get("todo", ""))
    if error["type"] == "missing":
        return InputError(place, "is required", todo=todo or "add this key")
    if error["type"] == "unknown_key":
        return InputError(place, "is not a known key", todo=todo)
    rule = PLAIN_RULES.get(error["type"]) or re.sub(r"^\w+ should", "must", error["msg"])
    found = error["input"]
    if not todo and 1.0 in (context.get("lt"), context.get("le")):
        todo = percentage(found)
    shown = ... if isinstance(found, Mapping) and len(found) > SHOWN_KEYS else found
    return InputError(place, rule, found=shown, todo=todo)


def percentage(found: object) -> str:
    """Return the advice that a number between 1 and 100 is written as a fraction, else nothing."""
    if isinstance(found, bool) or not isinstance(found, int | float) or not 1 < found <= 100:
        return ""
    return f"looks like a percentage: write {found / 100:.6g}"


def dotted(path: list[int | str]) -> str:
    """Return `["scores", 0, "score"]` as `scores[0].score`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
