"""Basis: what an estimate is made from, whatever its kind."""

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np

from cxmetrics._checks import check_option, fail
from cxmetrics._frozen import Frozen
from cxmetrics._typing import BoolArray, FloatArray, Floats, IndexArray, Ints
from cxmetrics.errors import MismatchError
from cxmetrics.intervals.method import Method, Pivot, Rows
from cxmetrics.summaries.design import Weighted


class Basis(Frozen):
    """A summary seen as one number, and what is known of its uncertainty.

    Estimates keep their basis: other levels, tests and comparisons are made from it. A
    member says what its value and standard error are, and which interval methods it has;
    the rest has defaults that fit most of them.
    """

    __slots__ = ()
    methods: ClassVar[tuple[str, ...]]
    """Names of the interval methods, the default one first."""
    noun: ClassVar[str] = "response"
    """What there must be one of."""
    things: ClassVar[str] = "answers"
    """What `n` counts."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest possible value."""

    @property
    @abstractmethod
    def value(self) -> Floats:
        """The estimate; NaN where there is nothing to estimate from."""

    @property
    @abstractmethod
    def std_error(self) -> Floats:
        """Its standard error."""

    @property
    @abstractmethod
    def n(self) -> Ints:
        """Number of answers, customers, accounts or events."""

    @abstractmethod
    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""

    @abstractmethod
    def method(self, name: str) -> Method:
        """The interval and the tests by one method."""

    def reach(self, name: str) -> Pivot:
        """The limits that a difference is made of where nothing else is known."""
        pivot = self.method(name)
        assert isinstance(pivot, Pivot)  # noqa: S101 (all that is not a linear score)
        return pivot

    def others(self) -> Self:
        """For each row of a batch, all the other rows together."""
        message = "Only what is made from a summary that adds has a rest"
        hint = "did you mean versus='pairs'?"
        fail(MismatchError, f"{message}, not this estimate.", hint)

    @property
    def n_missing(self) -> Ints:
        """Number of missing answers."""
        return np.zeros(self.shape, np.int64)

    @property
    def n_effective(self) -> Floats:
        """Number of simple random answers that say as much; infinite for a census."""
        return np.asarray(self.n, np.float64)

    @property
    def df(self) -> Floats:
        """Degrees of freedom of the standard error."""
        return np.full(self.shape, np.inf)

    @property
    def share(self) -> FloatArray | None:
        """Weight of each row of a batch in the total, if that is their weighted mean."""
        return None

    @property
    def shares(self) -> dict[str, FloatArray]:
        """Percentages behind the value, by name."""
        return {}

    @property
    def design(self) -> Weighted | None:
        """Weights and clusters of the answers, if there are any."""
        return None

    @property
    def same_customers(self) -> bool:
        """Whether the rows of a batch are of the same customers, and so not independent."""
        return False

    @property
    def speaks(self) -> BoolArray:
        """Which rows, in one line, say something about the value."""
        known = np.isfinite(np.ravel(self.value)) & np.isfinite(np.ravel(self.std_error))
        return np.asarray(known)

    @property
    def spec(self) -> str:
        """How values are written: with decimals that fit their range, or their size."""
        span = self.bounds[1] - self.bounds[0]
        return number_spec(span) if np.isfinite(span) else spec_of_size(np.ravel(self.value))

    def check_method(self, name: Any) -> None:
        """An interval method must be one that there is."""
        check_option(name, "method", self.methods)

    def _rows(self) -> Rows:
        """The rows, all of which say something unless they have no value."""
        value = np.ravel(self.value)
        return Rows(
            bounds=self.bounds,
            shape=self.shape,
            empty=np.isnan(value),
            silent=np.zeros(value.shape, np.bool_),
            known=np.full(value.shape, np.nan),
            better=self.methods[0],
        )


def number_spec(span: float) -> str:
    """Decimals that fit a range: one for points and percent, more for short scales."""
    return "z,.1f" if span >= 50 else "z,.2f" if span >= 2 else "z,.3f"  # noqa: PLR2004


def spec_of_size(values: FloatArray) -> str:
    """Decimals that show four digits of a typical value, and at least one."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    typical = float(np.median(sizes)) if len(sizes) else 1.0
    return f"z,.{int(np.clip(3 - np.floor(np.log10(typical)), 1, 12))}f"
