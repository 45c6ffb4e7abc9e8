"""Revenue of accounts from the start of a period to its end: what was kept, lost and gained."""

from typing import Literal, TypeAlias

import numpy as np

from cxmetrics._typing import Responses
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.revenue import RevenueRatio, RevenueShare
from cxmetrics.metrics.accounts import RESAMPLES, Draws, Kind, revenue_metric
from cxmetrics.summaries.revenue import Revenue

RatioMethod: TypeAlias = Literal["adjusted", "t", "fieller", "bootstrap", "bca"]
ShareMethod: TypeAlias = Literal["score", "t", "fieller", "bootstrap", "bca"]

NET = Kind(RevenueRatio, (0, 1, 1, -1, -1), (0, np.inf))
GROSS = Kind(RevenueShare, (0, 1, 0, -1, -1), (0, 100))
CHURN = Kind(RevenueShare, (0, 0, 0, 0, 1), (0, 100))
CONTRACTION = Kind(RevenueShare, (0, 0, 0, 1, 0), (0, 100))
EXPANSION = Kind(RevenueRatio, (0, 0, 1, 0, 0), (0, np.inf))


@revenue_metric
def net_revenue_retention(
    start: Responses | Revenue,
    end: Responses | None = None,
    *,
    label: str = "NRR",
    confidence_level: float = 0.95,
    method: RatioMethod = "adjusted",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Net revenue retention: revenue at the end of a period in percent of that at its start.

    Only accounts count that were there at the start: what they pay at the end, expansion
    included, over what they paid then. New accounts count in neither.

    The interval says how far the number would vary, had other accounts of the same kind been
    customers. Two of them subtract if their accounts are independent; two periods of the same
    accounts are not.

    Args:
        start: Revenue of each account at the start, in any 1-D array-like, 0 for one that was
            not there; or Revenue, alone or grouped.
        end: Revenue of each at the end, in the same order, 0 for one that left; not with
            Revenue, which knows it.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method. `"adjusted"`, the default, reckons with one more account of
            typical size, half of it lost and half doubled, and so holds in small and in
            concentrated books; `"t"`: Student's; `"fieller"`: for accounts so different in
            size that the revenue at the start is unsure itself, without limits where it may
            be 0; `"bootstrap"` and `"bca"`: percentiles of ratios of accounts drawn again,
            plain or corrected for bias and skewness.
        rng: Generator, or a seed for one, of the draws; it must be given for `"bootstrap"`
            and `"bca"`, which also need the amounts of every account.
        resamples: How often they are drawn.

    Returns:
        NRR in percent, 100 if nothing changed; `shares` has what was lost, contracted and
        expanded. Of grouped Revenue, NaN for a group without revenue at the start.

    Raises:
        ArgumentError: If an amount is missing or negative, `end` or `rng` is not given where
            it must be, or an option is not one there is.
        MismatchError: If there is not one amount per account, or `end` comes with Revenue.
        TooFewResponsesError: If there was no revenue at the start, outside of a batch.

    References:
        Cochran, W. G. (1977). Sampling Techniques. 3rd edition, Wiley, chapter 6.

        Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American
        Statistical Association 82, 171-185.

        Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal
        Statistical Society B 16, 175-185.

    Examples:
        >>> january = [100, 200, 150, 80, 120, 300, 90, 60]
        >>> december = [110, 180, 150, 0, 130, 330, 90, 75]
        >>> print(net_revenue_retention(january, december))
        NRR 96.8% [66.6, 127.9] (95% adjusted, n=8)
        >>> print(net_revenue_retention(january, december, method="t"))
        NRR 96.8% [75.7, 117.9] (95% t, n=8)
    """
    return NET.estimate(
        start,
        end,
        Draws(rng, resamples),
        metric=label,
        confidence_level=confidence_level,
        method=method,
    )


@revenue_metric
def gross_revenue_retention(
    start: Responses | Revenue,
    end: Responses | None = None,
    *,
    label: str = "GRR",
    confidence_level: float = 0.95,
    method: ShareMethod = "score",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Gross revenue retention: revenue at the start that is still there at the end, in percent.

    What accounts expanded does not make up for what others lost, so it is 100 at most: 100
    less `revenue_churn` less `revenue_contraction`.

    Args:
        start: Revenue of each account at the start, in any 1-D array-like, 0 for one that was
            not there; or Revenue, alone or grouped.
        end: Revenue of each at the end, in the same order, 0 for one that left; not with
            Revenue, which knows it.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method. `"score"`, the default, takes accounts for as many of equal
            size as say as much, each untouched, contracted or lost; it holds in small and in
            concentrated books, and where nobody left. `"t"`, `"fieller"`, `"bootstrap"` and
            `"bca"` are as for `net_revenue_retention`; where few left, far too short.
        rng: Generator, or a seed for one, of the draws; it must be given for `"bootstrap"`
            and `"bca"`, which also need the amounts of every account.
        resamples: How often they are drawn.

    Returns:
        GRR in percent, 100 if nobody left and nobody pays less. Of grouped Revenue, NaN for
        a group without revenue at the start.

    Raises:
        ArgumentError: If an amount is missing or negative, `end` or `rng` is not given where
            it must be, or an option is not one there is.
        MismatchError: If there is not one amount per account, or `end` comes with Revenue.
        TooFewResponsesError: If there was no revenue at the start, outside of a batch.

    References:
        Tango, T. (1998). Equivalence test and confidence interval for the difference in
        proportions for the paired-sample design. Statistics in Medicine 17, 891-908; here
        for three points anywhere, and effective counts.

    Examples:
        >>> january = [100, 200, 150, 80, 120, 300, 90, 60]
        >>> december = [110, 180, 150, 0, 130, 330, 90, 75]
        >>> print(gross_revenue_retention(january, december))
        GRR 90.9% [52.4, 98.2] (95% score, n=8)
        >>> print(gross_revenue_retention(january, january))
        GRR 100.0% [61.8, 100.0] (95% score, n=8)
    """
    return GROSS.estimate(
        start,
        end,
        Draws(rng, resamples),
        metric=label,
        confidence_level=confidence_level,
        method=method,
    )


@revenue_metric
def revenue_churn(
    start: Responses | Revenue,
    end: Responses | None = None,
    *,
    label: str = "Revenue churn",
    confidence_level: float = 0.95,
    method: ShareMethod = "score",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Revenue churn: revenue at the start of accounts that left altogether, in percent of all.

    Args:
        start: Revenue of each account at the start, in any 1-D array-like, 0 for one that was
            not there; or Revenue, alone or grouped.
        end: Revenue of each at the end, in the same order, 0 for one that left; not with
            Revenue, which knows it.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method: `"score"`, the default, `"t"`, `"fieller"`, `"bootstrap"` or
            `"bca"`, as for `gross_revenue_retention`.
        rng: Generator, or a seed for one, of the draws; it must be given for `"bootstrap"`
            and `"bca"`, which also need the amounts of every account.
        resamples: How often they are drawn.

    Returns:
        The share in percent; `churn_rate` has that of the accounts themselves.

    Raises:
        ArgumentError: If an amount is missing or negative, `end` or `rng` is not given where
            it must be, or an option is not one there is.
        MismatchError: If there is not one amount per account, or `end` comes with Revenue.
        TooFewResponsesError: If there was no revenue at the start, outside of a batch.

    Examples:
        >>> print(revenue_churn([100, 200, 150, 80], [110, 180, 150, 0]))
        Revenue churn 15.1% [1.7, 64.7] (95% score, n=4)
    """
    return CHURN.estimate(
        start,
        end,
        Draws(rng, resamples),
        metric=label,
        confidence_level=confidence_level,
        method=method,
    )


@revenue_metric
def revenue_contraction(
    start: Responses | Revenue,
    end: Responses | None = None,
    *,
    label: str = "Contraction",
    confidence_level: float = 0.95,
    method: ShareMethod = "score",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Contraction: what accounts that stayed pay less at the end, in percent of all at the start.

    Args:
        start: Revenue of each account at the start, in any 1-D array-like, 0 for one that was
            not there; or Revenue, alone or grouped.
        end: Revenue of each at the end, in the same order, 0 for one that left; not with
            Revenue, which knows it.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method: `"score"`, the default, `"t"`, `"fieller"`, `"bootstrap"` or
            `"bca"`, as for `gross_revenue_retention`.
        rng: Generator, or a seed for one, of the draws; it must be given for `"bootstrap"`
            and `"bca"`, which also need the amounts of every account.
        resamples: How often they are drawn.

    Returns:
        The share in percent.

    Raises:
        ArgumentError: If an amount is missing or negative, `end` or `rng` is not given where
            it must be, or an option is not one there is.
        MismatchError: If there is not one amount per account, or `end` comes with Revenue.
        TooFewResponsesError: If there was no revenue at the start, outside of a batch.

    Examples:
        >>> print(revenue_contraction([100, 200, 150, 80], [110, 180, 150, 0]))
        Contraction 3.8% [0.8, 53.7] (95% score, n=4)
    """
    return CONTRACTION.estimate(
        start,
        end,
        Draws(rng, resamples),
        metric=label,
        confidence_level=confidence_level,
        method=method,
    )


@revenue_metric
def revenue_expansion(
    start: Responses | Revenue,
    end: Responses | None = None,
    *,
    label: str = "Expansion",
    confidence_level: float = 0.95,
    method: RatioMethod = "adjusted",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Expansion: what accounts that were there at the start pay more, in percent of all then.

    Args:
        start: Revenue of each account at the start, in any 1-D array-like, 0 for one that was
            not there; or Revenue, alone or grouped.
        end: Revenue of each at the end, in the same order, 0 for one that left; not with
            Revenue, which knows it.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method: `"adjusted"`, the default, `"t"`, `"fieller"`, `"bootstrap"`
            or `"bca"`, as for `net_revenue_retention`.
        rng: Generator, or a seed for one, of the draws; it must be given for `"bootstrap"`
            and `"bca"`, which also need the amounts of every account.
        resamples: How often they are drawn.

    Returns:
        The expansion in percent. It has no upper end, so that no interval can reckon with
        accounts that grow many times over, if none has been seen.

    Raises:
        ArgumentError: If an amount is missing or negative, `end` or `rng` is not given where
            it must be, or an option is not one there is.
        MismatchError: If there is not one amount per account, or `end` comes with Revenue.
        TooFewResponsesError: If there was no revenue at the start, outside of a batch.

    Examples:
        >>> print(revenue_expansion([100, 200, 150, 80], [110, 180, 150, 0]))
        Expansion 1.9% [0.0, 40.9] (95% adjusted, n=4)
    """
    return EXPANSION.estimate(
        start,
        end,
        Draws(rng, resamples),
        metric=label,
        confidence_level=confidence_level,
        method=method,
    )
