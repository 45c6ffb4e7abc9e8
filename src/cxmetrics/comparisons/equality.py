"""Whether several groups have one score: the score test of k groups."""

import numpy as np
import scipy

from cxmetrics._typing import BoolArray, FloatArray
from cxmetrics.comparisons.groups import group_variances
from cxmetrics.estimate import Estimate, Test
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.intervals.method import deviate
from cxmetrics.likelihood import score_statistic

MOST = 1e15
"""A pull beyond this, at the end of the scale, is as good as infinite."""

CLOSE = 1e-12
"""A step within this share of the range of the score ends the search."""


def equality_test(estimates: Estimate) -> Test:
    """Test that all groups of a batch have the same score, whatever their distributions.

    Of answers on a scale it is the score test. With each group at its own most likely
    distribution of a common score θ, the squared score statistics of the groups add up to
    chi-squared on k - 1 degrees of freedom; θ is where the pulls of the groups balance.
    Of other estimates it is Cochran's Q, the squared distances from their mean by their
    variances. Groups without answers do not count.

    References:
        Cochran, W. G. (1954). The combination of estimates from different experiments.
        Biometrics 10, 101-129.

        Miettinen, O. and Nurminen, M. (1985). Comparative analysis of two rates.
        Statistics in Medicine 4, 213-226; here for any score and several groups.
    """
    basis = estimates.basis
    keep = basis.speaks
    groups = int(keep.sum())
    if isinstance(basis, LinearScore):
        method, squares = "score", _score_squares(basis, keep)
    else:
        method, squares = "inverse variance", _inverse_variance(estimates, keep)
    pvalue = float(scipy.special.chdtrc(groups - 1, squares)) if groups > 1 else np.nan
    return Test(
        statistic=squares,
        pvalue=pvalue,
        null=0.0,
        alternative="two-sided",
        method=method,
        null_hypothesis=f"{estimates.metric} is the same in {groups:,} groups",
    )


def _inverse_variance(estimates: Estimate, keep: BoolArray) -> float:
    """Σ(θ - mean)²/variance, about the mean with inverse variances as weights."""
    values, weights = (
        np.ravel(estimates.value)[keep],
        1 / group_variances(estimates, keep, borrowed=1),
    )
    if not len(values):
        return 0.0
    rises = values - values[0]
    mean = weights @ rises / weights.sum()
    return float(weights @ (rises - mean) ** 2)


def _score_squares(basis: LinearScore, keep: BoolArray) -> float:
    """The sum of the squared score statistics at the common score."""
    rows, value = basis.rows[keep], np.ravel(basis.value)[keep]
    if not len(value) or value.min() == value.max():
        return 0.0
    statistic = _at_common(rows, value, basis.points)
    few = np.isfinite(df := np.ravel(basis.reference_df)[keep])
    # With few clusters the statistics are Student's; here they become normal deviates.
    statistic[few] = deviate(
        scipy.special.stdtr(df[few], statistic[few]), scipy.special.stdtr(df[few], -statistic[few])
    )
    n = int(np.ravel(basis.n)[keep].sum())
    return float(statistic @ statistic) * (n - 1) / n


def _at_common(rows: FloatArray, value: FloatArray, points: FloatArray) -> FloatArray:
    """Score statistics at the common score, where the pulls of the groups add up to 0.

    The sum of the pulls falls in θ. It is nearly a line, so secants find its root; a step
    out of the bracket becomes a bisection.
    """
    pool = rows.sum(axis=0) / rows.sum()
    theta = float(pool @ points)
    # So the sum would fall if all groups had the distribution of the pool.
    slope = -float(rows.sum() / (pool @ (points - theta) ** 2))
    low, high = float(value.min()), float(value.max())
    close = CLOSE * float(points[-1] - points[0])
    before: tuple[float, float] | None = None
    while True:
        statistic = score_statistic(rows, points, np.full(len(value), theta))
        pull = _pull(statistic, value - theta)
        if before is not None:
            slope = (pull - before[1]) / (theta - before[0])
        before = theta, pull
        low, high = (theta, high) if pull > 0 else (low, theta)
        to = theta - pull / slope if slope < 0 else np.nan
        to = to if pull == 0 or low < to < high else (low + high) / 2
        if abs(to - theta) <= close:
            return statistic
        theta = to


def _pull(statistic: FloatArray, gap: FloatArray) -> float:
    """The sum of the multipliers of the groups, each of them N λ = T²/(θ_g - θ)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        each = statistic**2 / gap
    return float(np.clip(np.where(gap == 0, 0, each), -MOST, MOST).sum())
