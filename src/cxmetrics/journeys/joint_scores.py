"""JointScores: the scores of touchpoints by the same customers, their means and their gaps.

A mean over touchpoints, or a gap to it, is a sum c'θ of their scores, with the variance c'Σc.
Its interval is Student's t; where every customer rated everything that is the plain t
interval of what each customer gives on average.
"""

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Self

import numpy as np
import scipy

from cxmetrics._frozen import SHARED
from cxmetrics._typing import BoolArray, FloatArray, Floats, IndexArray, Ints
from cxmetrics.comparisons.groups import Z_95
from cxmetrics.estimate import Estimate, Test
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.method import Pivot, Rows, around

ALIKE = 1e-12
"""Share of the variance of independent scores below which that of a sum of them is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreSum(Basis):
    """A weighted sum of scores, known with a standard error.

    Args:
        value: The sum.
        std_error: Its standard error.
        df: Degrees of freedom of the standard error.
        n: Number of ratings.
        n_missing: Number of ratings that are missing.
        n_effective: Number of simple random ratings that say as much.
        bounds: Lowest and highest possible value.
        spec: How values are written.
    """

    value: Floats = field()  # without it the property of Basis would be the default
    std_error: Floats = field()
    df: Floats = field()
    n: Ints = field()
    n_missing: Ints = field()
    n_effective: Floats = field()
    bounds: tuple[float, float] = field(metadata=SHARED)
    spec: str = field(metadata=SHARED)
    methods: ClassVar[tuple[str, ...]] = ("t",)
    noun: ClassVar[str] = "rating"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return np.shape(self.value)

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without ratings."""
        nothing = {"value": np.nan, "std_error": np.nan, "df": np.nan}
        taken = {}
        for name, numbers in self._contents(shared=False).items():
            blank = np.full((1, *numbers.shape[1:]), nothing.get(name, 0), numbers.dtype)
            taken[name] = np.concatenate([numbers, blank])[rows]
        return type(self)(**self._contents(shared=True), **taken)

    def method(self, name: str) -> Pivot:
        """Student's t."""
        del name
        value, df = np.ravel(self.value), np.ravel(self.df)
        rows = Rows(
            bounds=self.bounds,
            shape=self.shape,
            empty=np.isnan(value),
            silent=~(df > 0),
            known=np.full(value.shape, np.nan),
        )
        return Pivot(rows, *around(np.asarray(self.value), np.asarray(self.std_error)), df)
