"""LinearScore: answers seen through one score per point, and its interval methods."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, get_args

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._typing import BoolArray, FloatArray, Floats, IndexArray, IntervalMethod, Ints
from cxmetrics.errors import ArgumentError
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.method import (
    SAYS_NOTHING,
    Limits,
    Method,
    Pivot,
    Rows,
    Statistic,
    around,
    deviate,
    z_at,
)
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
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.design import Weighted

ROCKS = (0.75, 1.5, 0.75)
"""Pseudo-answers of detractors, passives and promoters (Rocks 2016, what MeasuringU publishes)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearScore(Basis):
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
    methods: ClassVar[tuple[str, ...]] = get_args(IntervalMethod)

    def __post_init__(self) -> None:
        effective, df = self.counts.effective(self.scores)
        points, position = np.unique(self.scores, return_inverse=True)
        # In memory the rows of one point are neighbours, so that numpy works in long columns.
        columns = np.zeros((len(points), *effective.shape[:-1]))
        for k, at in enumerate(position):
            columns[at] += effective[..., k]
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "effective", np.moveaxis(columns, 0, -1))
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
    def n(self) -> Ints:
        """Number of answers."""
        return self.counts.n

    @property
    def n_missing(self) -> Ints:
        """Number of missing answers."""
        return self.counts.n_missing

    @property
    def n_effective(self) -> FloatArray:
        """Number of simple random answers that say as much; infinite for a census."""
        return np.where(self.counts.is_census, np.inf, self.effective.sum(axis=-1))

    @property
    def value(self) -> FloatArray:
        """The score; NaN without answers."""
        # Not `@`, whose threads wait for each other on a busy machine.
        sums = np.einsum("...k,k->...", self.effective, self.points)
        lowest, highest = self._observed()
        with np.errstate(invalid="ignore"):
            return np.asarray(np.clip(sums / self.effective.sum(axis=-1), lowest, highest))

    def _observed(self) -> tuple[Floats, Floats]:
        """Scores between which the mean lies; exact where all weighted answers are alike."""
        if self.counts.is_simple:
            return self.bounds
        seen = self.effective > 0
        return (
            np.where(seen, self.points, self.bounds[1]).min(axis=-1),
            np.where(seen, self.points, self.bounds[0]).max(axis=-1),
        )

    @property
    def variance(self) -> FloatArray:
        """Variance of the scores of the answers."""
        squares = np.subtract.outer(self.points, self.value.T) ** 2
        with np.errstate(invalid="ignore"):
            sums = (self.effective.T * squares).sum(axis=0).T
            return np.asarray(sums / self.effective.sum(axis=-1))

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
        percent = 100 * self.counts.proportions
        ends = np.cumsum([0, *(size for _, size in self.groups)])
        return {
            name: percent[..., first:last].sum(axis=-1)
            for (name, _), first, last in zip(self.groups, ends, ends[1:], strict=False)
        }

    @property
    def design(self) -> Weighted | None:
        """Weights and clusters of the answers, if there are any."""
        return self.counts.design

    @property
    def share(self) -> FloatArray:
        """Weight of the answers of each row."""
        weight: FloatArray = self.counts.weights.sum(axis=-1)
        return weight

    @property
    def speaks(self) -> BoolArray:
        """Which rows, in one line, have answers that say something about the score."""
        some = np.ravel(self.n_effective) >= SAYS_NOTHING
        return np.asarray(some & (np.ravel(self.reference_df) > 0))

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""
        return self.of_counts(self.counts.take(rows))

    def others(self) -> Self:
        """For each row of a batch, the answers of all the other rows."""
        return self.of_counts(self.counts.others())

    def of_counts(self, counts: Counts) -> Self:
        """Other answers, seen through the same scores."""
        return type(self)(counts=counts, scores=self.scores, groups=self.groups)

    def method(self, name: str) -> Method:
        """The interval and the tests by one method."""
        return _METHODS[name](self)

    def reach(self, name: str) -> Pivot:
        """Score limits, whatever the method of the estimate."""
        del name
        return _score(self)


def _pivot(score: LinearScore, limits: Limits, statistic: Statistic, df: Floats = np.inf) -> Pivot:
    # One cluster says nothing, not even by a method that knows no degrees of freedom.
    return Pivot(_rows(score, np.minimum(df, score.reference_df)), limits, statistic, df)


def _rows(score: LinearScore, df: Floats) -> Rows:
    return Rows.of(score.value, score.n_effective, score.bounds, df)


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


_score = _by_engine(score_limits, score_statistic)


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


_METHODS: dict[str, Callable[[LinearScore], Method]] = {
    "score": _score,
    "likelihood": _by_engine(likelihood_limits, likelihood_statistic),
    "adjusted-wald": _adjusted_wald,
    "rocks": _rocks,
    "wald": _wald,
    "t": _t,
    "conservative": _conservative,
    "bayes": _bayes,
    "bootstrap": _bootstrap,
}
