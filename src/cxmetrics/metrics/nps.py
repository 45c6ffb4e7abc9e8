"""Net Promoter Score."""

from typing import Any

from cxmetrics._checks import check_whole, fail
from cxmetrics._typing import IntervalMethod, Responses
from cxmetrics.errors import ScaleError
from cxmetrics.estimate import Estimate
from cxmetrics.metrics.linear import as_counts, metric, net_estimate
from cxmetrics.scale import NPS_GROUPS, Scale
from cxmetrics.summaries.counts import Counts

GROUPS = ("detractors", "passives", "promoters")


@metric
def nps(
    x: Responses | Counts,
    *,
    detractors: tuple[int, int] = (0, 6),
    promoters: tuple[int, int] = (9, 10),
    missing: Any = (),
    label: str = "NPS",
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate:
    """Net Promoter Score: percentage of promoters minus percentage of detractors.

    Args:
        x: Answers on the 0-10 scale, their Counts, or grouped Counts; Counts may
            also be on the scale NPS_GROUPS, of answers that are already grouped.
        detractors: First and last answer that counts as a detractor; the first one
            is the lowest answer of the scale.
        promoters: First and last answer that counts as a promoter; the last one is
            the highest answer of the scale.
        missing: Values of raw answers that mean "no answer".
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method; `"score"` keeps its coverage in small samples.

    Returns:
        The estimate, in points from -100 to 100.

    Raises:
        ScaleError: If an answer is off the scale of the cut-points.
        TooFewResponsesError: If there is no response.

    References:
        Reichheld, F. F. (2003). The one number you need to grow. Harvard Business
        Review 81 (12), 46-54.

        Tango, T. (1998). Equivalence test and confidence interval for the
        difference in proportions for the paired-sample design. Statistics in
        Medicine 17, 891-908.

    Examples:
        >>> print(nps([10, 9, 9, 8, 7, 3]))
        NPS 33.3 points [-31.1, 75.4] (95% score, n=6)

        Five faces, of which the best one is a promoter:

        >>> print(nps([5, 5, 4, 2], detractors=(1, 3), promoters=(5, 5)))
        NPS 25.0 points [-50.5, 77.8] (95% score, n=4)
    """
    scale, bottom, top = _cut(detractors, promoters)
    if isinstance(x, Counts) and x.scale == NPS_GROUPS:
        scale, bottom, top = NPS_GROUPS, 1, 1
    hint = "did you mean to give detractors= and promoters=?"
    return net_estimate(
        as_counts(x, scale, missing, hint=hint),
        bottom=bottom,
        top=top,
        names=GROUPS,
        metric=label,
        confidence_level=confidence_level,
        method=method,
    )


def _cut(detractors: Any, promoters: Any) -> tuple[Scale, int, int]:
    """The scale between the cut-points, and how many points are bad and good."""
    ends = []
    for name, pair in (("detractors", detractors), ("promoters", promoters)):
        if not isinstance(pair, tuple | list) or len(pair) != 2:  # noqa: PLR2004
            fail(ScaleError, f"`{name}` must be the first and the last answer, not {pair!r}.")
        ends += [check_whole(end, name, ScaleError) for end in pair]
    if not ends[0] <= ends[1] < ends[2] <= ends[3]:
        message = f"`detractors` must end below `promoters`, not {detractors} and {promoters}."
        fail(ScaleError, message)
    return Scale(ends[0], ends[3]), ends[1] - ends[0] + 1, ends[3] - ends[2] + 1
