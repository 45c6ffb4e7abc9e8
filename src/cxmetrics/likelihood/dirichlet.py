"""The law of a linear score of Dirichlet shares: its distribution function and quantiles.

With G_k independent Gamma(α_k), Σ u G / Σ G ≤ t exactly when X = Σ (u - t) G ≤ 0. With
the cumulant function K(s) = -Σ α log(1 - s (u - t)) of X, P(X ≤ 0) is the integral of
-exp(K(s))/s / 2πi along any vertical line left of 0. On the line through the saddle
point, where K' = 0, the integrand falls off fastest and needs few nodes.

References:
    Imhof, J. P. (1961). Computing the distribution of quadratic forms in normal
    variables. Biometrika 48, 419-426.
    Lugannani, R. and Rice, S. (1980). Saddle point approximation for the distribution
    of the sum of independent random variables. Advances in Applied Probability 12,
    475-490.
"""

import numpy as np
import scipy

from cxmetrics._typing import FloatArray
from cxmetrics.likelihood.iterate import rising_root
from cxmetrics.likelihood.one_sample import rho_at
from cxmetrics.likelihood.side import total

NODES = 120
DROP = 36.0
"""The integral ends where the integrand has fallen to exp(-36) of its height."""

HALVINGS = 14
"""Halvings that find that end closely enough."""

OFF_POLE = 1.0
"""Least distance of the line from the pole at 0, in standard deviations of X."""

BLOCK = 1 << 22
"""Numbers held at a time: nodes by points by rows."""


def dirichlet_cdf(alpha: FloatArray, u: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(Σ u P ≤ t) and P(Σ u P ≥ t) for Dirichlet shares P, each as exact as it is small.

    Args:
        alpha: Parameters, rows × points; 0 for a point without mass.
        u: Scores of the points, ascending from 0 to 1.
        t: One value per row.
    """
    lower, upper = np.empty_like(t), np.empty_like(t)
    step = max(1, BLOCK // (NODES * len(u)))
    for start in range(0, len(t), step):
        block = slice(start, start + step)
        lower[block], upper[block] = _tails(alpha[block].T, u[:, None], t[block])
    return lower, upper


def dirichlet_quantile(alpha: FloatArray, u: FloatArray, probability: float) -> FloatArray:
    """The value below which Σ u P lies with a probability, per row of α."""
    if probability > 0.5:  # noqa: PLR2004 (the smaller tail is the exact one)
        mirrored = dirichlet_quantile(alpha[:, ::-1], 1 - u[::-1], 1 - probability)
        return np.asarray(1 - mirrored)
    sums = alpha.sum(axis=1)
    mean = alpha @ u / sums
    with np.errstate(all="ignore"):
        # The Beta law with the same mean and variance is close.
        precision = mean * (1 - mean) / ((alpha @ u**2 / sums - mean**2) / (sums + 1)) - 1
        guess = scipy.special.betaincinv(mean * precision, (1 - mean) * precision, probability)
        odds = np.clip(guess / (1 - guess), 1e-9, 1e9)

    def height(odds: FloatArray) -> FloatArray:
        lower, _ = dirichlet_cdf(alpha, u, odds / (1 + odds))
        return np.log(lower / probability)

    # Of a normal law of the log-odds; it only has to start well.
    slope = 2 * np.sqrt(mean * (1 - mean) * (precision + 1))
    odds = rising_root(height, odds, slope, close=1e-14)
    alone = np.count_nonzero(alpha, axis=1) == 1
    return np.where(alone, mean, np.where(np.isinf(odds), 1, odds / (1 + odds)))


def _tails(alpha: FloatArray, u: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lower and upper tail: the one t lies in by the integral, the other one from it."""
    seen = alpha > 0
    least = np.where(seen, u, np.inf).min(axis=0)
    most = np.where(seen, u, -np.inf).max(axis=0)
    # Outside of the points with mass: all of it lies on one side.
    lower, upper = (t >= most).astype(np.float64), (t <= least).astype(np.float64)
    inside = (t > least) & (t < most)
    pair = inside & (np.count_nonzero(seen, axis=0) == 2)  # noqa: PLR2004 (a Beta law)
    low, high = (total(np.where(u == end, alpha, 0))[pair] for end in (least, most))
    share = ((t - least) / np.where(inside, most - least, 1))[pair]
    lower[pair] = scipy.special.betainc(high, low, share)
    upper[pair] = scipy.special.betaincc(high, low, share)
    inside &= ~pair
    below = total(alpha * (u - t)) > 0
    for tail, other, v, rows in (
        (lower, upper, u - t, inside & below),
        (upper, lower, t - u, inside & ~below),
    ):
        with np.errstate(all="ignore"):
            tail[rows] = _lower_tail(alpha[:, rows], v[:, rows])
        other[rows] = 1 - tail[rows]
    return lower, upper


def _lower_tail(alpha: FloatArray, v: FloatArray) -> FloatArray:
    """P(Σ v G ≤ 0), where Σ α v ≥ 0 and v has both signs."""
    v = np.where(alpha > 0, v, 0)
    depth = -v.min(axis=0)
    rho = rho_at(alpha / total(alpha), v + depth, depth)
    sigma = rho / (1 + rho * depth)
    spread = np.sqrt(total(alpha * v**2))
    sigma = np.maximum(sigma, np.minimum(OFF_POLE / spread, 0.7 / depth))

    w = v / (1 + sigma * v)
    scale = np.sqrt(total(alpha * w**2))
    most = np.abs(w).max(axis=0)
    # log(1 + y² w²) ≥ (w/most)² log(1 + y² most²), so the fall is complete by here.
    end = np.arcsinh(scale / most * np.sqrt(np.expm1(2 * DROP * (most / scale) ** 2)))
    start = np.zeros_like(end)
    for _ in range(HALVINGS):
        middle = (start + end) / 2
        fall = total(alpha * np.log1p((np.sinh(middle) / scale * w) ** 2)) / 2
        start, end = np.where(fall < DROP, middle, start), np.where(fall < DROP, end, middle)

    nodes = np.linspace(0, 1, NODES)[:, None] * end
    y = np.sinh(nodes) / scale
    turns = y[:, None, :] * w
    height = np.exp(-(alpha * np.log1p(turns**2)).sum(axis=1) / 2)
    phase = (alpha * np.arctan(turns)).sum(axis=1)
    wave = (sigma * np.cos(phase) - y * np.sin(phase)) / (sigma**2 + y**2)
    terms = height * wave * np.cosh(nodes) / scale
    area = (terms[1:-1].sum(axis=0) + (terms[0] + terms[-1]) / 2) * end / (NODES - 1)
    return np.asarray(np.exp(-total(alpha * np.log1p(sigma * v))) * area / np.pi)
