"""Whether several groups have one score: the score test of k groups."""

import numpy as np
import scipy

from cxmetrics._typing import FloatArray
from cxmetrics.comparisons.groups import speaks
from cxmetrics.estimate import Estimate, Test
from cxmetrics.intervals.method import deviate
from cxmetrics.likelihood import score_statistic

MOST = 1e15
"""A pull beyond this, at the end of the scale, is as good as infinite."""


def equality_test(estimates: Estimate) -> Test:
    """Test that all groups of a batch have the same score, whatever their distributions.

    With each group at its own most likely distribution of a common score θ, the squared
    score statistics of the groups add up to chi-squared on k - 1 degrees of freedom; θ is
    where the pulls of the groups balance. Groups without answers do not count.

    References:
        Miettinen, O. and Nurminen, M. (1985). Comparative analysis of two rates.
        Statistics in Medicine 4, 213-226; here for any score and several groups.
    """
    basis = estimates.basis
    keep = speaks(basis)
    rows, value = basis.rows[keep], np.ravel(basis.value)[keep]
    df, n = np.ravel(basis.reference_df)[keep], int(np.ravel(estimates.n)[keep].sum())
    squares, groups = 0.0, len(value)
    if groups and value.min() < value.max():
        theta = _common(rows, value, basis.points)
        squares = float((_deviates(rows, basis.points, theta, df) ** 2).sum()) * (n - 1) / n
    pvalue = float(scipy.special.chdtrc(groups - 1, squares)) if groups > 1 else np.nan
    return Test(
        statistic=squares,
        pvalue=pvalue,
        null=0.0,
        alternative="two-sided",
        method="score",
        null_hypothesis=f"{estimates.metric} is the same in {groups:,} groups",
    )


def _common(rows: FloatArray, value: FloatArray, points: FloatArray) -> float:
    """The common score at which the multipliers of the groups add up to 0."""

    def pull(theta: float) -> float:
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = value - theta
            each = score_statistic(rows, points, np.full(len(value), theta)) ** 2 / gap
        return float(np.clip(np.where(gap == 0, 0, each), -MOST, MOST).sum())

    low, high = float(value.min()), float(value.max())
    return float(scipy.optimize.brentq(pull, low, high, xtol=1e-12 * (points[-1] - points[0])))


def _deviates(rows: FloatArray, points: FloatArray, theta: float, df: FloatArray) -> FloatArray:
    """Score statistics as normal deviates; with few clusters they are Student's."""
    statistic = score_statistic(rows, points, np.full(len(rows), theta))
    few = np.isfinite(df)
    statistic[few] = deviate(
        scipy.special.stdtr(df[few], statistic[few]), scipy.special.stdtr(df[few], -statistic[few])
    )
    return statistic
