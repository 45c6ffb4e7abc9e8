"""The interval methods of a linear score."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import FloatArray, Floats, IntervalMethod
from cxmetrics.errors import ArgumentError
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.intervals.method import Limits, Method, Pivot, Rows, Statistic, around, deviate, z_at
from cxmetrics.likelihood import (
    Law,
    bootstrap_law,
    dirichlet_cdf,
    dirichlet_quantile,
    likelihood_limits,
    likelihood_statistic,
    score_limits,
    score_statistic,
)

ROCKS = (0.75, 1.5, 0.75)
"""Pseudo-answers of detractors, passives and promoters (Rocks 2016, what MeasuringU publishes)."""


def score_method(score: LinearScore, method: IntervalMethod) -> Method:
    """The interval and the tests of a linear score by one method."""
    return _METHODS[method](score)


def _pivot(score: LinearScore, limits: Limits, statistic: Statistic, df: Floats = np.inf) -> Pivot:
    # One cluster says nothing, not even by a method that knows no degrees of freedom.
    return Pivot(_rows(score, np.minimum(df, score.reference_df)), limits, statistic, df)


def _rows(score: LinearScore, df: Floats) -> Rows:
    return Rows.of(score.value, score.n_effective, score.bounds, df)


def _by_engine(engine_limits: Any, engine_statistic: Any) -> Callable[[LinearScore], Method]:
    """A method whose limits and statistic the likelihood engine computes."""

    def method(score: LinearScore) -> Method:
        return _pivot(
            score,
            lambda z: engine_limits(score.rows, score.points, z),
            lambda null: engine_statistic(score.rows, score.points, null),
            score.reference_df,
        )

    return method


def _wald(score: LinearScore) -> Method:
    with np.errstate(invalid="ignore", divide="ignore"):
        std_error = np.sqrt(score.variance / score.n_effective)
    return _pivot(score, *around(score.value, std_error))


def _t(score: LinearScore) -> Method:
    return _pivot(score, *around(score.value, score.std_error), score.df)


def _rocks(score: LinearScore) -> Method:
    points = score.points
    if len(points) != len(ROCKS) or points[0] != -points[2] or points[1] != 0:
        message = "`method` must not be 'rocks' for other than net scores of three groups."
        fail(ArgumentError, message, "did you mean method='adjusted-wald'?")
    rows = score.rows + ROCKS
    n = rows.sum(axis=1)
    center = rows @ points / n
    variance = (rows * (points - center[:, None]) ** 2).sum(axis=1) / n
    return _pivot(score, *around(center, np.sqrt(variance / n)))


def _adjusted_wald(score: LinearScore) -> Method:
    """Wald after adding z²/2 answers at each end: Agresti and Coull (1998), for any score."""
    value, n = np.ravel(score.value), np.ravel(score.n_effective)
    lowest, span = score.points[0], score.points[-1] - score.points[0]
    rises = score.points - lowest
    total, squares = score.rows @ rises, score.rows @ rises**2

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        each = z * z / 2
        larger = n + 2 * each
        center = (total + each * span) / larger
        variance = (squares + each * span**2) / larger - center**2
        half = z * np.sqrt(np.maximum(variance, 0) / larger)
        return lowest + center - half, lowest + center + half

    return _pivot(score, limits, lambda null: z_at(limits, value, null), score.reference_df)


@dataclass(frozen=True, slots=True)
class _Dirichlet(Method):
    """Limits from two Dirichlet laws of the shares, one for each limit.

    Args:
        points: One score per point.
        lower: Parameters of the law of the lower limit, rows × points.
        upper: Parameters of the law of the upper limit.
    """

    points: FloatArray
    lower: FloatArray
    upper: FloatArray

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """Quantiles of the laws."""
        lowest, highest = self.rows.bounds
        u, span = self._u(), highest - lowest
        low = dirichlet_quantile(self.lower, u, tail)
        from_top = dirichlet_quantile(self.upper[:, ::-1], 1 - u[::-1], tail)
        return lowest + span * low, highest - span * from_top

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Tails of the laws beyond the null."""
        lowest, highest = self.rows.bounds
        t = np.full(len(self.lower), (null - lowest) / (highest - lowest))
        less = dirichlet_cdf(self.upper, self._u(), t)[1]
        greater = dirichlet_cdf(self.lower, self._u(), t)[0]
        return deviate(less, greater), less, greater

    def _u(self) -> FloatArray:
        lowest, highest = self.rows.bounds
        return (self.points - lowest) / (highest - lowest)


def _at_ends(score: LinearScore, bottom: float, top: float) -> FloatArray:
    """The answers with pseudo-answers at the ends of the scale."""
    rows = score.rows.copy()
    rows[:, 0] += bottom
    rows[:, -1] += top
    return rows


def _conservative(score: LinearScore) -> Method:
    """Gaffke (2005): one more answer at the lower end for the lower limit, and mirrored."""
    rows = _rows(score, score.reference_df)
    return _Dirichlet(rows, score.points, _at_ends(score, 1, 0), _at_ends(score, 0, 1))


def _bayes(score: LinearScore) -> Method:
    """The posterior after half an answer at each end: Jeffreys' prior on two points."""
    posterior = _at_ends(score, 0.5, 0.5)
    rows = _rows(score, score.reference_df)
    return _Dirichlet(rows, score.points, posterior, posterior)


@dataclass(frozen=True, slots=True)
class _Bootstrap(Method):
    """Limits from the resampling law of each row: the percentile method.

    Args:
        laws: One law per row.
    """

    laws: tuple[Law, ...]

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """Quantiles of the laws."""
        ends = [(law.lowest(tail), law.highest(tail)) for law in self.laws]
        low, high = np.reshape(ends, (-1, 2)).T
        return low, high

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Tails of the laws beyond the null."""
        lowest, highest = self.rows.bounds
        tie = 1e-13 * (highest - lowest)
        ends = [(law.at_least(null - tie), law.at_most(null + tie)) for law in self.laws]
        less, greater = np.reshape(ends, (-1, 2)).T
        return deviate(less, greater), less, greater


def _bootstrap(score: LinearScore) -> Method:
    if not score.counts.is_simple:
        message = f"`method` must not be 'bootstrap' for {score.counts.sample} answers."
        fail(ArgumentError, message, "did you mean method='score'?")
    rows = _rows(score, np.inf)
    nothing = Law(np.array([np.nan]), np.array([1.0]))
    return _Bootstrap(
        rows,
        tuple(bootstrap_law(row, score.points) if row.any() else nothing for row in score.rows),
    )


_METHODS: dict[IntervalMethod, Callable[[LinearScore], Method]] = {
    "score": _by_engine(score_limits, score_statistic),
    "likelihood": _by_engine(likelihood_limits, likelihood_statistic),
    "adjusted-wald": _adjusted_wald,
    "rocks": _rocks,
    "wald": _wald,
    "t": _t,
    "conservative": _conservative,
    "bayes": _bayes,
    "bootstrap": _bootstrap,
}
