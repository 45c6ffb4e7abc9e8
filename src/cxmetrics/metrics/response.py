"""Response rate: the share of those invited who answered."""

from collections.abc import Mapping
from typing import Any, overload

import numpy as np

from cxmetrics._checks import check_whole, fail, near
from cxmetrics._typing import IntervalMethod
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.estimate import Estimate
from cxmetrics.metrics.linear import score_estimate
from cxmetrics.scale import YES_NO
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

    if not isinstance(invited, Mapping):
        return rate(Counts(YES_NO, _row(invited, answered, "")))
    if not isinstance(answered, Mapping):
        fail(ArgumentError, f"`answered` must be a mapping as `invited` is, not {answered!r:.40}.")
    strange = [segment for segment in answered if segment not in invited]
    if strange:
        message = f"Each segment that answered must have been invited, not {strange[0]!r}."
        fail(UnknownKeyError, message, near(strange[0], invited))
    names = answered.by if isinstance(answered, Grouped) else ("segment",)
    keys = [key if len(names) > 1 else (key,) for key in invited]
    rows = [_row(number, answered.get(key, 0), f" in {key!r}") for key, number in invited.items()]
    columns = {name: [key[i] for key in keys] for i, name in enumerate(names)}
    return Grouped(columns, rate(Counts(YES_NO, np.reshape(rows, (-1, 2)))))


def _row(invited: Any, answered: Any, where: str) -> tuple[int, int]:
    """How many did not answer, and how many did."""
    asked = check_whole(invited, "invited")
    came = check_whole(answered.n if isinstance(answered, Counts) else answered, "answered")
    if not 0 <= came <= asked:
        fail(ArgumentError, f"`answered` must be 0 to {asked:,}{where}, not {came:,}.")
    return asked - came, came
