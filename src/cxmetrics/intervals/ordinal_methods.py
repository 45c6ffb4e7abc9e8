"""The interval methods of ψ: how often answers of one group are above those of another.

ψ is the chance that an answer after is above one before, plus half the chance that they
are equal. The *placement* of an answer is the share of the other group that lies below
it, ties counted half; ψ is the mean placement of the answers after. So each group adds
the variance of a mean to that of ψ, with weights and clusters as for any other mean.

References:
    Brunner, E. and Munzel, U. (2000). The nonparametric Behrens-Fisher problem:
    asymptotic theory and a small-sample approximation. Biometrical Journal 42, 17-25.

    Lumley, T. and Scott, A. J. (2013). Two-sample rank tests under complex sampling.
    Biometrika 100, 831-842.

    Newcombe, R. G. (2006). Confidence intervals for an effect size measure based on the
    Mann-Whitney statistic. Part 2. Statistics in Medicine 25, 559-573.
"""

from typing import NamedTuple, Self

import numpy as np
import scipy

from cxmetrics._typing import BoolArray, FloatArray
from cxmetrics.intervals.method import Limits, Method, Pivot, Rows, Statistic, around
from cxmetrics.likelihood.iterate import rising_root
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.design import NO_SPREAD

RANGE = (0.0, 1.0)


class Superiority(NamedTuple):
    """ψ with its standard error, and the method of its interval and tests."""

    value: FloatArray
    std_error: FloatArray
    comparison: Method


def brunner_munzel(after: Counts, before: Counts, *, on_logits: bool = False) -> Superiority:
    """Studentised by the variances of the placements; of answers with any design.

    On the scale of logits the limits stay within 0...1 by themselves.

    Where the placements of a group do not vary, because its answers are all alike or all
    beyond those of the other group, its variance seems to be 0. There the variance of ψ is
    Newcombe's (method 5), which depends on ψ alone. With ten answers against forty, NPS
    groups, 90% and 93% promoters, this raises the coverage of 95% from 67% to above 99%.
    """
    one, two = _Side.of(after, before), _Side.of(before, after)
    value, std_error = one.mean, np.sqrt(one.variance + two.variance)
    flat = one.is_flat | two.is_flat
    df = np.where(flat, np.minimum(one.reference_df, two.reference_df), _welch(one, two))
    limits, statistic = (_around_logit if on_logits else around)(value, std_error)
    at = np.flatnonzero(flat)
    still = _Newcombe(*(np.ravel(each)[at] for each in (value, one.n_effective, two.n_effective)))

    def mixed_limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        low, high = limits(z)
        low[at], high[at] = still.limits(z[at])
        # Rounding must not put the estimate outside of its interval.
        return np.fmin(low, value.ravel()), np.fmax(high, value.ravel())

    def mixed_statistic(null: FloatArray) -> FloatArray:
        found = statistic(null)
        found[at] = still.statistic(null[at])
        return found

    n_effective = np.minimum(one.n_effective, two.n_effective)
    n_effective = np.where(after.is_census & before.is_census, np.inf, n_effective)
    rows = Rows.of(value, n_effective, RANGE, df)
    return Superiority(value, std_error, Pivot(rows, mixed_limits, mixed_statistic, df))


def _around_logit(value: FloatArray, std_error: FloatArray) -> tuple[Limits, Statistic]:
    """Limits logit ψ ± z se / (ψ (1 - ψ)), turned back, and the statistic that belongs to them."""
    logit, expit = scipy.special.logit, scipy.special.expit
    with np.errstate(divide="ignore", invalid="ignore"):
        limits, statistic = around(logit(value), std_error / (value * (1 - value)))

    def turned_back(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        with np.errstate(invalid="ignore"):
            low, high = (expit(limit) for limit in limits(z))
        return low, high

    return turned_back, lambda null: statistic(logit(null))


def mann_whitney(after: Counts, before: Counts) -> Superiority:
    """With the variance that ψ has, ties corrected, if both groups have one distribution."""
    value = _Side.of(after, before).mean
    m, n = (np.asarray(side.n, np.float64) for side in (after, before))
    with np.errstate(divide="ignore", invalid="ignore"):
        tied = (after.weights + before.weights) / (m + n)[..., None]
        varying = 1 - (tied**3).sum(axis=-1)
        variance = (m + n) ** 2 / (m + n - 1) * varying / (12 * m * n)
    std_error = np.where(np.isnan(value), np.nan, np.sqrt(variance))
    rows = Rows.of(value, np.minimum(m, n), RANGE, np.inf)
    return Superiority(value, std_error, Pivot(rows, *around(value, std_error)))


class _Side(NamedTuple):
    """The placements of the answers of one group among those of the other.

    Args:
        mean: Mean placement.
        variance: Its linearised variance; NaN where one answer or cluster is all there is.
        df: Degrees of freedom of the variance.
        reference_df: Those of a statistic whose variance needs no estimate.
        n_effective: Number of answers that say as much, if all are alike.
        is_flat: Whether no placement varies, although others could have answered.
    """

    mean: FloatArray
    variance: FloatArray
    df: FloatArray
    reference_df: FloatArray
    n_effective: FloatArray
    is_flat: BoolArray

    @classmethod
    def of(cls, own: Counts, other: Counts) -> Self:
        effective, df = own.effective(np.zeros(own.scale.size))
        n, weights, seen = np.asarray(own.n, np.float64), own.weights, own.weights > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            below = np.cumsum(other.weights, axis=-1)
            placements = (below - other.weights / 2) / below[..., -1:]
            mean = (weights * placements).sum(axis=-1) / weights.sum(axis=-1)
            variance = _variance(own, placements - mean[..., None])
            reference_df = np.where(df >= n - 1, np.inf, df * (n - 1) / (n - 1 - df))
        lowest = np.where(seen, placements, np.inf).min(axis=-1)
        flat = lowest == np.where(seen, placements, -np.inf).max(axis=-1)
        return cls(
            mean=mean,
            variance=np.where(df > 0, variance, np.nan),
            df=df,
            reference_df=reference_df,
            n_effective=effective.sum(axis=-1),
            is_flat=flat & ~own.is_census,
        )


def _variance(counts: Counts, d: FloatArray) -> FloatArray:
    """Linearised variance of the mean of values whose deviations from it are `d`."""
    n, weights = np.asarray(counts.n, np.float64), counts.weights
    total = weights.sum(axis=-1)
    variance = (weights * d**2).sum(axis=-1) / total / (n - 1)
    if counts.design is not None:
        units, kish = counts.design.units(n), counts.design.kish()
        linear = counts.design.spread(d) / total**2 * units / (units - 1)
        # What clusters whose means are alike leave of the variance is rounding.
        plain = variance * n / kish
        variance = np.where(linear > NO_SPREAD * plain, linear, plain)
    if counts.population is not None:
        variance = variance * (counts.population - n) / max(1, counts.population - 1)
    return np.asarray(variance)


def _welch(one: _Side, two: _Side) -> FloatArray:
    """Degrees of freedom of the sum of both variances; of what is certain, any number."""
    v, w = one.variance, two.variance
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (v + w) ** 2 / (v**2 / one.df + w**2 / two.df)
    return np.where(v + w == 0, np.inf, df)


class _Newcombe(NamedTuple):
    """Newcombe's method 5: the variance of ψ that exponential answers would have.

    With the odds x = (1 - ψ)/ψ the equation of its limits is short, and rises in x.
    """

    value: FloatArray
    m: FloatArray
    n: FloatArray

    def limits(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The ψ whose statistic is z, and the one whose statistic is -z."""
        return self._lower(self.value, z), 1 - self._lower(1 - self.value, z)

    def statistic(self, null: FloatArray) -> FloatArray:
        """Distance from the null in the standard errors that hold there."""
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            odds = (1 - null) / null
            spread = np.where(odds == np.inf, 0, null**2 * odds * self._factor(odds))
            gap = self.value - null
            return np.where(gap == 0, 0.0, gap / np.sqrt(spread))

    def _factor(self, odds: FloatArray) -> FloatArray:
        """Variance over ψ (1 - ψ)."""
        middle = odds / (1 + 2 * odds) + 1 / (2 + odds)
        return np.asarray((1 + ((self.m + self.n) / 2 - 1) * middle) / (self.m * self.n))

    def _lower(self, value: FloatArray, z: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            odds = (1 - value) / value

        def height(further: FloatArray) -> FloatArray:
            x = odds + further
            return np.log((value * further) ** 2 / x) - np.log(z**2 * self._factor(x))

        inside = np.isfinite(odds)
        odds = np.where(inside, odds, 1)
        further = rising_root(height, z**2 * self._factor(odds), np.ones_like(z), close=4e-16)
        return np.where(inside, 1 / (1 + odds + further), 0)
