"""Power as a function of the sizes of the samples and of the distribution that is aimed at."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
import scipy

from cxmetrics._typing import FloatArray
from cxmetrics.likelihood import difference_statistic, score_statistic
from cxmetrics.planning.distributions import changes_within, coupled, mean_and_variance
from cxmetrics.planning.exact import (
    is_enumerable,
    outcomes_of,
    probabilities,
    rejected_alone,
    rejected_pairs,
)
from cxmetrics.planning.setting import Setting

ALL = 1e15
"""Effective answers that stand for everyone."""

STEP = 1e-6
"""Share of the answers that moves to one point, for the slopes of a statistic."""

PowerOf: TypeAlias = Callable[[FloatArray], float]
"""The power, from the shares that are aimed at."""


@dataclass(frozen=True, slots=True)
class Curves:
    """The power of a comparison with a baseline.

    Args:
        points: Scores, ascending and distinct.
        before: Their shares in the baseline.
        setting: How the surveys are taken and compared.
    """

    points: FloatArray
    before: FloatArray
    setting: Setting

    def is_exact(self, n_after: int) -> bool:
        """Whether the outcomes of so many answers after are few enough to enumerate."""
        sizes = self.setting.sizes(n_after)
        return self.setting.z > 0 and is_enumerable(len(self._tested), *sizes)

    def power_of(self, n_after: int) -> PowerOf:
        """The power with so many answers after, as a function of their shares.

        Where a population or a design effect makes effective answers that are not whole,
        the whole ones are enumerated.
        """
        sizes = self.setting.sizes(n_after)
        if not self.is_exact(n_after):
            return lambda after: self.normal(after, *sizes)
        whole = [int(size) for size in sizes]
        if min(whole) == 0:
            return lambda _: 0.0
        return self._exact_pairs(*whole) if len(whole) > 1 else self._exact_alone(*whole)

    @property
    def _tested(self) -> FloatArray:
        """The scores that are tested: of paired answers, the changes."""
        paired = self.setting.comparison == "paired"
        return changes_within(self.points)[0] if paired else self.points

    @property
    def _null(self) -> float:
        """What is tested: the benchmark, or no change."""
        benchmark = self.setting.comparison == "benchmark"
        return float(self.before @ self.points) if benchmark else 0.0

    def _shares(self, after: FloatArray) -> FloatArray:
        """Shares of the scores that are tested, of one sample."""
        if self.setting.comparison == "benchmark":
            return after
        changes, position = changes_within(self.points)
        pairs = coupled(after, self.before, self.points, self.setting.correlation or 0.0)
        shares = np.bincount(position.ravel(), pairs.ravel(), len(changes))
        return np.asarray(shares, np.float64)

    def _exact_alone(self, n: int) -> PowerOf:
        points, setting = self._tested, self.setting
        outcomes = outcomes_of(n, len(points))
        rejected = rejected_alone(outcomes, points, self._null, setting.z, setting.signs)
        outcomes = outcomes[rejected]
        if not rejected.any():
            return lambda _: 0.0
        return lambda after: _sum(probabilities(outcomes, self._shares(after)))

    def _exact_pairs(self, n_after: int, n_before: int) -> PowerOf:
        after, before = (outcomes_of(n, len(self.points)) for n in (n_after, n_before))
        rejected = rejected_pairs(after, before, self.points, self.setting.z, self.setting.signs)
        chance = rejected @ probabilities(before, self.before)
        return lambda shares: _sum(probabilities(after, shares) * chance)

    def normal(self, after: FloatArray, *sizes: float) -> float:
        """The power if what is tested is normal.

        In two groups of equal size it is the difference, with the variances of the groups,
        as in the formulas of textbooks. Elsewhere the variances under the null hypothesis
        are others, and depend on the sample: then it is the test statistic.
        """
        if len(sizes) > 1 and self.setting.ratio == 1:
            (mean, variance), (score, own) = (
                mean_and_variance(shares, self.points) for shares in (self.before, after)
            )
            error = sqrt(own / sizes[0] + variance / sizes[1])
            statistic, spread = score - mean, error
            critical = self.setting.z * error
        else:
            statistic, spread = self._law_of_statistic(after, np.minimum(sizes, ALL))
            critical = self.setting.z
            if np.isinf(statistic):
                return self._beyond_the_end(after, statistic, sizes[0])
        tails = [_tail(sign * statistic - critical, spread) for sign in self.setting.signs]
        return min(1.0, sum(tails))

    def _beyond_the_end(self, after: FloatArray, statistic: float, size: float) -> float:
        """The power against a benchmark at the end of the scale.

        It is rejected by any answer elsewhere. If there is none, the statistic is 0.
        """
        missed = float(after[0 if statistic > 0 else -1]) ** size
        found = np.sign(statistic) in self.setting.signs
        return float(found * (1 - missed) + (self.setting.z <= 0) * missed)

    def _law_of_statistic(self, after: FloatArray, sizes: FloatArray) -> tuple[float, float]:
        """The test statistic of the expected answers, and its standard deviation.

        By the delta method: slopes in the direction of one more answer on each point.
        """
        groups = np.stack([after, self.before] if len(sizes) > 1 else [self._shares(after)])
        toward = (1 - STEP) * groups[:, None] + STEP * np.eye(groups.shape[1])
        rows = np.repeat(groups[None], 1 + groups.size, axis=0)
        for g, each in enumerate(toward):
            rows[1 + g * len(each) : 1 + (g + 1) * len(each), g] = each
        first, *others = self._statistic(rows * sizes[:, None])
        if np.isinf(first):
            return float(first), 0.0
        slopes = (np.reshape(others, groups.shape) - first) / STEP
        slopes = np.where(groups > 0, slopes, 0)
        slopes -= (groups * slopes).sum(axis=1, keepdims=True)
        return float(first), float(sqrt(((groups * slopes**2).sum(axis=1) / sizes).sum()))

    def _statistic(self, rows: FloatArray) -> FloatArray:
        """The test statistics of expected answers, rows × groups × points."""
        null = np.full(len(rows), self._null)
        if rows.shape[1] == 1:
            return score_statistic(rows[:, 0], self._tested, null)
        n = rows.sum(axis=(1, 2))
        return difference_statistic(rows[:, 0], rows[:, 1], self.points, null, n)


def _sum(terms: FloatArray) -> float:
    """A sum of probabilities, which rounding does not take above 1."""
    return min(1.0, float(terms.sum()))


def _tail(gap: float, spread: float) -> float:
    """Chance that a normal law with this spread does not close the gap."""
    return float(scipy.special.ndtr(gap / spread) if spread else gap >= 0)
