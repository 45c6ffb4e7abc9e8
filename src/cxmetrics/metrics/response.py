"""Response rate: the share of those invited who answered."""

from collections.abc import Mapping
from typing import Any, overload

import numpy as np

from cxmetrics._typing import IntervalMethod
from cxmetrics.estimate import Estimate
from cxmetrics.metrics.linear import score_estimate
from cxmetrics.metrics.share import counts_of_share
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.grouped import Grouped


@overload
def response_rate(
    invited: int,
    answered: int | Counts,
    *,
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate: ...
@overload
def response_rate(
    invited: Mapping[Any, int],
    answered: Mapping[Any, int] | Grouped[Counts],
    *,
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Grouped[Estimate]: ...
def response_rate(
    invited: Any,
    answered: Any,
    *,
    confidence_level: float = 0.95,
    method: IntervalMethod = "score",
) -> Estimate | Grouped[Estimate]:
    """Percentage of those invited who answered.

    Args:
        invited: Number of customers who were invited, or a mapping from segments to
            numbers.
        answered: Number of them who answered, or Counts, of which it is `n`; for several
            segments a mapping, or grouped Counts. A segment that it lacks has no answer.
        confidence_level: Confidence level of the interval.
        method: Interval method.

    Returns:
        The response rate in percent, one per segment in the order of the invitations.
        It says who answered, not whether those who did are like the others.

    Raises:
        ArgumentError: If a number is not a whole number from 0, or more answered than
            were invited.
        UnknownKeyError: If a segment answered that was not invited.
        TooFewResponsesError: If nobody was invited.

    Examples:
        >>> print(response_rate(400, 92))
        Response rate 23.0% [19.1, 27.4] (95% score, n=400)
        >>> print(response_rate({"north": 200, "south": 200}, {"north": 60, "south": 32}))
        Response rate in %, 95% score interval
        segment  value   low  high    n  missing
        north     30.0  24.1  36.7  200        0
        south     16.0  11.6  21.7  200        0
    """

    def rate(counts: Counts) -> Estimate:
        return score_estimate(
            counts,
            np.array([0.0, 100.0]),
            groups=(("no answer", 1), ("answered", 1)),
            metric="Response rate",
            unit="%",
            confidence_level=confidence_level,
            method=method,
        )

    counts = counts_of_share(answered, invited, ("answered", "invited"))
    return counts.map(rate) if isinstance(counts, Grouped) else rate(counts)
