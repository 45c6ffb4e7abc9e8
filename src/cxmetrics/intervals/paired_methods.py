"""The interval methods of a difference between answers of the same customers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cxmetrics._typing import FloatArray, Ints, PairedMethod
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.intervals.method import Method, Pivot, Rows, around, z_at
from cxmetrics.likelihood import SignFlips, score_limits, sign_flips
from cxmetrics.scale import Scale
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.pairs import PairCounts

SAME = 1e-12
"""Changes that differ by less, relative to the largest, are one."""


def changes_of(pairs: PairCounts, scores: FloatArray) -> LinearScore:
    """The changes of a score within customers.

    Each change that is possible on the scale is a point, whether it was seen or not; the
    points are symmetric about 0.
    """
    change = np.subtract.outer(scores, scores).T
    size = np.abs(change)
    sizes = np.unique(size)
    sizes = sizes[np.diff(sizes, prepend=-np.inf) > SAME * sizes[-1]]
    rank = np.searchsorted(sizes, size, side="right") - 1
    position = len(sizes) - 1 + np.sign(change).astype(np.intp) * rank
    points = np.concatenate([-sizes[:0:-1], sizes])
    columns = np.zeros((len(points), *pairs.shape), np.int64)
    cells = pairs.table.reshape(*pairs.shape, change.size)
    np.add.at(columns, position.ravel(), np.moveaxis(cells, -1, 0))
    counts = Counts(Scale(0, len(points) - 1), np.moveaxis(columns, 0, -1))
    return LinearScore(counts=counts, scores=points)


def paired_method(changes: LinearScore, method: PairedMethod) -> Method:
    """The interval and the test of the mean change by one method."""
    return _METHODS[method](changes)


def _score(changes: LinearScore) -> Method:
    """McNemar (1947) and Tango (1998), for any score."""
    return changes.method("score")


def _t(changes: LinearScore) -> Method:
    return changes.method("t")


def _adjusted(changes: LinearScore) -> Method:
    """Wald after one more change of a step up and of a step down: Bonett and Price (2012)."""
    points, middle = changes.points, len(changes.points) // 2
    rows = changes.rows.copy()
    rows[:, [middle - 1, middle + 1]] += 1
    n = rows.sum(axis=1)
    center = rows @ points / n
    variance = (rows * (points - center[:, None]) ** 2).sum(axis=1) / n
    return Pivot(_rows(changes), *around(center, np.sqrt(variance / n)))


@dataclass(frozen=True, slots=True)
class _SignFlips(Method):
    """The mean change, referred to what it is when signs are left to chance.

    Args:
        flips: Law and observed mean change per row.
        statistic: Sums of the changes over their standard deviations by the laws.
    """

    flips: tuple[SignFlips, ...]
    statistic: FloatArray

    def limits(self, tail: float) -> tuple[FloatArray, FloatArray]:
        """Mean change less the quantiles of the laws; none where no change is rare enough."""
        low, high = np.empty((2, len(self.flips)))
        for i, (law, observed) in enumerate(self.flips):
            lowest, highest = law.lowest(tail), law.highest(tail)
            low[i] = observed - highest if highest < law.values[-1] else -np.inf
            high[i] = observed - lowest if lowest > law.values[0] else np.inf
        return low, high

    def tails(self, null: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Tails of the laws beyond the mean change; the null is always 0."""
        del null
        ends = [(law.at_most(observed), law.at_least(observed)) for law, observed in self.flips]
        less, greater = np.reshape(ends, (-1, 2)).T
        return self.statistic, less, greater


def _sign_flips(changes: LinearScore) -> Method:
    rows, points = changes.rows, changes.points
    with np.errstate(invalid="ignore"):
        statistic = np.nan_to_num(rows @ points / np.sqrt(rows @ points**2))
    flips = tuple(sign_flips(row, points) for row in rows)
    return _SignFlips(_rows(changes), flips, statistic)


_METHODS: dict[PairedMethod, Callable[[LinearScore], Method]] = {
    "score": _score,
    "adjusted": _adjusted,
    "t": _t,
    "sign-flip": _sign_flips,
}


def overlap_correlation(after: LinearScore, before: LinearScore, both: PairCounts) -> FloatArray:
    """Correlation of two scores that share customers, whose answers `both` holds.

    The sum of products of those who answered twice, over the root of the sums of squares of
    all: 0 where nobody did, and never beyond 1.
    """
    scores = after.scores
    rises = [
        np.nan_to_num(scores - np.einsum("...k,k->...", side.proportions, scores)[..., None])
        for side in (both.before, both.after)
    ]
    products = np.einsum("...jk,...j,...k->...", both.table, *rises)
    squares = np.sqrt(after.variance * after.counts.n) * np.sqrt(before.variance * before.counts.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(squares > 0, np.clip(products / squares, -1, 1), 0)


def overlapping_method(
    after: LinearScore, before: LinearScore, correlation: FloatArray, n_both: Ints
) -> Method:
    """The reach of MOVER for independent scores, times the factor on the standard error.

    Zou and Donner (2008) put the correlation into the reach itself; that need not rise with
    the level then, so that a null may have several p-values. Of m customers in both the
    correlation counts (m - 1) / m: so few can't show that a difference is impossible.
    """
    one, two = np.ravel(after.value), np.ravel(before.value)
    counted = correlation * (1 - 1 / np.maximum(n_both, 1))
    factor = np.ravel(_std_error_factor(after, before, counted))

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        low_one, high_one = score_limits(after.rows, after.points, z)
        low_two, high_two = score_limits(before.rows, before.points, z)
        low = one - two - factor * np.hypot(one - low_one, high_two - two)
        return low, one - two + factor * np.hypot(high_one - one, two - low_two)

    span = after.bounds[1] - after.bounds[0]
    fewer = np.minimum(after.n_effective, before.n_effective)
    rows = Rows.of(after.value - before.value, fewer, (-span, span), np.inf)
    return Pivot(rows, limits, lambda null: z_at(limits, one - two, null))


def _std_error_factor(
    after: LinearScore, before: LinearScore, correlation: FloatArray
) -> FloatArray:
    """Standard error of a difference with a correlation over that without one."""
    with np.errstate(invalid="ignore", divide="ignore"):
        one, two = (np.sqrt(side.variance / side.n_effective) for side in (after, before))
        share = 2 * one * two / (one**2 + two**2)
    return np.asarray(np.sqrt(1 - correlation * np.nan_to_num(share)))


def _rows(changes: LinearScore) -> Rows:
    return Rows.of(changes.value, changes.n_effective, changes.bounds, np.inf)
