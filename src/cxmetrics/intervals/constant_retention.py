"""What follows if a constant share of the customers stays in each period: value and payback."""

from dataclasses import dataclass, field

import numpy as np

from cxmetrics._frozen import SHARED
from cxmetrics._typing import FloatArray
from cxmetrics.intervals.mapped import Derived, Mapped, mapped_rows
from cxmetrics.intervals.method import Method, Pivot, deviate, z_at
from cxmetrics.intervals.payments import Payments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConstantValue(Mapped):
    """Value of a customer, from the percentage of customers who stay in a period.

    Args:
        basis: The percentage.
        payments: What customers pay, and when.
    """

    payments: Payments = field(metadata=SHARED)

    def at(self, x: FloatArray) -> FloatArray:
        """The value, which rises with retention."""
        return self.payments.value(x)

    def back(self, y: float) -> float:
        """The retention that gives a value."""
        return self.payments.least_percent(y)

    def slope(self, x: FloatArray) -> FloatArray:
        """How fast the value rises."""
        return self.payments.slope(x)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConstantPayback(Derived):
    """Number of payments that cover a cost; it falls with retention, in steps.

    Args:
        basis: The percentage of customers who stay in a period.
        payments: What customers pay, and when.
        cost: The cost.
    """

    payments: Payments = field(metadata=SHARED)
    cost: float = field(metadata=SHARED)

    def at(self, percent: FloatArray) -> FloatArray:
        """The payback; infinite where all payments do not cover the cost."""
        return self.payments.needed(self.cost, percent)

    @property
    def bounds(self) -> tuple[float, float]:
        """If all customers stay, and if none does."""
        low, high = self.at(np.array([100.0, 0.0])).tolist()
        return low, high

    @property
    def value(self) -> FloatArray:
        """The payback."""
        return self.at(np.asarray(self.basis.value))

    @property
    def std_error(self) -> FloatArray:
        """None: a step has no slope."""
        return np.full(self.shape, np.nan)

    @property
    def spec(self) -> str:
        """Payments are whole."""
        return "z,.0f"

    def method(self, name: str) -> Method:
        """The interval and the tests by one method of the percentage."""
        method = self.basis.method(name)
        rows = mapped_rows(method.rows, self.bounds, self.at, is_stepped=True)
        return _PaybackMethod(rows, method, self)

    def reach(self, name: str) -> Pivot:
        """The limits that a difference is made of."""
        pivot = self.basis.reach(name)
        rows = mapped_rows(pivot.rows, self.bounds, self.at, is_stepped=True)

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low, high = (np.clip(limit, 0, 100) for limit in pivot.limit(z))
            return self.at(high), self.at(low)

        value = np.ravel(self.value)
        return Pivot(rows, limits, lambda null: z_at(limits, value, null), pivot.df)

    def least_percent(self, payments: float) -> float:
        """The percentage that must stay for so many payments, or fewer, to cover the cost."""
        if payments < 1:
            return np.inf
        return self.payments._replace(horizon=int(payments)).least_percent(self.cost)


@dataclass(frozen=True, slots=True)
class _PaybackMethod(Method):
    """The limits of a retention, mapped by a function that falls in steps.

    Args:
        method: The method of the retention.
        payback: The function.
    """

    method: Method
    payback: ConstantPayback

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """The more customers stay, the sooner the cost is covered."""
        low, high = (np.clip(limit, 0, 100) for limit in self.method.limits(tail))
        return self.payback.at(high), self.payback.at(low)

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """It is sooner if retention is enough for one payment less, later if not for as many."""
        less = self._tail(np.ceil(null) - 1, sooner=True)
        greater = self._tail(null, sooner=False)
        return deviate(less, greater), less, greater

    def _tail(self, payments: float, *, sooner: bool) -> FloatArray:
        """p-value against retention being enough for so many payments, or not being enough."""
        percent = self.payback.least_percent(payments)
        if 0 < percent < np.inf:
            _, less, greater = self.method.tails(percent)
            return greater if sooner else less
        # Of no retention, or of any, it is certain.
        return np.full(self.rows.empty.shape, float((percent > 0) == sooner))
