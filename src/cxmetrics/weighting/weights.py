"""Weights by themselves: reading, what they cost, and trimming."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import check_number, fail
from cxmetrics._typing import FloatArray
from cxmetrics.errors import ArgumentError, TooFewResponsesError
from cxmetrics.summaries.answers import one_dimensional
from cxmetrics.summaries.sampling import read_weights


def some_weights(weights: Any) -> FloatArray:
    """Weights by themselves: at least one, finite, from 0, not all of them 0."""
    given = one_dimensional(weights, "weights", hint="")
    if not len(given):
        fail(TooFewResponsesError, "`weights` must have at least one weight, not 0.")
    return read_weights(given, len(given))


def design_effect(weights: npt.ArrayLike) -> float:
    """Factor by which unequal weights multiply the variance of a mean: n Σω² / (Σω)².

    It is 1 for equal weights. It takes the weights to have nothing to do with the
    answers; where they have, a mean can be less certain than this says, or more.

    Args:
        weights: One weight per respondent.

    Returns:
        The design effect, from 1 to n.

    Raises:
        ArgumentError: If a weight is negative or not finite, or all of them are 0.

    References:
        Kish, L. (1965). Survey Sampling. Wiley.

    Examples:
        >>> design_effect([1, 1, 2])
        1.125
    """
    read = some_weights(weights)
    shares = read / read.max()
    return float(len(shares) * (shares**2).sum() / shares.sum() ** 2)


def effective_n(weights: npt.ArrayLike) -> float:
    """Number of equal weights that tell as much about a mean: (Σω)² / Σω².

    Args:
        weights: One weight per respondent.

    Returns:
        The effective number of respondents, from 1 to n: n over the design effect.

    Raises:
        ArgumentError: If a weight is negative or not finite, or all of them are 0.

    References:
        Kish, L. (1965). Survey Sampling. Wiley.

    Examples:
        >>> round(effective_n([1, 1, 2]), 2)
        2.67
    """
    return len(some_weights(weights)) / design_effect(weights)


def largest_ratio(weights: FloatArray) -> float:
    """Largest weight over the median of those above 0."""
    return float(weights.max() / np.median(weights[weights > 0]))


def trim_weights(
    weights: npt.ArrayLike,
    *,
    most: float | None = None,
    least: float | None = None,
    ratio: float | None = None,
) -> FloatArray:
    """Weights between two limits, with the total of the weights kept.

    What is cut off is spread over the others in proportion to their weights, again
    until no weight is beyond a limit. So the weights that are not at a limit keep
    their ratios, and the result is clip(c ω, least, most) for one factor c. Trimming
    buys less variance with some bias: raked weights meet their targets no more, so
    trim the base weights, or rake again with the trimmed weights as base weights.

    Args:
        weights: One weight per respondent; a weight of 0 stays 0.
        most: Largest weight.
        least: Smallest weight above 0.
        ratio: Largest weight in medians of the weights above 0, instead of `most`.

    Returns:
        The trimmed weights, with the sum of the given ones.

    Raises:
        ArgumentError: If no limit is given or both `most` and `ratio` are, if the
            limits leave no room for the total, or if a weight is negative or not
            finite.

    Examples:
        >>> trim_weights([1, 1, 2, 16], most=10).tolist()
        [2.5, 2.5, 5.0, 10.0]
        >>> trim_weights([1, 1, 2, 16], ratio=4).tolist()
        [4.0, 4.0, 6.0, 6.0]
    """
    read = some_weights(weights)
    if most is None and least is None and ratio is None:
        fail(ArgumentError, "One of `most`, `least` and `ratio` must be given, not none.")
    if most is not None and ratio is not None:
        fail(ArgumentError, "Only one of `most` and `ratio` must be given, not both.")
    used = read[read > 0]
    top = np.inf if most is None else check_number(most, "most")
    if ratio is not None:
        top = check_number(ratio, "ratio") * float(np.median(used))
    bottom = 0.0 if least is None else check_number(least, "least")
    _check_room(bottom, top, float(used.mean()), "most" if ratio is None else "ratio")
    trimmed = np.zeros_like(read)
    trimmed[read > 0] = _clipped(used, bottom, top)
    return trimmed


def _check_room(bottom: float, top: float, mean: float, name: str) -> None:
    """The total can be kept if and only if the mean is between the limits."""
    room = mean * 1e-12
    if top < mean - room:
        came = f"{top:g}" if name == "most" else f"one that makes the largest weight {top:g}"
        message = f"`{name}` must leave room for the mean weight of {mean:g}, not be {came}."
        fail(ArgumentError, message)
    if bottom > mean + room:
        fail(ArgumentError, f"`least` must be at most the mean weight of {mean:g}, not {bottom:g}.")


def _clipped(weights: FloatArray, bottom: float, top: float) -> FloatArray:
    """clip(c ω, bottom, top) with the factor c that keeps the total.

    The total is piecewise linear in c and never falls. It bends where a weight leaves
    a limit or meets one, so c lies on a straight line between two bends.
    """
    if weights.min() >= bottom and weights.max() <= top:
        return weights
    leaving, meeting = bottom / weights, top / weights
    bends = np.concatenate([[0.0, 1.0], leaving, meeting[np.isfinite(meeting)]])
    turns = np.concatenate([[0.0, 0.0], weights, -weights[np.isfinite(meeting)]])
    order = np.argsort(bends, kind="stable")
    bends, slopes = bends[order], np.cumsum(turns[order])
    rises = np.diff(bends, prepend=0.0) * np.concatenate([[0.0], slopes[:-1]])
    totals = len(weights) * bottom + np.cumsum(rises)
    factor = np.interp(weights.sum(), totals, bends)
    clipped: FloatArray = np.clip(factor * weights, bottom, top)
    return clipped
