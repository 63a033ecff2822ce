"""Which assumptions and priors draw on something that became known after the knowledge date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from leakbound.assessment import Assessment
from leakbound.prices import shipped_prices
from leakbound.structures.stack import members_of


def later_sources(found: Assessment) -> list[str]:
    """Return the assumptions and priors whose source tells of something after the knowledge date.

    A source does so when it names an outcome of the candidate, or an arXiv number or a month that
    is later. What a source does not say cannot be recognised, so there may be more.
    """
    day = found.until or found.candidate.released
    names = _later_names(found, day)
    said: dict[str, list[str]] = {}
    for where, what, source in _sources(found):
        if _later(source, day, names):
            said.setdefault(f"{what}: {source}", []).append(where)
    return [f"{text} ({', '.join(places)})" for text, places in said.items()]


def _sources(found: Assessment) -> Iterator[tuple[str, str, str]]:
    for key, scenario in found.scenarios.items():
        for one in scenario.assumptions():
            yield key, one.place, one.source
    for name, source in shipped_prices().default.sources.items():
        yield "prices", name, source
    for member in members_of(found.specification):
        for name, prior in member.specification.priors.items():
            yield "priors", name, prior.source


def _later_names(found: Assessment, day: dt.date) -> set[str]:
    """Return the names of later outcomes, and what in them no earlier name holds ("R1")."""
    later = {row.outcome.name for row in found.outcomes if row.outcome.date >= day}
    parts = {part for name in later for part in re.split(r"[\s-]+", name)}
    known = set(re.split(r"[\s-]+", found.candidate.name))
    telling = {part for part in parts - known if re.search("[A-Za-z]", part)}
    return later | {part for part in telling if re.search(r"\d", part)}


def _later(source: str, day: dt.date, names: set[str]) -> bool:
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", source) for name in names):
        return True
    month = (day.year, day.month)
    told = [(2000 + int(a), int(b)) for a, b in re.findall(r"\b(\d\d)(\d\d)\.\d{4,5}\b", source)]
    told += [(int(a), int(b)) for a, b in re.findall(r"\b(20\d\d)-(\d\d)\b", source)]
    return any(when > month for when in told)
