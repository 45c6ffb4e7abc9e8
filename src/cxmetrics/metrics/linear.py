"""Linear scores of the answers: the general case, and the scores all others are made of."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, overload

import numpy as np

from cxmetrics._checks import check_number, check_whole, fail, listed
from cxmetrics._typing import FloatArray, IntervalMethod, Responses
from cxmetrics.errors import ArgumentError, MismatchError, ScaleError
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.metrics.by_group import over_groups
from cxmetrics.scale import Scale
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.grouped import Grouped

P = ParamSpec("P")

SHORT = 11
"""Scales up to so many points report the share of every point."""


class Metric(Protocol[P]):
    """A metric: raw answers or counts become an Estimate, grouped counts a Grouped."""

    @overload
    def __call__(
        self, x: Grouped[Counts], /, *args: P.args, **kwargs: P.kwargs
    ) -> Grouped[Estimate]: ...
    @overload
    def __call__(self, x: Responses | Counts, /, *args: P.args, **kwargs: P.kwargs) -> Estimate: ...


def metric(function: Callable[Concatenate[Responses | Counts, P], Estimate]) -> Metric[P]:
    """Let a metric of answers or counts take grouped counts too."""
    return over_groups(function)


def as_counts(
    x: Responses | Counts, scale: Scale | None, missing: Any, *, hint: str = ""
) -> Counts:
    """Counts as they are, raw answers counted on a scale.

    Raises:
        MismatchError: If counts come with another scale, or with missing values.
        ArgumentError: If raw answers come without a scale.
    """
    if not isinstance(x, Counts):
        if scale is None:
            fail(
                ArgumentError,
                "`scale` must be given for raw answers.",
                "did you mean scale=ONE_TO_FIVE?",
            )
        return Counts.of(x, scale, missing=missing)
    if scale not in {None, x.scale}:
        fail(MismatchError, f"`counts` must be on scale {scale}, not {x.scale}.", hint)
    if missing:
        hint = "did you mean Counts.of(responses, scale, missing=...)?"
        fail(
            MismatchError,
            "`missing` must be given where answers are counted, not with counts.",
            hint,
        )
    return x


def score_estimate(
    counts: Counts,
    scores: FloatArray,
    *,
    groups: tuple[tuple[str, int], ...] = (),
    metric: str,
    unit: str,
    confidence_level: float,
    method: IntervalMethod,
) -> Estimate:
    """Estimate a score; without groups, each point of a short scale is one."""
    points = counts.scale.groups or tuple(map(str, counts.scale.points.tolist()))
    each = tuple((name, 1) for name in points) if len(points) <= SHORT else ()
    basis = LinearScore(counts=counts, scores=scores, groups=groups or each)
    return Estimate.of(
        basis, metric=metric, unit=unit, confidence_level=confidence_level, method=method
    )


def net_estimate(
    counts: Counts,
    *,
    bottom: int,
    top: int,
    names: tuple[str, str, str],
    metric: str,
    confidence_level: float,
    method: IntervalMethod,
) -> Estimate:
    """Estimate a net score; its three groups are named from the lowest up."""
    scores = boxes(counts.scale, top=top) - boxes(counts.scale, bottom=bottom)
    middle = counts.scale.size - bottom - top
    if middle < 0:
        fail(
            ScaleError,
            f"`bottom` and `top` must fit on scale {counts.scale}, not {bottom} and {top}.",
        )
    return score_estimate(
        counts,
        scores,
        groups=tuple(zip(names, (bottom, middle, top), strict=True)),
        metric=metric,
        unit="points",
        confidence_level=confidence_level,
        method=method,
    )


def boxes(scale: Scale, **box: int) -> FloatArray:
    """Scores of 100 on the `bottom` or `top` points of a scale, 0 on the others."""
    [(name, number)] = box.items()
    number = check_whole(number, name, ScaleError)
    if not 1 <= number < scale.size:
        fail(
            ScaleError,
            f"`{name}` must be 1 to {scale.size - 1} points of scale {scale}, not {number}.",
        )
    ranks = np.arange(scale.size) if name == "bottom" else np.arange(scale.size)[::-1]
    return np.where(ranks < number, 100.0, 0.0)


def _checked_scores(scores: Any, scale: Scale) -> FloatArray:
    """One finite score per point, not all the same."""
    points = scale.points.tolist()
    if isinstance(scores, Mapping):
        if set(scores) != set(points):
            fail(
                ScaleError, f"`scores` must name all points of scale {scale}, not {listed(scores)}."
            )
        scores = [scores[point] for point in points]
    numbers = [check_number(score, "scores") for score in scores]
    if len(numbers) != scale.size:
        must = f"{scale.size} numbers, one per point of scale {scale}"
        fail(ScaleError, f"`scores` must be {must}, not {len(numbers)}.")
    if len(set(numbers)) == 1:
        fail(ScaleError, f"`scores` must not all be the same, {numbers[0]:g}.")
    return np.array(numbers)


@metric
def linear_score(
    x: Responses | Counts,
    *,
    scores: Sequence[float] | FloatArray | Mapping[int, float],
    scale: Scale | None = None,
    missing: Any = (),
    unit: str = "",
    label: str = "",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate:
    """Mean of a score given to every point of a scale: the general case of all survey metrics.

    Args:
        x: Answers, their Counts, or grouped Counts.
        scores: One score per point, lowest point first, or a mapping of all points.
        scale: The scale of raw answers; Counts bring their own.
        missing: Values of raw answers that mean "no answer".
        unit: Unit of the scores.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` keeps its coverage in small samples.

    Returns:
        The estimate, in the unit of the scores.

    Raises:
        ScaleError: If an answer is off the scale, or there is not one finite score
            per point, or all scores are the same.
        TooFewResponsesError: If there is no response.

    References:
        Aitchison, J. and Silvey, S. D. (1958). Maximum-likelihood estimation of
        parameters subject to restraints. Annals of Mathematical Statistics 29,
        813-828.

    Examples:
        >>> from cxmetrics import ONE_TO_FIVE
        >>> refunds = {1: 40, 2: 20, 3: 0, 4: 0, 5: 0}
        >>> answers = Counts.of([5, 4, 1, 3, 2], ONE_TO_FIVE)
        >>> print(linear_score(answers, scores=refunds, unit="€", label="Refund"))
        Refund 12.00 € [3.47, 26.99] (95% score, n=5)
    """
    counts = as_counts(x, scale, missing)
    return score_estimate(
        counts,
        _checked_scores(scores, counts.scale),
        metric=label or "Score",
        unit=unit,
        confidence_level=confidence_level,
        method=method,
    )


@metric
def mean_score(
    x: Responses | Counts,
    *,
    scale: Scale | None = None,
    missing: Any = (),
    label: str = "Mean",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate:
    """Mean answer.

    Args:
        x: Answers, their Counts, or grouped Counts.
        scale: The scale of raw answers; Counts bring their own.
        missing: Values of raw answers that mean "no answer".
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` keeps its coverage in small samples, and
            `"likelihood"` is shorter where few answers lie close together.

    Returns:
        The estimate, in points of the scale.

    Raises:
        ScaleError: If an answer is off the scale, or the points are groups of
            answers, which have no mean.
        TooFewResponsesError: If there is no response.

    Examples:
        >>> from cxmetrics import ONE_TO_FIVE
        >>> print(mean_score([5, 4, 4, 3, 5, 4], scale=ONE_TO_FIVE))
        Mean 4.17 scale points [2.93, 4.63] (95% score, n=6)
    """
    counts = as_counts(x, scale, missing)
    if counts.scale.groups:
        fail(ScaleError, f"Points that are groups have no mean: {counts.scale}.")
    return score_estimate(
        counts,
        counts.scale.points.astype(np.float64),
        metric=label,
        unit="scale points",
        confidence_level=confidence_level,
        method=method,
    )


@metric
def top_box(
    x: Responses | Counts,
    *,
    top: int,
    scale: Scale | None = None,
    missing: Any = (),
    label: str = "",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate:
    """Percentage of answers on the highest points of the scale.

    Args:
        x: Answers, their Counts, or grouped Counts.
        top: How many points count, from the highest down.
        scale: The scale of raw answers; Counts bring their own.
        missing: Values of raw answers that mean "no answer".
        label: Name of the metric; by default "Top-2 box" and the like.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` is Wilson's.

    Returns:
        The estimate, in percent.

    Raises:
        ScaleError: If an answer is off the scale, or the boxes do not fit on it.
        TooFewResponsesError: If there is no response.

    References:
        Wilson, E. B. (1927). Probable inference, the law of succession, and
        statistical inference. Journal of the American Statistical Association 22,
        209-212.

    Examples:
        >>> from cxmetrics import ONE_TO_FIVE
        >>> print(top_box([5, 4, 4, 3, 5, 4], top=1, scale=ONE_TO_FIVE))
        Top-1 box 33.3% [9.7, 70.0] (95% score, n=6)
    """
    counts = as_counts(x, scale, missing)
    return score_estimate(
        counts,
        boxes(counts.scale, top=top),
        metric=label or f"Top-{top} box",
        unit="%",
        confidence_level=confidence_level,
        method=method,
    )


@metric
def bottom_box(
    x: Responses | Counts,
    *,
    bottom: int,
    scale: Scale | None = None,
    missing: Any = (),
    label: str = "",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate:
    """Percentage of answers on the lowest points of the scale.

    Args:
        x: Answers, their Counts, or grouped Counts.
        bottom: How many points count, from the lowest up.
        scale: The scale of raw answers; Counts bring their own.
        missing: Values of raw answers that mean "no answer".
        label: Name of the metric; by default "Bottom-2 box" and the like.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` is Wilson's.

    Returns:
        The estimate, in percent.

    Raises:
        ScaleError: If an answer is off the scale, or the boxes do not fit on it.
        TooFewResponsesError: If there is no response.

    Examples:
        >>> from cxmetrics import ONE_TO_FIVE
        >>> print(bottom_box([5, 4, 4, 3, 5, 1], bottom=2, scale=ONE_TO_FIVE))
        Bottom-2 box 16.7% [3.0, 56.4] (95% score, n=6)
    """
    counts = as_counts(x, scale, missing)
    return score_estimate(
        counts,
        boxes(counts.scale, bottom=bottom),
        metric=label or f"Bottom-{bottom} box",
        unit="%",
        confidence_level=confidence_level,
        method=method,
    )


@metric
def net_score(
    x: Responses | Counts,
    *,
    bottom: int,
    top: int,
    scale: Scale | None = None,
    missing: Any = (),
    label: str = "Net score",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate:
    """Percentage of answers in the top boxes minus percentage in the bottom boxes.

    Args:
        x: Answers, their Counts, or grouped Counts.
        bottom: How many points count as bad, from the lowest up.
        top: How many points count as good, from the highest down.
        scale: The scale of raw answers; Counts bring their own.
        missing: Values of raw answers that mean "no answer".
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` is Tango's.

    Returns:
        The estimate, in points from -100 to 100.

    Raises:
        ScaleError: If an answer is off the scale, or the boxes do not fit on it.
        TooFewResponsesError: If there is no response.

    References:
        Tango, T. (1998). Equivalence test and confidence interval for the
        difference in proportions for the paired-sample design. Statistics in
        Medicine 17, 891-908.

    Examples:
        >>> from cxmetrics import ONE_TO_FIVE
        >>> print(net_score([5, 4, 4, 3, 5, 1], bottom=2, top=2, scale=ONE_TO_FIVE))
        Net score 50.0 points [-22.1, 85.7] (95% score, n=6)
    """
    counts = as_counts(x, scale, missing)
    return net_estimate(
        counts,
        bottom=bottom,
        top=top,
        names=("bottom", "middle", "top"),
        metric=label,
        confidence_level=confidence_level,
        method=method,
    )
