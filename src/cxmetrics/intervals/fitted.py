"""What follows from a fitted law of tenure: its values, with limits by their likelihood."""

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from functools import cache
from typing import ClassVar, NamedTuple, Self

import numpy as np

from cxmetrics._frozen import SHARED, settled
from cxmetrics._typing import FloatArray, Floats, IndexArray, IntArray
from cxmetrics.intervals.basis import spec_of_size
from cxmetrics.intervals.method import Limits, Pivot, z_at
from cxmetrics.intervals.payments import Payments
from cxmetrics.intervals.retention import TenureBasis
from cxmetrics.likelihood import BetaGeometric, beta_geometric_limits, fit_beta_geometric
from cxmetrics.summaries.life_table import LifeTable
from cxmetrics.summaries.tenure_sums import from_here_on, spread

SURELY = 8.0
"""A critical value beyond which no law is searched for: its p-value is 1e-15."""


class Periods(NamedTuple):
    """Customers by period, from the first to the last; leading axes are a batch.

    Args:
        at_risk: How many were there when each period began, and watched to its end.
        churned: How many of them left in it.
    """

    at_risk: FloatArray
    churned: FloatArray

    @classmethod
    def of(cls, table: LifeTable) -> Self:
        """The periods of a life table of whole tenures."""
        at = table.tenures.astype(np.intp)
        numbers = (table.churned, table.churned + table.censored - table.entered)
        churned, leaving = (spread(number, at, int(at.max(initial=0)) + 1) for number in numbers)
        at_risk = from_here_on(leaving)[..., 1:]
        return cls(at_risk.astype(np.float64), churned[..., 1:].astype(np.float64))

    @property
    def seen(self) -> IntArray:
        """The last period in which anybody was at risk."""
        period = np.arange(1, self.at_risk.shape[-1] + 1)
        return np.asarray((period * (self.at_risk > 0)).max(axis=-1, initial=0))

    def rows(self) -> list[tuple[FloatArray, FloatArray]]:
        """The rows of the batch, in one line."""
        size = self.at_risk.shape[-1]
        return list(zip(*(side.reshape(-1, size) for side in self), strict=True))


def fit(table: LifeTable) -> BetaGeometric:
    """The most likely law of each row of a table; NaN where nobody left."""
    laws = [
        fit_beta_geometric(*row) if row[1].any() else BetaGeometric(np.nan, np.nan)
        for row in Periods.of(table).rows()
    ]
    sides = np.reshape(laws, (-1, 2)).T.reshape(2, *table.shape)
    return BetaGeometric(*map(settled, sides))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedValue(TenureBasis):
    """A number that follows from the law of tenure that was fitted to a life table.

    Args:
        table: The customers.
        law: The most likely law; NaN where there is none.
    """

    law: BetaGeometric
    methods: ClassVar[tuple[str, ...]] = ("profile",)

    @abstractmethod
    def of_law(self, law: BetaGeometric) -> Floats:
        """The number; at each spread it rises, or falls, with churn."""

    @property
    @abstractmethod
    def share_beyond(self) -> FloatArray:
        """Percentage of the number that is due to periods in which nobody was seen."""

    @property
    def value(self) -> FloatArray:
        """The number of the most likely law."""
        return np.where(np.isnan(self.law.churn), np.nan, self.of_law(self.law))

    @property
    def std_error(self) -> FloatArray:
        """Half the width of the interval at one standard error."""
        low, high = self._limits()(np.ones(np.size(self.n)))
        with np.errstate(invalid="ignore"):
            return np.asarray((high - low) / 2).reshape(self.shape)

    @property
    def seen(self) -> IntArray:
        """The last period in which anybody was seen."""
        return Periods.of(self.table).seen

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        law = BetaGeometric(*(np.append(side, np.nan)[rows] for side in self.law))
        return replace(self, table=self.table.take(rows), law=law)

    def others(self) -> Self:
        """For each row of a batch, the law of the customers of all the other rows."""
        others = self.table.others()
        return replace(self, table=others, law=fit(others))

    def method(self, name: str) -> Pivot:
        """The limits by the profile likelihood."""
        del name
        limits = self._limits()
        # Both limits may be infinite.
        rows = replace(self._rows(), is_stepped=True)
        value = np.ravel(self.value)
        return Pivot(rows, limits, lambda null: statistic_at(null, value, limits))

    def _limits(self) -> Limits:
        """Limits at a critical value per row, which remember those they had before."""
        rows = Periods.of(self.table).rows()

        @cache
        def of_row(row: int, critical: float) -> tuple[float, float]:
            at_risk, churned = rows[row]
            if not churned.any():
                return np.nan, np.nan
            return beta_geometric_limits(self.of_law, at_risk, churned, critical)

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            each = [of_row(*row) for row in enumerate(np.minimum(z, SURELY).tolist())]
            low, high = np.reshape(each, (-1, 2)).T
            return low, high

        return limits


def statistic_at(null: FloatArray, value: FloatArray, limits: Limits) -> FloatArray:
    """The critical value at which a limit meets the null; infinite if it is far off."""
    scale = np.where(null > 0, null, 1)
    low, high = limits(np.full(null.shape, SURELY))
    if not np.any((low < null) & (null < high)):
        return np.where(value == null, 0.0, np.where(value < null, -np.inf, np.inf))

    def near(x: FloatArray) -> FloatArray:
        # Seen so, what is infinite is not far.
        with np.errstate(invalid="ignore"):
            return np.where(np.isinf(x), 1.0, x / (scale + x))

    def near_limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        low, high = limits(z)
        return near(low), near(high)

    return z_at(near_limits, near(value), near(null))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast(FittedValue):
    """Percentage of the customers who stay for so many periods.

    Args:
        table: The customers.
        law: The most likely law.
        periods: The periods.
    """

    periods: int = field(metadata=SHARED)

    @property
    def bounds(self) -> tuple[float, float]:
        """A percentage."""
        return 0.0, 100.0

    def of_law(self, law: BetaGeometric) -> Floats:
        """The share that stays, in percent."""
        return 100 * law.survival(self.periods)

    @property
    def share_beyond(self) -> FloatArray:
        """All of it, or nothing."""
        return np.where(np.isnan(self.value), np.nan, 100.0 * (self.periods > self.seen))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedRetention(Forecast):
    """Percentage of the customers in a period who stay to its end.

    Args:
        table: The customers.
        law: The most likely law.
        periods: The period.
    """

    def of_law(self, law: BetaGeometric) -> Floats:
        """The share that stays, of those who entered the period, in percent."""
        return 100 * law.retention(self.periods)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelledValue(FittedValue):
    """Value of the payments to come of the customers who have stayed for so many periods.

    Args:
        table: The customers.
        law: The most likely law.
        payments: What customers pay, and when, counted from there on.
        stayed: For how many periods they have stayed.
    """

    payments: Payments = field(metadata=SHARED)
    stayed: int = field(default=0, metadata=SHARED)

    @property
    def bounds(self) -> tuple[float, float]:
        """If no customer stays, and if all do."""
        low, high = self.payments.value(np.array([0.0, 100.0])).tolist()
        return low, high

    @property
    def spec(self) -> str:
        """Decimals that show four digits."""
        return spec_of_size(np.ravel(self.value))

    def of_law(self, law: BetaGeometric) -> Floats:
        """The payments, each times the share of the customers who make it, added up."""
        return self.payments.of_law(law.after(self.stayed))

    @property
    def share_beyond(self) -> FloatArray:
        """Percentage of the payments that are made after the last period."""
        laws = map(BetaGeometric, *map(np.ravel, self.law.after(self.stayed)))
        periods = np.ravel(self.seen - self.stayed).tolist()
        seen = [self.payments.until(t).of_law(law) for law, t in zip(laws, periods, strict=True)]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = 100 * (1 - np.reshape(seen, self.shape) / self.value)
        return np.where(np.isinf(self.value), 100.0, np.maximum(share, 0))
