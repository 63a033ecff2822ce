"""The order in which a report shows scenarios: from the most to the least reversible release."""

from __future__ import annotations

from collections.abc import Iterable

from leakbound.assessment import Assessment
from leakbound.scenario import RELEASES


def by_release(found: Assessment, keys: Iterable[str] | None = None) -> list[str]:
    """Return scenarios, all or the given ones, by release mode and then by key."""
    known = found.scenarios
    return sorted(known if keys is None else keys,
                  key=lambda key: (RELEASES.index(known[key].release), key))  # fmt: skip
