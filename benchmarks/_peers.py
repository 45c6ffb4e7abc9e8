"""The same work, done with scipy: each method as one would write it without this library.

Scores are on −1...1 for three groups, and 0...1 otherwise.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, elementwise
from scipy.stats import bootstrap, permutation_test

Array: TypeAlias = npt.NDArray[np.float64]

Excess: TypeAlias = Callable[..., Any]
"""How far a squared statistic of an NPS exceeds the critical value, from the NPS, the
numbers of promoters, passives and detractors, and `math` or `numpy`."""

Z = 1.959963984540054
END = 1 - 1e-6
RESAMPLES = 9_999


def score_excess(t: Any, a: Any, b: Any, c: Any, lib: Any) -> Any:
    """Tango (1998), in closed form."""
    n = a + b + c
    variance = 2 * _detractors(t, a, b, c, lib) + t - t * t
    return n * (t - (a - c) / n) ** 2 - Z * Z * variance


def likelihood_excess(t: Any, a: Any, b: Any, c: Any, lib: Any) -> Any:
    """The likelihood ratio: the nuisance parameter is in closed form."""
    n = a + b + c
    q = _detractors(t, a, b, c, lib)
    seen = a * lib.log(a / n) + b * lib.log(b / n) + c * lib.log(c / n)
    claimed = a * lib.log(q + t) + b * lib.log(1 - 2 * q - t) + c * lib.log(q)
    return 2 * (seen - claimed) - Z * Z


def _detractors(t: Any, a: Any, b: Any, c: Any, lib: Any) -> Any:
    """Most likely share of detractors where the NPS is t."""
    n = a + b + c
    half = (a + c) * (1 - t) - 2 * t * (b + c)
    return (half + lib.sqrt(half * half + 8 * n * c * t * (1 - t))) / (4 * n)


def limits_one_by_one(excess: Excess, groups: Array) -> Array:
    """Limits of the NPS with brentq: 2 × rows."""
    limits = []
    for a, b, c in groups.tolist():
        value, counts = (a - c) / (a + b + c), (a, b, c, math)
        limits.append((brentq(excess, -END, value, counts), brentq(excess, value, END, counts)))
    return np.array(limits).T


def limits_elementwise(excess: Excess, groups: Array) -> Array:
    """Limits of the NPS with find_root: 2 × rows."""
    a, b, c = groups.T
    value: Array = (a - c) / (a + b + c)
    end: Array = np.full(len(a), END)

    def height(t: Array, a: Array, b: Array, c: Array) -> Any:
        return excess(t, a, b, c, np)

    def limit(low: Array, high: Array) -> Any:
        return elementwise.find_root(
            height,
            (low, high),
            args=(a, b, c),
            tolerances={"xatol": 2e-12, "xrtol": 8.9e-16},  # as exact as brentq is by default
        ).x

    return np.array([limit(-end, value), limit(value, end)])


def differences_one_by_one(after: Array, before: Array) -> Array:
    """Miettinen and Nurminen (1985) with brentq: limits and p-value, 3 × rows."""
    pairs = zip(after.tolist(), before.tolist(), strict=True)
    return np.array([_difference(one, two) for one, two in pairs]).T


def _difference(after: list[float], before: list[float]) -> tuple[float, float, float]:
    n = sum(after) + sum(before)
    gap = _mean(after) - _mean(before)
    low = gap - _fall(after, before[::-1], budget=Z * Z * n / (n - 1))
    high = gap + _fall(after[::-1], before, budget=Z * Z * n / (n - 1))
    sides = (after, before[::-1]) if gap > 0 else (after[::-1], before)
    statistic = math.sqrt((n - 1) / n * _spent(*sides, fall=abs(gap)))
    return low, high, math.erfc(statistic / math.sqrt(2))


def _mean(counts: list[float]) -> float:
    return sum(k * count for k, count in enumerate(counts)) / (sum(counts) * (len(counts) - 1))


def _fall(one: list[float], two: list[float], *, budget: float) -> float:
    """How far the sum of two means can fall until the squared statistic is the budget."""
    multiplier = _root_above(lambda m: m * _fallen(one, two, m) - budget)
    return budget / multiplier


def _spent(one: list[float], two: list[float], *, fall: float) -> float:
    """The squared statistic where the sum of two means falls so far."""
    return fall * _root_above(lambda m: _fallen(one, two, m) - fall) if fall else 0.0


def _root_above(height: Callable[[float], float]) -> float:
    """The positive root of a function that rises through it."""
    high = 1.0
    while height(high) < 0:
        high *= 4
    return float(brentq(height, 0.0, high, xtol=1e-9))


def _fallen(one: list[float], two: list[float], multiplier: float) -> float:
    return sum(_fallen_mean(counts, multiplier / sum(counts)) for counts in (one, two))


def _fallen_mean(counts: list[float], multiplier: float) -> float:
    """How far a mean falls, if a unit of it costs the multiplier.

    The constrained shares are p/(s + multiplier u), where s solves that their sum is 1.
    """
    if multiplier == 0:
        return 0.0
    n, steps = sum(counts), len(counts) - 1
    terms = [(count / n, multiplier * k / steps) for k, count in enumerate(counts) if count]

    def excess(s: float) -> float:
        return sum(p / (s + cost) for p, cost in terms) - 1

    least = counts[0] / n
    s = 0.0 if not least and excess(0) <= 0 else brentq(excess, least, 1.0)
    return _mean(counts) - (1 - s) / multiplier


def bootstrapped(scores: Array) -> Array:
    """Percentile limits of a mean."""
    law = bootstrap((scores,), np.mean, n_resamples=RESAMPLES, method="percentile", batch=100)
    return np.array(law.confidence_interval)


def permuted(after: Array, before: Array) -> float:
    """p-value of Welch's t among random permutations."""
    law = permutation_test(
        (after, before), _welch, vectorized=True, n_resamples=RESAMPLES, batch=100
    )
    return float(law.pvalue)


def _welch(after: Array, before: Array, axis: int = -1) -> Array:
    (one, error_one), (two, error_two) = (_mean_and_error(x, axis) for x in (after, before))
    return np.asarray((one - two) / np.sqrt(error_one + error_two))


def _mean_and_error(scores: Array, axis: int) -> tuple[Array, Array]:
    n, mean = scores.shape[axis], scores.mean(axis=axis)
    return mean, ((scores * scores).mean(axis=axis) - mean * mean) / (n - 1)
