"""Metrics of accounts: from the amounts of each, or from their sums, to an estimate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, overload

import numpy as np

from cxmetrics._checks import check_rng, check_whole, fail, warn
from cxmetrics._typing import FloatArray, Responses
from cxmetrics.errors import (
    ArgumentError,
    ConcentrationWarning,
    MismatchError,
    TooFewResponsesError,
)
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.ratio import RESAMPLING, Ratio
from cxmetrics.intervals.revenue import RevenueRatio
from cxmetrics.metrics.by_group import over_groups
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.moments import Moments, read_columns
from cxmetrics.summaries.revenue import AMOUNTS, Revenue, flows
from cxmetrics.summaries.scatter import Scatter

P = ParamSpec("P")

FEW = 10
"""Fewer accounts of equal size than this, and less than half of those that there are, are few."""

RESAMPLES = 9_999
"""How often accounts are drawn again."""

MOST_RESAMPLES = 1_000_000
"""More ratios are not kept."""

REFERRED = (*AMOUNTS, "referred")
"""Amounts of accounts that were there at the start, and of those who were won by referral."""


class RevenueMetric(Protocol[P]):
    """A metric of revenue: amounts or Revenue become an Estimate, grouped Revenue a Grouped."""

    @overload
    def __call__(
        self, start: Grouped[Revenue], /, *args: P.args, **kwargs: P.kwargs
    ) -> Grouped[Estimate]: ...
    @overload
    def __call__(
        self, start: Responses | Revenue, /, *args: P.args, **kwargs: P.kwargs
    ) -> Estimate: ...


def revenue_metric(
    function: Callable[Concatenate[Responses | Revenue, P], Estimate],
) -> RevenueMetric[P]:
    """Let a metric of amounts or Revenue take grouped Revenue too."""
    return over_groups(function)


class Draws(NamedTuple):
    """How accounts are drawn again, for the methods that do so.

    Args:
        rng: Generator, or a seed for one.
        number: How often.
    """

    rng: "np.random.Generator | int | None"
    number: int

    def of(self, basis: Ratio, amounts: FloatArray, method: str) -> Ratio:
        """A basis that knows its accounts, with their amounts drawn again."""
        if method not in RESAMPLING:
            return basis
        if self.rng is None:
            message = f"`rng` must be given for method={method!r}, which draws accounts."
            fail(ArgumentError, message, "did you mean rng=1?")
        number = check_whole(self.number, "resamples")
        if not 1 <= number <= MOST_RESAMPLES:
            message = f"`resamples` must be 1 to {MOST_RESAMPLES:,}, not {number:,}."
            fail(ArgumentError, message)
        return basis.resampled(amounts, number, check_rng(self.rng))


class Kind(NamedTuple):
    """A metric of revenue, in percent of that at the start.

    Args:
        basis: Class of its basis.
        numerator: Coefficients of 1, start, expansion, contraction, lost and referred.
        bounds: Lowest and highest possible value.
    """

    basis: type[RevenueRatio]
    numerator: tuple[float, ...]
    bounds: tuple[float, float]

    def estimate(
        self,
        start: Any,
        end: Any,
        draws: Draws,
        *,
        referred: Any = None,
        method: str,
        **options: Any,
    ) -> Estimate:
        """The estimate, from amounts at both ends or from Revenue."""
        revenue = revenue_of(start, end)
        moments = revenue.moments
        if referred is not None:
            moments = with_referred(moments, referred)
        basis: Ratio = self.basis(
            moments=moments,
            numerator=self.numerator,
            denominator=(0, 1, *[0] * (len(self.numerator) - 2)),
            factor=100,
            bounds=self.bounds,
        )
        if end is not None and not isinstance(referred, Moments):
            basis = draws.of(basis, _accounts(start, end, referred), method)
        estimate = Estimate.of(basis, unit="%", method=method, **options)
        _warn_if_concentrated(revenue, method, basis.methods[0])
        return estimate


def revenue_of(start: Any, end: Any) -> Revenue:
    """The revenue of accounts from their amounts at both ends, or as it is.

    Raises:
        ArgumentError: If amounts have no end.
        MismatchError: If Revenue comes with an end.
        TooFewResponsesError: If there was no revenue at the start, outside of a batch.
    """
    if not isinstance(start, Revenue):
        if end is None:
            message = "`end` must be given: the revenue of each account at the end."
            fail(ArgumentError, message, "did you mean 0 for accounts that left?")
        revenue = Revenue.of(start, end)
    elif end is not None:
        fail(MismatchError, "`end` must not be given with Revenue, which knows it.")
    else:
        revenue = start
    if not revenue.shape and not revenue.start > 0:
        message = "`start` must have revenue of at least one account, not 0 in total."
        fail(TooFewResponsesError, message)
    return revenue


def with_referred(moments: Moments, referred: Any) -> Moments:
    """The moments of accounts, and of customers who were won by referral, together."""
    if not isinstance(referred, Moments):
        referred = Moments.of({"referred": read_columns({"referred": referred}, lowest=0)[0]})
    if len(referred.names) > 1:
        came = ", ".join(referred.names)
        fail(MismatchError, f"`referred` must be moments of one amount, not of {came}.")
    return _among(moments, slice(0, -1)) + _among(referred, slice(-1, None))


def _among(moments: Moments, at: slice) -> Moments:
    """Moments with further amounts, all of them 0."""
    squared = None if moments.squared is None else _widened(moments.squared, at)
    return replace(moments, names=REFERRED, scatter=_widened(moments.scatter, at), squared=squared)


def _widened(scatter: Scatter, at: slice) -> Scatter:
    size, shape = len(REFERRED), scatter.shape
    totals, products = np.zeros((*shape, size)), np.zeros((*shape, size, size))
    totals[..., at], products[..., at, at] = scatter.totals, scatter.products
    return Scatter(weight=scatter.weight, totals=totals, products=products)


def _accounts(start: Any, end: Any, referred: Any) -> FloatArray:
    """Amounts of each account that was there at the start, and of those won by referral."""
    before, after = read_columns({"start": start, "end": end})
    there = before > 0
    amounts = np.stack(flows(before[there], after[there]), axis=1)
    if referred is None:
        return amounts
    [won] = read_columns({"referred": referred})
    more = np.zeros((len(won), len(REFERRED)))
    more[:, -1] = won
    return np.concatenate([np.pad(amounts, [(0, 0), (0, 1)]), more])


def _warn_if_concentrated(revenue: Revenue, method: str, better: str) -> None:
    """Warn where few large accounts decide, unless the method allows for it."""
    n, effective, share = (
        np.ravel(each) for each in (revenue.n, revenue.n_effective, revenue.largest_share)
    )
    few = (effective < FEW) & (effective < n / 2)
    if method == better or not few.any():
        return
    worst = int(np.argmin(np.where(few, effective, np.inf)))
    groups = f" in {few.sum():,} of {len(few):,} groups" if revenue.shape else ""
    message = (
        f"Revenue is concentrated{groups}: {n[worst]:,} accounts say as much as "
        f"{effective[worst]:.1f} of equal size, and the ten largest have {share[worst]:.0%}. "
        f"An interval by {method!r} may be too short there, but {better!r} allows for it."
    )
    warn(message, ConcentrationWarning)
