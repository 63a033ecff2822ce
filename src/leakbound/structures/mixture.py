"""A mixture of posteriors that differ in structure, as one posterior whose draws know their own.

Member m has its share w_m of the draws, so every mean over draws is the mixture's

    P(best <= y) = sum_m w_m E_m[P(best <= y | draw)]

Draws are dealt out so that any run of them holds each member by its share: thinning keeps the shares,
and batch means give the Monte-Carlo error of the mixture, not the spread between structures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from leakbound.errors import InputError
from leakbound.model.attempts import ATTEMPTS, AttemptDistribution
from leakbound.model.surface import Surface
from leakbound.model.unknown import expected_dose
from leakbound.posterior import Posterior
from leakbound.priors import Specification
from leakbound.units import Array

MEMBER = "member"
LABELS = ("benchmarks", "domains", "lineages", "centres", "newest", "cell_sources")


@dataclass(frozen=True)
class Member:
    """One structure of a mixture, with its weight."""

    specification: Specification
    weight: float


@dataclass(frozen=True)
class MixedPosterior(Posterior):
    """A posterior whose draws come from several structures; `draws["member"]` says from which."""

    members: tuple[Member, ...] = ()

    @property
    def codes(self) -> npt.NDArray[np.int64]:
        """(draw) index of each draw's member."""
        return self.draws[MEMBER].astype(np.int64)

    def thinned(self, samples: int) -> MixedPosterior:
        """Return about `samples` draws, evenly spaced within chain and member, weights kept."""
        step = max(1, self.samples // samples)
        if step == 1:
            return self
        length = self.samples // self.chains
        counts = shared_out(np.array([one.weight for one in self.members]), -(-length // step))
        code, at = dealt(counts)
        chosen = []
        for c, codes in enumerate(self.codes.reshape(self.chains, -1)):
            own = [np.flatnonzero(codes == i) for i in range(len(counts))]
            places = [
                index[(np.arange(n) * len(index) / max(n, 1)).astype(int)]
                for index, n in zip(own, counts, strict=True)
            ]
            chosen += [c * length + places[i][j] for i, j in zip(code, at, strict=True)]
        return replace(self, draws={name: v[chosen] for name, v in self.draws.items()})


@dataclass(frozen=True)
class MixedSurface(Surface):
    """The surface of each draw's own structure; arrays have the draw in the first dim, or none."""

    parts: tuple[tuple[Surface, npt.NDArray[np.int64]], ...] = ()
    draws: int = 0

    def dose_at(
        self, log10_compute: Any, lag: Any, *, slope: Any, midpoint: Any, efficiency: Any, xp: Any
    ) -> Any:
        """Return H as `Surface.dose_at`."""
        given = (log10_compute, lag, slope, midpoint, efficiency)
        return self._each(
            lambda part, c, t, h, m, e: part.dose_at(
                c, t, slope=h, midpoint=m, efficiency=e, xp=xp
            ),
            given,
        )

    def effective_compute(self, log10_compute: Any, lag: Any, *, efficiency: Any, xp: Any) -> Any:
        """Return the compute fraction as `Surface.effective_compute`."""
        return self._each(
            lambda part, c, t, e: part.effective_compute(c, t, efficiency=e, xp=xp),
            (log10_compute, lag, efficiency),
        )

    def training(self, dose: Any, lag: Any, *, ceiling: Any, rate: Any, xp: Any) -> Any:
        """Return U as `Surface.training`."""
        return self._each(
            lambda part, h, t, a, g: part.training(h, t, ceiling=a, rate=g, xp=xp),
            (dose, lag, ceiling, rate),
        )

    def inference(self, lag: Any, *, start: Any, rate: Any, xp: Any) -> Any:
        """Return V as `Surface.inference`."""
        return self._each(
            lambda part, t, v, g: part.inference(t, start=v, rate=g, xp=xp), (lag, start, rate)
        )

    def _each(self, curve: Callable[..., Any], given: tuple[Any, ...]) -> Array:
        out = np.empty(np.broadcast_shapes(*(np.shape(value) for value in given)))
        if out.ndim == 0 or out.shape[0] != self.draws:
            raise ValueError("the first dim must be the draw's")
        for part, index in self.parts:
            mine = (v[index] if np.ndim(v) and len(v) == self.draws else v for v in given)
            out[index] = curve(part, *mine)
        return out


def surface_of(posterior: Posterior) -> Surface:
    """Return the surface of a posterior's structure, for a mixture that of each draw's."""
    if not isinstance(posterior, MixedPosterior):
        return Surface(posterior.structure["dose"], posterior.structure["time"])
    codes = posterior.codes
    parts = tuple(
        (Surface(one.specification.dose, one.specification.time), np.flatnonzero(codes == i))
        for i, one in enumerate(posterior.members)
    )
    return MixedSurface("mixture", "mixture", parts, len(codes))


def attempts_of(posterior: Posterior, step: int = 1) -> AttemptDistribution:
    """Return the attempt distribution of a posterior, for a mixture that of every `step`-th draw.

    A mixture's functions take values with the draw in the last dim, and its `sd` has dim (draw).
    """
    if not isinstance(posterior, MixedPosterior):
        return ATTEMPTS[posterior.structure["attempts"]]
    names = tuple(member.specification.attempts for member in posterior.members)
    return mixed_attempts(names, posterior.codes[::step])


def mixed_attempts(names: tuple[str, ...], codes: npt.NDArray[np.int64]) -> AttemptDistribution:
    """Return the distribution whose draws, in the last dim, are of the family `names[codes]`."""
    different = tuple(dict.fromkeys(names))
    if len(different) == 1:
        return ATTEMPTS[different[0]]
    own = np.array([different.index(name) for name in names])[codes]
    parts = [(ATTEMPTS[name], np.flatnonzero(own == i)) for i, name in enumerate(different)]

    def each(kind: str) -> Callable[..., Array]:
        def curve(y: Any, *module: Any) -> Array:
            out = np.empty(np.shape(y))
            for family, index in parts:
                out[..., index] = getattr(family, kind)(y[..., index], *module)
            return out

        return curve

    curves: dict[str, Any] = {f.name: each(f.name) for f in fields(AttemptDistribution)}
    curves["sd"] = np.array([ATTEMPTS[name].sd for name in different])[own]
    return AttemptDistribution(**curves)


def usual_dose(posterior: Posterior, specification: Specification) -> float | Array:
    """Return the share of the ceiling of an attempt of unknown effort at lag 0, (draw) for a mixture."""
    if not isinstance(posterior, MixedPosterior):
        return float(expected_dose(specification, "", 0.0))
    each = np.array([float(expected_dose(m.specification, "", 0.0)) for m in posterior.members])
    return np.asarray(each[posterior.codes])


def mixture_of(parts: Sequence[tuple[Member, Posterior]]) -> Posterior:
    """Return the mixture of posteriors on the same evidence; a single one is returned as it is.

    Raises
    ------
    InputError
        The posteriors have different numbers of chains.
    ValueError
        They are of different evidence, or there is none.
    """
    if not parts:
        raise ValueError("a mixture needs at least one posterior")
    first = parts[0][1]
    if len(parts) == 1:
        return first
    _agree([posterior for _, posterior in parts])
    weights = np.array([member.weight for member, _ in parts])
    lengths = [posterior.samples // posterior.chains for _, posterior in parts]
    counts = shared_out(weights, min(lengths))
    code, at = dealt(counts)
    draws = {name: _drawn([p for _, p in parts], name, counts, code, at) for name in first.draws}
    draws[MEMBER] = np.tile(code.astype(np.float64), first.chains)
    own = {f.name: getattr(first, f.name) for f in fields(Posterior)}
    told = "".join(f"{p.digest}{m.weight:.9f}" for m, p in parts)
    return MixedPosterior(
        **{
            **own,
            "draws": draws,
            "structure": dict.fromkeys(first.structure, "mixture"),
            "digest": hashlib.sha256(told.encode()).hexdigest(),
            "checks": tuple(
                replace(check, name=f"{m.specification.name}: {check.name}")
                for m, p in parts
                for check in p.checks
            ),
            "path": None,
        },
        members=tuple(member for member, _ in parts),
    )


def _agree(posteriors: list[Posterior]) -> None:
    first = posteriors[0]
    for other in posteriors[1:]:
        if other.chains != first.chains:
            rule = "the models of a stack must have the same number of chains"
            raise InputError("sampler.chains", rule, found=[p.chains for p in posteriors])
        if any(repr(getattr(other, name)) != repr(getattr(first, name)) for name in LABELS):
            raise ValueError("the posteriors of a mixture are of different evidence")
    if any(not posterior.checks for posterior in posteriors):
        raise ValueError("a posterior of the mixture has no checks")


def shared_out(weights: Array, total: int) -> npt.NDArray[np.int64]:
    """Return whole numbers in proportion to the weights that sum to `total` (largest remainders)."""
    wanted = weights / weights.sum() * total
    counts = np.floor(wanted).astype(np.int64)
    order = np.argsort(counts - wanted, kind="stable")
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def dealt(counts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return member and place within the member of each draw, every run holding all by their share.

    Places are jittered (always alike), so that every k-th draw holds them by their share too.
    """
    code = np.repeat(np.arange(len(counts)), counts)
    at = np.concatenate([np.arange(n) for n in counts])
    jitter = np.random.default_rng(len(code)).random(len(code))
    order = np.argsort((at + jitter) / counts[code], kind="stable")
    return code[order], at[order]


def _drawn(
    posteriors: list[Posterior],
    name: str,
    counts: npt.NDArray[np.int64],
    code: npt.NDArray[np.int64],
    at: npt.NDArray[np.int64],
) -> Array:
    """Return one variable's draws, chain after chain, each member's spread evenly over its chain."""
    by_chain = []
    for posterior in posteriors:
        values = posterior.draws[name]
        by_chain.append(values.reshape(posterior.chains, -1, *values.shape[1:]))
    chains, trailing = by_chain[0].shape[0], by_chain[0].shape[2:]
    out = np.empty((chains, len(code), *trailing))
    for i, values in enumerate(by_chain):
        mine = code == i
        step = values.shape[1] / max(int(counts[i]), 1)
        out[:, mine] = values[:, (at[mine] * step).astype(np.int64)]
    return out.reshape(-1, *trailing)
