"""The one engine: constrained maximum likelihood of a linear score of counts.

A linear score is θ = Σ w p over the points of a scale. Score and likelihood-ratio
intervals and tests, of one sample or of the difference between two, are all readings
of one distribution: the most likely one whose score is a given θ (Aitchison & Silvey
1958; Owen 2001). For a θ below the observed score it is

    q ∝ p / (1 + ρ u),    u = (w - w_min) / (w_max - w_min),    0 ≤ ρ ≤ ∞,

so that everything is explicit in ρ. At ρ = ∞ the end of the scale takes up the mass
that is missing, also where nobody was seen there: this gives an interval its width
when all answers are alike.

Only this lower side is written down; the upper one is the mirror image. Points run
along the first axis, the rows of a batch along the last. `p` are the shares, `u` the
scores on 0..1, `mean` their mean, `d` the scores less their mean. With r = 1/(1 + ρu)
and the multiplier m = ρ Σ p r, the score statistic T spends

    c = T²/N = ρ²/(1 + ρ mean) Σ p d² r = m (mean - θ)

and the likelihood ratio G² spends 2 log(1 + c) + 2 Σ p log(1 + ρ d/(1 + ρ mean)).

References:
    Aitchison, J. and Silvey, S. D. (1958). Maximum-likelihood estimation of
    parameters subject to restraints. Annals of Mathematical Statistics 29, 813-828.
    Miettinen, O. and Nurminen, M. (1985). Comparative analysis of two rates.
    Statistics in Medicine 4, 213-226.
    Owen, A. B. (2001). Empirical Likelihood. Chapman & Hall.
    Tango, T. (1998). Equivalence test and confidence interval for the difference in
    proportions for the paired-sample design. Statistics in Medicine 17, 891-908.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

from cxmetrics._typing import BoolArray, FloatArray

STILL = 1e-9
"""An iteration stands when a step is shorter than this: as steps converge
quadratically, that step has landed at rounding."""

PATIENCE = 80
"""Sweeps after which an iteration may stand less still; ordinary rows need ten."""

NO_GAP = 1e-15
"""Share of the range below which a null is the estimate."""


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
        u = ((scores - scores[0]) / (scores[-1] - scores[0]))[:, None]
        # d = Σ_j p_j (u - u_j), as two sums of positive terms: nothing cancels.
        steps = np.diff(u, axis=0)
        from_lower = np.cumsum(np.cumsum(p, axis=0)[:-1] * steps, axis=0)
        from_upper = np.cumsum(np.cumsum(p[::-1], axis=0)[:-1] * steps[::-1], axis=0)[::-1]
        none = np.zeros_like(p[:1])
        d = np.concatenate([none, from_lower]) - np.concatenate([from_upper, none])
        return cls(p, u, d, from_upper[0])

    def mirrored(self) -> Self:
        """The same samples seen from the upper end."""
        return self._replace(p=self.p[::-1], u=1 - self.u[::-1], d=-self.d[::-1], mean=self.d[-1])

    def rows(self, keep: BoolArray) -> Self:
        """Some of the samples."""
        return self._replace(p=self.p[:, keep], d=self.d[:, keep], mean=self.mean[keep])

    @property
    def variance(self) -> FloatArray:
        """Variance of the scores."""
        return (self.p * self.d**2).sum(axis=0)

    @property
    def harmonic(self) -> FloatArray:
        """Σ p/u: the multiplier from which the lower end takes up mass, if it is empty."""
        return np.where(self.p[0] > 0, np.inf, (self.p[1:] / self.u[1:]).sum(axis=0))


# ---------------------------------------------------------------- one sample


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
    return _limits(_score_drop, counts, scores, z)


def likelihood_limits(
    counts: FloatArray, scores: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Limits of θ at which the signed root of the likelihood ratio is z."""
    return _limits(_likelihood_drop, counts, scores, z)


def score_statistic(counts: FloatArray, scores: FloatArray, null: FloatArray) -> FloatArray:
    """Signed score statistic of θ = null: T = √N (estimate - null) / σ̃(null)."""
    return _statistic(_score_spent, _score_spent_at_end, counts, scores, null)


def likelihood_statistic(counts: FloatArray, scores: FloatArray, null: FloatArray) -> FloatArray:
    """Signed root of the likelihood ratio of θ = null."""
    return _statistic(_likelihood_spent, _likelihood_spent_at_end, counts, scores, null)


def _limits(
    drop: Callable[[Side, FloatArray], FloatArray],
    counts: FloatArray,
    scores: FloatArray,
    z: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    with np.errstate(all="ignore"):
        side = Side.of(counts, scores)
        budget = z * z / counts.sum(axis=1)
        low, high = (seen.mean - drop(seen, budget) for seen in (side, side.mirrored()))
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
    pull = (e[1:] / u[1:]).sum(axis=0)
    at_end = (e[0] == 0) & (pull <= c * side.mean) & (side.mean > 0)
    rho = np.where(at_end, np.inf, 0.0)
    open_ = ~at_end & (side.mean > 0) & (c > 0)
    e, mean, c, pull = e[:, open_], side.mean[open_], c[open_], pull[open_]
    weight = e.sum(axis=0)
    reach = (e * u).sum(axis=0) / weight
    spread = (e[1:] / u[1:] ** 2).sum(axis=0) / pull
    bounds = (
        _positive_root(weight - c * mean * reach, c * (mean + reach), c),
        _positive_root(e[0], c * mean, c),
        np.where(
            e[0] > 0, np.inf, _positive_root(pull - c * mean, c * (1 + spread * mean), c * spread)
        ),
    )

    def closer(rho: FloatArray, e: FloatArray, mean: FloatArray, c: FloatArray) -> FloatArray:
        r = 1 / (1 + rho * u)
        er = e * r
        weight, squares, reach = er.sum(axis=0), (er * r).sum(axis=0), (er * r * u).sum(axis=0)
        reach = reach / squares
        new = _positive_root(weight**2 / squares - c * mean * reach, c * (mean + reach), c)
        return np.minimum(np.where(np.isinf(new), rho / 2, new), rho)

    rho[open_] = _until_still(closer, np.minimum.reduce(bounds), e, mean, c)
    return rho


def _likelihood_drop(side: Side, c: FloatArray) -> FloatArray:
    """How far below the mean G² spends the budget c: Newton for √G² in log ρ."""
    log_u = np.log(np.where(side.p > 0, side.u, 1))
    geometric = (side.p * log_u).sum(axis=0)
    at_end = geometric + np.log(side.harmonic) <= c / 2
    drop = np.where(at_end, side.mean - np.exp(geometric - c / 2), 0.0)
    open_ = ~at_end & (side.mean > 0) & (c > 0)
    inner, c = side.rows(open_), c[open_]
    guess = _score_rho(inner, c)

    def closer(state: FloatArray, inner: Side, c: FloatArray) -> FloatArray:
        rho = state[0]
        q = inner.p / (1 + rho * inner.u)
        multiplier, q = rho * q.sum(axis=0), q / q.sum(axis=0)
        theta = (q * inner.u).sum(axis=0)
        spent = _likelihood_spent(inner, rho)
        slope = -multiplier * (q / (1 + rho * inner.u) * (inner.u - theta)).sum(axis=0)
        step = (np.sqrt(spent * c) - spent) / slope
        return _in_bracket(state, spent < c, rho * np.exp(np.clip(step, -3, 3)))

    rho = _until_still(closer, _bracket(np.where(np.isinf(guess), 1.0, guess)), inner, c)[0]
    spent = _score_spent(inner, rho)
    drop[open_] = spent * (1 + rho * inner.mean) / (rho * (1 + spent))
    return drop


def _statistic(
    spent: Callable[[Side, FloatArray], FloatArray],
    spent_at_end: Callable[[Side, FloatArray], FloatArray],
    counts: FloatArray,
    scores: FloatArray,
    null: FloatArray,
) -> FloatArray:
    """√(N × what the null spends), with the sign of estimate - null."""
    with np.errstate(all="ignore"):
        side, n = Side.of(counts, scores), counts.sum(axis=1)
        x = (null - scores[0]) / (scores[-1] - scores[0])
        below = _root_spent(spent, spent_at_end, side, x)
        above = _root_spent(
            spent, spent_at_end, side.mirrored(), (scores[-1] - null) / (scores[-1] - scores[0])
        )
        return np.where(np.isnan(side.mean), np.nan, np.sqrt(n) * (below - above))


def _root_spent(
    spent: Callable[[Side, FloatArray], FloatArray],
    spent_at_end: Callable[[Side, FloatArray], FloatArray],
    side: Side,
    x: FloatArray,
) -> FloatArray:
    """Root of what a null x spends where it is below the mean, else 0."""
    root = np.zeros_like(side.mean)
    below = side.mean - x > NO_GAP
    root[below & (x <= 0)] = np.inf
    at_end = below & (x > 0) & (x * side.harmonic <= 1)
    root[at_end] = np.sqrt(spent_at_end(side.rows(at_end), x[at_end]))
    open_ = below & (x > 0) & ~at_end
    inner = side.rows(open_)
    root[open_] = np.sqrt(spent(inner, _rho_at(inner, x[open_])))
    return root


def _score_spent(side: Side, rho: FloatArray) -> FloatArray:
    """T²/N at ρ."""
    return rho**2 / (1 + rho * side.mean) * (side.p * side.d**2 / (1 + rho * side.u)).sum(axis=0)


def _score_spent_at_end(side: Side, x: FloatArray) -> FloatArray:
    """T²/N of a null x at which the lower end takes up mass."""
    return (side.mean - x) / x


def _likelihood_spent(side: Side, rho: FloatArray) -> FloatArray:
    """G²/N at ρ."""
    eta = rho / (1 + rho * side.mean)
    return 2 * (np.log1p(_score_spent(side, rho)) + (side.p * np.log1p(eta * side.d)).sum(axis=0))


def _likelihood_spent_at_end(side: Side, x: FloatArray) -> FloatArray:
    """G²/N of a null x at which the lower end takes up mass."""
    return 2 * (side.p * np.log(np.where(side.p > 0, side.u, x) / x)).sum(axis=0)


def _rho_at(side: Side, x: FloatArray) -> FloatArray:
    """The path parameter at which θ = x: Σ p (u - x) r is 0, each sign as one term."""

    def closer(state: FloatArray, side: Side, x: FloatArray) -> FloatArray:
        rho = state[0]
        r = 1 / (1 + rho * side.u)
        pull = side.p * (side.u - x) * r
        up, down = np.maximum(pull, 0), np.maximum(-pull, 0)
        above, below = up.sum(axis=0), down.sum(axis=0)
        fall_above, fall_below = (up * r * side.u).sum(axis=0), (down * r * side.u).sum(axis=0)
        gap = above - below
        new = rho + gap / (below * fall_above / above - above * fall_below / below)
        return _in_bracket(state, gap > 0, new)

    start = (side.mean - x) / side.variance
    return _until_still(closer, _bracket(start), side, x)[0]


# --------------------------------------------------------------- two samples


def difference_limits(
    after: FloatArray, before: FloatArray, scores: FloatArray, z: FloatArray, n: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Limits of θ_after - θ_before at which the joint score statistic is z.

    Args:
        after: Effective counts, rows × points.
        before: Effective counts of the other sample.
        scores: One score per point, ascending and distinct.
        z: Critical value per row, not negative.
        n: Answers of both samples together, for Miettinen and Nurminen's N/(N - 1).

    Returns:
        Lower and upper limits; NaN where either sample is empty.
    """
    with np.errstate(all="ignore"):
        one, two = Side.of(after, scores), Side.of(before, scores)
        sizes = after.sum(axis=1), before.sum(axis=1)
        budget = z * z * n / (n - 1)
        drops = [
            np.where(
                budget > 0,
                budget / _common_multiplier(sides, sizes, budget, np.zeros_like(budget)),
                0,
            )
            for sides in ((one, two.mirrored()), (one.mirrored(), two))
        ]
    span = scores[-1] - scores[0]
    gap = _gap(one, two)
    return span * np.maximum(gap - drops[0], -1), span * np.minimum(gap + drops[1], 1)


def difference_statistic(
    after: FloatArray, before: FloatArray, scores: FloatArray, null: FloatArray, n: FloatArray
) -> FloatArray:
    """Signed joint score statistic of θ_after - θ_before = null."""
    with np.errstate(all="ignore"):
        one, two = Side.of(after, scores), Side.of(before, scores)
        sizes = after.sum(axis=1), before.sum(axis=1)
        drop = _gap(one, two) - null / (scores[-1] - scores[0])
        squares = []
        for sides, fall in (((one, two.mirrored()), drop), ((one.mirrored(), two), -drop)):
            rest = sides[0].mean + sides[1].mean - fall
            fall = np.where(fall > NO_GAP, fall, 0)
            multiplier = _common_multiplier(sides, sizes, np.zeros_like(fall), fall)
            squares.append(np.where(fall == 0, 0, np.where(rest <= 0, np.inf, multiplier * fall)))
        statistic: FloatArray = np.sqrt((n - 1) / n) * (np.sqrt(squares[0]) - np.sqrt(squares[1]))
    return np.where(np.isnan(drop), np.nan, statistic)


def _gap(one: Side, two: Side) -> FloatArray:
    """Difference of two means, subtracted from the end that they are nearer to."""
    return np.where(one.mean + two.mean > 1, two.d[-1] - one.d[-1], one.mean - two.mean)


def _common_multiplier(
    sides: tuple[Side, Side],
    sizes: tuple[FloatArray, FloatArray],
    budget: FloatArray,
    drop: FloatArray,
) -> FloatArray:
    """The μ > 0 at which both samples together spend budget + μ drop.

    With m = μ/N each sample spends N c(m), which is convex in μ (each c(m) bounds
    the convex set Σ p/(1 + c + m d) ≤ 1). So Newton's steps land right of the
    solution and then fall to it; left of the lowest point, μ grows fourfold.
    """
    rest = sides[0].mean + sides[1].mean - drop
    seen = sum(size * (1 - side.p[0]) for side, size in zip(sides, sizes, strict=True))
    most = (budget + seen) / rest
    scatter = sum(side.variance / size for side, size in zip(sides, sizes, strict=True))

    def closer(mu: FloatArray, one: Side, two: Side, *known: FloatArray) -> FloatArray:
        first, second, budget, drop, most = known
        spent_one, slope_one = _spent_by(one, mu / first)
        spent_two, slope_two = _spent_by(two, mu / second)
        excess = first * spent_one + second * spent_two - budget - mu * drop
        slope = slope_one + slope_two - drop
        new = mu - excess / slope
        return np.minimum(np.where((slope > 0) & (new > 0), new, 4 * mu), most)

    start = np.minimum(_positive_root(scatter, drop, budget), most)
    return _until_still(closer, start, *sides, *sizes, budget, drop, most)


def _spent_by(side: Side, m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """T²/N of one sample at the multiplier m, and its derivative in m."""
    at_end = m >= side.harmonic
    spent = np.where(at_end, m * side.mean - 1, 0.0)
    slope = np.where(at_end, side.mean, 0.0)
    open_ = ~at_end & (side.mean > 0)
    inner, m = side.rows(open_), m[open_]
    u, bottom = inner.u[1:], inner.p[0]

    def closer(rho: FloatArray, p: FloatArray, bottom: FloatArray, m: FloatArray) -> FloatArray:
        r = 1 / (1 + rho * u)
        weight, squares = (p * r).sum(axis=0), (p * r * r).sum(axis=0)
        reach = (p * r * r * u).sum(axis=0) / squares
        new = _positive_root(bottom * reach, m * reach - bottom - weight**2 / squares, m)
        return np.minimum(new, rho)

    reach = inner.mean / (1 - bottom)
    tail = (inner.p[1:] / u**2).sum(axis=0) / (inner.harmonic - m)
    bounds = (
        _positive_root(bottom * reach, m * reach - 1, m),
        np.where(bottom > 0, m / bottom, tail),
    )
    rho = _until_still(closer, np.minimum(*bounds), inner.p[1:], bottom, m)
    r = inner.p / (1 + rho * inner.u) ** 2
    spent[open_] = _score_spent(inner, rho)
    slope[open_] = -(r * inner.d).sum(axis=0) / r.sum(axis=0)
    return spent, slope


# ---------------------------------------------------------------- iterations


def _positive_root(a: FloatArray, b: FloatArray, k: FloatArray) -> FloatArray:
    """The positive root of a x² = b x + k; infinite where there is none."""
    root = np.sqrt(b * b + 4 * a * k)
    found = np.where(b > 0, (b + root) / (2 * a), 2 * k / (root - b))
    return np.where((a > 0) | ((a == 0) & (b < 0)), found, np.inf)


def _bracket(start: FloatArray) -> FloatArray:
    """Positive unknowns, each with the bracket 0..∞."""
    return np.stack([start, np.zeros_like(start), np.full_like(start, np.inf)])


def _in_bracket(state: FloatArray, left: BoolArray, new: FloatArray) -> FloatArray:
    """Close the bracket from the left or the right, and step inside it."""
    at, low, high = state
    low, high = np.where(left, at, low), np.where(left, high, at)
    middle = np.where(np.isinf(high), 16 * at, np.where(low == 0, at / 16, np.sqrt(low * high)))
    # At rounding a step may stay where it is, so the ends belong to the bracket.
    return np.stack([np.where((new >= low) & (new <= high), new, middle), low, high])


def _until_still(closer: Callable[..., FloatArray], start: FloatArray, *known: Any) -> FloatArray:
    """Iterate `closer` in every column until its first row stands; NaN stands at once."""
    found, state = start.copy(), start
    moving = np.arange(start.shape[-1])
    sweeps = 0
    while moving.size:
        new = closer(state, *known)
        found[..., moving] = new
        step, reached = np.atleast_2d(np.abs(new - state))[0], np.atleast_2d(np.abs(new))[0]
        # Close to an end of the scale, rounding may keep a row from standing stiller.
        sweeps += 1
        still = ~(step > STILL * 2.0 ** max(0, sweeps - PATIENCE) * reached)
        moving, state = moving[~still], new[..., ~still]
        known = tuple(k.rows(~still) if isinstance(k, Side) else k[..., ~still] for k in known)
    return found
