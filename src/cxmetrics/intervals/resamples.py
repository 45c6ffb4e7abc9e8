"""Resamples: ratios of accounts that were drawn again, and the bootstrap intervals of them."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy

from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._typing import FloatArray
from cxmetrics.intervals.method import Exact, Rows

BLOCK = 2**20
"""Accounts that are drawn at a time."""

TIE = 1e-12
"""Ratios that differ by less, relative to their size, are the same."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resamples(Frozen):
    """Ratios of as many accounts as there are, drawn from them with replacement.

    Args:
        ratios: The ratios, smallest first.
        bias: Normal deviate of the share of them below the estimate.
        acceleration: How the standard error grows with the value.

    References:
        Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American
        Statistical Association 82, 171-185.
    """

    ratios: FloatArray = field(metadata=SHARED)
    bias: float = field(metadata=SHARED)
    acceleration: float = field(metadata=SHARED)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): they are those of one group."""
        return ()

    @classmethod
    def of(
        cls, above: FloatArray, below: FloatArray, number: int, rng: "np.random.Generator"
    ) -> Self:
        """Draw accounts, from what each adds to the numerator and to the denominator."""
        n = len(above)
        size = max(1, BLOCK // max(n, 1))
        parts = []
        for at in range(0, number, size):
            drawn = rng.integers(n, size=(min(size, number - at), n))
            parts.append(_ratio(above[drawn].sum(axis=1), below[drawn].sum(axis=1)))
        ratios = np.sort(np.concatenate(parts))
        value = _ratio(above.sum(), below.sum())
        tie = TIE * np.abs(value)
        under = (np.searchsorted(ratios, [value - tie, value + tie]) / number).mean()
        return cls(
            ratios=ratios,
            bias=float(scipy.special.ndtri(np.clip(under, 0.5 / number, 1 - 0.5 / number))),
            acceleration=_acceleration(above, below),
        )

    def method(self, rows: Rows, name: str) -> Exact:
        """Percentiles of the ratios; by "bca" corrected for bias and acceleration."""
        bias, bend = (self.bias, self.acceleration) if name == "bca" else (0.0, 0.0)
        number = len(self.ratios)

        def limits(z: FloatArray) -> tuple[FloatArray, FloatArray]:
            low = number * scipy.special.ndtr(bias + _bent(bias - z, -bend))
            high = number * scipy.special.ndtr(-bias - _bent(bias + z, -bend))
            ranks = [np.clip(np.ceil(at - TIE * number), 1, number) for at in (low, high)]
            first, last = (rank.astype(np.intp) for rank in ranks)
            return self.ratios[first - 1], self.ratios[number - last]

        def tails(null: FloatArray) -> tuple[FloatArray, FloatArray]:
            tie = TIE * np.abs(null)
            at_most = np.searchsorted(self.ratios, null + tie, side="right") / number
            at_least = 1 - np.searchsorted(self.ratios, null - tie) / number
            above = _bent(-scipy.special.ndtri(at_least) - bias, bend) - bias
            below = _bent(scipy.special.ndtri(at_most) - bias, bend) - bias
            return scipy.special.ndtr(-above), scipy.special.ndtr(below)

        return Exact.of(rows, limits, tails)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Ratios; infinite where nothing that was drawn adds to the denominator."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.inf)


def _acceleration(above: FloatArray, below: FloatArray) -> float:
    """From the jackknife: Efron's (1987), a sixth of the skewness of its values."""
    without = _ratio(above.sum() - above, below.sum() - below)
    with np.errstate(invalid="ignore", divide="ignore"):
        d = without.mean() - without
        found = (d**3).sum() / (d**2).sum() ** 1.5 / 6
    return float(found) if np.isfinite(found) else 0.0


def _bent(x: FloatArray, bend: float) -> FloatArray:
    """One number as x / (1 + bend x), infinite beyond its pole; `-bend` bends it back."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(1 + bend * x > 0, 1 / (1 / x + bend), np.copysign(np.inf, x))
