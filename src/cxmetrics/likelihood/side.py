"""Samples as the engine sees them: shares and centred scores, from the lower end."""

from typing import NamedTuple, Self

import numpy as np

from cxmetrics._typing import BoolArray, FloatArray

NO_SHARE = 1e-60
"""Shares below this are none; their squares would be lost."""


def total(terms: FloatArray) -> FloatArray:
    """Sum over the points, the first axis."""
    return np.asarray(terms.sum(axis=0))


class Side(NamedTuple):
    """Samples seen from the lower end of their range, one per column."""

    p: FloatArray
    u: FloatArray
    d: FloatArray
    mean: FloatArray

    @classmethod
    def of(cls, counts: FloatArray, scores: FloatArray) -> Self:
        """Samples from counts (rows × points) on ascending scores."""
        p = (counts / counts.sum(axis=1, keepdims=True)).T
        p = np.ascontiguousarray(np.where(p < NO_SHARE, 0, p))
        u = ((scores - scores[0]) / (scores[-1] - scores[0]))[:, None]
        # d = Σ_j p_j (u - u_j), as two sums of positive terms: nothing cancels.
        steps = np.diff(u, axis=0)
        from_lower = np.cumsum(np.cumsum(p, axis=0)[:-1] * steps, axis=0)
        from_upper = np.cumsum(np.cumsum(p[::-1], axis=0)[:-1] * steps[::-1], axis=0)[::-1]
        none = np.zeros_like(p[:1])
        d = np.concatenate([none, from_lower]) - np.concatenate([from_upper, none])
        # At the ends in one step, so that answers all at one end are there to the last digit.
        d[0], d[-1] = -total(p * u), total(p * (1 - u))
        return cls(p, u, d, -d[0])

    def mirrored(self) -> Self:
        """The same samples seen from the upper end."""
        return self._replace(p=self.p[::-1], u=1 - self.u[::-1], d=-self.d[::-1], mean=self.d[-1])

    def rows(self, keep: BoolArray) -> Self:
        """Some of the samples."""
        return self._replace(p=self.p[:, keep], d=self.d[:, keep], mean=self.mean[keep])

    @property
    def variance(self) -> FloatArray:
        """Variance of the scores."""
        return total(self.p * self.d**2)

    @property
    def harmonic(self) -> FloatArray:
        """Σ p/u: the multiplier from which the lower end takes up mass, if it is empty."""
        return np.where(self.p[0] > 0, np.inf, total(self.p[1:] / self.u[1:]))


def score_spent(side: Side, rho: FloatArray) -> FloatArray:
    """T²/N at ρ."""
    return rho**2 / (1 + rho * side.mean) * total(side.p * side.d**2 / (1 + rho * side.u))
