"""Log likelihood of each cell given the rest of its pair, effects of pair and shocks integrated out.

A cell of many attempts, often the only one of its pair with several, pins its own shock and its
pair's effects: weights on draws of these cannot take it out. Given all else, they are few numbers a
pair, whose integral quadrature finds for each draw; what is left to weigh are parameters that many
cells tell (integrated importance sampling, Vehtari et al. 2016, arXiv 1412.7461). What is estimated,
the density of a cell given all others, stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from leakbound.model.attempts import ATTEMPTS, AttemptDistribution, order_statistic_log_density
from leakbound.model.cell_draws import CellDraws
from leakbound.model.design import Design
from leakbound.structures.cell_groups import CellGroups, Group, groups_of
from leakbound.units import Array
from leakbound.workers import cores

HALF_LOG_2PI = 0.9189385332046727
REACH = 6.5
NEWTON_STEPS = 8
LONGEST_STEP = 1.5
WIDEST = 20.0
SCALES = np.linspace(-5.0, 1.5, 27)
TINY = 1e-300


@dataclass(frozen=True)
class Nodes:
    """Numbers of nodes for a pair's location, its log scale, and the location of a cell with a shock."""

    location: int = 41
    scale: int = 21
    shock: int = 31


NODES = Nodes()


def integrated_log_likelihood(
    design: Design, attempts: str, drawn: CellDraws, own: Mapping[str, Array], nodes: Nodes = NODES
) -> Array:
    """Return (draw, cell) log density of each cell given a draw of all else and its pair's other cells.

    Parameters
    ----------
    attempts
        Name of the attempt distribution.
    drawn
        What the draws say of each cell beside effects of pairs and shocks.
    own
        Draws of these effects, `pair_effect` and `scale_pair_effect` (draw, seen pair): they tell
        where nodes are needed, and nothing else.
    """
    import jax

    groups, family = groups_of(design), ATTEMPTS[attempts]
    location = _grid(_by_pair(drawn.location, groups), own["pair_effect"], drawn.spread)
    log_scale = _grid(
        _by_pair(drawn.log_scale, groups), own["scale_pair_effect"], drawn.scale_spread
    )
    share = drawn.shock_share[:, 0]
    every = (drawn.location, drawn.log_scale, drawn.left_out, share, location, log_scale)
    with jax.enable_x64(True):
        modes = jax.jit(lambda: _modes(groups.shocked, family))()
        densities = jax.jit(
            lambda inputs: jax.lax.map(
                lambda one: _of_draw(one, groups, modes, family, nodes), inputs
            )
        )

        def part(some: slice) -> Array:
            with jax.enable_x64(True):
                return np.asarray(densities(tuple(values[some] for values in every)))

        parts = _equal_parts(len(share), len(cores()))
        with ThreadPoolExecutor(len(parts)) as pool:
            return np.concatenate(list(pool.map(part, parts)))


def _equal_parts(n: int, parts: int) -> list[slice]:
    """Return `n` in slices of one length, for which XLA compiles once, and what is left over."""
    size = -(-n // parts)
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def _by_pair(values: Array, groups: CellGroups) -> Array:
    """Return (draw, seen pair) the mean of (draw, cell) over the cells of each pair."""
    has = groups.of_pair >= 0
    of_cells = values[:, groups.seen][:, groups.of_pair]
    return np.asarray((of_cells * has).sum(axis=1) / has.sum(axis=0))


def _grid(base: Array, own: Array, spread: Array) -> Array:
    """Return (draw, 4, seen pair): centre, unit and reach of nodes, and sd of the effect they are of.

    Nodes lie at centre + unit sinh(t) for t up to the reach: dense where the draws have the pair, and
    out to where the effect's prior ends, which a pair without one of its cells may need.
    """
    spread = np.broadcast_to(spread, own.shape)
    place = base + own
    narrow = np.maximum(place.std(axis=0), 1e-3 * spread)
    unit = 1.0 / np.sqrt(1.0 / narrow**2 + 1.0 / spread**2)
    centre = (unit / narrow) ** 2 * (place.mean(axis=0) - base)
    reach = np.arcsinh((np.abs(centre) + REACH * spread) / unit)
    return np.stack([centre, unit, reach, spread], axis=1)


def _nodes(grid: Any, n: int) -> tuple[Any, Any]:
    """Return (seen pair, node) effects, and logs of the prior mass that each stands for."""
    import jax.numpy as jnp

    centre, unit, reach, spread = (part[:, None] for part in grid)
    t = reach * np.linspace(-1.0, 1.0, n)
    effect = centre + unit * jnp.sinh(t)
    width = unit * jnp.cosh(t) * (2.0 * reach / (n - 1))
    return effect, jnp.log(width / spread) - 0.5 * (effect / spread) ** 2 - HALF_LOG_2PI


def _of_draw(
    one: tuple[Any, ...], groups: CellGroups, modes: Any, family: AttemptDistribution, nodes: Nodes
) -> Any:
    """Return (cell) log densities for one draw."""
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    location, log_scale, left_out, share, location_grid, scale_grid = one
    effect, mass = _nodes(location_grid, nodes.location)
    wider, mass_of_scale = _nodes(scale_grid, nodes.scale)
    mass = mass[:, :, None] + mass_of_scale[:, None, :]

    def scales(group: Group, wider: Any, shocks: float) -> tuple[Any, Any]:
        """Return (cell, node) scales of attempts, and of their scores with all that is left out."""
        own = jnp.exp(log_scale[group.cell][:, None] + wider)
        left = left_out[group.cell][:, None] + shocks * (share * own) ** 2
        return own, jnp.sqrt(own**2 + left / family.sd**2)

    def widened(group: Group) -> Any:
        return groups.scaled[group.slot][:, None] * wider[group.slot]

    group = groups.plain
    place = location[group.cell][:, None] + effect[group.slot]
    plain = _over_nodes(group, place, scales(group, widened(group), 1.0)[1], family)
    group = groups.shocked
    own, scale = scales(group, widened(group), 0.0)
    prior = (location[group.cell] + location_grid[0][group.slot], location_grid[1][group.slot])
    place = location[group.cell][:, None] + effect[group.slot]
    shocked = _over_shocks(group, place, prior, share * own, scale, modes, family, nodes.shock)
    found = jnp.concatenate([plain, shocked])
    total = _with_zero(found)[groups.of_pair].sum(axis=0) + mass
    without = logsumexp(total[groups.slot] - found, axis=(1, 2))
    group = groups.alone
    scale = scales(group, 0.0, 1.0)[1]
    alone = _density(group, location[group.cell][:, None], scale, family)[:, 0]
    out = jnp.zeros(groups.cells).at[group.cell].set(alone)
    return out.at[groups.seen].set(logsumexp(total, axis=(1, 2))[groups.slot] - without)


def _with_zero(values: Any) -> Any:
    """Return values (place, ...) with zeros in a place more, which -1 points to."""
    import jax.numpy as jnp

    return jnp.concatenate([values, jnp.zeros((1, *values.shape[1:]))])


def _density(group: Group, location: Any, scale: Any, family: AttemptDistribution) -> Any:
    """Return (cell, node) log densities of cells at locations and scales (cell, node)."""
    import jax.numpy as jnp

    def add(total: Any, _: Any, values: Any) -> Any:
        return total + _with_zero(values)[group.inner]

    at, of = location[group.entry_cell], scale[group.entry_cell]
    entry = order_statistic_log_density(family, group.gain, at, of, group.ranks, jnp, add)
    return _with_zero(entry)[group.entries].sum(axis=0)


def _over_nodes(group: Group, place: Any, scale: Any, family: AttemptDistribution) -> Any:
    """Return (cell, location, scale) log densities at every place with every scale."""
    import jax.numpy as jnp

    shape = (len(place), place.shape[1], scale.shape[1])
    at = jnp.broadcast_to(place[:, :, None], shape)
    return _density_at(group, at, jnp.broadcast_to(scale[:, None, :], shape), family)


def _density_at(group: Group, location: Any, scale: Any, family: AttemptDistribution) -> Any:
    """Return what `_density` does, of nodes in two dims (cell, node, node)."""
    flat = (len(location), location.shape[1] * location.shape[2])
    found = _density(group, location.reshape(flat), scale.reshape(flat), family)
    return found.reshape(location.shape)


def _modes(group: Group, family: AttemptDistribution) -> tuple[Any, Any]:
    """Return (cell, scale) mode of each cell's density in its location, and precision there, at `SCALES`.

    The precision in units of the scale. Newton's method with steps that are held: nodes are laid out
    by them, so that a rough one costs accuracy and no more.
    """
    import jax
    import jax.numpy as jnp

    scale = jnp.broadcast_to(jnp.exp(SCALES), (len(group.cell), len(SCALES)))
    longest = LONGEST_STEP * scale

    def slope(x: Any) -> Any:
        return jax.grad(lambda at: _density(group, at, scale, family).sum())(x)

    def bend(x: Any) -> tuple[Any, Any]:
        down, curve = jax.jvp(slope, (x,), (jnp.ones_like(x),))
        return down, jnp.maximum(-curve, 1.0 / (WIDEST * scale) ** 2)

    def step(_: int, x: Any) -> Any:
        down, precision = bend(x)
        return x + jnp.clip(down / precision, -longest, longest)

    entries = np.maximum(np.bincount(group.entry_cell, minlength=len(group.cell)), 1)
    mean = np.bincount(group.entry_cell, group.gain[:, 0], len(group.cell)) / entries
    mode = jax.lax.fori_loop(0, NEWTON_STEPS, step, mean[:, None] * jnp.ones_like(scale))
    return mode, bend(mode)[1] * scale**2


def _at_scale(modes: Any, scale: Any) -> tuple[Any, Any]:
    """Return (cell, node) mode and precision at scales (cell, node), between those of `SCALES`."""
    import jax.numpy as jnp

    at = (jnp.log(scale) - SCALES[0]) / (SCALES[1] - SCALES[0])
    at = jnp.clip(at, 0.0, len(SCALES) - 1.001)
    low = at.astype(int)
    rows = np.arange(len(scale))[:, None]
    mode, precision = (
        part[rows, low] * (1.0 - at + low) + part[rows, low + 1] * (at - low) for part in modes
    )
    return mode, precision / scale**2


def _over_shocks(
    group: Group, place: Any, prior: tuple[Any, Any], sd: Any, scale: Any, modes: Any,
    family: AttemptDistribution, n: int,
) -> Any:  # fmt: skip
    """Return (cell, location, scale) log densities with the shock, of sd (cell, scale), integrated out.

    A cell with a shock lies at its pair's place plus the shock. Its density is computed once at `n`
    nodes, about where it meets `prior`, mean and sd (cell) of the place in the draws, and summed under
    each place's prior of the shock.
    """
    import jax
    import jax.numpy as jnp

    mode, precision = _at_scale(modes, scale)
    middle, wide = (part[:, None] for part in prior)
    of_prior = 1.0 / (wide**2 + sd**2)
    centre = (precision * mode + of_prior * middle) / (precision + of_prior)
    unit = 1.0 / jnp.sqrt(precision + 1.0 / sd**2)
    reach = jnp.arcsinh((jnp.abs(middle - centre) + REACH / jnp.sqrt(of_prior)) / unit)
    t = reach[:, :, None] * np.linspace(-1.0, 1.0, n)
    x = centre[:, :, None] + unit[:, :, None] * jnp.sinh(t)
    log = _density_at(group, x, jnp.broadcast_to(scale[:, :, None], x.shape), family)
    log = log + jnp.log(jnp.cosh(t))
    most = log.max(axis=2, keepdims=True)
    weight = jnp.exp(log - most).astype(jnp.float32)
    offset = ((x - middle[:, :, None]) / sd[:, :, None]).astype(jnp.float32)

    def over(place: Any) -> Any:
        shift = ((place[:, None] - middle) / sd)[:, :, None].astype(jnp.float32)
        return (weight * jnp.exp(-0.5 * (offset - shift) ** 2)).sum(axis=2)

    found = jax.lax.map(over, place.T).astype(jnp.float64).transpose(1, 0, 2)
    width = jnp.log(unit / sd * 2.0 * reach / (n - 1)) - HALF_LOG_2PI + most[:, :, 0]
    return jnp.log(found + TINY) + width[:, None, :]
