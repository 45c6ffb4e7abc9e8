"""Designs: what weights and clusters add to counts, so that any linear score has its variance.

The linearised variance of a weighted mean needs one sum of squares: with W the total
weight, t_c the weights of cluster c by point and d the scores less their mean,

    Σ_c (t_c · d)² / W² = d' M d / W²,    M = Σ_c t_c t_c'.

An answer that stands for itself is a cluster of its own; M is then diagonal, with the
sums of the squared weights. Either form adds over parts that share no cluster.

References:
    Binder, D. A. (1983). On the variances of asymptotically normal estimators from
    complex surveys. International Statistical Review 51, 279-292.
    Kish, L. (1965). Survey Sampling. Wiley.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Any, Self

import numpy as np
import scipy

from cxmetrics._checks import fail
from cxmetrics._frozen import SHARED
from cxmetrics._typing import AnyArray, FloatArray, IndexArray, IntArray, Ints
from cxmetrics.errors import FormatError, MismatchError, OverlappingClustersError
from cxmetrics.summaries.summary import Additive

NO_SPREAD = 1e-13
"""Share of a variance that is rounding: totals that differ by less are alike."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted(Additive):
    """Sums of sampling weights per point of a scale.

    Args:
        weights: Sum of the weights.
        squares: Sum of their squares.
    """

    weights: FloatArray
    squares: FloatArray

    def __post_init__(self) -> None:
        for name in ("weights", "squares"):
            object.__setattr__(self, name, _amounts(getattr(self, name), name))
        if self.weights.shape != self.squares.shape or not self.weights.ndim:
            came = f"shapes {self.weights.shape} and {self.squares.shape}"
            fail(MismatchError, f"`weights` and `squares` must have one sum per point, not {came}.")
        Additive.__post_init__(self)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.weights.shape[:-1]

    @property
    def size(self) -> int:
        """Number of points."""
        size: int = self.weights.shape[-1]
        return size

    @property
    def name(self) -> str:
        """The design in a word."""
        return "weighted"

    def mirrored(self) -> Self:
        """The sums with the scale turned round."""
        return self._with(
            {
                name: np.flip(content, tuple(range(len(self.shape), np.ndim(content))))
                for name, content in self._sums()
            }
        )

    def columns(self, points: Sequence[str]) -> dict[str, AnyArray]:
        """The sums as columns of a table, whose names tell the points."""
        return {
            f"{name}_{point}": content[..., k].ravel()
            for name, content in (("weight", self.weights), ("square", self.squares))
            for k, point in enumerate(points)
        }

    def units(self, n: FloatArray) -> FloatArray:
        """Number of independent draws among `n` answers."""
        return n

    def spread(self, d: FloatArray) -> FloatArray:
        """Σ_c (t_c · d)² of values per point, one set of them per row of the batch."""
        return np.asarray((self.squares * d**2).sum(axis=-1))

    def kish(self) -> FloatArray:
        """(Σ_c W_c)² / Σ_c W_c², with W_c the weights of the clusters: Kish's effective number."""
        return np.asarray(self.weights.sum(axis=-1) ** 2 / self.spread(np.ones_like(self.weights)))

    def n_effective(self, n: FloatArray, scores: FloatArray) -> FloatArray:
        """Number of simple random answers that say as much about the mean of these scores.

        The variance that simple random answers would have, over the linearised one,
        times n: free of a confidence level, n for equal weights, and Kish's number
        where all answers or all clusters are alike.
        """
        total, units = self.weights.sum(axis=-1), self.units(n)
        with np.errstate(invalid="ignore", divide="ignore"):
            kish = self.kish()
            p = self.weights / total[..., None]
            d = scores - (p @ scores)[..., None]
            ratio = (p * d**2).sum(axis=-1) / (self.spread(d) / total**2)
            # One answer in one cluster is a simple random answer.
            loss = np.where(units == n, 1, n * (units - 1) / ((n - 1) * units))
            found = ratio * loss
        scored = np.where(self.weights > 0, scores, np.nan)
        alike = np.fmax.reduce(scored, axis=-1) == np.fmin.reduce(scored, axis=-1)
        alike |= (units == 1) | ~(ratio < kish / NO_SPREAD)
        return np.where(total > 0, np.where(alike, kish, found), 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustered(Weighted):
    """Sums over clusters of answers per point of a scale, weighted or not.

    Args:
        weights: Sum of the weights; without weights, the counts.
        squares: Sum of their squares.
        products: Σ t t' over the clusters, with t the sums of weights by point.
        n_clusters: Number of clusters.
        overlap: Groups with the same number here, other than 0, share clusters.
        with_weights: Whether the answers have weights.
    """

    products: FloatArray
    n_clusters: Ints
    overlap: Ints
    with_weights: bool = field(metadata=SHARED)

    def __post_init__(self) -> None:
        Weighted.__post_init__(self)
        products = _amounts(self.products, "products")
        if products.shape != (*self.weights.shape, self.size):
            square = f"a square table over {self.size} points"
            fail(MismatchError, f"`products` must be {square}, not of shape {products.shape}.")
        object.__setattr__(self, "products", products)
        for name in ("n_clusters", "overlap"):
            numbers = _amounts(getattr(self, name), name)
            if numbers.shape != self.shape or (numbers != np.floor(numbers)).any():
                fail(MismatchError, f"`{name}` must be one whole number per row.")
            object.__setattr__(self, name, numbers.astype(np.int64))
        Additive.__post_init__(self)

    @property
    def name(self) -> str:
        """The design in a word or two."""
        return "weighted and clustered" if self.with_weights else "clustered"

    def columns(self, points: Sequence[str]) -> dict[str, AnyArray]:
        """The sums as columns of a table, whose names tell the points."""
        own = Weighted.columns(self, points) if self.with_weights else {}
        own |= {"n_clusters": np.ravel(self.n_clusters), "overlap": np.ravel(self.overlap)}
        return own | _square_columns("product", self.products, points)

    def units(self, n: FloatArray) -> FloatArray:
        """Number of clusters."""
        del n
        return np.asarray(self.n_clusters, np.float64)

    def spread(self, d: FloatArray) -> FloatArray:
        """Σ_c (t_c · d)² of values per point, one set of them per row of the batch."""
        square = np.einsum("...j,...jk,...k->...", d, self.products, d)
        return np.asarray(np.maximum(square, 0))

    def __add__(self, other: object) -> Self:
        if not isinstance(other, Clustered) or self.shape != other.shape:
            return Weighted.__add__(self, other)
        check_apart(self, other, "Can't add counts of groups that share clusters.")
        numbers = np.stack([np.ravel(self.overlap), np.ravel(other.overlap)])
        rows = np.broadcast_to(np.arange(numbers.shape[1]), numbers.shape)
        overlap = linked(rows.ravel(), numbers.ravel(), numbers.shape[1])
        return Weighted.__add__(self, other)._joined(overlap.reshape(self.shape))

    def regrouped(self, codes: IndexArray, size: int) -> Self:
        """The sums of the rows of a batch that share a code, but no cluster."""
        self._check_apart(codes)
        overlap = linked(codes, np.asarray(self.overlap), size)
        return Weighted.regrouped(self, codes, size)._joined(overlap)

    def others(self) -> Self:
        """For each row of a batch, the sum of all the other rows, with other clusters."""
        self._check_apart(np.zeros(self.shape, np.intp))
        return Weighted.others(self)._joined(np.zeros(self.shape, np.int64))

    def _check_apart(self, codes: IndexArray) -> None:
        """Rows that are summed must not share clusters."""
        overlap = np.asarray(self.overlap)
        crossing = overlap > 0
        meetings = np.stack([codes[crossing], overlap[crossing]])
        if np.unique(meetings, axis=1).shape != meetings.shape:
            message = "Can't total groups that share clusters."
            hint = "did you mean to tabulate again, by fewer columns?"
            fail(OverlappingClustersError, message, hint)

    def _joined(self, overlap: AnyArray) -> Self:
        """The same with other numbers of overlap, which do not add."""
        return self._with(dict(self._sums()) | {"overlap": overlap})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replicated(Weighted):
    """Fitted weights, whose variance comes from replicates that were fitted anew.

    Args:
        weights: Sum of the weights.
        squares: Sum of their squares.
        covariance: Covariance of the weighted shares of the points.
        n_clusters: Number of clusters, of which each replicate lacks or draws some.
    """

    covariance: FloatArray
    n_clusters: Ints

    def __post_init__(self) -> None:
        Weighted.__post_init__(self)
        covariance = np.array(self.covariance, np.float64)
        if covariance.shape != (*self.weights.shape, self.size):
            square = f"a square table over {self.size} points"
            fail(MismatchError, f"`covariance` must be {square}, not of shape {covariance.shape}.")
        symmetric = (covariance + np.swapaxes(covariance, -1, -2)) / 2
        object.__setattr__(self, "covariance", symmetric)
        object.__setattr__(self, "n_clusters", np.array(self.n_clusters, np.int64))
        Additive.__post_init__(self)

    @property
    def name(self) -> str:
        """The design in a word."""
        return "raked"

    def columns(self, points: Sequence[str]) -> dict[str, AnyArray]:
        """The sums as columns of a table, whose names tell the points."""
        own = Weighted.columns(self, points) | {"n_clusters": np.ravel(self.n_clusters)}
        return own | _square_columns("covariance", self.covariance, points)

    def units(self, n: FloatArray) -> FloatArray:
        """Number of clusters."""
        del n
        return np.asarray(self.n_clusters, np.float64)

    def spread(self, d: FloatArray) -> FloatArray:
        """The square that gives the variance of the replicates, with its factor G/(G - 1)."""
        square = np.einsum("...j,...jk,...k->...", d, self.covariance, d)
        units = np.asarray(self.n_clusters, np.float64)
        total = self.weights.sum(axis=-1)
        return np.asarray(np.maximum(square, 0) * (units - 1) / units * total**2)

    def kish(self) -> FloatArray:
        """(Σω)² / Σω²."""
        return np.asarray(self.weights.sum(axis=-1) ** 2 / self.squares.sum(axis=-1))

    def __add__(self, other: object) -> Self:
        del other
        message = "Can't add counts with fitted weights."
        fail(MismatchError, message, "did you mean to fit the weights of all respondents together?")


def linked(row: IndexArray, number: IntArray, size: int) -> IntArray:
    """Numbers of overlap of `size` rows, where a row may have had several before.

    What two rows share links them, and what they share with others too: all rows that
    hang together get the smallest of their numbers.
    """
    row, number = row[number > 0], number[number > 0]
    if not len(number):
        return np.zeros(size, np.int64)
    names, name = np.unique(number, return_inverse=True)
    nodes = size + len(names)
    network = scipy.sparse.coo_array((np.ones(len(row)), (row, size + name)), (nodes, nodes))
    _, part = scipy.sparse.csgraph.connected_components(network, directed=False)
    smallest = np.zeros(nodes, np.int64)
    smallest[part[size:][::-1]] = names[::-1]  # the first of a part is written last
    return smallest[part[:size]]


def check_apart(one: Weighted | None, two: Weighted | None, message: str) -> None:
    """Two designs must not have clusters in common, row by row."""
    if isinstance(one, Clustered) and isinstance(two, Clustered):
        overlap = np.asarray(one.overlap)
        if ((overlap == two.overlap) & (overlap > 0)).any():
            hint = "did you mean to keep one answer per cluster, such as the latest?"
            fail(OverlappingClustersError, message, hint)


def design_from_columns(
    columns: dict[str, list[Any]], points: Sequence[str], counts: AnyArray
) -> Weighted | None:
    """The design whose columns were written beside counts, taken out of the table."""

    def taken(name: str) -> AnyArray:
        if name not in columns:
            fail(FormatError, f"A table of such counts must have a column {name!r}.")
        return np.array(columns.pop(name), np.float64)

    def by_point(name: str) -> FloatArray:
        return np.column_stack([taken(f"{name}_{point}") for point in points])

    def by_two_points(name: str) -> FloatArray:
        square = np.zeros((*counts.shape, len(points)))
        for j, k in combinations_with_replacement(range(len(points)), 2):
            square[:, j, k] = square[:, k, j] = taken(f"{name}_{points[j]}_{points[k]}")
        return square

    weighted, clustered = f"weight_{points[0]}" in columns, "n_clusters" in columns
    replicated = f"covariance_{points[0]}_{points[0]}" in columns
    weights = squares = counts.astype(np.float64)
    if weighted:
        weights, squares = by_point("weight"), by_point("square")
    if not clustered:
        return Weighted(weights=weights, squares=squares) if weighted else None
    n_clusters = taken("n_clusters")
    if replicated:
        covariance = by_two_points("covariance")
        return Replicated(
            weights=weights, squares=squares, covariance=covariance, n_clusters=n_clusters
        )
    return Clustered(
        weights=weights,
        squares=squares,
        products=by_two_points("product"),
        n_clusters=n_clusters,
        overlap=taken("overlap"),
        with_weights=weighted,
    )


def _square_columns(name: str, square: FloatArray, points: Sequence[str]) -> dict[str, AnyArray]:
    """The upper half of a symmetric table over the points."""
    pairs = combinations_with_replacement(range(len(points)), 2)
    return {f"{name}_{points[j]}_{points[k]}": square[..., j, k].ravel() for j, k in pairs}


def _amounts(numbers: Any, name: str) -> FloatArray:
    """Finite numbers that are not negative."""
    try:
        amounts = np.array(numbers, np.float64)
    except (TypeError, ValueError, OverflowError):
        fail(MismatchError, f"`{name}` must be numbers in rows of equal length.")
    good = np.isfinite(amounts) & (amounts >= 0)
    if not good.all():
        culprit = amounts[~good].ravel()[0].item()
        fail(MismatchError, f"`{name}` must be finite and not negative, not {culprit!r}.")
    return amounts
