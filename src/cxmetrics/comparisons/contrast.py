"""Contrast: what all results that hold one side against another have in common."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any, Self

import numpy as np

from cxmetrics._frozen import Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import Floats, IndexArray
from cxmetrics.intervals.method import Interval


class Contrast(Tabular, Frozen):
    """Two sides, row by row, with a value, an interval and the test of a null hypothesis.

    Where a row is asked for that there is not, nothing is known: numbers are NaN, and any
    value is possible.
    """

    __slots__ = ()

    value: Floats
    interval: Interval
    after: Any
    before: Any

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest possible value."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single comparison."""
        return np.shape(self.value)

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row of which nothing is known."""
        picked, blank = self[rows], rows < 0
        numbers = {
            name: np.where(blank, np.nan, content)
            for name, content in picked._contents(shared=False).items()
            if isinstance(content, np.ndarray)
        }
        ends = zip(picked.interval, self.bounds, strict=True)
        interval = Interval(*(np.where(blank, end, limit) for limit, end in ends))
        sides = {"after": self.after.take(rows), "before": self.before.take(rows)}
        return replace(picked, **numbers, interval=interval, **sides)  # type: ignore[type-var]

    def _table(self) -> Table:
        return Table.of(self.to_dict(), np.size(self.value))
