"""Exact resampling laws of counts: the bootstrap of a score, permutations of two groups."""

from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple, Self

import numpy as np
import scipy

from cxmetrics._typing import AnyArray, FloatArray, IntArray

REACH = 10.0
"""Standard deviations on either side beyond which a law has no mass worth a number."""

FAR = 8.5
"""The same for tables, of which there are many more."""

NOISE = 1e-15
"""Probabilities below this are rounding."""

FINEST = 1_000
"""Largest common denominator of scores that are taken as exact."""

CELLS = 1024
"""Cells into which the range of scores without a common divisor is cut."""

MOST_TABLES = 20_000_000
"""Most tables that are enumerated; beyond, tables are drawn."""

DRAWS = 9_999

UNLIKELY = 1e-20
"""Tables that are less probable are left out: all together they are not worth a digit."""

TIE = 1e-9
"""Statistics that differ by less, relatively, are the same."""


class Law(NamedTuple):
    """A discrete law: ascending values and their probabilities."""

    values: FloatArray
    probabilities: FloatArray

    def at_most(self, value: float) -> float:
        """Probability of a value up to this one."""
        rank = int(np.searchsorted(self.values, value, side="right"))
        return float(self._from_below()[rank - 1]) if rank else 0.0

    def at_least(self, value: float) -> float:
        """Probability of a value from this one up."""
        rank = int(np.searchsorted(self.values, value, side="left"))
        return float(self._from_above()[rank]) if rank < len(self.values) else 0.0

    def lowest(self, tail: float) -> float:
        """The lowest value up to which the probability is `tail` or more."""
        reached = self._from_below() >= tail
        return float(self.values[np.argmax(reached)]) if reached[-1] else np.inf

    def highest(self, tail: float) -> float:
        """The highest value from which on the probability is `tail` or more."""
        reached = self._from_above()[::-1] >= tail
        return float(self.values[::-1][np.argmax(reached)]) if reached[-1] else -np.inf

    def symmetric(self) -> Self:
        """The law of the size of a value, with either sign."""
        size = np.abs(self.values)
        order = np.argsort(size, kind="stable")
        half = self.probabilities[order] / 2
        values = np.concatenate([-size[order][::-1], size[order]])
        return type(self)(values, np.concatenate([half[::-1], half]))

    def _from_below(self) -> FloatArray:
        return np.cumsum(self.probabilities)

    def _from_above(self) -> FloatArray:
        return np.cumsum(self.probabilities[::-1])[::-1]


def bootstrap_law(counts: FloatArray, scores: FloatArray) -> Law:
    """The law of the mean score of n draws from n answers (Efron 1979), exactly.

    It is the characteristic function of one draw to the power of n, on a circle long
    enough for all sums that have any probability.

    Args:
        counts: Answers per point, whole numbers.
        scores: One score per point, ascending.
    """
    n = round(counts.sum())
    p = counts / n
    positions, step = lattice(scores)
    mean = p @ positions
    spread = np.sqrt(n * (p @ (positions - mean) ** 2))
    size = 1 << int(np.ceil(np.log2(2 * (REACH * spread + positions[-1] + 1))))
    # Measured from the mean, angles are small and their power is exact.
    center = round(mean)
    lower = np.floor(positions)
    one = np.zeros(size)
    np.add.at(one, (lower.astype(int) - center) % size, p * (1 - (positions - lower)))
    np.add.at(one, (lower.astype(int) + 1 - center) % size, p * (positions - lower))
    law = np.fft.irfft(np.fft.rfft(one) ** n, size)
    middle = round(n * (mean - center))
    sums = np.arange(middle - size // 2, middle - size // 2 + size)
    probabilities = law[sums % size]
    likely = probabilities > NOISE
    values = scores[0] + step * (sums[likely] + center * n) / n
    return Law(np.clip(values, scores[0], scores[-1]), probabilities[likely])


def lattice(scores: FloatArray) -> tuple[FloatArray, float]:
    """Positions of the scores from 0 in steps of their common divisor, and the step.

    Scores that have none of a sensible size lie between the steps of a fine grid.
    """
    rises = scores - scores[0]
    exact = [Fraction(rise).limit_denominator(FINEST) for rise in rises.tolist()]
    denominator = lcm(*(part.denominator for part in exact))
    whole = [int(part * denominator) for part in exact]
    step = gcd(*whole) / denominator
    positions = np.array(whole) // gcd(*whole) * 1.0
    if positions[-1] <= CELLS * FINEST and np.allclose(positions * step, rises, rtol=1e-12, atol=0):
        return positions, step
    step = float(rises[-1]) / CELLS
    return rises / step, step


def permutation_law(
    after: FloatArray, before: FloatArray, scores: FloatArray, rng: "np.random.Generator | None"
) -> Law | None:
    """The law of the studentised difference when answers change groups at random.

    Exact for up to three scores, of groups that are not too large; otherwise from
    random draws, among which the observed table counts (Janssen 1997; Chung & Romano
    2013). None where draws are needed and there is no generator.

    Args:
        after: Answers per point of one group, whole numbers.
        before: Answers per point of the other group.
        scores: One score per point, ascending.
        rng: Generator of the draws.
    """
    everyone, size = (after + before).astype(np.int64), round(after.sum())
    every = _every_table(everyone, size)
    if every is not None:
        tables, probabilities = every
    elif rng is not None:
        drawn = rng.multivariate_hypergeometric(everyone, size, DRAWS, method="marginals")
        tables = np.concatenate([drawn, after[None].astype(np.int64)])
        probabilities = np.full(len(tables), 1 / len(tables))
    else:
        return None
    statistics = studentised(tables, everyone - tables, scores)
    order = np.argsort(statistics, kind="stable")
    return Law(statistics[order], probabilities[order])


def studentised(after: AnyArray, before: AnyArray, scores: FloatArray) -> FloatArray:
    """Difference of means over its standard error; 0 where the means are equal."""
    (one, error_one), (two, error_two) = (_mean_and_error(side, scores) for side in (after, before))
    difference = one - two
    equal = (
        np.abs(difference) <= TIE * (scores[-1] - scores[0]) / (after + before).sum(axis=-1) ** 2
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(equal, 0, difference / np.sqrt(error_one + error_two))


def _mean_and_error(counts: AnyArray, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean of the scores and its squared standard error, exactly 0 where all are alike."""
    counts, each = counts.astype(np.float64), np.ones(len(scores))  # products beat sums of 3
    n = counts @ each
    # Measured from the middle, squares lose nothing that matters.
    rises = scores - scores[len(scores) // 2]
    mean = counts @ rises / n
    squares = counts @ rises**2 / n - mean**2
    alike = (counts > 0) @ each == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return mean, np.where(alike, 0, squares / (n - 1))


def _every_table(everyone: IntArray, size: int) -> tuple[IntArray, FloatArray] | None:
    """All likely ways to draw `size` answers from three points or fewer, if not too many."""
    if len(everyone) > 3:  # noqa: PLR2004
        return None
    if len(everyone) == 2:  # noqa: PLR2004
        found = _every_table(np.insert(everyone, 1, 0), size)
        return None if found is None else (found[0][:, ::2], found[1])
    ranges = [_likely(number, int(everyone.sum()), size) for number in everyone.tolist()]
    if len(ranges[0]) * len(ranges[2]) > MOST_TABLES:
        return None
    ways = [log_choose(number, np.arange(number + 1)) for number in everyone.tolist()]
    bottoms, tops = ranges[0][:, None], ranges[2]
    middles = size - bottoms - tops
    possible = (middles >= 0) & (middles <= everyone[1])
    log_ways = ways[0][bottoms] + ways[2][tops] + ways[1][np.where(possible, middles, 0)]
    everything = log_choose(int(everyone.sum()), np.array(size))
    probabilities = np.where(possible, np.exp(log_ways - everything), 0)
    bottom, top = np.nonzero(probabilities > UNLIKELY)
    tables = np.stack([ranges[0][bottom], middles[bottom, top], ranges[2][top]], axis=-1)
    return tables, probabilities[bottom, top]


def _likely(number: int, everyone: int, size: int) -> IntArray:
    """How many of `number` may be among `size` of `everyone`, but for rounding."""
    mean = size * number / everyone
    spread = np.sqrt(mean * (1 - number / everyone) * (everyone - size) / max(1, everyone - 1))
    low = max(0, size + number - everyone, int(mean - FAR * spread))
    return np.arange(low, min(number, size, int(mean + FAR * spread) + 1) + 1)


def log_choose(n: int, k: IntArray) -> FloatArray:
    """Logarithm of the number of ways to choose k of n."""
    log_factorial = scipy.special.gammaln
    return np.asarray(log_factorial(n + 1.0) - log_factorial(k + 1.0) - log_factorial(n - k + 1.0))
