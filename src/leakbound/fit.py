"""Sampling and the posterior cache.

A posterior is found by the digest of all that made it: evidence, model, sampler, seed, versions.
It is written atomically with a checksum; a file that does not match is sampled again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from leakbound import __version__
from leakbound.checks import Check, check_fit, judged_again
from leakbound.evidence.table import Evidence
from leakbound.patience import Judge, Sampled, Say, aimed_at, with_patience
from leakbound.posterior import Posterior, posterior_from, tree_of
from leakbound.priors import Sampler, Specification
from leakbound.writing import check_file, write_text, write_whole

if TYPE_CHECKING:
    import xarray as xr


MODEL_VERSION = 19
VERSION_OF_PART: dict[str, int] = {}
VERSIONED = ("pymc", "nutpie", "pytensor", "jax", "numpy")


@dataclass(frozen=True)
class FitRecord:
    """What is known of a cached posterior beside its draws."""

    digest: str
    checks: tuple[Check, ...]
    versions: Mapping[str, str]
    seed: int


def versions() -> dict[str, str]:
    """Return the versions of the packages that a posterior depends on."""
    return {"leakbound": __version__, **{name: version(name) for name in VERSIONED}}


def model_version(specification: Specification) -> int:
    """Return the version of the model in which draws of this structure last changed."""
    parts = (specification.dose, specification.time, specification.attempts)
    return max(VERSION_OF_PART.get(part, MODEL_VERSION) for part in parts)


def fit_digest(evidence: Evidence, specification: Specification, seed: int) -> str:
    """Return the key of the posterior in the cache."""
    told = {
        "evidence": evidence.digest,
        "model": specification.digest,
        "model_version": model_version(specification),
        "seed": seed,
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def cache_folder() -> Path:
    """Return the cache folder: LEAKBOUND_CACHE, else leakbound in the user's cache folder."""
    own = os.environ.get("LEAKBOUND_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leakbound"


def posterior_place(
    evidence: Evidence, specification: Specification, seed: int | None, folder: Path | None = None
) -> tuple[Path, str]:
    """Return the file of a posterior in the cache, and its key; `seed` None is the model's own."""
    own = specification.sampler.seed if seed is None else seed
    digest = fit_digest(evidence, specification, own)
    return (folder or cache_folder()) / f"{digest[:32]}.nc", digest


def fit(
    evidence: Evidence,
    specification: Specification,
    *,
    seed: int | None = None,
    folder: Path | None = None,
    say: Say = lambda text: None,
    progress: bool = True,
    judge: Judge = aimed_at,
) -> Posterior:
    """Return the posterior, from the cache when it is there and whole, else sampled and cached.

    Its checks come with it, passed or not: whoever draws a verdict calls `checks.require`. `judge`
    returns a check with what the caller aims at, which decides whether to sample once more.
    """
    seed = specification.sampler.seed if seed is None else seed
    place, digest = posterior_place(evidence, specification, seed, folder)

    def sampled() -> Sampled:
        say("sampling the posterior (cached afterwards) ...")
        return sample(evidence, specification, seed=seed, progress=progress, say=say, judge=judge)

    return kept_at(place, digest, seed, sampled, say=say)


def kept_at(
    place: Path,
    digest: str,
    seed: int,
    sampled: Callable[[], Sampled],
    *,
    say: Say = lambda text: None,
) -> Posterior:
    """Return the posterior at `place`: read where it is there and whole, else `sampled` and stored.

    One that another process stored meanwhile, which is the same, is taken as it is.
    """
    cached = load(place, digest, say=say)
    if cached is not None:
        return cached
    check_file(place)
    tree, checks = sampled()
    elsewhere = load(place, digest)
    if elsewhere is not None:
        return elsewhere
    store(tree, place, FitRecord(digest, checks, versions(), seed))
    again = load(place, digest, say=say)
    if again is None:
        raise OSError(f"{place}: the posterior just written cannot be read back")
    return again


def sample(
    evidence: Evidence,
    specification: Specification,
    *,
    seed: int,
    progress: bool = True,
    say: Say = lambda text: None,
    judge: Judge = aimed_at,
) -> Sampled:
    """Compile and sample the model, once more if `judge` lets a check fail (`with_patience`).

    Returns what the cache keeps, and the checks.
    """
    from leakbound.chains import chains_apart
    from leakbound.model.design import design_of

    design = design_of(evidence, specification)

    def sampled(settings: Sampler, again: bool) -> Sampled:
        own = replace(specification, sampler=settings)
        draws = chains_apart(design, own, seed=seed, progress=progress)
        tree = tree_of(*draws, design, specification)
        return tree, check_fit(tree)

    return with_patience(specification.sampler, sampled, judge=judge, say=say)[0]


def store(tree: xr.DataTree, place: Path, record: FitRecord) -> None:
    """Write draws and record; each file appears whole or not at all, the record last.

    A record whose checksum is of other draws counts as none.
    """

    def write(part: Path) -> None:
        tree.to_netcdf(part, engine="h5netcdf")

    write_whole(place, write)
    told = {"checksum": _checksum(place), **asdict(record)}
    write_text(place.with_suffix(".json"), json.dumps(told, indent=1, allow_nan=True))


def load(place: Path, digest: str, *, say: Say = lambda text: None) -> Posterior | None:
    """Return the cached posterior, or None when it is absent or damaged (said through `say`).

    It is damaged without all of its checks too, which are held against the limits of today.
    """
    record_file = place.with_suffix(".json")
    if not record_file.exists() or not place.exists():
        return None
    try:
        told = json.loads(record_file.read_text())
        checks = judged_again([Check(**check) for check in told["checks"]])
        seed = int(told["seed"])
        whole = told["digest"] == digest and told["checksum"] == _checksum(place)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        whole = False
    if not whole:
        say(f"the cached posterior {place.name} is damaged; sampling again")
        return None
    return posterior_from(place, digest=digest, checks=checks, seed=seed)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
