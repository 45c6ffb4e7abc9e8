"""Quotient: the ratio of two independent estimates, from the limits of each."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from cxmetrics._frozen import SHARED
from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints
from cxmetrics.intervals.basis import Basis, spec_of_size
from cxmetrics.intervals.difference_methods import mover
from cxmetrics.intervals.mapped import Mapped
from cxmetrics.intervals.method import Pivot


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Logarithm(Mapped):
    """The logarithm of another basis; of what is not above 0 it is minus infinity."""

    def at(self, x: FloatArray) -> FloatArray:
        """The logarithm."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(x, 0)))

    def back(self, y: float) -> float:
        """The exponential."""
        return float(np.exp(y))

    def slope(self, x: FloatArray) -> FloatArray:
        """Steep for what is small."""
        with np.errstate(divide="ignore"):
            return np.asarray(1 / x)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quotient(Basis):
    """One estimate divided by another one, which knows nothing of the first.

    Args:
        over: What is divided.
        under: What it is divided by.
        by: Interval methods of the two.
    """

    over: Basis
    under: Basis
    by: tuple[str, str] = field(metadata=SHARED)
    methods: ClassVar[tuple[str, ...]] = ("mover",)
    noun: ClassVar[str] = "customer"
    things: ClassVar[str] = "customers"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.over.shape

    @property
    def bounds(self) -> tuple[float, float]:
        """Neither is negative."""
        return 0.0, np.inf

    @property
    def value(self) -> FloatArray:
        """The ratio; NaN where nothing is divided by."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.divide(self.over.value, self.under.value)
        return np.where(np.asarray(self.under.value) > 0, ratio, np.nan)

    @property
    def std_error(self) -> FloatArray:
        """To first order: the relative errors are added as squares."""
        with np.errstate(invalid="ignore", divide="ignore"):
            errors = np.hypot(self.over.std_error, self.value * self.under.std_error)
            return np.asarray(errors / self.under.value)

    @property
    def n(self) -> Ints:
        """Number of customers of the estimate that is divided."""
        return self.over.n

    @property
    def n_effective(self) -> Floats:
        """As many customers without weights say as much of it."""
        return self.over.n_effective

    @property
    def spec(self) -> str:
        """Decimals that show three digits."""
        return spec_of_size(np.ravel(self.value))

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        return replace(self, over=self.over.take(rows), under=self.under.take(rows))

    def others(self) -> Self:
        """For each row of a batch, all the other rows together."""
        return replace(self, over=self.over.others(), under=self.under.others())

    def method(self, name: str) -> Pivot:
        """Zou and Donner (2008): the difference of the logarithms, from the limits of each."""
        del name
        pivot = mover(Logarithm(basis=self.over), Logarithm(basis=self.under), self.by)

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low, high = pivot.limit(z)
            return np.exp(low), np.exp(high)

        def statistic(null: FloatArray) -> FloatArray:
            with np.errstate(divide="ignore"):
                return pivot.statistic(np.log(null))

        return Pivot(replace(pivot.rows, bounds=self.bounds), limits, statistic, pivot.df)
