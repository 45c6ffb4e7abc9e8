"""Customer satisfaction score."""

from typing import Any

from cxmetrics._typing import IntervalMethod, Responses
from cxmetrics.estimate import Estimate
from cxmetrics.metrics.linear import as_counts, metric, top_box
from cxmetrics.scale import ONE_TO_FIVE, Scale
from cxmetrics.summaries.counts import Counts


@metric
def csat(
    x: Responses | Counts,
    *,
    scale: Scale | None = None,
    top: int = 2,
    missing: Any = (),
    label: str = "CSAT",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate:
    """Customer satisfaction score: percentage of answers in the top boxes.

    Args:
        x: Answers, their Counts, or grouped Counts.
        scale: The scale of raw answers, 1-5 unless given; Counts bring their own.
        top: How many points count as satisfied, from the highest down.
        missing: Values of raw answers that mean "no answer".
        label: Name of the metric.
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
        >>> print(csat([5, 4, 4, 3, 5, 2, "not used"], missing=["not used"]))
        CSAT 66.7% [30.0, 90.3] (95% score, n=6, 1 missing)
    """
    if not isinstance(x, Counts):
        scale = scale or ONE_TO_FIVE
    counts = as_counts(x, scale, missing)
    return top_box(counts, top=top, label=label, confidence_level=confidence_level, method=method)
