"""JointScores: what the scores of touchpoints have in common, because the same customers gave them.

A score is a ratio of two totals: rating times rated, over rated. What a customer adds to its
error is linear in both, so the moments of these columns give the correlation of all scores.

References:
    Binder, D. A. (1983). On the variances of asymptotically normal estimators from
    complex surveys. International Statistical Review 51, 279-292.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import scipy

from cxmetrics._frozen import Frozen
from cxmetrics._typing import AnyArray, FloatArray, IndexArray
from cxmetrics.comparisons.groups import Z_95
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.score_mean import ScoreGap, ScoreMean
from cxmetrics.summaries.moments import Moments

ROUNDING = 1e-10
"""Share of the squares of its terms below which the variance of a score is rounding."""

ALIKE = 1e-12
"""Share of the variances of scores below which that of their mean is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links(Frozen):
    """How scores hang together, because the same customers gave them.

    Args:
        correlation: Correlation of the scores.
        overlap: Σ b b' over the customers, with b what each weighs among those who rated.
    """

    correlation: FloatArray
    overlap: FloatArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.correlation.shape[:-2]

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        nothing = np.zeros((1, *self.correlation.shape[1:]))
        both = (self.correlation, self.overlap)
        correlation, overlap = (np.concatenate([table, nothing])[rows] for table in both)
        return type(self)(correlation=correlation, overlap=overlap)

    @classmethod
    def of(cls, moments: Moments, size: int) -> Self:
        """From the moments of score times rated for each of `size` touchpoints, then of rated."""
        scatter, first, second = moments.scatter, slice(size), slice(size, 2 * size)
        totals, products = scatter.totals, scatter.products
        above, below = totals[..., first], totals[..., second]
        some = np.where(below > 0, below, 1)
        slope = np.where(below > 0, above / some, 0)
        both, cross, rated = (
            products[..., first, first],
            products[..., first, second] * slope[..., None, :],
            products[..., second, second],
        )
        tilt = rated * slope[..., :, None] * slope[..., None, :]
        squares = both - cross - np.swapaxes(cross, -1, -2) + tilt
        n = np.where(np.asarray(scatter.weight) > 0, scatter.weight, 1)[..., None, None]
        met = rated + below[..., :, None] * below[..., None, :] / n
        overlap = met / (some[..., :, None] * some[..., None, :])
        return cls(correlation=_correlation(squares, met), overlap=overlap)


def _correlation(squares: FloatArray, sizes: FloatArray) -> FloatArray:
    """Products over the roots of both squares; of what does not vary, that of independence."""
    diagonal, size = (np.diagonal(table, axis1=-2, axis2=-1) for table in (squares, sizes))
    varies = diagonal > ROUNDING * size
    root = np.sqrt(np.where(varies, diagonal, 1))
    found = np.clip(squares / (root[..., :, None] * root[..., None, :]), -1, 1)
    found = np.where(varies[..., :, None] & varies[..., None, :], found, 0)
    each = np.arange(diagonal.shape[-1])
    found[..., each, each] = 1
    return np.asarray(found)


class JointScores(NamedTuple):
    """The scores of touchpoints of one metric, with what they have in common.

    Args:
        each: The scores, along the last axis of the batch.
        links: How they hang together.
    """

    each: ScoreMean
    links: Links

    @classmethod
    def of(cls, scores: Sequence[Estimate], links: Links) -> "JointScores":
        """Scores of answers on the same points, one estimate per touchpoint."""
        bases = [score.score for score in scores]
        each = ScoreMean(
            points=bases[0].points,
            effective=np.stack([basis.effective for basis in bases], axis=-2),
            df=np.stack([basis.df for basis in bases], axis=-1),
            n=np.stack([basis.n for basis in bases], axis=-1),
            n_missing=np.stack([basis.n_missing for basis in bases], axis=-1),
        )
        return cls(each, links)

    @property
    def size(self) -> int:
        """Number of touchpoints."""
        return self.each.shape[-1]

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the scores; on its diagonal the squares of their standard errors."""
        return self._covariance(np.asarray(self.each.std_error))

    def means(self, weights: FloatArray) -> ScoreMean:
        """Means of the scores, with weights that add up to 1 in each row."""
        each, counted = self.each, (weights > 0).astype(np.int64)
        shares, n = self._shares(weights), np.asarray(each.n) @ counted.T
        loading = np.einsum("rj,...jk->...rk", weights, np.nan_to_num(self.covariance))
        sizes = self._n_effective(weights, shares, loading, n)
        is_empty = ((each.n_effective == 0) @ counted.T) > 0
        is_known = (np.isnan(each.std_error) @ counted.T) == 0
        return ScoreMean(
            points=each.points,
            effective=np.where(is_empty[..., None], 0, shares * sizes[..., None]),
            df=np.where(is_known, self._df(weights, loading), 0),
            n=n,
            n_missing=np.asarray(each.n_missing) @ counted.T,
        )

    def gaps(self) -> ScoreGap:
        """How far each score is from the mean of all."""
        size = self.size
        rest = self.means((1 - np.eye(size)) / (size - 1))
        contrast = np.eye(size) - 1 / size
        variance = np.einsum("rj,...jk,rk->...r", contrast, self.covariance, contrast)
        std_error = np.sqrt(np.maximum(variance, 0))
        return ScoreGap(part=1 - 1 / size, score=self.each, rest=rest, std_error=std_error)

    def equal_means(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Wald's statistic that these means are equal, and its p-value by Hotelling's law.

        What does not vary, because all answers are alike, gets the standard error of its
        interval. NaN where the means can't vary apart.
        """
        means, steps = self.means(weights), np.diff(weights, axis=0)
        square = np.einsum("rj,...jk,sk->...rs", steps, self._covariance(self._widths()), steps)
        gap, size = np.diff(means.value, axis=-1), len(steps)
        known = np.isfinite(square).all(axis=(-1, -2)) & np.isfinite(gap).all(axis=-1)
        square = np.where(known[..., None, None], square, np.eye(size))
        known &= np.linalg.matrix_rank(square, hermitian=True) == size
        square = np.where(known[..., None, None], square, np.eye(size))
        statistic = (gap * np.linalg.solve(square, gap[..., None])[..., 0]).sum(axis=-1)
        df = np.min(means.df, axis=-1) - size + 1
        with np.errstate(invalid="ignore", divide="ignore"):
            f = statistic * df / ((df + size - 1) * size)
            pvalue = np.where(known & (df > 0), scipy.special.fdtrc(size, df, f), np.nan)
        return np.where(known, statistic, np.nan), pvalue

    def _covariance(self, std_error: FloatArray) -> FloatArray:
        return np.asarray(
            self.links.correlation * std_error[..., :, None] * std_error[..., None, :]
        )

    def _widths(self) -> FloatArray:
        """Standard errors; where answers are all alike, those that the intervals have."""
        low, high = self.each.method("score").interval(0.95, "two-sided")
        error = np.asarray(self.each.std_error)
        return np.where(error == 0, (high - low) / (2 * Z_95), error)

    def _shares(self, weights: FloatArray) -> FloatArray:
        """The mixtures of the answers to those questions."""
        effective, size = self.each.effective, self.each.n_effective
        shares = effective / np.where(size > 0, size, 1)[..., None]
        return np.asarray(weights @ shares)

    def _n_effective(
        self, weights: FloatArray, shares: FloatArray, loading: FloatArray, n: AnyArray
    ) -> FloatArray:
        """Number of simple random answers that say as much, as of clustered answers.

        Where the mean does not vary, it is Kish's number of customers.
        """
        points = self.each.points
        spread = (shares * (points - (shares @ points)[..., None]) ** 2).sum(axis=-1)
        variance = np.einsum("...rj,rj->...r", loading, weights)
        apart = np.nan_to_num(np.asarray(self.each.std_error) ** 2) @ (weights**2).T
        overlap = np.einsum("rj,...jk,rk->...r", weights, self.links.overlap, weights)
        varies = (variance > ALIKE * apart) & (spread > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            kish = np.where(overlap > 0, 1 / overlap, 0)
            return np.asarray(np.where(varies, n * spread / ((n - 1) * variance), kish))

    def _df(self, weights: FloatArray, loading: FloatArray) -> FloatArray:
        """Harmonic mean of the degrees of freedom, by shares of the variance."""
        shares = np.maximum(weights * loading, 0)
        total = shares.sum(axis=-1, keepdims=True)
        even = (weights > 0) / (weights > 0).sum(axis=-1, keepdims=True)
        some = np.where(total > 0, shares / np.where(total > 0, total, 1), even)
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(some > 0, some / np.asarray(self.each.df)[..., None, :], 0)
            return np.asarray(1 / each.sum(axis=-1))
