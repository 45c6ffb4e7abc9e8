"""Two samples: coverage of differences and size of tests, by enumeration of all pairs of tables.

References:
    Janssen, A. (1997). Studentized permutation tests for non-i.i.d. hypotheses and the
    generalized Behrens-Fisher problem. Statistics and Probability Letters 36, 9-21.
    Rocks, B. (2016). Interval estimation for the "net promoter score". The American
    Statistician 70, 365-372.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from _tables import TIE, Floats, Ints, chances, every_table, holds
from scipy.special import gammaln

import cxmetrics as cx
from cxmetrics._typing import DifferenceMethod
from cxmetrics.comparisons.difference import comparison_of

SCORES = np.array([-100.0, 0.0, 100.0])
Z = 1.959963984540054
LEVEL = 0.05
BLOCK = 100_000
"""Pairs of tables that are compared at a time."""

MOST_TESTED = 50
"""Answers in both groups up to which intervals are compared with their p-values."""

PROFILES = {
    "typical": (0.20, 0.30, 0.50),
    "good": (0.10, 0.20, 0.70),
    "bad": (0.60, 0.25, 0.15),
    "excellent": (0.02, 0.08, 0.90),
    "extreme": (0.01, 0.02, 0.97),
    "skewed": (0.05, 0.02, 0.93),
    "polarised": (0.50, 0.00, 0.50),
    "indifferent": (0.10, 0.80, 0.10),
}
"""Shares of detractors, passives and promoters."""

PAIRS = (
    ("typical", "typical"),
    ("excellent", "excellent"),
    ("extreme", "extreme"),
    ("polarised", "indifferent"),
    ("indifferent", "polarised"),
    ("excellent", "skewed"),
    ("good", "typical"),
    ("typical", "good"),
    ("excellent", "typical"),
    ("typical", "excellent"),
    ("bad", "excellent"),
)
SAME_DISTRIBUTION = slice(3)
SAME_SCORE = slice(6)

SIZES = ((10, 10), (20, 20), (50, 50), (10, 40), (40, 10), (20, 100))
METHODS: tuple[DifferenceMethod, ...] = ("score", "mover", "welch")
PSEUDO_ANSWERS = {"Wald z": np.zeros(3), "Rocks per group": np.array([0.75, 1.5, 0.75])}

ONE, TWO = (np.array([PROFILES[pair[side]] for pair in PAIRS]) for side in (0, 1))
DELTAS = (ONE - TWO) @ SCORES


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two groups of one pair of sizes give.

    Args:
        coverage: By method, probability that the interval holds the true difference, per
            pair of distributions.
        size: By test, probability that it rejects at 5 %, per pair with equal scores.
    """

    coverage: dict[str, Floats]
    size: dict[str, Floats]


def comparisons() -> dict[tuple[int, int], Comparison]:
    """All pairs of tables, by the sizes of the two groups."""
    return {sizes: _comparison(*(every_table(n, 3) for n in sizes)) for sizes in SIZES}


def _comparison(one: Ints, two: Ints) -> Comparison:
    probable_one, probable_two = chances(one, ONE), chances(two, TWO)
    coverage = {name: np.zeros(len(PAIRS)) for name in (*METHODS, *PSEUDO_ANSWERS)}
    for rows in blocks(len(one), len(two)):
        after, before = _scores(one[rows], two)
        intervals = {method: _interval(after, before, method) for method in METHODS}
        for name, pseudo in PSEUDO_ANSWERS.items():
            intervals[name] = _wald(one[rows] + pseudo, two + pseudo)
        for name, interval in intervals.items():
            held_by_each = held(interval, DELTAS, len(two))
            coverage[name] += expected(held_by_each, probable_one[:, rows], probable_two)
    size = {
        name: expected([test(one, two)] * SAME_SCORE.stop, probable_one, probable_two)
        for name, test in TESTS.items()
    }
    size |= {name: 1 - coverage[name][SAME_SCORE] for name in ("score", "welch")}
    return Comparison(coverage, size)


def conflicts() -> int:
    """How many intervals hold 0 although their p-value is below 5 %, or the other way round.

    Of all pairs of tables in the smaller groups; p-values of `mover` take their time.
    """
    return sum(
        _conflicts(cx.difference(*_scores(*(every_table(n, 3) for n in sizes)), method=method))
        for sizes in SIZES
        if sum(sizes) <= MOST_TESTED
        for method in METHODS
    )


def _conflicts(difference: cx.Difference) -> int:
    return contradictions(difference.interval, difference.pvalue, 0)


def contradictions(interval: cx.Interval, pvalue: Floats, null: float) -> int:
    """How many intervals hold the null although p < 5 %, or the other way round."""
    low, high = np.subtract(interval, null)
    close = np.minimum(np.abs(low), np.abs(high)) < TIE
    return int(np.sum(~close & ((pvalue < LEVEL) == ((low < 0) & (high > 0)))))


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Runs of rows with so many pairs as can be held at a time."""
    step = max(1, BLOCK // columns)
    return (slice(start, start + step) for start in range(0, rows, step))


def all_pairs(one: Ints, two: Ints) -> tuple[cx.Counts, cx.Counts]:
    """Each table of one group beside each of the other, in one batch."""
    sides = np.repeat(one, len(two), axis=0), np.tile(two, (len(one), 1))
    after, before = (cx.Counts(cx.NPS_GROUPS, side) for side in sides)
    return after, before


def _scores(one: Ints, two: Ints) -> tuple[cx.Estimate, cx.Estimate]:
    """The NPS of all pairs."""
    after, before = (cx.nps(counts, method="wald") for counts in all_pairs(one, two))
    return after, before


def _interval(after: cx.Estimate, before: cx.Estimate, method: DifferenceMethod) -> cx.Interval:
    """The interval of `cx.difference`, without the time that its p-value takes."""
    comparison = comparison_of(after, before, method)
    return comparison.interval(1 - LEVEL, "two-sided")


def held(interval: cx.Interval, values: Floats, columns: int) -> list[Floats]:
    """Whether the interval holds the true value: per pair of distributions, a matrix."""
    return [holds(interval, value).reshape(-1, columns) * 1.0 for value in values]


def expected(matrices: list[Floats], probable_one: Floats, probable_two: Floats) -> Floats:
    """Expectation per pair of distributions of a number that depends on the two tables."""
    parts = zip(probable_one, matrices, probable_two, strict=False)
    return np.array([one @ matrix @ two for one, matrix, two in parts])


def _wald(one: Floats, two: Floats) -> cx.Interval:
    """Difference ± z standard errors, of all pairs of tables."""
    (value, variance), (other, other_variance) = _moments(one), _moments(two)
    middle = np.subtract.outer(value, other).ravel()
    half = Z * np.sqrt(np.add.outer(variance, other_variance)).ravel()
    return cx.Interval(middle - half, middle + half)


def _moments(tables: Floats) -> tuple[Floats, Floats]:
    """Score, and the variance of its estimate as Wald has it."""
    n = tables.sum(axis=1)
    value = tables @ SCORES / n
    return value, np.maximum(0, tables @ SCORES**2 / n - value**2) / n


def _pooled_z(one: Ints, two: Ints) -> Floats:
    """Which pairs the z-test with one variance for both groups rejects."""
    n_one, n_two = one[0].sum(), two[0].sum()
    pooled = one[:, None] + two
    _, variance = _moments(pooled.reshape(-1, 3))
    error = np.sqrt(variance * (n_one + n_two) * (1 / n_one + 1 / n_two))
    difference = np.subtract.outer(one @ SCORES / n_one, two @ SCORES / n_two)
    return (np.abs(difference) > Z * error.reshape(difference.shape) + TIE) * 1.0


def permutation_pvalues(one: Ints, two: Ints, *, studentised: bool) -> Floats:
    """Exact p-value of the permutation test, for each pair of tables.

    All pairs with the same sum have the same law, so it is made once for each sum: its
    members with their probabilities, and of each the probability of a statistic as large.
    """
    n_one, n_two = int(one[0].sum()), int(two[0].sum())
    row_of, column_of = _position(one), _position(two)
    pvalues = np.full((len(one), len(two)), np.nan)
    for everyone in every_table(n_one + n_two, 3):
        member = one[(one <= everyone).all(axis=1)]
        other = everyone - member
        ways = _log_choose(everyone, member).sum(axis=1) - _log_choose(n_one + n_two, n_one)
        statistic = _statistic(member, other, studentised=studentised)
        pvalue = _as_large(statistic, np.exp(ways))
        pvalues[row_of[*member.T[:2]], column_of[*other.T[:2]]] = pvalue
    return pvalues


def _statistic(one: Ints, two: Ints, *, studentised: bool) -> Floats:
    """Size of the difference of two scores, over its standard error if so wanted."""
    n_one, n_two = one[0].sum(), two[0].sum()
    (value, variance), (other, other_variance) = _moments(one), _moments(two)
    size = np.abs(value - other)
    if not studentised:
        return size
    error = np.sqrt(variance * n_one / (n_one - 1) + other_variance * n_two / (n_two - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(size < TIE, 0, size / np.where(error < TIE, 0, error))


def _as_large(statistic: Floats, probabilities: Floats) -> Floats:
    """Probability of a statistic that is as large, for each member of its law."""
    order = np.argsort(statistic)
    from_above = np.cumsum(probabilities[order][::-1])[::-1]
    first = np.searchsorted(statistic[order], statistic * (1 - TIE))
    return np.minimum(1, from_above[first])


def _position(tables: Ints) -> Ints:
    """Where a table stands, by its first two counts."""
    n = tables[0].sum()
    position = np.full((n + 1, n + 1), -1)
    position[tables[:, 0], tables[:, 1]] = np.arange(len(tables))
    return position


def _log_choose(n: Ints | int, k: Ints | int) -> Floats:
    """Logarithm of the number of ways to choose k of n."""
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(np.subtract(n, k) + 1))


def _plain_permutation(one: Ints, two: Ints) -> Floats:
    return (permutation_pvalues(one, two, studentised=False) <= LEVEL) * 1.0


def _studentised_permutation(one: Ints, two: Ints) -> Floats:
    return (permutation_pvalues(one, two, studentised=True) <= LEVEL) * 1.0


TESTS: dict[str, Callable[[Ints, Ints], Floats]] = {
    "pooled z": _pooled_z,
    "plain permutation": _plain_permutation,
    "permutation": _studentised_permutation,
}
"""Which pairs of tables a test of equal scores rejects at 5 %: 1 or 0."""


def permutation_conflicts() -> int:
    """How many permutation p-values of the library differ from those above, with 10 and 10."""
    tables = every_table(10, 3)
    ours = cx.difference(*_scores(tables, tables), method="permutation").pvalue
    theirs = permutation_pvalues(tables, tables, studentised=True).ravel()
    return int(np.sum(~np.isclose(ours, theirs, rtol=TIE, atol=0)))
