"""Payments: what a customer pays and when, and what that is worth."""

from typing import NamedTuple, Self

import numpy as np
import scipy

from cxmetrics._typing import FloatArray, Floats
from cxmetrics.likelihood import BetaGeometric


class Payments(NamedTuple):
    """The same margin in every period that a customer enters, or has completed.

    Args:
        margin: The margin of a period.
        discount: Discount per period.
        first: Tenure of the first payment: 0 at the start of the first period, 1 at its end.
        horizon: How many payments count; all of them, if None.
    """

    margin: float
    discount: float
    first: int
    horizon: int | None = None

    def value(self, percent: FloatArray) -> FloatArray:
        """The value where this percentage stays in each period: margin Σ r^t/(1 + d)^t.

        Without a horizon it is margin (1 + d)/(1 + d - r), times r/(1 + d) if the first
        payment is at the end; infinite where r reaches 1 + d.
        """
        kept, lost = self._kept(percent)
        with np.errstate(all="ignore"):
            if self.horizon is None:
                total = np.where(lost <= 0, np.inf, 1 / lost)
            else:
                total = -np.expm1(self.horizon * np.log1p(-lost)) / lost
                total = np.where(lost == 0, self.horizon, total)
            return np.asarray(self.margin * kept**self.first * total)

    def amounts(self, number: int) -> FloatArray:
        """The first payments, each discounted."""
        tenures = np.arange(self.first, self.first + number)
        return np.asarray(self.margin * (1 + self.discount) ** -tenures.astype(np.float64))

    def slope(self, percent: FloatArray) -> FloatArray:
        """The derivative of the value."""
        kept, lost = self._kept(percent)
        with np.errstate(all="ignore"):
            if self.horizon is None:
                rise = np.where(lost <= 0, np.inf, 1 / lost**2)
            else:
                power = np.arange(1.0, self.horizon + self.first)
                rise = (power * kept[..., None] ** (power - 1)).sum(axis=-1)
        return np.asarray(self.margin * rise / (100 * (1 + self.discount)))

    def least_percent(self, value: float) -> float:
        """The percentage that must stay in each period for a value; infinite if none is enough."""
        if self.horizon is None:
            earned = value / self.margin - (1 - self.first)
            kept = earned / (earned + 1) if earned > 0 else 0.0
            return 100 * (1 + self.discount) * kept

        def excess(percent: float) -> float:
            return float(self.value(np.array(percent))) - value

        if excess(0.0) >= 0:
            return 0.0
        if excess(100.0) < 0:
            return np.inf
        return float(scipy.optimize.brentq(excess, 0, 100, xtol=1e-14, rtol=1e-15))

    def needed(self, cost: float, percent: FloatArray) -> FloatArray:
        """How many payments cover a cost where this percentage stays; infinite if all do not."""
        kept, lost = self._kept(percent)
        with np.errstate(all="ignore"):
            # margin kept^first (1 - kept^k)/(1 - kept) ≥ cost, solved for k.
            share = cost / (self.margin * kept**self.first)
            exact = np.where(lost == 0, share, np.log1p(-share * lost) / np.log1p(-lost))
            never = np.isnan(exact) & ~np.isnan(percent)
            periods = np.where(never, np.inf, np.ceil(exact))
            return np.where(share <= 1, 1.0, np.maximum(periods, 1))

    def until(self, tenure: int) -> Self:
        """Those of the payments that are made up to a tenure."""
        number = max(0, tenure + 1 - self.first)
        return self._replace(horizon=number if self.horizon is None else min(number, self.horizon))

    def of_law(self, law: BetaGeometric) -> Floats:
        """The value where tenures have a beta-geometric law."""
        if self.horizon == 0:
            return np.zeros(np.shape(law.churn))
        horizon = None if self.horizon is None else self.horizon + self.first
        return self.margin * (law.lifetime(self.discount, horizon) - self.first)

    def _kept(self, percent: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What is worth a payment a period later, r/(1 + d), and what is lost of it."""
        growth = 1 + self.discount
        return percent / 100 / growth, ((100 - percent) / 100 + self.discount) / growth
