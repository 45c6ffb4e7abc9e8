"""Power by enumeration: every outcome, whether the score test rejects it, how likely it is.

Two groups have too many pairs of outcomes to test each of them. But the statistic T of
equal scores is where a convex function of the multiplier μ is 0 for the second time,

    n₁ c₁(μ/n₁) + n₂ c₂(μ/n₂) - μ d,    d the difference of the scores seen,

and T² = μ d there. So T² ≥ B exactly when the function is not above 0 at μ = B/d. There it
is a sum of two parts, each of one outcome and d alone: two small tables decide all pairs.
"""

from math import comb

import numpy as np
import scipy

from cxmetrics._typing import BoolArray, FloatArray
from cxmetrics.likelihood import score_statistic
from cxmetrics.likelihood.iterate import in_blocks
from cxmetrics.likelihood.side import Side
from cxmetrics.likelihood.two_samples import spent_by
from cxmetrics.planning.distributions import SAME

MOST_ANSWERS = 50
"""Answers of a group up to which outcomes are enumerated."""

MOST_OUTCOMES = 100_000
"""Outcomes of one group that are enumerated."""

MOST_PAIRS = 2_000_000
"""Outcomes of two groups that are enumerated."""


def is_enumerable(points: int, *sizes: float) -> bool:
    """Whether the outcomes of groups of these sizes are few enough."""
    if max(sizes) >= MOST_ANSWERS + 1:
        return False
    outcomes = [comb(int(size) + points - 1, points - 1) for size in sizes]
    most = MOST_OUTCOMES if len(sizes) == 1 else MOST_PAIRS
    return int(np.prod(outcomes)) <= most


def outcomes_of(n: int, points: int) -> FloatArray:
    """All ways in which n answers can fall on so many points, outcomes × points."""
    columns, left = np.zeros((1, 0), np.int64), np.array([n])
    for _ in range(points - 1):
        each = left + 1
        row = np.repeat(np.arange(len(left)), each)
        number = np.arange(len(row)) - np.repeat(np.cumsum(each) - each, each)
        columns = np.column_stack([columns[row], number])
        left = left[row] - number
    return np.column_stack([columns, left]).astype(np.float64)


def probabilities(outcomes: FloatArray, shares: FloatArray) -> FloatArray:
    """Multinomial probability of each outcome."""
    n = outcomes[0].sum()
    logs = scipy.special.xlogy(outcomes, shares) - scipy.special.gammaln(outcomes + 1)
    return np.asarray(np.exp(scipy.special.gammaln(n + 1) + logs.sum(axis=1)))


def rejected_alone(
    outcomes: FloatArray, points: FloatArray, null: float, z: float, signs: tuple[int, ...]
) -> BoolArray:
    """Which outcomes of one group the score test rejects, towards these signs."""
    statistic = score_statistic(outcomes, points, np.full(len(outcomes), null))
    return np.asarray(np.any([sign * statistic >= z for sign in signs], axis=0))


def rejected_pairs(
    after: FloatArray, before: FloatArray, points: FloatArray, z: float, signs: tuple[int, ...]
) -> BoolArray:
    """Which pairs of outcomes the score test of equal scores rejects, after × before."""
    n = after[0].sum() + before[0].sum()
    budget = z * z * n / (n - 1)
    same = np.array_equal(after, before)
    rejected = np.zeros((len(after), len(before)), np.bool_)
    if 1 in signs or same:
        rise = _rise(after, before, points, budget)
        rejected |= rise & (1 in signs)
        if same and -1 in signs:
            return rejected | rise.T
    if -1 in signs:
        rejected |= _rise(after[:, ::-1], before[:, ::-1], -points[::-1], budget)
    return rejected


def _rise(after: FloatArray, before: FloatArray, points: FloatArray, budget: float) -> BoolArray:
    """Which pairs show a higher score after, with T² of at least the budget."""
    u = (points - points[0]) / (points[-1] - points[0])
    # Pairs need the score of their other side only, of which there are few.
    (level_after, of_after), (level_before, of_before) = (
        np.unique(np.round(side @ u / side[0].sum(), SAME), return_inverse=True)
        for side in (after, before)
    )
    spent_after = _spent(after, points, level_after[of_after], level_before, budget)
    # Seen from the other end, a score before that is lower is a higher one.
    mirrored = before[:, ::-1], -points[::-1]
    spent_before = _spent(*mirrored, 1 - level_before[of_before], 1 - level_after, budget)
    spent = spent_after[:, of_before]
    spent += spent_before[:, of_after].T
    return np.asarray(spent <= budget)


def _spent(
    outcomes: FloatArray,
    points: FloatArray,
    score: FloatArray,
    others: FloatArray,
    budget: float,
) -> FloatArray:
    """What each outcome spends of the budget against each lower score; infinite above it."""
    gap = np.subtract.outer(score, others)
    row, column = np.nonzero(gap > 10.0**-SAME)
    n = outcomes[0].sum()

    def spent(counts: FloatArray, multiplier: FloatArray) -> tuple[FloatArray]:
        return (n * spent_by(Side.of(counts, points), multiplier)[0],)

    table = np.full(gap.shape, np.inf)
    table[row, column] = in_blocks(spent, outcomes[row], budget / gap[row, column] / n)[0]
    return table
