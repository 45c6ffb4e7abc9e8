"""Mapped: a rising function of another basis, whose limits and tests it takes over."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from cxmetrics._frozen import SHARED
from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints
from cxmetrics.intervals.basis import Basis, spec_of_size
from cxmetrics.intervals.method import Method, Pivot, Rows, z_at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Derived(Basis):
    """What follows from another basis, and is known as well as that one.

    Args:
        basis: The other basis.
    """

    basis: Basis

    @property
    def methods(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of the other basis."""
        return self.basis.methods

    @property
    def noun(self) -> str:  # type: ignore[override]
        """What there must be one of."""
        return self.basis.noun

    @property
    def things(self) -> str:  # type: ignore[override]
        """What `n` counts."""
        return self.basis.things

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.basis.shape

    @property
    def n(self) -> Ints:
        """Number of customers, or of whatever the other basis is made of."""
        return self.basis.n

    @property
    def n_missing(self) -> Ints:
        """Number of those of whom nothing is known."""
        return self.basis.n_missing

    @property
    def n_effective(self) -> Floats:
        """Number of simple random answers that say as much."""
        return self.basis.n_effective

    @property
    def df(self) -> Floats:
        """Degrees of freedom of the standard error."""
        return self.basis.df

    @property
    def shares(self) -> dict[str, FloatArray]:
        """Percentages behind the value of the other basis."""
        return self.basis.shares

    @property
    def design(self) -> Any:
        """Weights and clusters, if there are any."""
        return self.basis.design

    @property
    def spec(self) -> str:
        """Decimals that show four digits."""
        return spec_of_size(np.ravel(self.value))

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        return replace(self, basis=self.basis.take(rows))

    def others(self) -> Self:
        """For each row of a batch, all the other rows together."""
        return replace(self, basis=self.basis.others())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mapped(Derived):
    """A rising function of another basis: it has the limits of that one, and its p-values, mapped.

    So an interval has the coverage of the one it comes from, however curved the function.

    Args:
        basis: What the function is of.
    """

    @abstractmethod
    def at(self, x: FloatArray) -> FloatArray:
        """The function."""

    @abstractmethod
    def back(self, y: float) -> float:
        """Where the function has a value."""

    @abstractmethod
    def slope(self, x: FloatArray) -> FloatArray:
        """Its derivative."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of the other basis, mapped."""
        low, high = self.at(np.array(self.basis.bounds)).tolist()
        return low, high

    @property
    def value(self) -> FloatArray:
        """The function at the value of the other basis."""
        return self.at(np.asarray(self.basis.value))

    @property
    def std_error(self) -> FloatArray:
        """To first order, as the delta method has it."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.slope(np.asarray(self.basis.value)) * self.basis.std_error)

    def method(self, name: str) -> Method:
        """The interval and the tests by one method of the other basis."""
        return MappedMethod.of(self.basis.method(name), self.bounds, self.at, self.back)

    def reach(self, name: str) -> Pivot:
        """The limits that a difference is made of, mapped."""
        pivot = self.basis.reach(name)

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low, high = (np.clip(limit, *self.basis.bounds) for limit in pivot.limit(z))
            return self.at(low), self.at(high)

        rows, value = mapped_rows(pivot.rows, self.bounds, self.at), np.ravel(self.value)
        return Pivot(rows, limits, lambda null: z_at(limits, value, null), pivot.df)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Affine(Mapped):
    """`shift` + `scale` × another basis.

    Args:
        basis: The other basis.
        shift: What is added.
        scale: What it is multiplied with, above 0.
    """

    shift: float = field(default=0.0, metadata=SHARED)
    scale: float = field(default=1.0, metadata=SHARED)

    def at(self, x: FloatArray) -> FloatArray:
        """A line."""
        return self.shift + self.scale * x

    def back(self, y: float) -> float:
        """Where the line has a value."""
        return (y - self.shift) / self.scale

    def slope(self, x: FloatArray) -> FloatArray:
        """The same everywhere."""
        return np.full(x.shape, self.scale)


@dataclass(frozen=True, slots=True)
class MappedMethod(Method):
    """The limits of another method, mapped, and its p-values where the null comes from.

    Args:
        method: The other method.
        at: The function.
        back: Its inverse.
    """

    method: Method
    at: Callable[[FloatArray], FloatArray]
    back: Callable[[float], float]

    @classmethod
    def of(
        cls,
        method: Method,
        bounds: tuple[float, float],
        at: Callable[[FloatArray], FloatArray],
        back: Callable[[float], float],
    ) -> Self:
        """A method seen through a rising function, which has these bounds."""
        return cls(mapped_rows(method.rows, bounds, at), method, at, back)

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """The limits of the other method, where the function is defined."""
        low, high = (np.clip(limit, *self.method.rows.bounds) for limit in self.method.limits(tail))
        return self.at(low), self.at(high)

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The p-values of the other method, at the place of the null."""
        return self.method.tails(float(np.clip(self.back(null), *self.method.rows.bounds)))


def mapped_rows(
    rows: Rows,
    bounds: tuple[float, float],
    at: Callable[[FloatArray], FloatArray],
    *,
    is_stepped: bool = False,
) -> Rows:
    """The rows of another method, with the values that are certain mapped."""
    return replace(rows, bounds=bounds, known=at(rows.known), is_stepped=is_stepped)
