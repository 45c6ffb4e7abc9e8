"""Two samples: limits and statistics of the difference of their scores."""

from typing import NamedTuple, Self

import numpy as np

from cxmetrics._typing import BoolArray, FloatArray
from cxmetrics.likelihood.iterate import NO_GAP, in_blocks, positive_root, until_still
from cxmetrics.likelihood.joint_newton import joint_newton
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

    def limits(
        after: FloatArray, before: FloatArray, z: FloatArray, n: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        pair = _Pair.of(after, before, scores)
        budget = z * z * n / (n - 1)
        low, high = (
            np.where(budget > 0, budget / _common_multiplier(each, budget, 0 * budget), 0)
            for each in (pair, pair.swapped())
        )
        low = np.where(pair.is_at_end, -1, np.maximum(pair.gap - low, -1))
        return low, np.where(pair.swapped().is_at_end, 1, np.minimum(pair.gap + high, 1))

    low, high = in_blocks(limits, after, before, z, n)
    span = scores[-1] - scores[0]
    return span * low, span * high


def difference_statistic(
    after: FloatArray, before: FloatArray, scores: FloatArray, null: FloatArray, n: FloatArray
) -> FloatArray:
    """Signed joint score statistic of θ_after - θ_before = null."""
    span = scores[-1] - scores[0]

    def statistic(
        after: FloatArray, before: FloatArray, null: FloatArray, n: FloatArray
    ) -> tuple[FloatArray]:
        pair = _Pair.of(after, before, scores)
        drop = pair.gap - null / span
        root = np.where(np.isnan(drop), np.nan, 0.0)
        for each, fall, sign in ((pair, drop, 1), (pair.swapped(), -drop, -1)):
            falls = fall > NO_GAP
            each, fall = each.rows(falls), fall[falls]  # noqa: PLW2901 (the rows it is about)
            spent = _common_multiplier(each, 0 * fall, fall) * fall
            spent = np.where(each.one.mean + each.two.mean > fall, spent, np.inf)
            root[falls] = sign * np.sqrt(spent)
        return (np.sqrt((n - 1) / n) * root,)

    return in_blocks(statistic, after, before, null, n)[0]


class _Pair(NamedTuple):
    """Two samples, the second one mirrored: a difference that falls lowers both means."""

    one: Side
    two: Side
    first: FloatArray
    second: FloatArray

    @classmethod
    def of(cls, after: FloatArray, before: FloatArray, scores: FloatArray) -> Self:
        """Both samples, the second seen from the upper end."""
        one, two = Side.of(after, scores), Side.of(before, scores).mirrored()
        return cls(one, two, after.sum(axis=1), before.sum(axis=1))

    def swapped(self) -> Self:
        """The same samples, both seen from the other end."""
        return self._replace(one=self.one.mirrored(), two=self.two.mirrored())

    def rows(self, keep: BoolArray) -> Self:
        """Some of the rows."""
        return type(self)(
            self.one.rows(keep), self.two.rows(keep), self.first[keep], self.second[keep]
        )

    @property
    def is_at_end(self) -> BoolArray:
        """Whether the means are as far apart as they can be, the first below the second."""
        return np.asarray(self.one.mean + self.two.mean == 0)

    @property
    def gap(self) -> FloatArray:
        """Difference of the means, subtracted from the end that they are nearer to."""
        one, two = self.one, self.two
        top_one, top_two = one.d[-1], two.mean
        gap: FloatArray = np.where(one.mean > top_two, top_two - top_one, one.mean - two.d[-1])
        return gap


def _common_multiplier(pair: _Pair, budget: FloatArray, drop: FloatArray) -> FloatArray:
    """The μ > 0 at which both samples together spend budget + μ drop."""
    one, two, first, second = pair
    seen = first * (1 - one.p[0]) + second * (1 - two.p[0])
    most = (budget + seen) / (one.mean + two.mean - drop)
    scatter = one.variance / first + two.variance / second
    start = np.minimum(positive_root(scatter, drop, budget), most)
    found = joint_newton(one, two, first, second, budget, drop, start, most)
    rest = np.isnan(found)
    if rest.any():
        known = budget[rest], drop[rest], start[rest], most[rest]
        found[rest] = safe_multiplier(*pair.rows(rest), *known)
    return found


def safe_multiplier(
    one: Side,
    two: Side,
    first: FloatArray,
    second: FloatArray,
    budget: FloatArray,
    drop: FloatArray,
    start: FloatArray,
    most: FloatArray,
) -> FloatArray:
    """The common multiplier by steps that cannot fail.

    With m = μ/N each sample spends N c(m), which is convex in μ (each c(m) bounds
    the convex set Σ p/(1 + c + m d) ≤ 1). So Newton's steps land right of the
    solution and then fall to it; left of the lowest point, μ grows fourfold.
    """

    def closer(mu: FloatArray, one: Side, two: Side, *known: FloatArray) -> FloatArray:
        first, second, budget, drop, most = known
        spent_one, slope_one = spent_by(one, mu / first)
        spent_two, slope_two = spent_by(two, mu / second)
        excess = first * spent_one + second * spent_two - budget - mu * drop
        slope = slope_one + slope_two - drop
        new = mu - excess / slope
        return np.minimum(np.where((slope > 0) & (new > 0), new, 4 * mu), most)

    known = one, two, first, second, budget, drop, most
    return until_still(closer, start, *known, times=2)


def spent_by(side: Side, m: FloatArray) -> tuple[FloatArray, FloatArray]:
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

    reach = inner.mean / total(inner.p[1:])
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
