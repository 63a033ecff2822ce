"""The rules of evidence rows: one cell at a time (pandera), then between cells and rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from leakbound.errors import InputError
from leakbound.evidence.registry import Registry
from leakbound.evidence.technique import ACTORS, channel, unknown_words
from leakbound.units import LINKS

Finding = tuple[str, str, pd.Series]
GRACE_DAYS = 30
PAIR_KEYS = ("base_model", "benchmark", "source", "base_score")
PAIR_SHARES = (
    "base_released",
    "base_pretraining_flop",
    "base_posttraining_fraction",
    "base_items",
)
CELL_SHARES = (
    *("base_model", "benchmark", "base_score", "attempts", "source"),
    *("technique", "actor", "compute_fraction", "posttraining_flop"),
)


def check_columns(frame: pd.DataFrame, registry: Registry, where: str) -> None:
    """Check each column by itself: presence, vocabulary, range.

    Raises
    ------
    InputError
        The first broken rule by line.
    """
    import pandera.pandas as pa

    def rule(text: str, holds: object) -> pa.Check:
        return pa.Check(holds, name=text, error=text, ignore_na=True)

    def number(text: str, holds: object, *, required: bool = False) -> pa.Column:
        return pa.Column("float64", rule(text, holds), nullable=not required)

    def word(text: str, holds: object) -> pa.Column:
        return pa.Column("str", rule(text, holds))

    def filled(values: pd.Series) -> pd.Series:
        return values.str.strip() != ""

    whole = number(
        "must be a whole number, 0 or more", lambda x: (x >= 0) & (x % 1 == 0), required=True
    )
    schema = pa.DataFrameSchema(
        {
            "base_model": word("must not be empty", filled),
            "benchmark": word("must not be empty", filled),
            "cell": word("must not be empty", filled),
            "source": word("must not be empty", filled),
            "technique": word(
                "must be words of the vocabulary joined by +", lambda x: ~unknown_words(x)
            ),
            "actor": word(f"must be empty or one of {', '.join(ACTORS)}", _one_of(ACTORS)),
            "censored": word("must be empty or lower", _one_of(("lower",))),
            "attempts": whole,
            "rank": whole,
            "base_pretraining_flop": number("must be above 0", lambda x: x > 0),
            "posttraining_flop": number("must be above 0", lambda x: x > 0),
            "base_posttraining_fraction": number(
                "must be a fraction of pre-training compute, 0 to 10", lambda x: x.between(0, 10)
            ),
            "compute_fraction": number(
                "must be a fraction of pre-training compute, 0 to 10", lambda x: x.between(0, 10)
            ),
            "base_items": number("must be 1 or more", lambda x: x >= 1),
            "base_score": number("must be known", lambda x: x.notna(), required=True),
        }
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.sort_values("index", kind="stable")
        first = cases.iloc[0]
        raise InputError(
            f"{where}: line {first['index']}: column {first['column']}",
            _wording(str(first["check"])),
            found=first["failure_case"],
        ) from None
    for key in frame["benchmark"].unique():
        if key not in registry:
            line = frame.index[frame["benchmark"] == key][0]
            try:
                registry[key]
            except InputError as error:
                place = f"{where}: line {line}: column benchmark"
                raise InputError(place, error.rule, found=key, todo=error.todo) from None


def _wording(check: str) -> str:
    return "must be known" if check == "not_nullable" else check


def _one_of(words: tuple[str, ...]) -> object:
    return lambda values: values.isin(["", *words])


def check_relations(frame: pd.DataFrame, registry: Registry, where: str) -> None:
    """Check what must hold between the cells of a row and between the rows of a cell.

    Raises
    ------
    InputError
        The first broken rule in the order of this file.
    """
    findings = (
        *_scores(frame, registry),
        *_kinds(frame),
        *_dates(frame),
        *_compute(frame),
        *_pairs(frame),
    )
    for column, rule, bad in (*findings, *_cells(frame)):
        mask = bad.to_numpy(dtype=bool)
        if mask.any():
            line = frame.index[mask][0]
            more = int(mask.sum()) - 1
            todo = f"{more} more rows break this rule" if more else ""
            found = frame[column].tolist()[int(np.argmax(mask))]
            raise InputError(f"{where}: line {line}: column {column}", rule, found=found, todo=todo)


def _scores(frame: pd.DataFrame, registry: Registry) -> Iterator[Finding]:
    link = frame["benchmark"].map({key: registry[key].link for key in frame["benchmark"].unique()})
    for column in ("base_score", "score"):
        values = frame[column]
        for name, spec in LINKS.items():
            bad = (link == name) & values.notna() & ~values.between(spec.low, spec.high)
            if name == "logit":
                rule = "must be a fraction from 0 to 1 (56.5 % is 0.565)"
            else:
                bad |= (link == name) & (values <= 0)
                rule = f"must be above 0 ({spec.unit})"
            yield column, rule, bad


def _kinds(frame: pd.DataFrame) -> Iterator[Finding]:
    base_only = frame["attempts"] == 0
    yield "rank", "must be 0 where attempts is 0", base_only & (frame["rank"] != 0)
    yield "score", "must be empty where attempts is 0", base_only & frame["score"].notna()
    out_of_range = ~frame["rank"].between(1, frame["attempts"])
    yield "rank", "must be from 1 to attempts", ~base_only & out_of_range
    yield "score", "must be known where attempts is 1 or more", ~base_only & frame["score"].isna()


def _dates(frame: pd.DataFrame) -> Iterator[Finding]:
    attempted = frame["attempts"] > 0
    yield "released", "must be known", attempted & frame["released"].isna()
    yield "base_released", "must be known", attempted & frame["base_released"].isna()
    early = frame["base_released"] - frame["released"] > pd.Timedelta(days=GRACE_DAYS)
    yield "released", f"must not lie over {GRACE_DAYS} days before base_released", early
    yield "known", "must not lie before released", frame["known"] < frame["released"]


def _compute(frame: pd.DataFrame) -> Iterator[Finding]:
    both = frame["compute_fraction"].notna() & frame["posttraining_flop"].notna()
    yield "posttraining_flop", "must be empty where compute_fraction is given", both
    inference = channel(frame["technique"]) == "inference"
    costly = frame["compute_fraction"].fillna(0).gt(0) | frame["posttraining_flop"].notna()
    yield "technique", "inference techniques need compute_fraction 0 or empty", inference & costly
    free = frame["compute_fraction"] == 0
    yield "compute_fraction", "must be above 0 unless only inference changed", free & ~inference


def _pairs(frame: pd.DataFrame) -> Iterator[Finding]:
    """Check that one base measured once is told once, of which the fit takes a single row's word."""
    attempted = frame[frame["attempts"] > 0]
    groups = attempted.groupby(list(PAIR_KEYS), sort=False, dropna=False)
    for column in PAIR_SHARES:
        rule = "must be the same in all rows of one base, benchmark, source and base_score"
        yield column, rule, _over(_differs(attempted[column], groups[column]), frame)


def _differs(values: pd.Series, groups: pd.api.typing.SeriesGroupBy[Any, Any]) -> pd.Series:
    """Return where a value is not the first that its group knows, all unknown being alike."""
    first = groups.transform("first")
    return (values != first) & ~(values.isna() & first.isna())


def _cells(frame: pd.DataFrame) -> Iterator[Finding]:
    """Check cells of several rows; most rows of an attempt table are alone in theirs."""
    shared = frame[frame["cell"].duplicated(keep=False)]
    groups = shared.groupby("cell", sort=False)
    for column in CELL_SHARES:
        differs = _differs(shared[column], groups[column])
        yield column, "must be the same in all rows of one cell", _over(differs, frame)
    repeated = shared.duplicated(["cell", "rank"], keep="first")
    yield "rank", "must appear once in its cell (duplicate row)", _over(repeated, frame)
    ordered = shared.sort_values(["cell", "rank"], kind="stable")
    falls = (ordered["score"].diff() < 0) & (ordered["cell"] == ordered["cell"].shift())
    yield "score", "must not fall as rank rises in a cell", _over(falls, frame)
    several = frame[frame["attempts"] > 1].drop(columns="cell")
    same = several.duplicated(keep="first")
    yield "cell", "must not repeat another row under a new name", _over(same, frame)


def _over(mask: pd.Series, frame: pd.DataFrame) -> pd.Series:
    return mask.reindex(frame.index, fill_value=False)
