"""Earned growth: by customers who stayed, and by those whom they brought."""

from typing import Any, overload

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import Responses
from cxmetrics.errors import ArgumentError, MismatchError
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.revenue import RevenueRatio
from cxmetrics.metrics.accounts import RESAMPLES, Draws, Kind
from cxmetrics.metrics.revenue import RatioMethod
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.moments import Moments
from cxmetrics.summaries.revenue import Revenue

EARNED = Kind(RevenueRatio, (0, 0, 1, -1, -1, 1), (-100, np.inf))


@overload
def earned_growth(
    start: Responses | Revenue,
    end: Responses | None = None,
    *,
    referred: Responses | Moments,
    label: str = "Earned growth",
    confidence_level: float = 0.95,
    method: RatioMethod = "adjusted",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Estimate: ...
@overload
def earned_growth(
    start: Grouped[Revenue],
    end: None = None,
    *,
    referred: Grouped[Moments],
    label: str = "Earned growth",
    confidence_level: float = 0.95,
    method: RatioMethod = "adjusted",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Grouped[Estimate]: ...
def earned_growth(
    start: Any,
    end: Any = None,
    *,
    referred: Any,
    label: str = "Earned growth",
    confidence_level: float = 0.95,
    method: RatioMethod = "adjusted",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Any:
    """Earned growth: growth by customers who stayed and by those whom they brought, in percent.

    It is net revenue retention less 100, and the revenue of new customers who were won by
    referral, in percent of the revenue at the start. Customers who were bought by
    advertising count nowhere.

    Args:
        start: Revenue of each account at the start, as for `net_revenue_retention`.
        end: Revenue of each at the end, in the same order; not with Revenue.
        referred: Revenue at the end of each new customer who was won by referral, or Moments
            of it; of grouped Revenue, grouped Moments. A group that it lacks has none.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method, as for `net_revenue_retention`.
        rng: Generator, or a seed for one, of draws of `"bootstrap"` and `"bca"`.
        resamples: How often accounts are drawn.

    Returns:
        The growth in percent. Its sample are the accounts that were there and the customers
        won by referral; `n` counts both.

    Raises:
        ArgumentError: If an amount is missing or negative, `end` or `rng` is not given where
            it must be, or an option is not one there is.
        MismatchError: If amounts do not go together.
        TooFewResponsesError: If there was no revenue at the start, outside of a batch.

    References:
        Reichheld, F., Darnell, D. and Burns, M. (2021). Net Promoter 3.0. Harvard Business
        Review 99 (6).

    Examples:
        >>> january, december = [100, 200, 150, 80], [110, 180, 150, 0]
        >>> print(earned_growth(january, december, referred=[60, 90]))
        Earned growth 11.3% [-51.2, 68.9] (95% adjusted, n=6)
    """

    def growth(start: Any, referred: Any) -> Estimate:
        return EARNED.estimate(
            start,
            end,
            Draws(rng, resamples),
            referred=referred,
            metric=label,
            confidence_level=confidence_level,
            method=method,
        )

    if referred is None:
        message = "`referred` must be given: revenue of each customer who was won by referral."
        fail(ArgumentError, message, "did you mean [], for none?")
    if not isinstance(start, Grouped):
        return growth(start, referred)
    if not isinstance(referred, Grouped):
        message = f"`referred` must be grouped as `start` is, not {type(referred).__name__}."
        fail(MismatchError, message, "did you mean Moments.of({'referred': ...}, by=...)?")
    keys, *batches = start.aligned(referred)
    return Grouped(keys, growth(*batches))
