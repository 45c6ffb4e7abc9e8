"""The product limit: how many customers are still there, from all that is known of each tenure.

The share that stays is estimated at each tenure from those at risk there; what is left after
a tenure is the product of the shares up to it. These are uncorrelated, so the variances of
their logarithms add up. With weights, those at risk count as so many as say as much.
"""

from functools import cache
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
import scipy

from cxmetrics._typing import BoolArray, FloatArray

ROUNDING = 1e-12
"""Share of those at risk below which what is left of their weights is rounding."""

CLOSE = 0.02
"""Looks at a path whose times differ by less, relative to the later one, are taken for one."""

STRAY = 0.5825971579390107
"""-ζ(1/2)/√(2π): how far a path is beyond a limit when it is first seen there, in steps."""

NODES = 91
"""Points on which the law of a path between its limits is carried from look to look."""


class ProductLimit(NamedTuple):
    """The curve from 0 on and from each tenure on, in batches along leading axes.

    Args:
        survival: Share of the customers who are there until the next tenure, 1 at first.
        steps: What each tenure adds to the variance of the logarithm of the share.
        ahead: Customers at risk at the next tenure, as many as say as much; at last 0.
    """

    survival: FloatArray
    steps: FloatArray
    ahead: FloatArray

    @classmethod
    def of(cls, at_risk: FloatArray, churned: FloatArray, effective: FloatArray) -> Self:
        """Kaplan and Meier (1958), with the variance of Greenwood (1926).

        With weights it is the variance of Xie and Liu (2005), Statistics in Medicine 24,
        3089-3110.

        Args:
            at_risk: Customers, or their weights, who were there until each tenure.
            churned: Those of them who left at it.
            effective: How many customers without weights say as much as those at risk.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            lost = np.where(churned > 0, churned / at_risk, 0.0)
            lost = np.where(lost > 1 - ROUNDING, 1.0, lost)
            steps = np.where(lost > 0, lost / (1 - lost) / effective, 0.0)
        start = np.zeros((*lost.shape[:-1], 1))
        survival = np.cumprod(np.append(1 - start, 1 - lost, axis=-1), axis=-1)
        return cls(survival, np.append(start, steps, axis=-1), np.append(effective, start, axis=-1))

    @property
    def at_risk(self) -> FloatArray:
        """Customers at risk at each tenure, as many as say as much; at 0 those at the first."""
        return np.concatenate([self.ahead[..., :1], self.ahead[..., :-1]], axis=-1)

    @property
    def log_variance(self) -> FloatArray:
        """Variance of the logarithm of the shares; infinite once nobody is there."""
        return np.asarray(np.cumsum(self.steps, axis=-1))

    @property
    def known(self) -> BoolArray:
        """Where somebody was at risk at every tenure so far, or all had left."""
        seen = np.logical_and.accumulate(self.at_risk > 0, axis=-1)
        return np.asarray(seen | np.logical_or.accumulate(seen & (self.survival == 0), axis=-1))

    def kept(self, informed: FloatArray) -> "Kept":
        """The shares.

        Once they are 0, they are known from those at risk when the last one left, over the
        share that was there: all customers, if nobody was lost from sight.

        Args:
            informed: Customers whom they are known from where they are 1.
        """
        gone = self.survival == 0
        with np.errstate(invalid="ignore", divide="ignore"):
            last = np.where(gone, 0, self.ahead / self.survival)
        last = np.maximum.accumulate(np.where(gone, np.roll(last, 1, axis=-1), 0), axis=-1)
        value = np.where(self.known, self.survival, np.nan)
        return Kept(value, self.log_variance, np.where(gone, last, informed))

    def area(self, tenures: FloatArray, horizon: float) -> tuple[FloatArray, FloatArray]:
        """The area under the curves up to a horizon, and its variance (Irwin 1949)."""
        widths = np.diff(np.clip(tenures, 0, horizon), prepend=0, append=horizon)
        # What is under a curve from each tenure on is what an error there moves.
        rest = np.cumsum((self.survival * widths)[..., ::-1], axis=-1)[..., ::-1]
        with np.errstate(invalid="ignore"):
            variance = np.where(rest > 0, rest**2 * self.steps, 0.0).sum(axis=-1)
        return np.asarray(rest[..., 0]), variance


class Kept(NamedTuple):
    """Shares of what there would be if nobody ever left, and how well they are known.

    Args:
        value: The shares, 0...1; NaN where nothing is known.
        log_variance: Variance of their logarithms.
        informed: Customers whom they are known from where they do not vary.
    """

    value: FloatArray
    log_variance: FloatArray
    informed: FloatArray

    @property
    def varies(self) -> BoolArray:
        """Which shares have a standard error on the scale of log(-log S)."""
        return np.asarray((self.value > 0) & (self.value < 1) & (self.log_variance > 0))

    @property
    def as_many(self) -> FloatArray:
        """Customers, none of whom is lost from sight, whose share varies so (Rothman 1978)."""
        with np.errstate(all="ignore"):
            found = np.divide(1 - self.value, self.value * self.log_variance)
        return np.where(self.varies, found, self.informed)

    def log_log_limits(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Limits S^exp(±z σ), σ the standard error of log(-log S); where it is none, Wilson's.

        Kalbfleisch and Prentice (1980).
        """
        with np.errstate(all="ignore"):
            reach = z * np.sqrt(self.log_variance) / -np.log(self.value)
            low, high = self.value ** np.exp(reach), self.value ** np.exp(-reach)
        edge = self.wilson_limits(z)
        return np.where(self.varies, low, edge[0]), np.where(self.varies, high, edge[1])

    def log_log_statistic(self, null: FloatArray) -> FloatArray:
        """The statistic that belongs to these limits; positive above the null."""
        with np.errstate(all="ignore"):
            log_share = np.log(self.value)
            statistic = np.log(np.log(null) / log_share) / (np.sqrt(self.log_variance) / -log_share)
        return np.where(self.varies, statistic, self.wilson_statistic(null))

    def wilson_limits(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Wilson (1927), of shares of so many customers; 0 to 1 where nothing is known."""
        share, n, squares = self.value, self.as_many, z * z
        with np.errstate(invalid="ignore"):
            half = z * np.sqrt(n * share * (1 - share) + squares / 4) / (n + squares)
            center = (n * share + squares / 2) / (n + squares)
        # At an end the limit is the end, which rounding would miss.
        low = np.where((share == 0) | np.isnan(share), 0, center - half)
        return low, np.where((share == 1) | np.isnan(share), 1, center + half)

    def wilson_statistic(self, null: FloatArray) -> FloatArray:
        """The statistic that belongs to these limits; positive above the null."""
        with np.errstate(all="ignore"):
            statistic = (self.value - null) / np.sqrt(null * (1 - null) / self.as_many)
        return np.where((self.value == null) | np.isnan(self.value), 0, statistic)


def band_critical_value(log_variance: FloatArray, confidence_level: float) -> float:
    """How many standard errors a curve stays within at all of its tenures together.

    The logarithm of a curve errs like a Brownian motion whose clock is its variance. Its law,
    as long as it has stayed within the limits, is carried from tenure to tenure: the sums
    of Armitage, McPherson and Rowe (1969) for repeated looks at growing data. Limits in
    standard errors are the equal-precision band of Nair (1984), here for those tenures
    that there are.

    Args:
        log_variance: Rising variances of the logarithm of the curve, one per tenure.
        confidence_level: Chance of staying within.
    """
    clock, unseen = _looks(log_variance)
    tail = (1 - confidence_level) / 2
    # One look has the least, and looks that do not depend on each other have the most.
    least, most = -scipy.special.ndtri(tail), -scipy.special.ndtri(tail / len(clock))

    def excess(z: float) -> float:
        return _stays_within(clock, np.maximum(z - unseen, 0)) - confidence_level

    return float(scipy.optimize.brentq(excess, 0.999 * least, most + 0.5, xtol=1e-9))


def _looks(log_variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Times of looks at a path that are not too close; and how far it strays between them.

    Where several looks are taken for one, the path must keep away from the limit by what it
    would be beyond it, had they been made (Siegmund 1979, Advances in Applied Probability
    11, 701-719). Without any variance there is one look, at any time.
    """
    times = np.unique(log_variance[np.isfinite(log_variance) & (log_variance > 0)])
    times = times if len(times) else np.ones(1)
    cells: list[list[float]] = []
    for time in times[::-1].tolist():
        if cells and time > cells[-1][0] * (1 - CLOSE):
            cells[-1].append(time)
        else:
            cells.append([time])
    last, first, looks = (
        np.array([of(cell) for cell in reversed(cells)], np.float64) for of in (max, min, len)
    )
    spread = np.sqrt((1 - first / last) / np.maximum(looks - 1, 1))
    return last, STRAY * spread * (np.sqrt(looks) - 1)


def _stays_within(clock: FloatArray, limits: FloatArray) -> float:
    """Chance that a Brownian motion is within so many standard deviations at all these times."""
    nodes, weights = _nodes()
    law = weights * limits[0] * np.exp(-((limits[0] * nodes) ** 2) / 2) / np.sqrt(2 * np.pi)
    for (before, now), (inner, limit) in zip(pairwise(clock), pairwise(limits), strict=True):
        # In standard deviations of now, the path was at x·√(before/now) and takes a step.
        start, spread = np.sqrt(before / now), np.sqrt(1 - before / now)
        gap = (limit * nodes[:, None] - start * inner * nodes) / spread
        law = weights * limit * (np.exp(-(gap**2) / 2) @ law) / (np.sqrt(2 * np.pi) * spread)
    return float(law.sum())


@cache
def _nodes() -> tuple[FloatArray, FloatArray]:
    """Points between -1 and 1, and their weights in sums that are integrals."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return np.asarray(nodes), np.asarray(weights)
