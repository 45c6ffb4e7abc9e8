"""Ratios of the revenue of accounts to that at the start, and methods that hold in small books."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from cxmetrics._typing import FloatArray, Floats
from cxmetrics.intervals.method import Limits, Pivot, Statistic
from cxmetrics.intervals.ratio import Ratio
from cxmetrics.likelihood.iterate import positive_root
from cxmetrics.likelihood.three_points import ThreePoints, score_drop
from cxmetrics.summaries.revenue import AMOUNTS

START, EXPANSION, CONTRACTION, LOST = range(1, 1 + len(AMOUNTS))
"""Positions of the coefficients."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RevenueRatio(Ratio):
    """A ratio to the revenue at the start, in percent, such as net revenue retention.

    Its amounts are those of revenue, and there may be further ones.
    """

    methods: ClassVar[tuple[str, ...]] = ("adjusted", *Ratio.methods)

    @property
    def shares(self) -> dict[str, FloatArray]:
        """What was lost, contracted and expanded, in percent of the revenue at the start."""
        with np.errstate(invalid="ignore", divide="ignore"):
            percent = 100 * self.moments.totals / self.share[..., None]
        names = (("lost", LOST), ("contraction", CONTRACTION), ("expansion", EXPANSION))
        return {name: percent[..., at - 1] for name, at in names}

    @property
    def spec(self) -> str:
        """One decimal, as for every percentage."""
        return "z,.1f"

    def method(self, name: str) -> Pivot:
        """The interval and the tests by one method."""
        if name != "adjusted":
            return Ratio.method(self, name)
        center, reach = (self.factor * np.ravel(each) for each in self._adjusted())
        return Pivot(self._rows(), *_containing(np.ravel(self.value), center, reach))

    def _adjusted(self) -> tuple[FloatArray, FloatArray]:
        """Ratio and standard error with one more account, half of it lost, half doubled.

        It is as large as accounts of equal size would be. Nobody has to have left, or to
        have grown, to be taken for somebody who might.
        """
        above = self.above
        lost, doubled = above[START] + above[LOST], above[START] + above[EXPANSION]
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio, size = self.ratio, 1 / self.n_effective
            center = (ratio + size * (lost + doubled) / 2) / (1 + size)
            moved = ratio - center
            own = self.residual_squares + 2 * moved * self._product(self.residual, self.below)
            more = ((lost - center) ** 2 + (doubled - center) ** 2) / 2
            squares = own / self.share**2 + moved**2 * size + more * size**2
            return center, np.asarray(np.sqrt(squares) / (1 + size))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RevenueShare(RevenueRatio):
    """A share of the revenue at the start: what was lost, what contracted, or what was kept."""

    methods: ClassVar[tuple[str, ...]] = ("score", *Ratio.methods)

    def method(self, name: str) -> Pivot:
        """The interval and the tests by one method."""
        if name != "score":
            return Ratio.method(self, name)
        seen, n = self._seen()
        limits, statistic = partial(_score_limits, seen, n), partial(_score_statistic, seen, n)

        def in_percent(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            value = np.ravel(self.value)
            low, high = (self.factor * limit for limit in limits(z))
            return np.fmin(low, value), np.fmax(high, value)

        return Pivot(self._rows(), in_percent, lambda null: statistic(null / self.factor))

    def _seen(self) -> tuple[ThreePoints, FloatArray]:
        """Revenue on three points, untouched, contracted and lost, and its effective number.

        The accounts are known by sums alone, so that those that contracted are taken to
        have done so by one part. It is the mean part, or a larger one, if it takes that to
        vary as much as the accounts do. They count for as many as have the same size and say
        as much; less, if even the largest part makes them vary too little.
        """
        above = self.above
        start, total = np.ravel(self.share), self.moments.totals
        one, part = np.eye(len(above))[[START, CONTRACTION]]
        with np.errstate(invalid="ignore", divide="ignore"):
            lost = np.ravel(abs(above[LOST]) * total[..., LOST - 1]) / start
            less = np.ravel(abs(above[CONTRACTION]) * total[..., CONTRACTION - 1]) / start
            gone, n = lost + less, np.ravel(self.n_effective)
            variance = np.ravel(self.residual_squares) / start**2
            mean = np.ravel(self._product(part, part) / self._product(part, one))
            depth = np.fmax(mean, (n * variance + gone**2 - lost) / less)
            at: Floats = np.where(less > 0, np.clip(depth, less / (1 - lost), 1), 1.0)
            touched = less / at
            spread = np.maximum(lost + less * at - gone**2, 0)
            n = np.where((at < 1) | (variance == 0), n, np.fmin(n, spread / variance))
        points = ThreePoints(np.maximum(1 - lost - touched, 0), touched, lost, at, gone, spread)
        return (points.mirrored() if above[START] else points), n


def _containing(
    value: FloatArray, center: FloatArray, std_error: FloatArray
) -> tuple[Limits, Statistic]:
    """Limits about a center, stretched to the value where it lies outside of them."""

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        low, high = center - z * std_error, center + z * std_error
        return np.minimum(low, value), np.maximum(high, value)

    def statistic(null: FloatArray) -> FloatArray:
        distance = (center - null) / std_error
        below, above = np.maximum(distance, 0), np.minimum(distance, 0)
        return np.where(null < value, below, np.where(null > value, above, 0.0))

    return limits, statistic


def _score_limits(seen: ThreePoints, n: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Limits at which the score statistic of shares on three points is z."""
    with np.errstate(invalid="ignore", divide="ignore"):
        low, rest = (side.mean - score_drop(side, z * z / n) for side in (seen, seen.mirrored()))
    return low, 1 - rest


def _score_statistic(seen: ThreePoints, n: FloatArray, null: FloatArray) -> FloatArray:
    """The score statistic of a null; positive below the mean."""
    with np.errstate(invalid="ignore", divide="ignore"):
        below, above = _spent(seen, null), _spent(seen.mirrored(), 1 - null)
        return np.asarray(np.sqrt(n) * (np.sqrt(below) - np.sqrt(above)))


def _spent(seen: ThreePoints, null: FloatArray) -> FloatArray:
    """T²/n of nulls below the mean, else 0: how far they fall over 1/ρ and the null."""
    fall = np.maximum(seen.mean - null, 0)
    slope = seen.variance - fall * (1 - seen.top + seen.at * (1 - seen.middle))
    pull = seen.at * seen.bottom * null
    sigma = np.where((slope <= 0) & (pull == 0), 0, positive_root(fall, slope, pull))
    return np.asarray(np.where(fall > 0, fall / (sigma + null), 0))
