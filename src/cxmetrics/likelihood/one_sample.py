"""One sample: limits and statistics of the score and of the likelihood ratio."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cxmetrics._typing import FloatArray
from cxmetrics.likelihood.iterate import (
    AT_END,
    NO_GAP,
    bracket,
    in_blocks,
    in_bracket,
    positive_root,
    until_still,
)
from cxmetrics.likelihood.side import Side, score_spent, total
from cxmetrics.likelihood.single import single_score_limits
from cxmetrics.likelihood.three_points import (
    MOST_POINTS,
    ThreePoints,
    likelihood_drop,
    score_drop,
)

FEW = 32
"""Up to so many points, a single sample is faster in plain floats."""


def score_limits(
    counts: FloatArray, scores: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Limits of θ at which the score statistic is z (Wilson, Tango, and any score).

    Args:
        counts: Effective counts, rows × points.
        scores: One score per point, ascending and distinct.
        z: Critical value per row, not negative.

    Returns:
        Lower and upper limits; NaN where there are no answers.
    """
    if len(counts) == 1 and len(scores) <= FEW and counts.any():
        limits = single_score_limits(counts[0].tolist(), scores.tolist(), float(z[0]))
        return np.array(limits[:1]), np.array(limits[1:])
    if len(scores) <= MOST_POINTS:
        return _limits(score_drop, counts, scores, z, ThreePoints)
    return _limits(_score_drop, counts, scores, z)


def likelihood_limits(
    counts: FloatArray, scores: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Limits of θ at which the signed root of the likelihood ratio is z."""
    if len(scores) > MOST_POINTS:
        return _limits(_likelihood_drop, counts, scores, z)
    low, high = _limits(likelihood_drop, counts, scores, z, ThreePoints)
    rest = np.isnan(low + high)
    if rest.any():
        low[rest], high[rest] = _limits(_likelihood_drop, counts[rest], scores, z[rest])
    return low, high


def score_statistic(counts: FloatArray, scores: FloatArray, null: FloatArray) -> FloatArray:
    """Signed score statistic of θ = null: T = √N (estimate - null) / σ̃(null)."""
    return _statistic(score_spent, _score_spent_at_end, counts, scores, null)


def likelihood_statistic(counts: FloatArray, scores: FloatArray, null: FloatArray) -> FloatArray:
    """Signed root of the likelihood ratio of θ = null."""
    return _statistic(_likelihood_spent, _likelihood_spent_at_end, counts, scores, null)


def _limits(
    drop: Callable[[Any, FloatArray], FloatArray],
    counts: FloatArray,
    scores: FloatArray,
    z: FloatArray,
    view: type[Side] | type[ThreePoints] = Side,
) -> tuple[FloatArray, FloatArray]:
    """Limits from how far below the mean a budget is spent, seen from either end."""

    def limits(counts: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        side = view.of(counts, scores)
        budget = z * z / counts.sum(axis=1)
        low, high = (seen.mean - drop(seen, budget) for seen in (side, side.mirrored()))
        return low, high

    low, high = in_blocks(limits, counts, z)
    span = scores[-1] - scores[0]
    return scores[0] + span * low, scores[-1] - span * high


def _score_drop(side: Side, c: FloatArray) -> FloatArray:
    """How far below the mean T² spends the budget c."""
    rho = _score_rho(side, c)
    at_end = np.isinf(rho)
    inside = c * (1 + rho * side.mean) / np.where(rho > 0, rho * (1 + c), np.inf)
    return np.where(at_end, side.mean * c / (1 + c), np.minimum(inside, side.mean))


def _score_rho(side: Side, c: FloatArray) -> FloatArray:
    """Where T² spends the budget c: ρ² Σ e r = c (1 + ρ mean), with e = p d².

    Σ e r is matched by one term a/(1 + bρ), by Jensen never above it; so every root
    is right of the solution, and the steps are monotone and quadratic.
    """
    e, u = side.p * side.d**2, side.u
    pull = total(e[1:] / u[1:])
    at_end = (e[0] == 0) & (pull <= c * side.mean) & (side.mean > 0)
    rho = np.where(at_end, np.inf, 0.0)
    open_ = ~at_end & (side.mean > 0) & (c > 0)
    e, mean, c, pull = e[:, open_], side.mean[open_], c[open_], pull[open_]
    weight = total(e)
    reach = total(e * u) / weight
    start = positive_root(weight - c * mean * reach, c * (mean + reach), c)
    if np.isinf(start).any():
        spread = total(e[1:] / u[1:] ** 2) / pull
        tail = positive_root(pull - c * mean, c * (1 + spread * mean), c * spread)
        bottom = positive_root(e[0], c * mean, c)
        start = np.minimum(start, np.where(e[0] > 0, bottom, tail))

    def closer(rho: FloatArray, e: FloatArray, mean: FloatArray, c: FloatArray) -> FloatArray:
        r = 1 / (1 + rho * u)
        er = e * r
        weight, squares, reach = total(er), total(er * r), total(er * r * u)
        reach = reach / squares
        new = positive_root(weight**2 / squares - c * mean * reach, c * (mean + reach), c)
        return np.minimum(np.where(np.isinf(new), rho / 2, new), rho)

    rho[open_] = until_still(closer, start, e, mean, c)
    return rho


def _likelihood_drop(side: Side, c: FloatArray) -> FloatArray:
    """How far below the mean G² spends the budget c: Newton for √G² in log ρ."""
    log_u = np.log(np.where(side.p > 0, side.u, 1))
    geometric = total(side.p * log_u)
    at_end = geometric + np.log(side.harmonic) <= c / 2
    drop = np.where(at_end, side.mean - np.exp(geometric - c / 2), 0.0)
    open_ = ~at_end & (side.mean > 0) & (c > 0)
    inner, c = side.rows(open_), c[open_]
    guess = _score_rho(inner, c)

    def closer(state: FloatArray, inner: Side, c: FloatArray) -> FloatArray:
        rho = state[0]
        q = inner.p / (1 + rho * inner.u)
        multiplier, q = rho * total(q), q / total(q)
        theta = total(q * inner.u)
        spent = _likelihood_spent(inner, rho)
        slope = -multiplier * total(q / (1 + rho * inner.u) * (inner.u - theta))
        step = (np.sqrt(spent * c) - spent) / slope
        return in_bracket(state, spent < c, rho * np.exp(np.clip(step, -3, 3)))

    rho = until_still(closer, bracket(np.where(np.isinf(guess), 1.0, guess)), inner, c)[0]
    spent = score_spent(inner, rho)
    fall = spent * (1 + rho * inner.mean) / (rho * (1 + spent))
    # Shares of 1e-14 spend so little that the limit is the end, and ρ infinite.
    drop[open_] = np.where(np.isnan(fall), inner.mean, np.minimum(fall, inner.mean))
    return drop


def _statistic(
    spent: Callable[[Side, FloatArray], FloatArray],
    spent_at_end: Callable[[Side, FloatArray], FloatArray],
    counts: FloatArray,
    scores: FloatArray,
    null: FloatArray,
) -> FloatArray:
    """√(N × what the null spends), with the sign of estimate - null."""
    span = scores[-1] - scores[0]

    def statistic(counts: FloatArray, null: FloatArray) -> tuple[FloatArray]:
        side, n = Side.of(counts, scores), counts.sum(axis=1)
        below = _root_spent(spent, spent_at_end, side, (null - scores[0]) / span)
        above = _root_spent(spent, spent_at_end, side.mirrored(), (scores[-1] - null) / span)
        return (np.where(np.isnan(side.mean), np.nan, np.sqrt(n) * (below - above)),)

    return in_blocks(statistic, counts, null)[0]


def _root_spent(
    spent: Callable[[Side, FloatArray], FloatArray],
    spent_at_end: Callable[[Side, FloatArray], FloatArray],
    side: Side,
    x: FloatArray,
) -> FloatArray:
    """Root of what a null x spends where it is below the mean, else 0."""
    root = np.zeros_like(side.mean)
    below = side.mean - x > NO_GAP
    root[below & (x <= AT_END)] = np.inf
    at_end = below & (x > AT_END) & (x * side.harmonic <= 1)
    root[at_end] = np.sqrt(spent_at_end(side.rows(at_end), x[at_end]))
    open_ = below & (x > AT_END) & ~at_end
    inner = side.rows(open_)
    u = np.broadcast_to(inner.u, inner.p.shape)
    root[open_] = np.sqrt(spent(inner, rho_at(inner.p, u, x[open_])))
    return root


def _score_spent_at_end(side: Side, x: FloatArray) -> FloatArray:
    """T²/N of a null x at which the lower end takes up mass."""
    return (side.mean - x) / x


def _likelihood_spent(side: Side, rho: FloatArray) -> FloatArray:
    """G²/N at ρ."""
    near = rho / (1 + rho * side.mean) * side.d
    # Log of (1 + ρu)/(1 + ρ mean); far from 1 the first form loses its digits.
    far = np.log1p(rho * side.u) - np.log1p(rho * side.mean)
    logs = np.where(np.abs(near) < 0.5, np.log1p(near), far)  # noqa: PLR2004
    return np.asarray(2 * (np.log1p(score_spent(side, rho)) + total(side.p * logs)))


def _likelihood_spent_at_end(side: Side, x: FloatArray) -> FloatArray:
    """G²/N of a null x at which the lower end takes up mass."""
    ratios = np.where(side.p > 0, side.u, x) / x
    return np.asarray(2 * total(side.p * np.log(ratios)))


def rho_at(p: FloatArray, u: FloatArray, x: FloatArray) -> FloatArray:
    """The path parameter at which θ = x: Σ p (u - x) r is 0, each sign matched by one term."""

    def closer(state: FloatArray, p: FloatArray, u: FloatArray, x: FloatArray) -> FloatArray:
        rho = state[0]
        r = 1 / (1 + rho * u)
        pull = p * (u - x) * r
        up, down = np.maximum(pull, 0), np.maximum(-pull, 0)
        above, below = total(up), total(down)
        fall_above, fall_below = total(up * r * u), total(down * r * u)
        gap = above - below
        new = rho + gap / (below * fall_above / above - above * fall_below / below)
        return in_bracket(state, gap > 0, new)

    start = total(p * (u - x)) / total(p * (u - x) ** 2)
    rho: FloatArray = until_still(closer, bracket(start), p, u, x)[0]
    return rho
