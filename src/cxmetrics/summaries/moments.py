"""Moments: number, means and cross-products of amounts, such as revenue or ratings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NoReturn, Self, overload

import numpy as np

from cxmetrics._checks import fail, is_number
from cxmetrics._frozen import SHARED, settled
from cxmetrics._table import Table
from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints, Labels, Responses
from cxmetrics.errors import ArgumentError, MismatchError, ScaleError
from cxmetrics.summaries.answers import chunks, is_missing, one_dimensional
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.sampling import as_floats, read_weights
from cxmetrics.summaries.scatter import Scatter
from cxmetrics.summaries.summary import Summary

FEW_AMOUNTS = 8
"""Up to so many amounts, their pairs are added one by one."""

SMALL_PRODUCT = 1 << 18
"""Multiplications up to which a product of matrices is left to one thread: on a busy machine
several wait for each other."""

MOST = 1e100
"""Largest amount: squares of larger ones could not be added."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments(Summary):
    """Number, totals and cross-products of amounts of the same customers, mergeable by `+`.

    They are all it takes to estimate any ratio of totals, correlation or regression.

    Args:
        names: Names of the amounts.
        n: Number of customers; one per row of a batch.
        scatter: Totals and centred cross-products of the amounts.
        squared: The same with the squares of the weights, if there are weights: they
            make the variance.

    Raises:
        ArgumentError: If the names are not different strings.
        MismatchError: If the sums are not those of so many amounts.

    Examples:
        >>> north = Moments.of({"start": [100, 200, 150], "end": [110, 180, 150]})
        >>> south = Moments.of({"start": [80, 120], "end": [0, 130]})
        >>> print(north + south)
        5 rows of start (mean 130, std 46.9042), end (mean 114, std 68.775)
    """

    names: tuple[str, ...] = field(metadata=SHARED)
    n: Ints = field()  # without it the property of Summary would be the default
    scatter: Scatter = field(metadata={"parse": Scatter.from_dict})
    squared: Scatter | None = field(default=None, metadata={"parse": Scatter.from_dict})

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", checked_names(self.names))
        n = np.array(self.n, np.float64)
        if not ((n >= 0) & (n == np.floor(n)) & (n < np.inf)).all():
            fail(MismatchError, "`n` must be whole numbers from 0.")
        object.__setattr__(self, "n", n.astype(np.int64))
        for name, scatter in (("scatter", self.scatter), ("squared", self.squared)):
            if scatter is not None and (scatter.shape, scatter.size) != (n.shape, len(self.names)):
                came = f"shape {(*scatter.shape, scatter.size)}"
                must = f"`{name}` must be of {len(self.names)} amounts, one row per `n`"
                fail(MismatchError, f"{must}, not of {came}.")
        Summary.__post_init__(self)

    @overload
    @classmethod
    def of(
        cls,
        amounts: Mapping[str, Responses],
        *,
        by: None = None,
        weights: Responses | None = None,
    ) -> Self: ...
    @overload
    @classmethod
    def of(
        cls,
        amounts: Mapping[str, Responses],
        *,
        by: Labels,
        weights: Responses | None = None,
    ) -> Grouped[Self]: ...
    @classmethod
    def of(
        cls,
        amounts: Mapping[str, Responses],
        *,
        by: Labels | None = None,
        weights: Responses | None = None,
    ) -> Self | Grouped[Self]:
        """Sum up amounts of the same customers, in the same order.

        Args:
            amounts: One number per customer, in any 1-D array-like, by name. What is
                unknown has to be filled or left out before: zero is a number as well.
            by: One label per customer, or a mapping of column names to labels; the
                moments of each group that occurs are then returned.
            weights: One sampling weight per customer: how many it stands for, in any
                unit.

        Returns:
            The moments, or with `by` a Grouped of them.

        Raises:
            ArgumentError: If an amount is missing or no number up to 1e100, or a weight
                is negative or not finite.
            MismatchError: If there is not one amount, label or weight per customer.

        References:
            Chan, T. F., Golub, G. H. and LeVeque, R. J. (1983). Algorithms for computing
            the sample variance: analysis and recommendations. The American Statistician
            37, 242-247.

        Examples:
            >>> spend = Moments.of({"spend": [20, 35, 50]}, by=["web", "web", "app"])
            >>> spend["web"].n, spend["web"].means.tolist()
            (2, [27.5])
        """
        names = checked_names(tuple(amounts))
        columns = read_columns(amounts)
        n = len(columns[0])
        weight = None if weights is None else read_weights(weights, n)
        groups = Groups.one(n) if by is None else Groups.of(by, n)
        batch = cls.of_columns(names, columns, groups, weight)
        return batch[0] if by is None else Grouped(groups.keys, batch)

    @classmethod
    def of_columns(
        cls,
        names: tuple[str, ...],
        columns: Sequence[FloatArray],
        groups: Groups,
        weight: FloatArray | None,
    ) -> Self:
        """The moments of each group, from amounts that were checked."""
        one = np.broadcast_to(1.0, len(columns[0]))
        return cls(
            names=names,
            n=np.bincount(groups.codes, minlength=groups.size),
            scatter=scatter_of(columns, groups, one if weight is None else weight),
            squared=None if weight is None else scatter_of(columns, groups, weight**2),
        )

    @classmethod
    def empty(cls, names: Sequence[str]) -> Self:
        """No customers: the zero of `+`."""
        return cls(names=tuple(names), n=0, scatter=Scatter.empty(len(names)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for the moments of one group."""
        return np.shape(self.n)

    @property
    def weight(self) -> Floats:
        """Sum of the weights; without weights, the number of customers."""
        return self.scatter.weight

    @property
    def totals(self) -> FloatArray:
        """Weighted sum of each amount."""
        return self.scatter.totals

    @property
    def means(self) -> FloatArray:
        """Weighted mean of each amount; NaN where there are no customers."""
        return self.scatter.means

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the amounts, unbiased without weights; NaN for fewer than two customers."""
        n, weight = np.asarray(self.n, np.float64), np.asarray(self.weight)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = n / (n - 1) / weight
            found: FloatArray = self.scatter.products * factor[..., None, None]
        return found

    @property
    def std(self) -> FloatArray:
        """Standard deviation of each amount, the root of its variance in `covariance`."""
        return np.asarray(np.sqrt(np.diagonal(self.covariance, axis1=-2, axis2=-1)))

    @property
    def n_effective(self) -> Floats:
        """Kish's number: customers of equal weight that say as much about a mean."""
        if self.squared is None:
            return settled(np.asarray(self.n, np.float64))
        with np.errstate(invalid="ignore"):
            return settled(np.asarray(self.weight) ** 2 / np.asarray(self.squared.weight))

    def __add__(self, other: object) -> Self:
        if isinstance(other, Moments) and (self.squared is None) != (other.squared is None):
            # No customers have any weights: so there is a zero.
            if not np.any(other.n):
                other = other._weighted_as(self)
            elif not np.any(self.n):
                return self._weighted_as(other) + other
            else:
                message = f"Can't add {other.design_name} moments to {self.design_name} ones."
                fail(MismatchError, message)
        return Summary.__add__(self, other)

    @property
    def design_name(self) -> str:
        """The design in a word: unweighted, weighted."""
        return "unweighted" if self.squared is None else "weighted"

    def _weighted_as(self, model: "Moments") -> Self:
        """Moments without customers, with weights where others have them."""
        return replace(self, squared=None if model.squared is None else self.scatter)

    def __str__(self) -> str:
        if self.shape:
            return Summary.__str__(self)
        numbers = zip(self.names, self.means, self.std, strict=True)
        amounts = ", ".join(f"{name} (mean {m:,.6g}, std {s:,.6g})" for name, m, s in numbers)
        weighted = "" if self.squared is None else ", weighted,"
        return f"{self.n:,} rows{weighted} of {amounts}"

    def _table(self) -> Table:
        size = len(self.names)
        columns: dict[str, Any] = {"n": np.ravel(self.n)}
        if self.squared is not None:
            columns["weight"] = np.ravel(self.weight)
        means, stds = (numbers.reshape(-1, size) for numbers in (self.means, self.std))
        for k, name in enumerate(self.names):
            columns |= {f"mean_{name}": means[:, k], f"std_{name}": stds[:, k]}
        return Table.of(columns, np.size(self.n))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        columns = self._table().columns
        formats = dict.fromkeys(columns, ",.6g") | {"n": ","}
        return Table(columns, f"Moments of {', '.join(self.names)}", formats)


def read_columns(amounts: Mapping[str, Any], lowest: float = -MOST) -> list[FloatArray]:
    """Amounts of the same customers, as floats.

    Args:
        amounts: Array-likes by name.
        lowest: Smallest amount that may be.
    """
    columns = [read_amounts(column, name, lowest) for name, column in amounts.items()]
    first = next(iter(amounts))
    for name, column in zip(amounts, columns, strict=True):
        if len(column) != len(columns[0]):
            came = f"{len(column):,} for {len(columns[0]):,}"
            must = f"`{name}` must have one amount for each in `{first}`"
            fail(MismatchError, f"{must}, not {came}.")
    return columns


def read_amounts(amounts: Any, name: str, lowest: float) -> FloatArray:
    """Numbers of one column, none of which may be missing."""
    try:
        given = one_dimensional(amounts, name, hint="")
    except ScaleError as error:
        fail(ArgumentError, str(error))
    read = as_floats(given)
    bad = ~((read >= lowest) & (read <= MOST))
    if bad.any():
        culprits = given[bad].tolist()
        gaps = sum(map(is_missing, culprits))
        first = int(np.argmax(bad))
        is_gap = is_missing(culprits[0])
        count = gaps if is_gap else len(culprits) - gaps
        fail_amount(culprits[0], count, len(read), name=name, lowest=lowest, first=first)
    return read


def fail_amount(
    culprit: Any, count: int, n: int, *, name: str, lowest: float, first: int | None = None
) -> NoReturn:
    """An amount must be a known number."""
    must = f"Each amount in `{name}` must be a number from {lowest:g} to {MOST:g}"
    where = "" if first is None else f", first at position {first:,}"
    if is_missing(culprit):
        message = f"{must}, but {count:,} of {n:,} are missing{where}."
        hint = "did you mean 0 for these, as for accounts that left, or to drop their rows?"
        fail(ArgumentError, message, hint)
    hint, shown = "", repr(float(culprit) if is_number(culprit) else culprit)
    if is_number(culprit) and culprit < lowest == 0:
        hint = "did you mean to take credits off the revenue of their account first?"
    fail(ArgumentError, f"{must}, not {shown:.40} ({count:,} of {n:,}{where}).", hint)


def scatter_of(columns: Sequence[FloatArray], groups: Groups, weight: FloatArray) -> Scatter:
    """Totals and cross-products of each group, in two passes."""
    p, size = len(columns), groups.size
    weights, totals = np.zeros(size), np.zeros((p, size))
    for rows in chunks(len(weight)):
        codes = groups.codes[rows].astype(np.intp)
        _add(weights, codes, weight[rows])
        for total, column in zip(totals, columns, strict=True):
            _add(total, codes, weight[rows] * column[rows])
    centres = totals / np.where(weights > 0, weights, 1)
    deviations = _of_runs if p > FEW_AMOUNTS else _of_chunks
    sums, products = deviations(columns, groups, weight, centres)
    return Scatter.of_deviations(weights, totals.T, sums.T, products)


def _of_chunks(
    columns: Sequence[FloatArray], groups: Groups, weight: FloatArray, centres: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sums of the deviations from the centres, and of their products, pair by pair."""
    p, size = centres.shape
    sums, products = np.zeros((p, size)), np.zeros((p, p, size))
    for rows in chunks(len(weight)):
        codes = groups.codes[rows].astype(np.intp)
        deviations = np.stack([column[rows] for column in columns]) - centres[:, codes]
        weighted = deviations * weight[rows]
        for sum_, deviation in zip(sums, weighted, strict=True):
            _add(sum_, codes, deviation)
        _add_products(products, codes, weighted, deviations)
    above = np.triu_indices(p, 1)
    products[above] = np.swapaxes(products, 0, 1)[above]
    return sums, np.moveaxis(products, -1, 0)


def _of_runs(
    columns: Sequence[FloatArray], groups: Groups, weight: FloatArray, centres: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The same, with the rows of each group side by side: a product of matrices per run."""
    p, size = centres.shape
    sums, products = np.zeros((p, size)), np.zeros((size, p, p))
    order = np.argsort(groups.codes, kind="stable")
    for rows in chunks(len(order)):
        at = order[rows]
        codes = groups.codes[at].astype(np.intp)
        deviations = np.stack([column[at] for column in columns]) - centres[:, codes]
        weighted = deviations * weight[at]
        first = np.flatnonzero(np.diff(codes, prepend=-1))
        sums[:, codes[first]] += np.add.reduceat(weighted, first, axis=1)
        cuts = np.union1d(first, np.arange(0, len(codes), max(1, SMALL_PRODUCT // p**2)))
        for start, end in pairwise([*cuts.tolist(), len(codes)]):
            products[codes[start]] += weighted[:, start:end] @ deviations[:, start:end].T
    return sums, products


def _add(sums: FloatArray, codes: IndexArray, values: FloatArray) -> None:
    """Add values to the sums of their groups."""
    if len(sums) == 1:
        sums[0] += values.sum()
    else:
        np.add.at(sums, codes, values)


def _add_products(
    products: FloatArray, codes: IndexArray, left: FloatArray, right: FloatArray
) -> None:
    """Add the products of pairs of rows, up to the diagonal, to those of their groups."""
    if products.shape[-1] == 1:
        products[..., 0] += left @ right.T
        return
    for j, one in enumerate(left):
        for k, two in enumerate(right[: j + 1]):
            np.add.at(products[j, k], codes, one * two)


def checked_names(names: Any) -> tuple[str, ...]:
    """Different strings, and at least one."""
    every = tuple(names)
    if not every:
        fail(ArgumentError, "`amounts` must have at least one column, not none.")
    if not all(isinstance(name, str) for name in every) or len(set(every)) < len(every):
        came = ", ".join(map(repr, every))
        fail(ArgumentError, f"The names of amounts must be different strings, not {came:.60}.")
    return every
