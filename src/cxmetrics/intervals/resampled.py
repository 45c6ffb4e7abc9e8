"""Resampled: a value and what it came to in bootstrap samples of the customers."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np
import scipy

from cxmetrics._frozen import SHARED
from cxmetrics._typing import FloatArray, IndexArray, Ints
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.method import Exact


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resampled(Basis):
    """A value and its bootstrap draws, whose quantiles are the limits.

    Args:
        point: The value.
        draws: What it came to in each sample, in order, with NaN last where a sample says
            nothing about it; leading axes are a batch.
        customers: Number of customers.
        bounds: Lowest and highest possible value.
    """

    point: FloatArray
    draws: FloatArray
    customers: Ints
    bounds: tuple[float, float] = field(metadata=SHARED)
    methods: ClassVar[tuple[str, ...]] = ("bootstrap",)
    noun: ClassVar[str] = "customer"

    @classmethod
    def of(cls, point: FloatArray, draws: FloatArray, n: Ints, bounds: tuple[float, float]) -> Self:
        """From draws in any order, along the last axis."""
        customers = np.broadcast_to(n, np.shape(point)).copy()
        return cls(point=point, draws=np.sort(draws, axis=-1), customers=customers, bounds=bounds)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return np.shape(self.point)

    @property
    def value(self) -> FloatArray:
        """The value."""
        return np.asarray(self.point)

    @property
    def std_error(self) -> FloatArray:
        """Standard deviation of the draws; NaN for fewer than two that say something."""
        known = ~np.isnan(self.draws)
        n = known.sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(known, self.draws, 0).sum(axis=-1) / n
            squares = np.where(known, self.draws - mean[..., None], 0) ** 2
            return np.asarray(np.sqrt(squares.sum(axis=-1) / (n - 1)))

    @property
    def n(self) -> Ints:
        """Number of customers."""
        return self.customers

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        blank = np.full((1, self.draws.shape[-1]), np.nan)
        return replace(
            self,
            point=np.append(self.point, np.nan)[rows],
            draws=np.concatenate([self.draws, blank])[rows],
            customers=np.append(self.customers, 0)[rows],
        )

    def method(self, name: str) -> Exact:
        """The percentiles of the draws, and their inverse."""
        del name
        laws = [_Law.of(row, self.bounds) for row in self.draws.reshape(-1, self.draws.shape[-1])]

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            pairs = zip(laws, scipy.special.ndtr(-z).tolist(), strict=True)
            low, high = np.array([(law.at(tail), law.at(1 - tail)) for law, tail in pairs]).T
            return low, high

        def tails(null: FloatArray) -> tuple[FloatArray, FloatArray]:
            pairs = zip(laws, null.tolist(), strict=True)
            less, greater = np.array([law.tails(each) for law, each in pairs]).T
            return less, greater

        rows = replace(self._rows(), is_stepped=True)
        return Exact.of(rows, limits, tails)


@dataclass(frozen=True, slots=True)
class _Law:
    """Draws as a distribution, linear in between, and from the outer ones to the bounds.

    Args:
        values: The lower bound, the draws, the upper bound.
    """

    values: FloatArray

    @classmethod
    def of(cls, draws: FloatArray, bounds: tuple[float, float]) -> Self:
        known = draws[~np.isnan(draws)]
        return cls(np.concatenate([bounds[:1], known, bounds[1:]]))

    @property
    def size(self) -> int:
        """Number of parts of equal probability."""
        return len(self.values) - 1

    def at(self, probability: float) -> float:
        """The quantile."""
        return float(np.interp(probability * self.size, np.arange(self.size + 1), self.values))

    def tails(self, null: float) -> tuple[float, float]:
        """Probabilities of a value from the null up, and down; a tie counts in both."""
        up, down = self._below(-null, -self.values[::-1]), self._below(null, self.values)
        return up, down

    def _below(self, null: float, values: FloatArray) -> float:
        """Probability of a value up to the null."""
        last = int(np.searchsorted(values, null, side="right")) - 1
        if last >= self.size:
            return 1.0
        part = (null - values[last]) / (values[last + 1] - values[last])
        return float((last + part) / self.size)
