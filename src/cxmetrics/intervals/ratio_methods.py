"""The interval methods of a ratio of two event rates."""

import numpy as np
import scipy

from cxmetrics._typing import FloatArray
from cxmetrics.intervals.event_rate import EventRate
from cxmetrics.intervals.method import Exact, Pivot, Rows


def ratio_method(after: EventRate, before: EventRate, method: str) -> Pivot:
    """The interval and the test of after / before, given how many events there were.

    Of all events together those after are a binomial share, and its odds are the ratio of
    the rates times that of the times.
    """
    x, y = (np.ravel(side.events).astype(np.float64) for side in (after, before))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        times = np.ravel(np.divide(after.time, before.time))
    n = x + y
    rows = Rows(
        bounds=(0.0, np.inf),
        shape=after.shape,
        empty=np.isnan(np.ravel(after.value) + np.ravel(before.value)),
        silent=n == 0,
        known=np.full(n.shape, np.nan),
    )
    shares = _wilson if method == "score" else _clopper_pearson

    def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        low, high = shares(x, n, z)
        with np.errstate(divide="ignore", invalid="ignore"):
            return low / (1 - low) / times, high / (1 - high) / times

    def share(ratio: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return np.where(np.isinf(ratio), 1, ratio * times / (ratio * times + 1))

    if method == "exact":
        return Exact.of(rows, limits, lambda null: _binomial_tails(x, n, share(null)))

    def statistic(null: FloatArray) -> FloatArray:
        p = share(null)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(x == n * p, 0, (x - n * p) / np.sqrt(n * p * (1 - p)))

    return Pivot(rows, limits, statistic)


def _wilson(x: FloatArray, n: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Wilson (1927)."""
    larger = n + z * z
    with np.errstate(invalid="ignore", divide="ignore"):
        half = z * np.sqrt(x * (n - x) / n + z * z / 4) / larger
    center = (x + z * z / 2) / larger
    # At an end the limit is the end, which rounding would miss.
    return np.where(x == 0, 0, center - half), np.where(x == n, 1, center + half)


def _clopper_pearson(x: FloatArray, n: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Clopper and Pearson (1934)."""
    tail, beta = scipy.special.ndtr(-z), scipy.special.betaincinv
    low = np.where(x == 0, 0, beta(np.maximum(x, 1), n - x + 1, tail))
    return low, np.where(x == n, 1, 1 - beta(np.maximum(n - x, 1), x + 1, tail))


def _binomial_tails(x: FloatArray, n: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Chances of at most, and of at least, so many of n."""
    beta = scipy.special.betainc
    less = np.where(x == n, 1, beta(np.maximum(n - x, 1), x + 1, 1 - p))
    return less, np.where(x == 0, 1, beta(np.maximum(x, 1), n - x + 1, p))
