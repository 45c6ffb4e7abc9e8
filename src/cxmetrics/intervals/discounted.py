"""What customers pay as long as they are seen to stay: its value, and when it covers a cost."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from cxmetrics._frozen import SHARED
from cxmetrics._typing import BoolArray, FloatArray
from cxmetrics.intervals.basis import Basis, spec_of_size
from cxmetrics.intervals.method import Method, Pivot, deviate, z_at
from cxmetrics.intervals.retention import KeptBasis, TenureBasis, kept_at, product_limit
from cxmetrics.likelihood.product_limit import Kept


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DiscountedValue(KeptBasis):
    """Value of payments that are made as long as a customer is there.

    Args:
        table: The customers.
        amounts: What is paid after 1, 2, ... periods, discounted.
    """

    amounts: FloatArray = field(metadata=SHARED)

    def _read(self) -> Kept:
        """Each payment times the share of the customers who make it, added up."""
        curve, last = product_limit(self.table), kept_at(self.table, len(self.amounts))
        paid = np.searchsorted(self.table.tenures, np.arange(1, len(self.amounts) + 1), "right")
        each = (curve.survival[..., paid] * self.amounts)[..., ::-1]
        # What is paid from each tenure on is what an error there moves (Irwin 1949).
        still = np.append(np.cumsum(each, axis=-1)[..., ::-1], 0 * each[..., :1], axis=-1)
        rest = still[..., np.searchsorted(paid, np.arange(curve.steps.shape[-1]))]
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = np.where(rest > 0, rest**2 * curve.steps, 0.0).sum(axis=-1)
            value = np.where(np.isnan(last.value), np.nan, still[..., 0])
            return Kept(value / self.amounts.sum(), variance / value**2, last.informed)

    @property
    def df(self) -> FloatArray:
        """Customers less 1, as for any mean; infinite where Wilson's variance takes over."""
        return np.where(self.kept.varies, self.n_effective - 1, np.inf)

    @property
    def bounds(self) -> tuple[float, float]:
        """If nobody stays, and if all do."""
        return 0.0, float(self.amounts.sum())

    @property
    def spec(self) -> str:
        """Decimals that show four digits."""
        return spec_of_size(np.ravel(self.value))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TablePayback(TenureBasis):
    """Number of payments of customers that cover a cost; infinite if those seen did not.

    Args:
        table: The customers.
        amounts: What is paid after 1, 2, ... periods, discounted.
        first: Tenure of the first payment: 0 at the start, before these amounts; else 1.
        cost: What these have to cover; not above 0 if the one before them covers all.
        sums: Of the first amount, of the first two, and so on.
    """

    amounts: FloatArray = field(metadata=SHARED)
    first: int = field(metadata=SHARED)
    cost: float = field(metadata=SHARED)
    sums: tuple[DiscountedValue, ...] = field(init=False, repr=False)
    methods: ClassVar[tuple[str, ...]] = DiscountedValue.methods

    def __post_init__(self) -> None:
        ends = range(1, len(self.amounts) + 1)
        sums = [DiscountedValue(table=self.table, amounts=self.amounts[:end]) for end in ends]
        object.__setattr__(self, "sums", tuple(sums))
        Basis.__post_init__(self)

    @property
    def bounds(self) -> tuple[float, float]:
        """If all customers stay, and if none does."""
        covered = np.append(self._most >= self.cost, True)
        fewest = float(self._first(covered[None])[0])
        return fewest, (fewest if self.cost <= 0 else np.inf)

    @property
    def value(self) -> FloatArray:
        """The first payment with which the cost is covered; NaN without customers."""
        found = self._first(self.values >= self.cost).reshape(self.shape)
        return np.where(np.asarray(self.n) > 0, found, np.nan)

    @property
    def std_error(self) -> FloatArray:
        """None: a step has no slope."""
        return np.full(self.shape, np.nan)

    @property
    def spec(self) -> str:
        """Payments are whole."""
        return "z,.0f"

    def method(self, name: str) -> Method:
        """The interval and the tests by one method of the sums."""
        rows = replace(self._rows(), is_stepped=True)
        return _TablePaybackMethod(rows, self, [one.method(name) for one in self.sums])

    def reach(self, name: str) -> Pivot:
        """The limits that a difference is made of."""
        pivots = [one.reach(name) for one in self.sums]

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            return self.covered([pivot.limit(z) for pivot in pivots])

        rows, value = replace(self._rows(), is_stepped=True), np.ravel(self.value)
        return Pivot(rows, limits, lambda null: z_at(limits, value, null))

    def covered(self, limits: list[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
        """The first payments with which the upper, and the lower, limits of the sums cover."""
        values = self.values
        nothing, unseen = values[:, 0], np.isnan(values)
        low, high = (np.column_stack([nothing, *side]) for side in zip(*limits, strict=True))
        low = np.where(unseen, 0, low)
        high = np.where(unseen, self._most, np.minimum(high, self._most))
        # What is paid later than anyone was seen may cover it.
        soonest = np.column_stack([high >= self.cost, nothing == 0])
        return self._first(soonest), self._first(low >= self.cost)

    @property
    def values(self) -> FloatArray:
        """Rows × sums of the first 0, 1, ... amounts; NaN where nobody was seen for so long."""
        sums = [np.ravel(one.value) for one in self.sums]
        return np.column_stack([np.zeros(np.size(self.n)), *sums])

    @property
    def _most(self) -> FloatArray:
        """The sums if all customers stay."""
        return np.cumsum(np.append(0.0, self.amounts))

    def _first(self, covered: BoolArray) -> FloatArray:
        """The number of the first payment that covers, in each row; infinite if none does."""
        number = np.argmax(covered, axis=-1) + 1.0 - self.first
        return np.where(covered.any(axis=-1), number, np.inf)


@dataclass(frozen=True, slots=True)
class _TablePaybackMethod(Method):
    """The limits of sums of payments, read where they reach the cost.

    Args:
        payback: What is estimated.
        sums: The method of each sum.
    """

    payback: TablePayback
    sums: list[Pivot]

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """The first sums whose upper, and lower, limits cover the cost."""
        return self.payback.covered([method.limits(tail) for method in self.sums])

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """It is sooner if one of the sums before covers the cost, later if none up to it does."""
        below, above = self._tails_of_sums()
        last, first = below.shape[1] - 1, self.payback.first
        before, upto = int(np.ceil(null)) - 1 + first, int(np.floor(null)) + first
        less = above[:, :before].min(axis=1, initial=1)
        greater = below[:, :upto].max(axis=1) if upto <= last + 1 else np.ones(len(below))
        return deviate(less, greater), less, greater

    def _tails_of_sums(self) -> tuple[FloatArray, FloatArray]:
        """p-values, rows × sums, against each sum being below the cost, and above it."""
        cost, most = self.payback.cost, self.payback._most
        values = self.payback.values
        above = np.full(values.shape, float(cost > 0))
        below = 1 - above
        for k, method in enumerate(self.sums, start=1):
            if 0 < cost <= most[k]:
                _, *tails = method.tails(cost)
                unseen = np.isnan(values[:, k])
                below[:, k], above[:, k] = (np.where(unseen, 1, tail) for tail in tails)
        return below, above
