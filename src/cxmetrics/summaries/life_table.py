"""LifeTable: customers by tenure, who of them left and who was still there."""

from dataclasses import dataclass, field, replace
from typing import Self, overload

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import fail
from cxmetrics._frozen import SHARED, settled
from cxmetrics._table import Table
from cxmetrics._typing import AnyArray, FloatArray, IntArray, Ints, Labels, Responses
from cxmetrics.errors import MismatchError, ScaleError
from cxmetrics.summaries.counts import MOST, _whole
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.sampling import read_weights
from cxmetrics.summaries.summary import Summary
from cxmetrics.summaries.tenure_sums import (
    KINDS,
    WeightedTenures,
    checked_tenures,
    from_here_on,
    spread,
)
from cxmetrics.summaries.tenures import Customers


@dataclass(frozen=True, slots=True, eq=False, init=False)
class LifeTable(Summary):
    """Number of customers who left, and who were still there, per tenure; mergeable by `+`.

    Two tables are equal if the same happens in both at the same tenures. A sum has the
    tenures of all its parts.

    Args:
        tenures: The tenures at which anything happens, in order: whole numbers of periods,
            or real times; the same for all rows of a batch.
        churned: Number of customers who left at each tenure.
        censored: Number of customers who were still there when last seen at that tenure.
        entered: Number of customers seen only from after that tenure on, because they
            were customers before anyone looked; none unless given.
        design: Sums of the weights, if there are any.

    Raises:
        ScaleError: If the tenures do not ascend from 0, there is not one whole number per
            tenure, or more customers leave than are there.

    Examples:
        >>> monday = LifeTable([1, 3], churned=[20, 5], censored=[0, 75])
        >>> tuesday = LifeTable.of([1, 2, 3], [True, True, False])
        >>> print(monday + tuesday)
        Life table of 103 customers, 27 churned
        tenure  at risk  churned  censored
             1      103       21         0
             2       82        1         0
             3       81        5        76
    """

    tenures: AnyArray = field(metadata=SHARED)
    churned: IntArray
    censored: IntArray
    entered: IntArray
    design: WeightedTenures | None = field(
        default=None, metadata={"parse": WeightedTenures.from_dict}
    )

    def __init__(
        self,
        tenures: npt.ArrayLike,
        churned: npt.ArrayLike,
        censored: npt.ArrayLike,
        entered: npt.ArrayLike | None = None,
        design: WeightedTenures | None = None,
    ) -> None:
        tenures = checked_tenures(tenures)
        churned = _whole(churned, "churned")
        given = {"censored": censored, "entered": np.zeros(churned.shape, np.int64)}
        given |= {} if entered is None else {"entered": entered}
        numbers = {"churned": churned} | {name: _whole(one, name) for name, one in given.items()}
        for name, number in numbers.items():
            if number.shape[-1:] != tenures.shape or number.shape != churned.shape:
                must = f"{len(tenures):,} numbers, one per tenure"
                fail(ScaleError, f"`{name}` must be {must}, not of shape {number.shape}.")
        if design is not None and (*design.shape, design.size) != churned.shape:
            came = f"shape {(*design.shape, design.size)} for {churned.shape}"
            fail(ScaleError, f"`design` must have the shape of `churned`, not {came}.")
        object.__setattr__(self, "tenures", tenures)
        for name, number in numbers.items():
            object.__setattr__(self, name, number)
        object.__setattr__(self, "design", design)
        self._check_numbers()
        self.__post_init__()

    def _check_numbers(self) -> None:
        """There must not be too many customers, and nobody may leave who is not there."""
        leaving = self.churned + self.censored
        if np.any(leaving.sum(axis=-1, dtype=np.float64) > MOST):
            fail(ScaleError, "A summary must have at most 2**53 customers.")
        if self.entered.any() and (lacking := self.at_risk < leaving).any():
            at = np.flatnonzero(lacking.any(axis=tuple(range(lacking.ndim - 1))))[0]
            culprit = self.tenures[at].item()
            message = "`entered` must be customers who leave later, but more leave than are there"
            fail(ScaleError, f"{message} at tenure {culprit!r}.")

    @overload
    @classmethod
    def of(
        cls,
        tenure: Responses,
        churned: Responses,
        *,
        entry: Responses | None = None,
        weights: Responses | None = None,
        by: None = None,
    ) -> Self: ...
    @overload
    @classmethod
    def of(
        cls,
        tenure: Responses,
        churned: Responses,
        *,
        entry: Responses | None = None,
        weights: Responses | None = None,
        by: Labels,
    ) -> Grouped[Self]: ...
    @classmethod
    def of(
        cls,
        tenure: Responses,
        churned: Responses,
        *,
        entry: Responses | None = None,
        weights: Responses | None = None,
        by: Labels | None = None,
    ) -> Self | Grouped[Self]:
        """Count customers by their tenure.

        Args:
            tenure: How long each customer has been one, in any unit: until leaving, or
                until last seen. A number from 0, in any 1-D array-like; whole numbers
                stay whole.
            churned: Whether the customer left then, True or 1; who was still a customer
                then, False or 0, counts as at risk at that tenure.
            entry: The tenure each customer already had when first under observation; 0
                for those seen from the start. Who had left before could not be seen, so
                such a customer is at risk only after that tenure.
            weights: One sampling weight per customer: how many it stands for, in any unit.
            by: One label per customer, or a mapping of column names to labels; the tables
                of each group that occurs are then returned, all on the same tenures.

        Returns:
            The table, or with `by` a Grouped of them.

        Raises:
            ArgumentError: If a tenure or an entry is missing or not a number from 0 to
                2**53, an entry is not before the tenure, `churned` is neither true nor
                false, a weight is negative or not finite, or there are too many groups
                and tenures for a table.
            MismatchError: If the columns differ in length.

        References:
            Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete
            observations. Journal of the American Statistical Association 53, 457-481.

        Examples:
            >>> table = LifeTable.of([5, 2, 5, 8], [1, 1, 0, 1], entry=[0, 0, 3, 0])
            >>> table.tenures.tolist(), table.at_risk.tolist(), table.churned.tolist()
            ([2, 3, 5, 8], [3, 2, 3, 1], [1, 0, 1, 1])
            >>> LifeTable.of([1, 2, 2], [1, 1, 0], by=["web", "web", "app"])["web"].n
            2
        """
        customers = Customers.read(tenure, churned, entry)
        n = len(customers.tenure)
        if weights is not None:
            weight = read_weights(weights, n)
            customers = customers.weighted(weight, weight**2)
        groups = Groups.one(n) if by is None else Groups.of(by, n)
        batch = cls.of_customers(customers, groups)
        return batch[0] if by is None else Grouped(groups.keys, batch)

    @classmethod
    def of_customers(cls, customers: Customers, groups: Groups) -> Self:
        """The table of each group, from customers that were checked."""
        tenures, ((churned, censored, entered), *sums) = customers.by_tenure(groups)
        design = None
        if sums:
            weights, squares = (np.moveaxis(table, 0, 1) for table in sums)
            design = WeightedTenures(weights=weights, squares=squares)
        return cls(tenures, churned, censored, entered, design)

    @classmethod
    def from_counts(
        cls,
        *,
        at_risk: npt.ArrayLike,
        churned: npt.ArrayLike,
        tenures: npt.ArrayLike | None = None,
    ) -> Self:
        """The table of a report that tells how many were at risk and how many of them left.

        Args:
            at_risk: Number of customers at risk in each period.
            churned: Number of them who left in it.
            tenures: Tenure at the end of each period; 1, 2, ... unless given.

        Returns:
            The table. Where fewer are at risk than were left, the others were last seen
            in the period before; where more are, they entered after it.

        Raises:
            ScaleError: If the numbers are not whole, or more left than were at risk.

        Examples:
            >>> print(LifeTable.from_counts(at_risk=[100, 80, 70], churned=[15, 10, 7]))
            Life table of 100 customers, 32 churned
            tenure  at risk  churned  censored
                 1      100       15         5
                 2       80       10         0
                 3       70        7        63
        """
        there, left = _whole(at_risk, "at_risk"), _whole(churned, "churned")
        if there.shape != left.shape or not there.ndim:
            came = f"shapes {left.shape} and {there.shape}"
            fail(ScaleError, f"`churned` must be one number for each in `at_risk`, not {came}.")
        if np.any(left > there):
            at = tuple(np.argwhere(left > there)[0])
            came = f"{left[at]:,} of {there[at]:,}"
            fail(ScaleError, f"`churned` must be at most those at risk, not {came}.")
        then = np.concatenate([there[..., 1:], np.zeros_like(there[..., :1])], axis=-1)
        gone = there - left - then
        periods = np.arange(1, there.shape[-1] + 1) if tenures is None else tenures
        return cls(periods, left, np.maximum(gone, 0), np.maximum(-gone, 0))

    @classmethod
    def from_survivors(cls, survivors: npt.ArrayLike) -> Self:
        """The table of a cohort, from how many of it were left after 0, 1, 2, ... periods.

        Args:
            survivors: Number of customers at the start, after one period, and so on.

        Returns:
            The table, on tenures 1, 2, ...; the last survivors are censored at the last.

        Raises:
            ScaleError: If these are not at least two whole numbers that never rise.

        Examples:
            >>> cohort = LifeTable.from_survivors([1000, 869, 743, 653])
            >>> cohort.churned.tolist(), cohort.censored.tolist()
            ([131, 126, 90], [0, 0, 653])
        """
        alive = _whole(survivors, "survivors")
        if alive.shape[-1:] < (2,):
            came = f"of shape {alive.shape}"
            fail(ScaleError, f"`survivors` must be numbers of two times or more, not {came}.")
        lost = -np.diff(alive)
        if np.any(lost < 0):
            *row, at = np.argwhere(lost < 0)[0]
            came = " to ".join(f"{number:,}" for number in alive[(*row, slice(at, at + 2))])
            fail(ScaleError, f"`survivors` must never rise, not from {came}.")
        return cls.from_counts(at_risk=alive[..., :-1], churned=lost)

    @classmethod
    def empty(cls) -> Self:
        """No customers: the zero of `+`."""
        return cls([], [], [])

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for the table of one group."""
        return self.churned.shape[:-1]

    @property
    def n(self) -> Ints:
        """Number of customers."""
        return settled((self.churned + self.censored).sum(axis=-1))

    @property
    def at_risk(self) -> IntArray:
        """Number of customers seen at each tenure, those included who leave at it."""
        return from_here_on(self.churned + self.censored - self.entered)

    @property
    def churned_weight(self) -> FloatArray:
        """Sum of the weights of those who churned; without weights, their number."""
        if self.design is None:
            return self.churned.astype(np.float64)
        weights: FloatArray = self.design.weights[..., 0, :]
        return weights

    @property
    def at_risk_weight(self) -> FloatArray:
        """Sum of the weights of those at risk; without weights, their number."""
        if self.design is None:
            return self.at_risk.astype(np.float64)
        return self._at_risk_sum(self.design.weights)

    @property
    def at_risk_effective(self) -> FloatArray:
        """(Σω)² / Σω² of those at risk: as many equal customers say as much; 0 for nobody."""
        if self.design is None:
            return self.at_risk_weight
        weights, squares = self.at_risk_weight, self._at_risk_sum(self.design.squares)
        nobody = np.zeros(weights.shape)
        return np.divide(weights**2, squares, out=nobody, where=squares > 0)

    @property
    def design_name(self) -> str:
        """The design in a word: unweighted or weighted."""
        return "unweighted" if self.design is None else "weighted"

    def __add__(self, other: object) -> Self:
        if not isinstance(other, type(self)):
            return NotImplemented
        if self.design_name != other.design_name:
            # No customers have any design: so there is a zero.
            if not np.any(other.n):
                other = other._designed_as(self)
            elif not np.any(self.n):
                return self._designed_as(other) + other
            else:
                message = f"Can't add {other.design_name} customers to {self.design_name} ones."
                fail(MismatchError, message)
        return Summary.__add__(*self._aligned(other))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return Summary.__eq__(*self._aligned(other))

    __hash__ = None  # type: ignore[assignment]

    def _aligned(self, other: Self) -> tuple[Self, Self]:
        """Both on the tenures of either."""
        tenures = np.union1d(self.tenures, other.tenures)
        return self._on(tenures), other._on(tenures)

    def _on(self, tenures: AnyArray) -> Self:
        """The same on these tenures, which are all of its own and more."""
        if self.tenures.dtype == tenures.dtype and len(self.tenures) == len(tenures):
            return self
        at = np.searchsorted(tenures, self.tenures)
        sums = {name: spread(content, at, len(tenures)) for name, content in self._sums()}
        return type(self)(tenures, **sums)

    def _designed_as(self, model: Self) -> Self:
        """A table without customers, in the design of another one."""
        nothing = np.zeros((*self.shape, len(KINDS), len(self.tenures)))
        weighted = WeightedTenures(weights=nothing, squares=nothing)
        return replace(self, design=None if model.design is None else weighted)

    def _at_risk_sum(self, sums: FloatArray) -> FloatArray:
        """Sums over those at risk; where all of them leave, exactly the sums of these."""
        churned, censored, entered = np.moveaxis(sums, -2, 0)
        leaving = churned + censored
        found = np.maximum(from_here_on(leaving - entered), leaving)
        stay = self.at_risk > self.churned + self.censored
        return np.asarray(np.where(stay, found, leaving))

    def _columns(self) -> dict[str, AnyArray]:
        """All that is told of each tenure."""
        columns = {"at_risk": self.at_risk, "churned": self.churned, "censored": self.censored}
        if self.entered.any():
            columns["entered"] = self.entered
        if self.design is not None:
            names = ("at_risk_weight", "churned_weight", "at_risk_effective")
            columns |= {name: getattr(self, name) for name in names}
        return columns

    def _table(self) -> Table:
        """A row per tenure; of a batch, a row per row, with columns per tenure."""
        columns = self._columns()
        if not self.shape:
            return Table.of({"tenure": self.tenures, **columns}, len(self.tenures))
        return Table.wide(columns, self.tenures.tolist())

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        if self.shape:
            churned, censored = (number.sum(axis=-1) for number in (self.churned, self.censored))
            columns = {"n": self.n, "churned": churned, "censored": censored}
            formats = dict.fromkeys(columns, ",")
            flat = {name: np.ravel(column) for name, column in columns.items()}
            return Table.of(flat, np.size(self.n), caption="Life tables", formats=formats)
        own = self._columns()
        numbers = {name.replace("_", " "): column for name, column in own.items()}
        formats = {name: "," if c.dtype.kind == "i" else ".6g" for name, c in numbers.items()}
        formats["tenure"] = "" if self.tenures.dtype.kind == "i" else ".6g"
        caption = f"Life table of {self.n:,} customers, {self.churned.sum():,} churned"
        columns = {"tenure": self.tenures, **numbers}
        return Table.of(columns, len(self.tenures), caption=caption, formats=formats)
