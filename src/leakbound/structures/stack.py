"""The stack: structures with their weights, as `leakbound compare` leaves it for `assess --model stack`.

It is found by the evidence and the seed it was made with. A model that changed since makes it stale:
it is refused then, never used with older weights.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from leakbound.errors import InputError
from leakbound.evidence.table import Evidence
from leakbound.fit import cache_folder, load, posterior_place
from leakbound.posterior import Posterior
from leakbound.priors import Specification, read_specification
from leakbound.structures.mixture import Member, mixture_of
from leakbound.writing import write_text

SCHEMA = "leakbound.stack/2"
STACK = "stack"
LEAST_WEIGHT = 0.005


@dataclass(frozen=True)
class Entry:
    """One model of a stack: name or file, digests of model and posterior, stacking weight."""

    model: str
    model_digest: str
    posterior_digest: str
    weight: float
    elpd: float
    doubtful_cells: int


@dataclass(frozen=True)
class Stack:
    """Models and weights on one evidence, from so many cells; `seed` None is each model's own."""

    evidence_digest: str
    seed: int | None
    cells: int
    entries: tuple[Entry, ...]

    def used(self) -> tuple[Entry, ...]:
        """Return the entries with half a percent of the weight or more, weights summing to one."""
        kept = [entry for entry in self.entries if entry.weight >= LEAST_WEIGHT]
        total = sum(entry.weight for entry in kept)
        return tuple(replace(entry, weight=entry.weight / total) for entry in kept)


@dataclass(frozen=True)
class StackedSpecification(Specification):
    """The leading structure's priors under the name of the stack, and all its members with weights."""

    members: tuple[Member, ...] = ()

    @property
    def digest(self) -> str:
        """Sha256 of the members' digests and weights."""
        told = [[one.specification.digest, f"{one.weight:.9f}"] for one in self.members]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def members_of(specification: Specification) -> tuple[Member, ...]:
    """Return the structures that a specification stands for: a stack's by falling weight, else itself."""
    if not isinstance(specification, StackedSpecification):
        return (Member(specification, 1.0),)
    return tuple(sorted(specification.members, key=lambda one: -one.weight))


def stack_file(evidence: Evidence, seed: int | None, folder: Path | None = None) -> Path:
    """Return where the stack of this evidence and seed is kept."""
    own = "" if seed is None else f"-{seed}"
    return (folder or cache_folder()) / f"stack-{evidence.digest[:32]}{own}.json"


def write_stack(stack: Stack, place: Path) -> None:
    """Write a stack; the file appears whole or not at all."""
    told = {"schema": SCHEMA, **asdict(stack)}
    write_text(place, json.dumps(told, indent=1, allow_nan=False) + "\n")


def read_stack(evidence: Evidence, seed: int | None, folder: Path | None = None) -> Stack:
    """Return the stack made of this evidence and seed.

    Raises
    ------
    InputError
        There is none, or it is damaged: run `leakbound compare`.
    """
    place = stack_file(evidence, seed, folder)
    if not place.exists():
        raise InputError(
            "--model stack", "needs the stacking weights of this evidence, which are not there",
            todo=_again(seed),
        )  # fmt: skip
    try:
        return _stack_of(json.loads(place.read_text()), evidence, seed)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        said = f"is damaged ({type(problem).__name__}: {problem})"
        raise InputError(str(place), said, todo=_again(seed)) from None


def _stack_of(told: dict[str, Any], evidence: Evidence, seed: int | None) -> Stack:
    entries = tuple(Entry(**entry) for entry in told["entries"])
    stack = Stack(told["evidence_digest"], told["seed"], int(told["cells"]), entries)
    weights = [float(entry.weight) for entry in entries]
    whole = told["schema"] == SCHEMA and stack.evidence_digest == evidence.digest
    if not whole or stack.seed != seed:
        raise ValueError("schema, evidence or seed differ")
    if not all(0.0 <= w <= 1.0 for w in weights) or not math.isclose(
        sum(weights), 1.0, abs_tol=1e-6
    ):
        raise ValueError("the weights are no shares that sum to one")
    return stack


def dropped(stack: Stack, evidence: Evidence, folder: Path | None = None) -> tuple[str, ...]:
    """Return the models of the stack there that `stack` would replace and does not hold.

    A stack that can no longer be used has none: a model of it changed, or the file is damaged.
    """
    if not stack_file(evidence, stack.seed, folder).exists():
        return ()
    try:
        before = read_stack(evidence, stack.seed, folder)
        usable = all(_is_there(entry, stack.seed, evidence, folder) for entry in before.used())
    except InputError:
        return ()
    held = {entry.model for entry in stack.entries}
    return tuple(one.model for one in before.entries if one.model not in held) if usable else ()


def _is_there(entry: Entry, seed: int | None, evidence: Evidence, folder: Path | None) -> bool:
    place, digest = posterior_place(evidence, read_specification(entry.model), seed, folder)
    return digest == entry.posterior_digest and place.exists()


def stacked(
    stack: Stack, evidence: Evidence, folder: Path | None = None
) -> tuple[Posterior, Specification]:
    """Return the mixture of the cached posteriors, and what stands for its specification.

    Raises
    ------
    InputError
        A model changed since, or its posterior left the cache.
    """
    parts = [(entry, *_member(entry, stack.seed, evidence, folder)) for entry in stack.used()]
    members = tuple(Member(one, entry.weight) for entry, one, _ in parts)
    leading = max(members, key=lambda one: one.weight).specification
    title = f"Stack of {len(parts)} structures, led by: {leading.title}"
    mixture = mixture_of([(one, p) for one, (_, _, p) in zip(members, parts, strict=True)])
    own = {**vars(leading), "name": STACK, "title": title}
    return mixture, StackedSpecification(**own, members=members)


def _member(
    entry: Entry, seed: int | None, evidence: Evidence, folder: Path | None
) -> tuple[Specification, Posterior]:
    specification = read_specification(entry.model)
    place, digest = posterior_place(evidence, specification, seed, folder)
    posterior = load(place, digest) if digest == entry.posterior_digest else None
    if posterior is None:
        rule = f"the stack's model {entry.model} changed or left the cache since it was weighed"
        raise InputError("--model stack", rule, todo=_again(seed))
    return specification, posterior


def stack_of(
    evidence: Evidence,
    seed: int | None,
    cells: int,
    rows: Sequence[tuple[str, Specification, float, float, int]],
) -> Stack:
    """Return a stack of (model, specification, weight, elpd, doubtful cells)."""
    entries = tuple(
        Entry(
            model, specification.digest,
            posterior_place(evidence, specification, seed)[1],
            weight, elpd, doubtful,
        )
        for model, specification, weight, elpd, doubtful in rows
    )  # fmt: skip
    return Stack(evidence.digest, seed, cells, entries)


def _again(seed: int | None) -> str:
    own = "" if seed is None else f" --seed {seed}"
    return f"run leakbound compare{own} with the same --until and --evidence first"
