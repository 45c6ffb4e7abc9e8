"""The distributions that are planned for: baseline, target, and what lies between two surveys."""

from typing import Any

import numpy as np

from cxmetrics._checks import check_number, check_type, fail
from cxmetrics._typing import FloatArray
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError
from cxmetrics.estimate import Estimate, with_unit
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.likelihood.iterate import NO_GAP
from cxmetrics.likelihood.one_sample import rho_at
from cxmetrics.likelihood.side import Side
from cxmetrics.summaries.counts import Counts

SAME = 12
"""Decimals of the range of the scores to which scores, and their differences, are told apart."""

ROUNDING = 1e-9
"""Share of the range by which a score may miss the end of the scale."""


def check_baseline(baseline: Any, *, empty: bool = False) -> LinearScore:
    """The answers behind a single estimate; only where it is allowed may there be none."""
    check_type(baseline, "baseline", Estimate)
    basis: LinearScore = baseline.score
    if basis.shape:
        message = f"`baseline` must be one estimate, not a batch of shape {basis.shape}."
        fail(ArgumentError, message, "did you mean one of its rows?")
    if not empty and not np.isfinite(basis.value):
        fail(TooFewResponsesError, "`baseline` must have at least one response, not 0.")
    return basis


def shares_of(basis: LinearScore) -> FloatArray:
    """Share of each distinct score, 0...1, the lowest first."""
    shares: FloatArray = basis.effective / basis.effective.sum()
    return shares


def names_of(basis: LinearScore) -> tuple[str, ...]:
    """A name for each distinct score: of the groups that have it, or the score itself."""
    ends = np.cumsum([0, *(size for _, size in basis.groups)])
    named: dict[float, list[str]] = {}
    for (name, _), first, last in zip(basis.groups, ends, ends[1:], strict=False):
        scores = set(basis.scores[first:last].tolist())
        if len(scores) == 1:
            named.setdefault(scores.pop(), []).append(name)
    texts = {score: ", ".join(names) for score, names in named.items()}
    return tuple(texts.get(point, f"{point:g}") for point in basis.points.tolist())


def moved(shares: FloatArray, points: FloatArray, score: float) -> FloatArray:
    """The most likely distribution with this score, given the shares of a sample.

    Args:
        shares: Share of each point, 0...1.
        points: Scores, ascending and distinct.
        score: From the lowest to the highest of them.
    """
    side, x = Side.of(shares[None], points), (score - points[0]) / (points[-1] - points[0])
    mean = float(side.mean[0])
    if abs(x - mean) <= NO_GAP:
        return shares
    if x > mean:
        return moved(shares[::-1], -points[::-1], -score)[::-1]
    p, u = side.p[:, 0], side.u[:, 0]
    if x <= 0 or x * side.harmonic[0] <= 1:
        rest = p[1:] * max(x, 0) / u[1:]
        return np.array([1 - rest.sum(), *rest])
    with np.errstate(all="ignore"):
        rho = rho_at(side.p, side.u, np.array([x]))
    q = p / (1 + rho[0] * u)
    return np.asarray(q / q.sum())


def changed(baseline: Estimate, change: Any) -> tuple[float, FloatArray]:
    """The change as a number, and the baseline moved by it.

    Raises:
        ArgumentError: If it is 0, or leads off the range of the metric.
    """
    basis, by = baseline.score, check_number(change, "change")
    if by == 0:
        fail(ArgumentError, "`change` must not be 0: there would be nothing to find.")
    low, high = basis.bounds
    score = baseline.value + by
    if not low - ROUNDING * (high - low) <= score <= high + ROUNDING * (high - low):
        way = f"take it from {baseline.value:{baseline._spec}} to {score:{baseline._spec}}"
        fail(
            ArgumentError,
            f"`change` must keep {baseline.metric} between {low:g} and {high:g}, not {way}.",
        )
    return by, moved(shares_of(basis), basis.points, min(max(score, low), high))


def targeted(baseline: Estimate, target: Any) -> tuple[float, FloatArray]:
    """The change to a target, and the distribution of the target.

    Raises:
        MismatchError: If the target is of another metric, scale or cut-points.
        ArgumentError: If it is neither an estimate nor counts, or has the same score.
        TooFewResponsesError: If it has no response.
    """
    basis = baseline.score
    match target:
        case Estimate():
            if (target.metric, target.unit) != (baseline.metric, baseline.unit):
                message = f"`target` must be of {baseline.metric}, not of {target.metric}."
                fail(MismatchError, message)
            counts, scores = target.score.counts, target.score.scores
        case Counts():
            counts, scores = target, basis.scores
        case _:
            kind = type(target).__name__
            hint = "did you mean change=...?"
            fail(ArgumentError, f"`target` must be an estimate or counts, not {kind}.", hint)
    if counts.scale != basis.counts.scale:
        message = f"`target` must be on scale {basis.counts.scale}, not {counts.scale}."
        fail(MismatchError, message)
    if not np.array_equal(scores, basis.scores):
        fail(MismatchError, f"`target` must have the cut-points of the baseline {baseline.metric}.")
    if counts.shape:
        fail(ArgumentError, f"`target` must be single, not a batch of shape {counts.shape}.")
    if counts.n == 0:
        fail(TooFewResponsesError, "`target` must have at least one response, not 0.")
    aim = LinearScore(counts=counts, scores=scores)
    change = float(aim.value) - baseline.value
    if abs(change) <= NO_GAP * (basis.bounds[1] - basis.bounds[0]):
        same = with_unit(f"{baseline.value:{baseline._spec}}", baseline.unit)
        fail(ArgumentError, f"`target` must have another score than the baseline, not {same}.")
    return change, shares_of(aim)


def mean_and_variance(shares: FloatArray, points: FloatArray) -> tuple[float, float]:
    """Mean and variance of scores with these shares."""
    mean = float(shares @ points)
    return mean, float(shares @ (points - mean) ** 2)


def changes_within(points: FloatArray) -> tuple[FloatArray, Any]:
    """The distinct changes of one customer's score, and which each pair of scores makes.

    Returns:
        The changes, ascending, and their positions, by points after × points before.
    """
    span = points[-1] - points[0]
    steps = np.round(np.subtract.outer(points, points) / span, SAME)
    changes, position = np.unique(steps, return_inverse=True)
    return changes * span, position.reshape(steps.shape)


def coupled(
    after: FloatArray, before: FloatArray, points: FloatArray, correlation: float
) -> FloatArray:
    """Shares of the pairs of answers of the same customers, points after × points before.

    They are independent in one part of the customers; in the other part, those with the
    highest scores before have the highest (of a negative correlation, the lowest) after.
    A correlation that no such pairs have is cut to the nearest that some have.
    """
    independent, ordered = np.outer(after, before), _ordered(after, before, correlation)
    most = _correlation(ordered, independent, points)
    part = min(1.0, correlation / most) if correlation and most else 0.0
    return np.asarray((1 - part) * independent + part * ordered)


def check_correlation(
    after: FloatArray, before: FloatArray, points: FloatArray, correlation: float
) -> None:
    """A correlation must be one that answers with these shares can have."""
    ordered = _ordered(after, before, correlation)
    most = _correlation(ordered, np.outer(after, before), points)
    if abs(correlation) > abs(most) * (1 + ROUNDING):
        ends = f"at most {most:.3f}" if correlation > 0 else f"at least {most:.3f}"
        message = f"`correlation` must be {ends} between these distributions, not {correlation:g}."
        fail(ArgumentError, message)


def _correlation(pairs: FloatArray, independent: FloatArray, points: FloatArray) -> float:
    """Correlation of the scores of pairs; 0 where one side has no spread."""
    after, before = pairs.sum(axis=1), pairs.sum(axis=0)
    spread = np.sqrt(mean_and_variance(after, points)[1] * mean_and_variance(before, points)[1])
    covariance = points @ (pairs - independent) @ points
    return float(covariance / spread) if spread > 0 else 0.0


def _ordered(after: FloatArray, before: FloatArray, correlation: float) -> FloatArray:
    """Shares of pairs that are in the same order on both sides, or in the opposite one."""
    turn = 1 if correlation >= 0 else -1
    upper = np.minimum.outer(np.cumsum(after[::turn]), np.cumsum(before))
    padded = np.pad(upper, ((1, 0), (1, 0)))
    return np.asarray(np.diff(np.diff(padded, axis=0), axis=1).clip(0)[::turn])
