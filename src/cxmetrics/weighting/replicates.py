"""What weights fitted to margins do to the variance: the shares of replicates, each fitted anew.

Fitted weights depend on who answered, and meeting the margins takes variance away. A
formula that took the weights for given would see neither. So the sample is replicated,
and every replicate goes through the same fit as the sample did.

References:
    Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey
    data. Journal of the American Statistical Association 83, 231-241.
    Wolter, K. M. (2007). Introduction to Variance Estimation, 2nd ed. Springer,
    chapter 4.
"""

from collections.abc import Iterator
from functools import partial
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import scipy

from cxmetrics._checks import check_option, check_positive, check_rng, warn
from cxmetrics._typing import FloatArray, IndexArray, IntArray
from cxmetrics.errors import ConvergenceWarning
from cxmetrics.weighting.cells import Cells, Margin
from cxmetrics.weighting.fitting import Fit, fit

Replicates: TypeAlias = Literal["jackknife", "bootstrap"]

BLOCK = 1 << 21
"""Numbers held at a time, of all replicates together."""

FINEST = 1e-13
"""Smallest error of a fit that rounding lets through."""

EMPTY = 1e-12
"""Share of the weight of a cell that is rounding, when all of its members are left out."""

FINE = 1e-4
"""Error of a replicate's fit, in shares of what leaving out one cluster moves."""


class ReplicatedShares(NamedTuple):
    """Weighted shares of the points of a scale, with their covariance.

    Args:
        shares: Share of the weight on each point, 0...1; NaN without an answer.
        covariance: Covariance matrix of the shares; NaN with one cluster.
        df: Degrees of freedom of the covariance: clusters - 1.
    """

    shares: FloatArray
    covariance: FloatArray
    df: int


class Units(NamedTuple):
    """Clusters by what is in them: those that are alike are held once.

    Args:
        content: Units × (cells × points): sums of the base weights of one cluster.
        times: Number of clusters of each unit.
    """

    content: "scipy.sparse.csr_array[np.float64]"
    times: IntArray


def replicate_shares(
    cells: Cells,
    position: IndexArray,
    size: int,
    *,
    clusters: IndexArray | None = None,
    replicates: Replicates = "jackknife",
    draws: int = 1000,
    rng: "np.random.Generator | int | None" = None,
    tolerance: float = 1e-8,
    max_iterations: int = 100,
) -> ReplicatedShares:
    """Shares of the fitted weights on each point, with the covariance from refitted replicates.

    The jackknife leaves out one of the G clusters at a time; its covariance is
    (G - 1)/G Σ (p_r - p)(p_r - p)'. The bootstrap draws G - 1 clusters with
    replacement, so that it is not too small by (G - 1)/G; its covariance is the mean
    of (p_r - p)(p_r - p)'.

    Args:
        cells: The respondents and the margins that the weights must meet.
        position: Position on the scale of the answer of each respondent; `size` for a
            missing answer, which takes part in the fit but not in the shares.
        size: Number of points of the scale.
        clusters: Code of the cluster of each respondent, from 0; each is a cluster of
            its own unless given.
        replicates: "jackknife" or "bootstrap".
        draws: Number of replicates of the bootstrap.
        rng: Generator, or seed, of the bootstrap.
        tolerance: Largest relative deviation from a margin of a fit that converged.
        max_iterations: Rounds through the margins after which a fit ends.

    Returns:
        The shares, their covariance and its degrees of freedom.

    Raises:
        ArgumentError: If the options are not what they must be.

    Warns:
        ConvergenceWarning: If a replicate does not meet its margins, or has nobody
            at a level with a target.
    """
    check_option(replicates, "replicates", get_args(Replicates))
    units = _units(cells, position, size, clusters)
    n_clusters = int(units.times.sum())
    whole = (units.times @ units.content).reshape(1, cells.size, size + 1)
    refit = partial(
        _refitted,
        margins=cells.margins,
        tolerance=max(FINEST, min(tolerance, FINE / n_clusters)),
        max_iterations=2 * max_iterations,
    )
    shares, fitted = refit(whole, np.ones((cells.size, 1)))
    if replicates == "jackknife":
        blocks, scale, n = _jackknife(units, whole), (n_clusters - 1) / n_clusters, n_clusters
    else:
        n, rng = check_positive(draws, "draws"), check_rng(rng)
        blocks, scale = _bootstrap(units, whole, n, rng), 1 / n
    if n_clusters == 1:
        return ReplicatedShares(shares[0], np.full((size, size), np.nan), 0)
    factors = _per_base(fitted, whole)
    covariance, n_missed = np.zeros((size, size)), 0
    for tables, times in blocks:
        replicated, fitted = refit(tables, factors)
        moved = replicated - shares
        covariance += scale * (times * moved.T) @ moved
        n_missed += int(times @ (fitted.lost | (fitted.error > tolerance)))
    if n_missed:
        message = f"Each replicate must meet all targets, but {n_missed:,} of {n:,} do not:"
        warn(f"{message} some level has too few respondents.", ConvergenceWarning)
    return ReplicatedShares(shares[0], covariance, n_clusters - 1)


def _refitted(
    tables: FloatArray,
    factors: FloatArray,
    *,
    margins: tuple[Margin, ...],
    tolerance: float,
    max_iterations: int,
) -> tuple[FloatArray, Fit]:
    """Shares of each table (tables × cells × points) after a fit of its own.

    The fit starts where that of the whole sample ended, close to its own end.
    """
    fitted = fit(
        factors * tables.sum(axis=-1).T, margins, tolerance=tolerance, max_iterations=max_iterations
    )
    per_base = _per_base(fitted, tables)
    weighted = (per_base.T[:, None, :] @ tables)[:, 0, :-1]
    with np.errstate(invalid="ignore"):
        return np.asarray(weighted / weighted.sum(axis=-1, keepdims=True)), fitted


def _per_base(fitted: Fit, tables: FloatArray) -> FloatArray:
    """Fitted weight per base weight (cells × tables)."""
    base = tables.sum(axis=-1).T
    return np.asarray(np.divide(fitted.weights, base, out=np.zeros_like(base), where=base > 0))


def _units(cells: Cells, position: IndexArray, size: int, clusters: IndexArray | None) -> Units:
    """The clusters, those that are alike together.

    A respondent alone in a cluster is like all others with the same cell, answer and
    base weight, so that a million of them may be a few hundred units.
    """
    if clusters is None:
        clusters = np.arange(cells.n)
    at = cells.cell * (size + 1) + position
    levels, weight = np.unique(cells.base, return_inverse=True)
    _, kind = np.unique(at * len(levels) + weight, return_inverse=True)
    members = np.bincount(clusters)[clusters]
    _, unit = np.unique(np.where(members == 1, kind, cells.n + clusters), return_inverse=True)
    times = np.rint(np.bincount(unit, 1 / members)).astype(np.int64)
    shape = (len(times), cells.size * (size + 1))
    content = scipy.sparse.csr_array((cells.base / times[unit], (unit, at)), shape)
    content.sum_duplicates()
    return Units(content, times)


def _blocks(n: int, width: int) -> Iterator[slice]:
    """Replicates in blocks of bounded size."""
    step = max(1, BLOCK // width)
    return (slice(start, min(start + step, n)) for start in range(0, n, step))


def _jackknife(units: Units, whole: FloatArray) -> Iterator[tuple[FloatArray, IntArray]]:
    """Tables of the sample without one cluster, and how many clusters are like it."""
    rounding = EMPTY * whole.sum(axis=-1)
    for rows in _blocks(len(units.times), whole.size):
        tables = whole - units.content[rows].toarray().reshape(-1, *whole.shape[1:])
        tables[tables.sum(axis=-1) <= rounding] = 0
        yield tables, units.times[rows]


def _bootstrap(
    units: Units, whole: FloatArray, draws: int, rng: "np.random.Generator"
) -> Iterator[tuple[FloatArray, IntArray]]:
    """Tables of clusters drawn with replacement, one fewer than there are."""
    n = int(units.times.sum())
    for rows in _blocks(draws, max(whole.size, len(units.times))):
        drawn = rng.multinomial(n - 1, units.times / n, size=rows.stop - rows.start)
        tables = (drawn @ units.content).reshape(-1, *whole.shape[1:])
        yield tables, np.ones(len(tables), np.int64)
