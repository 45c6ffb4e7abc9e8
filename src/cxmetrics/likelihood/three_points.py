"""One sample on two or three points: net scores and boxes, where the path is in closed form.

With σ = 1/ρ and the middle score a of 0..1, T² spends

    c = (V σ + a p₀ mean) / (σ (σ + a)(σ + 1)),    V the variance,

a cubic in σ with one positive root; the null itself, `fall` below the mean, is at the
root of fall σ² = (V - fall B) σ + a p₀ (mean - fall), B = 1 - p₂ + a (1 - p₁). The lower
end takes up mass at σ = 0, so that score limits know no special case. These are the
equations of the package, multiplied out; the general routine is their test.
"""

from typing import NamedTuple, Self

import numpy as np

from cxmetrics._typing import FloatArray
from cxmetrics.likelihood.iterate import STILL

MOST_POINTS = 3
"""Points up to which these routines serve."""

SWEEPS = 5
"""Steps after which a score limit stands at rounding, in every row."""

START_SWEEPS = 2
"""Steps to the score limit before those to the likelihood limit."""

NEWTON_SWEEPS = 6
"""Steps after which a likelihood limit is left to the general routine; most need 4."""


class ThreePoints(NamedTuple):
    """Samples on three points, seen from the lower end of their range."""

    bottom: FloatArray
    middle: FloatArray
    top: FloatArray
    at: float
    mean: FloatArray
    variance: FloatArray

    @classmethod
    def of(cls, counts: FloatArray, scores: FloatArray) -> Self:
        """Samples from counts (rows × points) on ascending scores; two get an empty middle."""
        if len(scores) < MOST_POINTS:
            counts = np.insert(counts, 1, 0, axis=1)
            scores = np.insert(scores, 1, scores.mean())
        columns = np.ascontiguousarray(counts.T)
        bottom, middle, top = columns / columns.sum(axis=0)
        at = float((scores[1] - scores[0]) / (scores[2] - scores[0]))
        # Of pairs of answers, so that nothing cancels.
        variance = at**2 * bottom * middle + bottom * top + (1 - at) ** 2 * middle * top
        return cls(bottom, middle, top, at, at * middle + top, variance)

    def mirrored(self) -> Self:
        """The same samples seen from the upper end."""
        at = 1 - self.at
        mean = at * self.middle + self.bottom
        return self._replace(bottom=self.top, top=self.bottom, at=at, mean=mean)


def score_drop(seen: ThreePoints, c: FloatArray, sweeps: int = SWEEPS) -> FloatArray:
    """How far below the mean T² spends the budget c.

    The cubic is σ³ + (1 + a) σ² = (V/c - a) σ + a p₀ mean/c. Of all σ³ ≥ 2 t σ² - t² σ it
    becomes a quadratic whose root is right of its own. From a t that is e off, that root
    is less than e²/(1 + a + 2σ) off; and the start, where p₀ is the most it could be, is
    right of the root by less than 0.62. So five steps are enough, and nothing can fail.
    """
    a = seen.at
    v, k = seen.variance / c, 4 * a * seen.bottom * seen.mean / c
    sigma = np.sqrt(a * a / 4 + v) - a / 2
    linear = v - a
    for _ in range(sweeps):
        slope, bend = linear + sigma * sigma, 1 + a + 2 * sigma
        sigma = (slope + np.sqrt(slope * slope + bend * k)) / (2 * bend)
    drop = np.minimum(c * (sigma + seen.mean) / (1 + c), seen.mean)
    return np.where(c > 0, drop, 0)


def likelihood_drop(seen: ThreePoints, c: FloatArray) -> FloatArray:
    """How far below the mean G² spends the budget c; NaN for rows that do not stand soon.

    Newton for √G² from the limit of the score. Its slope in the null is the multiplier,
    1/(σ + null), over √G²; in the logarithm of the null no step leaves the scale.
    """
    bottom, middle, top, a, mean, variance = seen
    # The null at which the lower end takes up mass if it is empty; below it there is nothing.
    end = np.minimum(np.exp(middle * np.log(a) - c / 2), mean)
    at_end = ((bottom == 0) | (mean == 0)) & (end * (middle / a + top) <= 1)
    shrink, pull = (1 - top + a * (1 - middle)) / 2, a * bottom
    drop = np.where(at_end, np.nan, score_drop(seen, c, START_SWEEPS))
    null, half, moves = mean - drop, variance / 2, ~at_end
    for _ in range(NEWTON_SWEEPS):
        slope = half - drop * shrink
        sigma = (slope + np.sqrt(slope * slope + pull * drop * null)) / drop
        reach, gap = sigma + null, a - null
        # Logs of seen over constrained shares, (σ + u)/(σ + null), each from the smaller one up.
        inner = np.copysign(np.log1p(np.abs(gap) / (sigma + np.minimum(a, null))), gap)
        logs = top * np.log1p((1 - null) / reach) - bottom * np.log1p(null / sigma)
        spent = 2 * (logs + middle * inner)
        step = null * np.expm1((spent - np.sqrt(c * spent)) * reach / null)
        drop = drop - step
        null = mean - drop
        moves = np.abs(step) > STILL * np.minimum(drop, null)
        if not moves.any():
            break
    return np.where(at_end, mean - end, np.where(moves, np.nan, drop))
