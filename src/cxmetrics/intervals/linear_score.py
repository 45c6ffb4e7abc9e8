"""LinearScore: answers seen through one score per point."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._typing import FloatArray, Floats, IndexArray
from cxmetrics.summaries.counts import Counts


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

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without answers."""
        return type(self)(counts=self.counts.take(rows), scores=self.scores, groups=self.groups)
