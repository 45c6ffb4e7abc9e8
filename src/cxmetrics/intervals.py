"""Interval, and the interval methods built on the engine.

Each method is a pivot: limits at a critical value and a statistic at a null, both
referred to one distribution. So an interval excludes a null exactly when the test of
the same method rejects it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
import scipy

from cxmetrics._checks import fail, warn
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._typing import Alternative, BoolArray, FloatArray, Floats, IndexArray, IntervalMethod
from cxmetrics.errors import ArgumentError, ZeroWidthWarning
from cxmetrics.likelihood import (
    likelihood_limits,
    likelihood_statistic,
    score_limits,
    score_statistic,
)
from cxmetrics.likelihood.iterate import rising_root
from cxmetrics.summaries.counts import Counts

SAYS_NOTHING = 0.05
"""Effective number of answers below which no limit can be relied upon."""

ROCKS = (0.75, 1.5, 0.75)
"""Pseudo-answers of detractors, passives and promoters (Rocks 2016, what MeasuringU publishes)."""


Limits: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
Statistic: TypeAlias = Callable[[FloatArray], FloatArray]


class Interval(NamedTuple):
    """A confidence interval: numbers, or arrays for a batch."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearScore(Frozen):
    """Answers seen through one score per point: what inference on a score needs.

    Args:
        counts: The answers.
        scores: One score per point of the scale, at least two of them different.
        groups: Names of runs of neighbouring points, and how many points each has;
            their shares are reported beside the score.
    """

    counts: Counts
    scores: FloatArray = field(metadata=SHARED)
    groups: tuple[tuple[str, int], ...] = field(default=(), metadata=SHARED)
    points: FloatArray = field(init=False, metadata=SHARED)
    effective: FloatArray = field(init=False)
    df: Floats = field(init=False)

    def __post_init__(self) -> None:
        effective, df = self.counts.effective(self.scores)
        points, position = np.unique(self.scores, return_inverse=True)
        collapsed = np.zeros((*effective.shape[:-1], len(points)))
        for k, at in enumerate(position):
            collapsed[..., at] += effective[..., k]
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "effective", collapsed)
        object.__setattr__(self, "df", df)
        Frozen.__post_init__(self)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.counts.shape

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest possible score."""
        return float(self.points[0]), float(self.points[-1])

    @property
    def rows(self) -> FloatArray:
        """Effective counts, rows × points, of a batch of any shape."""
        return self.effective.reshape(-1, len(self.points))

    @property
    def n_effective(self) -> FloatArray:
        """Number of simple random answers that say as much."""
        return np.asarray(self.effective.sum(axis=-1))

    @property
    def value(self) -> FloatArray:
        """The score; NaN without answers."""
        with np.errstate(invalid="ignore"):
            return np.clip(self.effective @ self.points / self.n_effective, *self.bounds)

    @property
    def variance(self) -> FloatArray:
        """Variance of the scores of the answers."""
        squares = (self.points - self.value[..., None]) ** 2
        with np.errstate(invalid="ignore"):
            return np.asarray((self.effective * squares).sum(axis=-1) / self.n_effective)

    @property
    def std_error(self) -> FloatArray:
        """Linearised standard error: NaN where one answer or cluster is all there is."""
        n = np.asarray(self.counts.n)
        with np.errstate(invalid="ignore", divide="ignore"):
            error = np.sqrt(self.variance * n / ((n - 1) * self.n_effective))
        return np.where(np.asarray(self.df) > 0, error, np.nan)

    @property
    def reference_df(self) -> FloatArray:
        """Degrees of freedom of the reference of a score statistic.

        Infinite for simple random answers; with clusters the level-free form of the
        factor of Korn and Graubard (1998), Survey Methodology 24, 193-201.
        """
        df, most = np.asarray(self.df), np.asarray(self.counts.n) - 1
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(df >= most, np.inf, df * most / (most - df))

    @property
    def shares(self) -> dict[str, FloatArray]:
        """Percentage of the answers in each group, or on each point of a short scale."""
        counts, _ = self.counts.effective(self.scores)
        with np.errstate(invalid="ignore"):
            percent = 100 * counts / counts.sum(axis=-1, keepdims=True)
        ends = np.cumsum([0, *(size for _, size in self.groups)])
        return {
            name: percent[..., first:last].sum(axis=-1)
            for (name, _), first, last in zip(self.groups, ends, ends[1:], strict=False)
        }

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""
        return type(self)(counts=self.counts.take(rows), scores=self.scores, groups=self.groups)

    def pivot(self, method: IntervalMethod) -> "Pivot":
        """The interval and the tests of one method."""
        return _METHODS[method](self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pivot:
    """Limits at critical values and statistics at nulls, and what they are referred to.

    Args:
        limits: Lower and upper limit, from a critical value per row.
        statistic: Signed statistic, from a null per row.
        df: Degrees of freedom of Student's t per row; infinite for the normal.
        bounds: Lowest and highest possible value.
        shape: Shape of the batch, whose rows the functions see in one line.
        empty: Rows without any answer.
        silent: Further rows that say nothing: any value is possible.
    """

    limits: Limits
    statistic: Statistic
    df: FloatArray
    bounds: tuple[float, float]
    shape: tuple[int, ...]
    empty: BoolArray
    silent: BoolArray

    @classmethod
    def of(
        cls,
        limits: Limits,
        statistic: Statistic,
        df: Floats,
        *,
        bounds: tuple[float, float],
        n_effective: FloatArray,
    ) -> Self:
        """A pivot for rows with so many effective answers."""
        n_effective = np.asarray(n_effective)
        answers = n_effective.ravel()
        df = np.broadcast_to(np.ravel(df), answers.shape)
        return cls(
            limits=limits,
            statistic=statistic,
            df=df,
            bounds=bounds,
            shape=n_effective.shape,
            empty=answers == 0,
            silent=(answers < SAYS_NOTHING) | ~(df > 0),
        )

    def interval(self, confidence_level: float, alternative: Alternative) -> Interval:
        """The interval at a level; a one-sided one reaches to the end of the range."""
        tail = (1 - confidence_level) / (2 if alternative == "two-sided" else 1)
        z = -_quantile(tail, self.df)
        lowest, highest = self.bounds
        low, high = self.limits(np.abs(z))
        if tail > 0.5:  # noqa: PLR2004 (a one-sided limit beyond the estimate)
            low, high = high, low
        full = self.empty | self.silent
        low = np.where(full | (alternative == "less"), lowest, np.clip(low, lowest, highest))
        high = np.where(full | (alternative == "greater"), highest, np.clip(high, lowest, highest))
        if np.any(low == high):
            msg = "An interval has no width: this method sees no variation, but 'score' needs none."
            warn(msg, ZeroWidthWarning)
        return Interval(low.reshape(self.shape), high.reshape(self.shape))

    def test(self, null: float, alternative: Alternative) -> tuple[FloatArray, FloatArray]:
        """The statistic and the p-value of a null."""
        statistic = np.where(self.silent, 0, self.statistic(np.full(self.df.shape, null)))
        statistic = np.where(self.empty, np.nan, statistic)
        if alternative == "two-sided":
            pvalue = 2 * _cdf(-np.abs(statistic), self.df)
        else:
            pvalue = _cdf(statistic if alternative == "less" else -statistic, self.df)
        pvalue = np.where(self.silent & ~self.empty, 1, pvalue)
        return statistic.reshape(self.shape), pvalue.reshape(self.shape)


def around(center: FloatArray, std_error: FloatArray) -> tuple[Limits, Statistic]:
    """Limits `center` ± z `std_error`, and the statistic that belongs to them."""

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        return center - z * std_error, center + z * std_error

    def statistic(null: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(center == null, 0.0, (center - null) / std_error)

    return limits, statistic


def _by_engine(engine_limits: Any, engine_statistic: Any) -> Callable[[LinearScore], Pivot]:
    """A method whose limits and statistic the likelihood engine computes."""

    def method(score: LinearScore) -> Pivot:
        return _pivot(
            score,
            lambda z: engine_limits(score.rows, score.points, z),
            lambda null: engine_statistic(score.rows, score.points, null),
            score.reference_df,
        )

    return method


def _wald(score: LinearScore) -> Pivot:
    with np.errstate(invalid="ignore", divide="ignore"):
        std_error = np.sqrt(score.variance / score.n_effective)
    return _pivot(score, *around(np.ravel(score.value), np.ravel(std_error)), np.inf)


def _t(score: LinearScore) -> Pivot:
    return _pivot(score, *around(np.ravel(score.value), np.ravel(score.std_error)), score.df)


def _rocks(score: LinearScore) -> Pivot:
    points = score.points
    if len(points) != len(ROCKS) or points[0] != -points[2] or points[1] != 0:
        message = "`method` must not be 'rocks' for other than net scores of three groups."
        fail(ArgumentError, message, "did you mean method='adjusted-wald'?")
    rows = score.rows + ROCKS
    n = rows.sum(axis=1)
    center = rows @ points / n
    variance = rows @ points**2 / n - center**2
    return _pivot(score, *around(center, np.sqrt(variance / n)), np.inf)


def _adjusted_wald(score: LinearScore) -> Pivot:
    """Wald after adding z²/2 answers at each end: Agresti and Coull (1998), for any score."""
    value, n = np.ravel(score.value), np.ravel(score.n_effective)
    ends = score.points[[0, -1]]
    total, squares = score.rows @ score.points, score.rows @ score.points**2

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        each = z * z / 2
        larger = n + 2 * each
        center = (total + each * ends.sum()) / larger
        variance = (squares + each * (ends**2).sum()) / larger - center**2
        half = z * np.sqrt(np.maximum(variance, 0) / larger)
        return center - half, center + half

    return _pivot(score, limits, lambda null: z_at(limits, value, null), score.reference_df)


def _pivot(score: LinearScore, limits: Limits, statistic: Statistic, df: Floats) -> Pivot:
    return Pivot.of(limits, statistic, df, bounds=score.bounds, n_effective=score.n_effective)


def z_at(limits: Limits, value: FloatArray, null: FloatArray) -> FloatArray:
    """The signed critical value at which a limit meets the null."""
    target = np.abs(value - null)

    def log_reach(z: FloatArray) -> FloatArray:
        low, high = limits(z)
        return np.log(np.where(null < value, value - low, high - value) / target)

    once = np.ones_like(value)
    z = rising_root(log_reach, once, once, close=4e-16)
    return np.where(target == 0, 0, np.sign(value - null) * z)


_METHODS: dict[IntervalMethod, Callable[[LinearScore], Pivot]] = {
    "score": _by_engine(score_limits, score_statistic),
    "likelihood": _by_engine(likelihood_limits, likelihood_statistic),
    "adjusted-wald": _adjusted_wald,
    "rocks": _rocks,
    "wald": _wald,
    "t": _t,
}


def _quantile(tail: float, df: FloatArray) -> FloatArray:
    """Quantile of Student's t, or of the normal where df is infinite."""
    normal = np.isinf(df)
    if normal.all():
        return np.full(df.shape, scipy.special.ndtri(tail))
    student = scipy.special.stdtrit(np.where(normal, 1, df), tail)
    return np.where(normal, scipy.special.ndtri(tail), student)


def _cdf(statistic: FloatArray, df: FloatArray) -> FloatArray:
    """Lower tail of Student's t, or of the normal where df is infinite."""
    normal = np.isinf(df)
    if normal.all():
        return np.asarray(scipy.special.ndtr(statistic))
    student = scipy.special.stdtr(np.where(normal, 1, df), statistic)
    return np.where(normal, scipy.special.ndtr(statistic), student)
