"""Two samples: limits and statistics of the difference of their scores."""

import numpy as np

from cxmetrics._typing import FloatArray
from cxmetrics.likelihood.iterate import NO_GAP, positive_root, until_still
from cxmetrics.likelihood.side import Side, score_spent, total


def difference_limits(
    after: FloatArray, before: FloatArray, scores: FloatArray, z: FloatArray, n: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Limits of θ_after - θ_before at which the joint score statistic is z.

    Args:
        after: Effective counts, rows × points.
        before: Effective counts of the other sample.
        scores: One score per point, ascending and distinct.
        z: Critical value per row, not negative.
        n: Answers of both samples together, for Miettinen and Nurminen's N/(N - 1).

    Returns:
        Lower and upper limits; NaN where either sample is empty.
    """
    with np.errstate(all="ignore"):
        one, two = Side.of(after, scores), Side.of(before, scores)
        sizes = after.sum(axis=1), before.sum(axis=1)
        budget = z * z * n / (n - 1)
        drops = [
            np.where(
                budget > 0,
                budget / _common_multiplier(sides, sizes, budget, np.zeros_like(budget)),
                0,
            )
            for sides in ((one, two.mirrored()), (one.mirrored(), two))
        ]
    span = scores[-1] - scores[0]
    gap = _gap(one, two)
    return span * np.maximum(gap - drops[0], -1), span * np.minimum(gap + drops[1], 1)


def difference_statistic(
    after: FloatArray, before: FloatArray, scores: FloatArray, null: FloatArray, n: FloatArray
) -> FloatArray:
    """Signed joint score statistic of θ_after - θ_before = null."""
    with np.errstate(all="ignore"):
        one, two = Side.of(after, scores), Side.of(before, scores)
        sizes = after.sum(axis=1), before.sum(axis=1)
        drop = _gap(one, two) - null / (scores[-1] - scores[0])
        squares = []
        for sides, signed in (((one, two.mirrored()), drop), ((one.mirrored(), two), -drop)):
            fall = np.where(signed > NO_GAP, signed, 0)
            multiplier = _common_multiplier(sides, sizes, np.zeros_like(fall), fall)
            possible = sides[0].mean + sides[1].mean > fall
            spent = np.where(possible, multiplier * fall, np.inf)
            squares.append(np.where(fall > 0, spent, 0))
        statistic: FloatArray = np.sqrt((n - 1) / n) * (np.sqrt(squares[0]) - np.sqrt(squares[1]))
    return np.where(np.isnan(drop), np.nan, statistic)


def _gap(one: Side, two: Side) -> FloatArray:
    """Difference of two means, subtracted from the end that they are nearer to."""
    return np.where(one.mean + two.mean > 1, two.d[-1] - one.d[-1], one.mean - two.mean)


def _common_multiplier(
    sides: tuple[Side, Side],
    sizes: tuple[FloatArray, FloatArray],
    budget: FloatArray,
    drop: FloatArray,
) -> FloatArray:
    """The μ > 0 at which both samples together spend budget + μ drop.

    With m = μ/N each sample spends N c(m), which is convex in μ (each c(m) bounds
    the convex set Σ p/(1 + c + m d) ≤ 1). So Newton's steps land right of the
    solution and then fall to it; left of the lowest point, μ grows fourfold.
    """
    (one, two), (first, second) = sides, sizes
    seen = first * (1 - one.p[0]) + second * (1 - two.p[0])
    most = (budget + seen) / (one.mean + two.mean - drop)
    scatter = one.variance / first + two.variance / second

    def closer(mu: FloatArray, one: Side, two: Side, *known: FloatArray) -> FloatArray:
        first, second, budget, drop, most = known
        spent_one, slope_one = _spent_by(one, mu / first)
        spent_two, slope_two = _spent_by(two, mu / second)
        excess = first * spent_one + second * spent_two - budget - mu * drop
        slope = slope_one + slope_two - drop
        new = mu - excess / slope
        return np.minimum(np.where((slope > 0) & (new > 0), new, 4 * mu), most)

    start = np.minimum(positive_root(scatter, drop, budget), most)
    return until_still(closer, start, *sides, *sizes, budget, drop, most)


def _spent_by(side: Side, m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """T²/N of one sample at the multiplier m, and its derivative in m."""
    at_end = m >= side.harmonic
    spent = np.where(at_end, m * side.mean - 1, 0.0)
    slope = np.where(at_end, side.mean, 0.0)
    open_ = ~at_end & (side.mean > 0)
    inner, m = side.rows(open_), m[open_]
    u, bottom = inner.u[1:], inner.p[0]

    def closer(rho: FloatArray, p: FloatArray, bottom: FloatArray, m: FloatArray) -> FloatArray:
        r = 1 / (1 + rho * u)
        weight, squares = total(p * r), total(p * r * r)
        reach = total(p * r * r * u) / squares
        new = positive_root(bottom * reach, m * reach - bottom - weight**2 / squares, m)
        return np.minimum(new, rho)

    reach = inner.mean / (1 - bottom)
    tail = total(inner.p[1:] / u**2) / (inner.harmonic - m)
    bounds = (
        positive_root(bottom * reach, m * reach - 1, m),
        np.where(bottom > 0, m / bottom, tail),
    )
    rho = until_still(closer, np.minimum(*bounds), inner.p[1:], bottom, m)
    r = inner.p / (1 + rho * inner.u) ** 2
    spent[open_] = score_spent(inner, rho)
    slope[open_] = -total(r * inner.d) / total(r)
    return spent, slope
