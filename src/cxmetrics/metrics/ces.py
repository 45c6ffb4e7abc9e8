"""Customer effort score."""

from typing import Any, get_args

from cxmetrics._checks import check_option, fail
from cxmetrics._typing import EffortDefinition, IntervalMethod, Responses
from cxmetrics.errors import ArgumentError
from cxmetrics.estimate import Estimate
from cxmetrics.metrics.linear import as_counts, mean_score, metric, net_estimate, top_box
from cxmetrics.scale import ONE_TO_SEVEN, Scale
from cxmetrics.summaries.counts import Counts

GROUPS = ("difficult", "neutral", "easy")

BOXES = {5: 2, 7: 3}
"""Points that count as easy, and as difficult, by the size of the scale."""


@metric
def ces(
    x: Responses | Counts,
    *,
    scale: Scale | None = None,
    definition: EffortDefinition = "mean",
    top: int | None = None,
    bottom: int | None = None,
    missing: Any = (),
    label: str = "CES",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate:
    """Customer effort score: how easy it was, as a mean, a top box or a net score.

    High answers must mean easy; where low ones do, count the answers with
    `Counts.of(responses, scale, reverse=True)`.

    Args:
        x: Answers, their Counts, or grouped Counts.
        scale: The scale of raw answers, 1-7 unless given; Counts bring their own.
        definition: `"mean"` of the answers, `"top-box"` for the percentage of easy
            answers, `"net"` for easy minus difficult ones.
        top: How many points count as easy: 3 of seven and 2 of five unless given.
        bottom: How many points count as difficult, likewise.
        missing: Values of raw answers that mean "no answer".
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` keeps its coverage in small samples.

    Returns:
        The estimate: the mean in points of the scale, the top box in percent, the
        net score in points from -100 to 100.

    Raises:
        ScaleError: If an answer is off the scale, or the boxes do not fit on it.
        ArgumentError: If boxes are not given where the scale has no usual ones, or
            are given where the definition has none.
        TooFewResponsesError: If there is no response.

    References:
        Dixon, M., Freeman, K. and Toman, N. (2010). Stop trying to delight your
        customers. Harvard Business Review 88 (7/8), 116-122.

    Examples:
        >>> answers = [7, 6, 6, 5, 7, 2]
        >>> print(ces(answers))
        CES 5.50 scale points [3.74, 6.37] (95% score, n=6)
        >>> print(ces(answers, definition="net"))
        CES 66.7 points [-12.7, 94.0] (95% score, n=6)
    """
    check_option(definition, "definition", get_args(EffortDefinition))
    if not isinstance(x, Counts):
        scale = scale or ONE_TO_SEVEN
    counts = as_counts(x, scale, missing)
    for name, number, users in (("top", top, {"top-box", "net"}), ("bottom", bottom, {"net"})):
        if number is not None and definition not in users:
            fail(ArgumentError, f"`{name}` must not be given for definition={definition!r}.")
    if definition == "mean":
        return mean_score(counts, label=label, confidence_level=confidence_level, method=method)
    top = _box("top", top, counts.scale)
    if definition == "top-box":
        return top_box(
            counts, top=top, label=label, confidence_level=confidence_level, method=method
        )
    return net_estimate(
        counts,
        bottom=_box("bottom", bottom, counts.scale),
        top=top,
        names=GROUPS,
        metric=label,
        confidence_level=confidence_level,
        method=method,
    )


def _box(name: str, number: int | None, scale: Scale) -> int:
    if number is None and scale.size not in BOXES:
        fail(ArgumentError, f"`{name}` must be given for the {scale.size} points of scale {scale}.")
    return BOXES[scale.size] if number is None else number
