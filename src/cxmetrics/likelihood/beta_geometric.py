"""The shifted beta-geometric law of retention: its values, its fit, its profile likelihood.

Every customer leaves at the end of a period with a probability of their own, and these
probabilities follow a Beta(α, β) law. Whoever is likely to leave has left soon, so
retention rises with tenure although no customer ever changes. With

    churn = α / (α + β)    and    spread = 1 / (α + β)

the share that leaves in period t, of those who entered it, is

    churn / (1 + spread (t - 1)).

Written so, the law has its two limits too: customers who are all alike (spread 0, the
geometric law; α and β infinite), and customers of whom a share leaves at once and the
rest never (spread infinite; α = β = 0). A likelihood that rises towards one of them has
its maximum there.

References:
    Fader, P. S. and Hardie, B. G. S. (2007). How to project customer retention. Journal
    of Interactive Marketing 21, 76-90.
    Fader, P. S. and Hardie, B. G. S. (2010). Customer-base valuation in a contractual
    setting: the perils of ignoring heterogeneity. Marketing Science 29, 85-93.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import scipy

from cxmetrics._typing import FloatArray, Floats
from cxmetrics.likelihood.iterate import FARTHEST, until_still

SPREADS = np.concatenate([[0], np.geomspace(1e-6, 1e6, 49), [FARTHEST]])
"""Where the highest likelihood is looked for first; it may have two peaks."""

CELLS = 16
"""Cells of a grid on which the highest value is looked for."""

ZOOMS = 6
"""Such grids, each on two cells of the one before: the last tells nothing more, since there
the value is flat."""

ALMOST_ALL = 1 - 2.0**-53
"""The largest share below 1."""


class BetaGeometric(NamedTuple):
    """Laws of tenure: numbers, or arrays for a batch.

    Args:
        churn: Share that leaves in the first period, from 0 to 1.
        spread: How much customers differ, from 0 (not at all) to infinity.
    """

    churn: Floats
    spread: Floats

    @classmethod
    def of(cls, alpha: Floats, beta: Floats) -> Self:
        """The law with these parameters, both positive and finite."""
        return cls(alpha / (alpha + beta), 1 / (alpha + beta))

    @property
    def alpha(self) -> Floats:
        """First parameter of the Beta law; NaN where nobody leaves and the spread is 0."""
        with np.errstate(all="ignore"):
            return np.divide(self.churn, self.spread)

    @property
    def beta(self) -> Floats:
        """Second parameter of the Beta law; NaN where all leave at once and the spread is 0."""
        with np.errstate(all="ignore"):
            return np.divide(1 - self.churn, self.spread)

    def churn_in(self, period: Floats) -> Floats:
        """Share that leaves in a period (from 1), of those who entered it."""
        return self.churn / (1 + np.minimum(self.spread, FARTHEST) * (period - 1))

    def retention(self, period: Floats) -> Floats:
        """Share that stays, of those who entered a period: (β + t - 1)/(α + β + t - 1)."""
        return 1 - self.churn_in(period)

    def survival(self, periods: int) -> Floats:
        """Share that stays for so many periods: B(α, β + t)/B(α, β)."""
        return self._stays(periods).prod(axis=0)

    def after(self, periods: int) -> Self:
        """The law of the tenure still to come of those who have stayed so long: β grows by t."""
        spread = np.minimum(self.spread, FARTHEST)
        return type(self)(self.churn_in(periods + 1), spread / (1 + spread * periods))

    def lifetime(self, discount: float = 0.0, horizon: int | None = None) -> Floats:
        """Expected number of periods entered, discounted to the first: Σ S(t)/(1 + d)^t from t = 0.

        Args:
            discount: Discount per period. Without one the sum is infinite for α ≤ 1.
            horizon: How many periods count; all of them, unless given.
        """
        if horizon is not None:
            entered = np.cumprod(self._stays(horizon - 1), axis=0)
            factors = (1 + discount) ** -np.arange(1.0, horizon)
            return 1 + np.tensordot(factors, entered, axes=1)
        return self._discounted(discount) if discount else self._mean()

    def residual_lifetime(
        self, period: int, discount: float = 0.0, horizon: int | None = None
    ) -> Floats:
        """Expected number of renewals to come of those in a period, discounted to its end.

        The first of them is the one due at the end of this period (Fader and Hardie 2010).
        """
        return self.retention(period) * self.after(period).lifetime(discount, horizon)

    def _stays(self, periods: int) -> FloatArray:
        """Retention in each of the first periods, which run along the first axis."""
        period = np.arange(1.0, periods + 1)
        return np.asarray(self.retention(period.reshape(-1, *[1] * np.ndim(self.spread))))

    def _mean(self) -> Floats:
        """The mean of 1/p for p from Beta(α, β): (α + β - 1)/(α - 1)."""
        excess = np.asarray(self.churn - self.spread)
        with np.errstate(all="ignore"):
            mean = np.where(excess > 0, (1 - self.spread) / excess, np.inf)
        return np.where(np.equal(self.churn, 1), 1.0, mean)[()]

    def _discounted(self, discount: float) -> Floats:
        """₂F₁(1, β; α + β; 1/(1 + d)), as (1 + d)/d times ₂F₁(1, α; α + β; -1/d).

        Gauss's continued fraction of the latter has positive terms only, so no digits are
        lost. Its error falls by exp(-4 asinh √d) with every pair of them.
        """
        churn, spread = self.churn, np.minimum(self.spread, FARTHEST)
        rest = 1.0
        for pair in range(int(10 / np.arcsinh(np.sqrt(discount))) + 10, 0, -1):
            before, at, behind = (1 + (2 * pair - 2 + step) * spread for step in range(3))
            even = pair * spread / before * (1 - churn + (pair - 1) * spread) / at
            odd = (churn + pair * spread) / at * (1 + (pair - 1) * spread) / behind
            rest = 1 + even / (discount + odd / rest)
        return (1 + discount) / (discount + churn / rest)


def number_at_risk(churned: FloatArray, censored: FloatArray) -> FloatArray:
    """How many customers entered each period and were watched to its end.

    Args:
        churned: Customers who left in each period, from the first.
        censored: Customers who were watched for just so many periods, and stayed.
    """
    return np.cumsum((churned + censored)[::-1])[::-1]


def log_likelihood(law: BetaGeometric, at_risk: FloatArray, churned: FloatArray) -> float:
    """The log-likelihood of a law: Σ churned log(1 - r) + (at risk - churned) log r.

    Args:
        law: The law.
        at_risk: Customers who entered each period, from the first.
        churned: Those of them who left in it.
    """
    cohort, spread = _Cohort.of(at_risk, churned), np.array([law.spread])
    return float(cohort.log_likelihood(np.array([law.churn]), cohort.weights(spread))[0])


def fit_beta_geometric(at_risk: FloatArray, churned: FloatArray) -> BetaGeometric:
    """The most likely law.

    Of laws that are equally likely it is the one with the least spread. So the spread is 0
    where retention does not rise with tenure, but also where the data cannot tell: nobody
    left, everybody left in the first period, or there is one period only. The spread is
    infinite where customers left in the first period and in no later one.

    Args:
        at_risk: Customers who entered each period, from the first; at least one.
        churned: Those of them who left in it.
    """
    return _Cohort.of(at_risk, churned).best()


def beta_geometric_limits(
    value: Callable[[BetaGeometric], Floats],
    at_risk: FloatArray,
    churned: FloatArray,
    critical: float,
) -> tuple[float, float]:
    """Profile likelihood limits of any value of the law.

    They are the least and the greatest value among the laws whose log-likelihood is within
    critical²/2 of the maximum, those with spread 0 and infinity included.

    Args:
        value: A continuous function of the law, which comes as a batch. At each spread it
            must rise, or must fall, with churn.
        at_risk: Customers who entered each period, from the first; at least one.
        churned: Those of them who left in it.
        critical: Critical value, as of a normal deviate.
    """
    region = _Region.of(_Cohort.of(at_risk, churned), critical)

    def greatest(sign: float) -> float:
        return max(
            _highest(lambda x: sign * value(region.laws(x, most=False))),
            _highest(lambda x: sign * value(region.laws(x, most=True))),
        )

    return -greatest(-1), greatest(1)


@dataclass(frozen=True, slots=True)
class _Cohort:
    """Customers who stayed and who left in each period: columns, beside which laws are rows."""

    kept: FloatArray
    churned: FloatArray

    @classmethod
    def of(cls, at_risk: FloatArray, churned: FloatArray) -> Self:
        """The counts of each period."""
        return cls((at_risk - churned)[:, None], churned[:, None])

    def weights(self, spread: FloatArray) -> FloatArray:
        """The share that leaves in each period relative to the first, for each spread."""
        period = np.arange(1.0, len(self.kept) + 1)[:, None]
        return np.asarray(BetaGeometric(1.0, spread).churn_in(period))

    def log_likelihood(self, churn: FloatArray, weights: FloatArray) -> FloatArray:
        """The log-likelihood of each churn."""
        leaves = churn * weights
        stayed = scipy.special.xlog1py(self.kept, -leaves)
        return np.asarray((stayed + scipy.special.xlogy(self.churned, leaves)).sum(axis=0))

    def best_churn(self, spread: FloatArray) -> FloatArray:
        """The most likely churn of each spread: as many would leave as have left."""
        weights, left = self.weights(spread), self.churned.sum()

        def closer(churn: FloatArray, weights: FloatArray) -> FloatArray:
            odds = _odds(churn * weights)
            rise = (self.kept * weights * (1 + odds) ** 2).sum(axis=0)
            step = (left - (self.kept * odds).sum(axis=0)) / rise
            return np.asarray(np.minimum(1, churn + step))

        with np.errstate(all="ignore"):
            # If customers had stayed in one period only. The truth is below, and as the odds
            # are convex, Newton's steps come down to it.
            start = np.where(self.kept > 0, left / (left + self.kept) / weights, 1).min(axis=0)
            return until_still(closer, start, weights)

    def peak(self, spread: FloatArray) -> FloatArray:
        """The highest log-likelihood of each spread."""
        return self.log_likelihood(self.best_churn(spread), self.weights(spread))

    def slope(self, spread: float) -> float:
        """The derivative of the peak by the spread."""
        row = np.array([spread])
        weights = self.weights(row)
        expected = self.kept * _odds(self.best_churn(row) * weights)
        earlier = np.arange(len(weights))[:, None]
        return float((earlier * weights * (expected - self.churned)).sum())

    def best(self) -> BetaGeometric:
        """The most likely law."""
        highest = int(np.argmax(self.peak(SPREADS)))
        low, high = SPREADS[max(0, highest - 1)], SPREADS[min(highest + 1, len(SPREADS) - 1)]
        if self.slope(low) <= 0:
            spread = low
        elif self.slope(high) >= 0:
            spread = np.inf
        else:
            spread = scipy.optimize.brentq(self.slope, low, high, xtol=1e-16, rtol=1e-15)
        return BetaGeometric(float(self.best_churn(np.array([spread]))[0]), float(spread))

    def churn_at(self, level: float, spread: FloatArray, *, most: bool) -> FloatArray:
        """The least or the most churn of each spread with a log-likelihood at a level."""
        weights, left = self.weights(spread), self.churned.sum()
        levels = np.minimum(level, self.peak(spread))

        def closer(churn: FloatArray, weights: FloatArray, levels: FloatArray) -> FloatArray:
            gap = levels - self.log_likelihood(churn, weights)
            slope = left - (self.kept * _odds(churn * weights)).sum(axis=0)
            return np.asarray(np.where(gap > 0, np.minimum(1, churn * np.exp(gap / slope)), churn))

        with np.errstate(all="ignore"):
            room = levels - scipy.special.xlogy(self.churned, weights).sum(axis=0)
            # If no customers had stayed, or in one period only, it would be farther out. The
            # log-likelihood is concave in the logarithm of churn, so Newton's steps come in.
            ends = np.where(self.kept > 0, -np.expm1(room / self.kept) / weights, 1)
            start = ends.min(axis=0) if most else np.exp(room / left)
            return until_still(closer, start, weights, levels)


@dataclass(frozen=True, slots=True)
class _Region:
    """The laws whose log-likelihood is not below a level, between two spreads ρ as ρ/(1 + ρ)."""

    cohort: _Cohort
    level: float
    ends: tuple[float, float]

    @classmethod
    def of(cls, cohort: _Cohort, critical: float) -> Self:
        """The laws within critical²/2 of the maximum."""
        best = cohort.best().spread
        center = min(best, FARTHEST) / (1 + min(best, FARTHEST))

        def peak(share: float) -> float:
            return float(cohort.peak(_spread(np.array([share])))[0])

        level = peak(center) - critical**2 / 2
        low, high = (
            end
            if peak(end) >= level
            else scipy.optimize.brentq(lambda share: peak(share) - level, center, end, xtol=1e-16)
            for end in (0.0, 1.0)
        )
        return cls(cohort, level, (low, high))

    def laws(self, x: FloatArray, *, most: bool) -> BetaGeometric:
        """Laws along the side of least or of most churn, from one end, x = 0, to the other, 1."""
        low, high = self.ends
        # At the ends the two sides meet like a square root does 0; in x they meet straight.
        spread = _spread(np.minimum(high, low + (high - low) * np.sin(np.pi / 2 * x) ** 2))
        return BetaGeometric(self.cohort.churn_at(self.level, spread, most=most), spread)


def _odds(leaves: FloatArray) -> FloatArray:
    """How many leave per one who stays; finite, since 0 times it is 0 where nobody stays."""
    return np.asarray(leaves / (1 - np.minimum(leaves, ALMOST_ALL)))


def _spread(share: FloatArray) -> FloatArray:
    """The spread ρ at which ρ/(1 + ρ) is a share."""
    with np.errstate(divide="ignore"):
        return np.asarray(share / (1 - share))


def _highest(height: Callable[[FloatArray], Floats]) -> float:
    """The highest value on 0..1, by finer and finer grids around the best point."""
    low, width, highest = 0.0, 1.0, -np.inf
    for _ in range(ZOOMS):
        x = low + width * np.linspace(0, 1, CELLS + 1)
        heights = np.asarray(height(x))
        highest = max(highest, float(heights.max()))
        width *= 2 / CELLS
        low = float(np.clip(x[np.argmax(heights)] - width / 2, 0, 1 - width))
    return highest
