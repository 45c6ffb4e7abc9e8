"""FittedPayback: when customers cover a cost, by a law of tenure that was fitted."""

from dataclasses import dataclass, field, replace

import numpy as np
import scipy

from cxmetrics._frozen import SHARED
from cxmetrics._typing import FloatArray, Floats
from cxmetrics.intervals.fitted import FittedValue, statistic_at
from cxmetrics.intervals.method import Exact
from cxmetrics.intervals.payments import Payments
from cxmetrics.likelihood import BetaGeometric

FEW = 64
"""So many payments are added up first."""

NEVER = 8 * 8 * 8 * FEW
"""Payments after which a cost that is not covered never is: 32,768."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedPayback(FittedValue):
    """Number of payments that cover a cost.

    Args:
        table: The customers.
        law: The most likely law.
        payments: What customers pay, and when.
        cost: The cost.
    """

    payments: Payments = field(metadata=SHARED)
    cost: float = field(metadata=SHARED)

    def of_law(self, law: BetaGeometric) -> Floats:
        """The number with a part of the last payment: limits are found of what has no steps."""
        laws, number = BetaGeometric(*map(np.ravel, law)), FEW
        enough = self.payments.of_law(laws) >= self.cost
        sums = self._sums(laws, number)
        while number < NEVER and np.any(enough & (sums[-1] < self.cost)):
            number *= 8
            sums = self._sums(laws, number)
        last = np.argmax(sums >= self.cost, axis=0)
        ends = np.stack([last, last + 1])
        before, after = np.take_along_axis(np.insert(sums, 0, 0, axis=0), ends, axis=0)
        with np.errstate(invalid="ignore"):
            parts = last + (self.cost - before) / (after - before)
        return np.where(sums[-1] >= self.cost, parts, np.inf).reshape(np.shape(law.churn))

    def _sums(self, laws: BetaGeometric, number: int) -> FloatArray:
        """The sums of the first 1, 2, ... payments, along the first axis."""
        first = self.payments.first
        stay = np.asarray(laws.retention(np.arange(1.0, number + first)[:, None]))
        there = np.concatenate([np.ones((1 - first, stay.shape[1])), np.cumprod(stay, axis=0)])
        return np.cumsum(self.payments.amounts(number)[:, None] * there, axis=0)

    @property
    def bounds(self) -> tuple[float, float]:
        """If all customers stay, and if none does."""
        low, high = self.payments.needed(self.cost, np.array([100.0, 0.0])).tolist()
        return low, high

    @property
    def value(self) -> FloatArray:
        """The number, a whole one."""
        return np.ceil(self._parts())

    @property
    def std_error(self) -> FloatArray:
        """None: a step has no slope."""
        return np.full(self.shape, np.nan)

    @property
    def spec(self) -> str:
        """Payments are whole."""
        return "z,.0f"

    @property
    def share_beyond(self) -> FloatArray:
        """All of it, if the last of the payments is made where nobody was seen; else nothing."""
        last = self.value - 1 + self.payments.first
        return np.where(np.isnan(self.value), np.nan, 100.0 * (last > self.seen))

    def method(self, name: str) -> Exact:
        """The limits by the profile likelihood, in whole payments."""
        del name
        parts, parts_limits = np.ravel(self._parts()), self._limits()

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low, high = map(np.ceil, parts_limits(np.abs(z)))
            return np.where(z < 0, high, low), np.where(z < 0, low, high)

        def law(null: FloatArray) -> tuple[FloatArray, FloatArray]:
            # It is sooner if the part ends with the payment before, later if it goes on.
            before, upto = np.ceil(null) - 1, np.floor(null)
            sooner = scipy.special.ndtr(statistic_at(before, parts, parts_limits))
            return sooner, scipy.special.ndtr(-statistic_at(upto, parts, parts_limits))

        return Exact.of(replace(self._rows(), is_stepped=True), limits, law)

    def _parts(self) -> FloatArray:
        """The number of the most likely law, with a part of the last payment."""
        return np.where(np.isnan(self.law.churn), np.nan, self.of_law(self.law))
