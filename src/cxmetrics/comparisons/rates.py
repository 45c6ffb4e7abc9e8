"""Rates per time compared: their ratio and their difference."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args, overload

import numpy as np

from cxmetrics._checks import (
    check_alternative,
    check_between,
    check_confidence_level,
    check_option,
    fail,
)
from cxmetrics._frozen import SHARED, settled
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import Alternative, Floats
from cxmetrics.comparisons.contrast import Contrast
from cxmetrics.comparisons.difference import Difference, check_alike, difference, paired_up
from cxmetrics.errors import MismatchError
from cxmetrics.estimate import Estimate, level_text, p_cells, p_text, plain, with_unit
from cxmetrics.intervals.event_rate import EventRate
from cxmetrics.intervals.method import Interval
from cxmetrics.intervals.ratio_methods import ratio_method
from cxmetrics.summaries.grouped import Grouped

RatioMethod: TypeAlias = Literal["score", "exact"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateRatio(Contrast):
    """The ratio `after` / `before` of two rates, with its interval and its test.

    Every field is a number, or an array with one entry per row of a batch.

    Args:
        value: The ratio; NaN where there was no event before.
        interval: Confidence interval, `interval.low` to `interval.high`.
        confidence_level: Confidence level of the interval, as a proportion.
        statistic: Signed statistic of the test of `null`.
        pvalue: p-value of that test.
        null: The ratio that was tested.
        alternative: "two-sided", "less" or "greater".
        method: Method of the interval and the test.
        metric: Name of the metric.
        after: The rate that is compared.
        before: The rate it is compared with.
    """

    value: Floats
    interval: Interval
    confidence_level: float = field(metadata=SHARED)
    statistic: Floats
    pvalue: Floats
    null: float = field(metadata=SHARED)
    alternative: Alternative = field(metadata=SHARED)
    method: RatioMethod = field(metadata=SHARED)
    metric: str = field(metadata=SHARED)
    after: Estimate = field(repr=False)
    before: Estimate = field(repr=False)

    @property
    def bounds(self) -> tuple[float, float]:
        """Rates are not negative."""
        return 0.0, np.inf

    @property
    def n(self) -> Any:
        """Number of events on both sides."""
        return settled(np.add(self.after.n, self.before.n))

    @property
    def null_hypothesis(self) -> str:
        """The hypothesis in words."""
        return f"the rates of {self.metric} are in the ratio {self.null:g}"

    def summary(self) -> str:
        """The ratio in one sentence; of a batch, a sentence per line.

        Examples:
            >>> from cxmetrics import churn_per_time
            >>> old = churn_per_time(41, 28_010, unit="per month")
            >>> new = churn_per_time(15, 19_017, unit="per month")
            >>> print(rate_ratio(new, old).summary())
            Churn is 0.54 times what it was, 0.0007888 per month after 0.001464 per month \
(95% CI: 0.30 to 0.97; p = 0.037).
        """
        if self.shape:
            return "\n".join(row.summary() for row in self)
        if np.isnan(self.value):
            numbers = f"{self.after.n:,} events after and {self.before.n:,} before"
            return f"The rates of {self.metric} have no ratio, with {numbers}."
        after, before = (
            with_unit(f"{side.value:{side.basis.spec}}", side.unit)
            for side in (self.after, self.before)
        )
        low, high = self.interval
        null = f" for a ratio of {self.null:g}" if self.null != 1 else ""
        return (
            f"{self.metric} is {self.value:.2f} times what it was, {after} after {before} "
            f"({level_text(self.confidence_level)} CI: {low:.2f} to {high:.2f}; "
            f"{p_text(self.pvalue)}{null})."
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        return {
            "metric": self.metric,
            "value": plain(self.value),
            "low": plain(self.interval.low),
            "high": plain(self.interval.high),
            "confidence_level": self.confidence_level,
            "statistic": plain(self.statistic),
            "pvalue": plain(self.pvalue),
            "null": self.null,
            "alternative": self.alternative,
            "method": self.method,
            "after": plain(self.after.value),
            "before": plain(self.before.value),
            "n_after": plain(self.after.n),
            "n_before": plain(self.before.n),
        }

    def __str__(self) -> str:
        if self.shape:
            return Tabular.__str__(self)
        low, high = self.interval
        return (
            f"{self.metric} ratio {self.value:.2f} [{low:.2f}, {high:.2f}] "
            f"({level_text(self.confidence_level)} {self.method}, {p_text(self.pvalue)}, "
            f"n={self.after.n:,} and {self.before.n:,})"
        )

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        ratios = {"ratio": self.value, "low": self.interval.low, "high": self.interval.high}
        rates = {"after": self.after.value, "before": self.before.value}
        sizes = {"n after": self.after.n, "n before": self.before.n}
        numbers = ratios | rates | sizes
        columns = {name: np.ravel(number) for name, number in numbers.items()}
        formats = (
            dict.fromkeys(ratios, ".2f")
            | dict.fromkeys(rates, self.after.basis.spec)
            | dict.fromkeys(sizes, ",")
            | {"p": ""}
        )
        how = f"{level_text(self.confidence_level)} {self.method} interval"
        return Table.of(
            columns | {"p": p_cells(self.pvalue)},
            np.size(self.value),
            caption=f"Ratio of the rates of {self.metric}, {how}",
            formats=formats,
        )


@overload
def rate_ratio(
    after: Estimate,
    before: Estimate,
    *,
    method: RatioMethod = "score",
    null: float = 1.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> RateRatio: ...
@overload
def rate_ratio(
    after: Grouped[Estimate],
    before: Grouped[Estimate],
    *,
    method: RatioMethod = "score",
    null: float = 1.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Grouped[RateRatio]: ...
def rate_ratio(
    after: Any,
    before: Any,
    *,
    method: RatioMethod = "score",
    null: float = 1.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Any:
    """Ratio `after` / `before` of two independent rates per time.

    Given how many events there were in all, those after are a binomial share; limits and
    test are those of the share.

    Args:
        after: Rate by `churn_per_time`, or grouped rates.
        before: The same of the group or the period that it is compared with.
        method: `"score"`, the default: Wilson's limits of the share; `"exact"`: those of
            Clopper and Pearson, which cover in at least as many cases as the level says.
        null: The ratio to test.
        alternative: What holds if the null hypothesis does not: the ratio is another one,
            is "less" or is "greater".
        confidence_level: Confidence level of the interval.

    Returns:
        The ratio. Without events on both sides any ratio is possible.

    Raises:
        MismatchError: If these are not rates of one metric in one unit.
        ArgumentError: If an option is not one there is, or the null is below 0.

    References:
        Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples
        from Poisson series. Biometrika 31, 313-323.

    Examples:
        >>> from cxmetrics import churn_per_time
        >>> old = churn_per_time(41, 28_010, unit="per month")
        >>> new = churn_per_time(15, 19_017, unit="per month")
        >>> print(rate_ratio(new, old))
        Churn ratio 0.54 [0.30, 0.97] (95% score, p = 0.037, n=15 and 41)
    """
    check_option(method, "method", get_args(RatioMethod))
    check_alternative(alternative)
    null = check_between(null, "null", 0, np.inf)
    confidence_level = check_confidence_level(confidence_level)
    keys, one, two = paired_up(after, before)
    check_alike(one, two)
    comparison = ratio_method(_rate(one), _rate(two), method)
    statistic, pvalue = comparison.test(null, alternative)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.divide(one.value, two.value)
    result = RateRatio(
        value=np.where(np.isfinite(ratio), ratio, np.nan),
        interval=comparison.interval(confidence_level, alternative),
        confidence_level=confidence_level,
        statistic=statistic,
        pvalue=pvalue,
        null=null,
        alternative=alternative,
        method=method,
        metric=one.metric,
        after=one,
        before=two,
    )
    return result if keys is None else Grouped(keys, result)


@overload
def rate_difference(
    after: Estimate,
    before: Estimate,
    *,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Difference: ...
@overload
def rate_difference(
    after: Grouped[Estimate],
    before: Grouped[Estimate],
    *,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Grouped[Difference]: ...
def rate_difference(
    after: Any,
    before: Any,
    *,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Any:
    """Difference `after` - `before` of two independent rates per time.

    Its interval is made of the limits of both rates; it is what `difference` says of them.

    Args:
        after: Rate by `churn_per_time`, or grouped rates.
        before: The same of the group or the period that it is compared with.
        null: The difference to test.
        alternative: What holds if the null hypothesis does not: the difference is another
            one, is "less" or is "greater".
        confidence_level: Confidence level of the interval.

    Returns:
        The difference, in the unit of the rates.

    Raises:
        MismatchError: If these are not rates of one metric in one unit.
        ArgumentError: If an option is not one there is.

    References:
        Li, H.-Q., Tang, M.-L. and Wong, W.-K. (2014). Confidence intervals for ratio of two
        Poisson rates using the method of variance estimates recovery. Computational
        Statistics 29, 869-889; here for the difference.

    Examples:
        >>> from cxmetrics import churn_per_time
        >>> old = churn_per_time(41, 28_010, unit="per month")
        >>> new = churn_per_time(15, 19_017, unit="per month")
        >>> print(rate_difference(new, old))
        Churn -0.0006750 per month [-0.0013020, -0.0000168] (95% mover, p = 0.044, n=15 and 41)
    """
    _, one, two = paired_up(after, before)
    for side in (one, two):
        _rate(side)
    return difference(
        after, before, null=null, alternative=alternative, confidence_level=confidence_level
    )


def _rate(estimate: Estimate) -> EventRate:
    """The events and the time behind a rate."""
    if not isinstance(estimate.basis, EventRate):
        hint = "did you mean difference(after, before)?"
        fail(MismatchError, f"Rates per time have a ratio, not {estimate.metric}.", hint)
    return estimate.basis
