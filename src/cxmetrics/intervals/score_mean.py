"""Means of scores that the same customers gave, and how far each is from the mean of others.

A mean Σ w θ over several questions is the linear score of the mixture of their answers. Its
variance w'Σw knows that the same customers gave them, and makes the effective number of
answers; from there on it is a score like any other, with limits that stay on its range.

References:
    Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data. Survey Methodology 24,
    193-201.
    Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures.
    Statistics in Medicine 27, 1693-1702.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from cxmetrics._frozen import SHARED
from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.difference_methods import mover
from cxmetrics.intervals.method import Pivot, Rows, around, z_at
from cxmetrics.likelihood import score_limits, score_statistic

ROUNDING = 1e-13
"""Share of the largest gap below which a gap is rounding."""


CLOSE = 1e-13
"""How close a test is to the limits, as a share: what is added up has more rounding than that
of a single score."""


class _Scored(Basis):
    """What is known of scores by their standard errors, row by row."""

    __slots__ = ()

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""
        taken: dict[str, Any] = {}
        for name, content in self._contents(shared=False).items():
            if isinstance(content, Basis):
                taken[name] = content.take(rows)
            else:
                nothing = np.nan if name == "std_error" else 0
                blank = np.full((1, *content.shape[1:]), nothing, content.dtype)
                taken[name] = np.concatenate([content, blank])[rows]
        return type(self)(**self._contents(shared=True), **taken)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreMean(_Scored):
    """A weighted mean of scores, seen through the mixture of their answers.

    Args:
        points: The distinct scores, ascending.
        effective: Effective answers per point, as the mixture has them.
        df: Degrees of freedom of the standard error.
        n: Number of answers.
        n_missing: Number of missing answers.
        same_customers: Whether the rows of a batch are of the same customers.
    """

    points: FloatArray = field(metadata=SHARED)
    effective: FloatArray
    df: Floats = field()  # without it the property of Basis would be the default
    n: Ints = field()
    n_missing: Ints = field()
    same_customers: bool = field(default=False, metadata=SHARED)
    methods: ClassVar[tuple[str, ...]] = ("score", "t")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.effective.shape[:-1]

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest possible score."""
        return float(self.points[0]), float(self.points[-1])

    @property
    def n_effective(self) -> FloatArray:
        """Number of simple random answers that say as much."""
        return np.asarray(self.effective.sum(axis=-1))

    @property
    def value(self) -> FloatArray:
        """The mean; NaN if one of the scores has no answers."""
        with np.errstate(invalid="ignore"):
            sums = np.einsum("...k,k->...", self.effective, self.points)
            return np.asarray(np.clip(sums / self.n_effective, *self.bounds))

    @property
    def std_error(self) -> FloatArray:
        """Standard error of the mean; NaN where one of the scores is of one customer."""
        n, rises = np.asarray(self.n), self.points - self.value[..., None]
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = (self.effective * rises**2).sum(axis=-1) / self.n_effective
            error = np.sqrt(spread * n / ((n - 1) * self.n_effective))
        return np.where(np.asarray(self.df) > 0, error, np.nan)

    @property
    def reference_df(self) -> FloatArray:
        """Degrees of freedom of the reference of a score statistic, as of clustered answers."""
        df, most = np.asarray(self.df), np.asarray(self.n) - 1
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(df >= most, np.inf, df * most / (most - df))

    def method(self, name: str) -> Pivot:
        """Score limits, or Student's t."""
        df = self.reference_df if name == "score" else self.df
        rows = Rows.of(self.value, self.n_effective, self.bounds, df)
        if name == "t":
            return Pivot(rows, *around(self.value, self.std_error), df)
        effective = self.effective.reshape(-1, len(self.points))
        return Pivot(
            rows,
            lambda z: score_limits(effective, self.points, z),
            lambda null: score_statistic(effective, self.points, null),
            df,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreGap(_Scored):
    """How far a score is from the mean of it and of others.

    With k scores in that mean, the gap is 1 - 1/k times the distance from the mean of
    the k - 1 others.

    Args:
        part: 1 - 1/k.
        score: The score.
        rest: Mean of the others.
        std_error: Standard error of the gap.
        same_customers: Whether the rows of a batch are of the same customers.
    """

    part: float = field(metadata=SHARED)
    score: ScoreMean
    rest: ScoreMean
    std_error: Floats = field()  # without it the property of Basis would be the default
    same_customers: bool = field(default=False, metadata=SHARED)
    methods: ClassVar[tuple[str, ...]] = ("mover", "t")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.score.shape

    @property
    def bounds(self) -> tuple[float, float]:
        """The largest gaps that are possible."""
        lowest, highest = self.score.bounds
        return self.part * (lowest - highest), self.part * (highest - lowest)

    @property
    def value(self) -> FloatArray:
        """The gap; NaN if one of the scores has no answers, 0 where it is but rounding."""
        gap = self.part * (self.score.value - self.rest.value)
        return np.where(np.abs(gap) <= ROUNDING * self.bounds[1], 0.0, gap)

    @property
    def n(self) -> Ints:
        """Number of answers of the score."""
        return self.score.n

    @property
    def n_missing(self) -> Ints:
        """Number of its missing answers."""
        return self.score.n_missing

    @property
    def n_effective(self) -> FloatArray:
        """Number of simple random answers that say as much about the score."""
        return self.score.n_effective

    @property
    def df(self) -> FloatArray:
        """Degrees of freedom of the standard error: those of the side that has fewer."""
        return np.asarray(np.minimum(self.score.df, self.rest.df))

    def method(self, name: str) -> Pivot:
        """MOVER, times what the correlation does to the standard error; or Student's t.

        Either refers to Student's distribution, for the correlation is not known better than
        the customers tell.
        """
        apart = mover(self.score, self.rest, ("score", "score"))
        gap, std_error = np.ravel(self.value), np.ravel(self.std_error)
        rows = Rows(
            bounds=self.bounds,
            shape=self.shape,
            empty=apart.rows.empty,
            silent=apart.rows.silent | ~(np.ravel(self.df) > 0),
            known=np.full(gap.shape, np.nan),
        )
        if name == "t":
            return Pivot(rows, *around(gap, std_error), self.df)
        distance = np.ravel(self.score.value - self.rest.value)
        factor = self.part * np.ravel(self._factor())

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low, high = apart.limit(z)
            return gap - factor * (distance - low), gap + factor * (high - distance)

        return Pivot(rows, limits, lambda null: z_at(limits, gap, null, close=CLOSE), self.df)

    def _factor(self) -> FloatArray:
        """The standard error over that of two independent sides; 1 where nothing varies.

        So few answers can't show that a gap is certain: it is never below one over the root
        of their number, as for answers of which all but one are in both.
        """
        apart = self.part * np.hypot(self.score.std_error, self.rest.std_error)
        least = np.minimum(1, np.maximum(self.n_effective, 1) ** -0.5)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(apart > 0, np.asarray(self.std_error) / apart, 1.0)
        return np.asarray(np.maximum(found, least))
