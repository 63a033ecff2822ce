"""How attempts on one base scatter, and the joint density of their order statistics.

A cell holds n attempts with standardised scores y = (gain - location)/scale. Of their order
statistics some ranks r1 < ... < rk are known; with distribution F and density f the joint density is

    n!/((r1-1)! prod (r_{j+1}-r_j-1)! (n-rk)!) F(y1)^(r1-1) prod f(yj)
        prod (F(y_{j+1}) - F(y_j))^(r_{j+1}-r_j-1) (1 - F(yk))^(n-rk)

(David and Nagaraja, Order Statistics, 2003, eq. 2.2.2). For n = 1 it is the plain density.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

GUMBEL_FLOOR = -3.0
GUMBEL_TAIL = 30.0
TIE_WIDTH = 0.01
SMALLEST_STEP = 1e-12
LARGEST = 700.0


@dataclass(frozen=True)
class AttemptDistribution:
    """A location-scale family: log cdf, log survival, log density; `sd` of the standard member.

    The functions take standardised values and the array module (numpy or pytensor.tensor);
    `log_interval` takes two values and gives log(F(upper) - F(lower)).
    """

    log_cdf: Callable[[Any, Any], Any]
    log_survival: Callable[[Any, Any], Any]
    log_density: Callable[[Any, Any], Any]
    log_interval: Callable[[Any, Any, Any], Any]
    sd: float


def gumbel_log_cdf(y: Any, xp: Any) -> Any:
    """Return -exp(-y), continued as a straight line below -3, where the cdf is 2e-9."""
    held = xp.maximum(y, GUMBEL_FLOOR)
    return -xp.exp(-held) * (1.0 + held - y)


def gumbel_log_survival(y: Any, xp: Any) -> Any:
    """Return log(1 - F), which is -y to within 1e-13 from 30 on."""
    held = xp.minimum(y, GUMBEL_TAIL)
    return log1mexp(gumbel_log_cdf(held, xp), xp) - (y - held)


def gumbel_log_density(y: Any, xp: Any) -> Any:
    """Return -y - exp(-y), with the same continuation below -3."""
    return -y + gumbel_log_cdf(y, xp)


def gumbel_log_interval(lower: Any, upper: Any, xp: Any) -> Any:
    """Return log(F(upper) - F(lower))."""
    return _log_difference(gumbel_log_cdf(lower, xp), gumbel_log_cdf(upper, xp), xp)


def logistic_log_cdf(y: Any, xp: Any) -> Any:
    """Return -log(1 + exp(-y))."""
    return xp.minimum(y, 0.0) - _log1p_of_decay(y, xp)


def logistic_log_survival(y: Any, xp: Any) -> Any:
    """Return -log(1 + exp(y))."""
    return -xp.maximum(y, 0.0) - _log1p_of_decay(y, xp)


def logistic_log_density(y: Any, xp: Any) -> Any:
    """Return log F + log(1 - F)."""
    return -xp.abs(y) - 2.0 * _log1p_of_decay(y, xp)


def logistic_log_interval(lower: Any, upper: Any, xp: Any) -> Any:
    """Return log(F(upper) - F(lower)): F(upper) (1 - F(lower)) (1 - exp(lower - upper)), exactly."""
    between = log1mexp(xp.minimum(lower - upper, -SMALLEST_STEP), xp)
    return logistic_log_cdf(upper, xp) + logistic_log_survival(lower, xp) + between


def _log1p_of_decay(y: Any, xp: Any) -> Any:
    """Return log(1 + exp(-|y|)), which cdf, survival and density share.

    Held where exp would overflow: XLA differentiates exp(|y|) too, in a branch that is not taken.
    """
    return xp.log1p(xp.exp(-xp.minimum(xp.abs(y), LARGEST)))


def student_log_cdf(y: Any, xp: Any) -> Any:
    """Return log F of Student's t with 4 degrees of freedom: F = (1+s)^2 (2-s)/4, s = y/sqrt(4+y^2).

    1 + s is computed as 4/(4+y^2)/(1-s) on the left, where it would cancel.
    """
    s = y / xp.sqrt(4.0 + y * y)
    left = 4.0 / (4.0 + y * y) / (1.0 - xp.minimum(s, 0.0))
    return 2.0 * xp.log(xp.where(y < 0.0, left, 1.0 + s)) + xp.log(2.0 - s) - xp.log(4.0)


def student_log_survival(y: Any, xp: Any) -> Any:
    """Return log(1 - F) by symmetry."""
    return student_log_cdf(-y, xp)


def student_log_density(y: Any, xp: Any) -> Any:
    """Return the log density of Student's t with 4 degrees of freedom: (3/8) (1 + y^2/4)^(-5/2)."""
    return xp.log(0.375) - 2.5 * xp.log1p(0.25 * y * y)


def student_log_interval(lower: Any, upper: Any, xp: Any) -> Any:
    """Return log(F(upper) - F(lower))."""
    return _log_difference(student_log_cdf(lower, xp), student_log_cdf(upper, xp), xp)


def _log_difference(lower: Any, upper: Any, xp: Any) -> Any:
    """Return log(exp(upper) - exp(lower)) for lower < upper."""
    return upper + log1mexp(xp.minimum(lower - upper, -SMALLEST_STEP), xp)


def log1mexp(x: Any, xp: Any) -> Any:
    """Return log(1 - exp(x)) for x < 0 (Maechler 2012)."""
    near = x > -0.6931471805599453
    inner = xp.where(near, x, -1.0)
    outer = xp.where(near, -1.0, x)
    return xp.where(near, xp.log(-xp.expm1(inner)), xp.log1p(-xp.exp(outer)))


ATTEMPTS: dict[str, AttemptDistribution] = {
    "gumbel": AttemptDistribution(
        gumbel_log_cdf, gumbel_log_survival, gumbel_log_density, gumbel_log_interval,
        sd=np.pi / np.sqrt(6.0),
    ),
    "logistic": AttemptDistribution(
        logistic_log_cdf, logistic_log_survival, logistic_log_density, logistic_log_interval,
        sd=np.pi / np.sqrt(3.0),
    ),
    "student-t": AttemptDistribution(
        student_log_cdf, student_log_survival, student_log_density, student_log_interval,
        sd=np.sqrt(2.0),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Ranks:
    """Known order statistics, one entry each, those of a cell adjacent and by ascending rank.

    Attributes
    ----------
    exact
        (entry) 1, or 0 where only a limit is known.
    below, above
        (entry) attempts of the cell below its first known entry, and above its last. Where only a
        limit is known: 1 above one that is exceeded, all attempts below one that none reached.
    inner_index, inner_count
        Entries with attempts between them and the entry before them in the cell, and how many.
    log_constant
        (entry) log of the multinomial constant's share of the entry.
    """

    exact: Any
    below: Any
    above: Any
    inner_index: Any
    inner_count: Any
    log_constant: Any


def ranks_of(
    cell: npt.NDArray[np.int64],
    n: npt.ArrayLike,
    rank: npt.ArrayLike,
    *,
    exceeded: npt.NDArray[np.bool_] | None = None,
    failed: npt.NDArray[np.bool_] | None = None,
) -> Ranks:
    """Return the factors of each entry; entries must be sorted by cell, then rank.

    Parameters
    ----------
    cell
        (entry) cell index.
    n, rank
        (entry) attempts in the cell and rank of the entry among them, 1 = lowest.
    exceeded, failed
        (entry) whether the score is a lower limit of one attempt's, or an upper limit of all attempts
        of the cell, whose only entry it then is; none by default.
    """
    from scipy.special import gammaln

    total, r = np.asarray(n, dtype=np.float64), np.asarray(rank, dtype=np.float64)
    none = np.zeros(len(cell), dtype=bool)
    lower, upper = none if exceeded is None else exceeded, none if failed is None else failed
    limit = lower | upper
    same = np.concatenate([[False], cell[1:] == cell[:-1]])
    last = np.concatenate([cell[1:] != cell[:-1], [True]])
    before = np.where(same, np.arange(len(cell)) - 1, np.arange(len(cell)))
    below = np.where(same | limit, 0.0, r - 1.0)
    between = np.where(same, r - r[before] - 1.0, 0.0)
    above = np.where(last, total - r, 0.0)
    constant = np.where(same, 0.0, gammaln(total + 1.0)) - gammaln(below + 1.0)
    constant -= gammaln(between + 1.0) + gammaln(above + 1.0)
    below = np.where(upper, total, below)
    above = np.where(limit, lower.astype(np.float64), above)
    inner = np.flatnonzero(between > 0)
    return Ranks(
        (~limit).astype(np.float64), below, above, inner, between[inner],
        np.where(limit, 0.0, constant),
    )  # fmt: skip


def order_statistic_log_density(
    family: AttemptDistribution,
    gain: Any,
    location: Any,
    scale: Any,
    ranks: Ranks,
    xp: Any,
    add: Callable[[Any, Any, Any], Any],
    tie_width: float = TIE_WIDTH,
) -> Any:
    """Return each entry's share of the joint log density of its cell's order statistics.

    Parameters
    ----------
    gain, location, scale
        (entry) gain, and location and scale of its cell on the link scale.
    add
        `add(total, index, values)`: total with values added at the indices, in the module `xp`.
    tie_width
        Scores are rounded: neighbours are taken to lie at least this far apart, on either side, in
        the term for attempts between them, so that ties do not make it minus infinity.
    """
    y = (gain - location) / scale
    total = ranks.exact * (family.log_density(y, xp) - xp.log(scale)) + ranks.log_constant
    total = total + ranks.below * family.log_cdf(y, xp) + ranks.above * family.log_survival(y, xp)
    j = ranks.inner_index
    half = 0.5 * tie_width / scale[j]
    between = family.log_interval(y[j - 1] - half, y[j] + half, xp)
    return add(total, j, ranks.inner_count * between)


def add_numpy(total: Any, index: Any, values: Any) -> Any:
    """Return a copy of `total` with `values` added at `index`."""
    out = np.array(total, dtype=np.float64)
    np.add.at(out, index, values)
    return out
