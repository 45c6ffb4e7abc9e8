"""Whether several groups deliver the same score, and how far apart they are if not."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import scipy

from cxmetrics._checks import check_confidence_level, check_option, fail, warn
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray
from cxmetrics.comparisons.equality import equality_test
from cxmetrics.comparisons.groups import (
    check_all_apart,
    check_grouped,
    group_variances,
)
from cxmetrics.errors import ArgumentError, ZeroWidthWarning
from cxmetrics.estimate import Estimate, Test, in_unit, level_text, p_cells, p_text, with_unit
from cxmetrics.intervals.method import Interval
from cxmetrics.summaries.grouped import Grouped

ConsistencyMethod: TypeAlias = Literal["paule-mandel", "dersimonian-laird"]

BORROWED = 20
"""Answers that each group borrows for its variance. With fewer of them small groups close
to the end of the scale look surer than they are, and so further apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Consistency(Tabular, Frozen):
    """How far the true scores of several groups lie apart, and whether they do.

    Args:
        value: Standard deviation of the true scores of the groups, in `unit`.
        interval: Confidence interval of it, by Viechtbauer's Q-profile.
        confidence_level: Confidence level of the interval, as a proportion.
        test: Score test that all groups have the same score.
        df: Degrees of freedom of the test.
        i2: I², the share of the variance of the estimates that is not chance, 0...1.
        i2_interval: Its confidence interval.
        mean: Mean of the true scores of the groups.
        mean_std_error: Its standard error.
        lowest: Lowest estimate of a group.
        highest: Highest estimate of a group.
        n_groups: Number of groups with answers.
        n: Number of answers.
        method: "paule-mandel" or "dersimonian-laird".
        metric: Name of the metric.
        unit: "points", "percentage points" or "scale points".
        spec: How scores are written.
    """

    value: float
    interval: Interval
    confidence_level: float = field(metadata=SHARED)
    test: Test
    df: int
    i2: float
    i2_interval: Interval
    mean: float
    mean_std_error: float
    lowest: float
    highest: float
    n_groups: int
    n: int
    method: ConsistencyMethod = field(metadata=SHARED)
    metric: str = field(metadata=SHARED)
    unit: str = field(metadata=SHARED)
    spec: str = field(metadata=SHARED, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): all groups make one statement."""
        return ()

    @property
    def statistic(self) -> float:
        """Statistic of the test, chi-squared with `df` degrees of freedom."""
        return float(self.test.statistic)

    @property
    def pvalue(self) -> float:
        """p-value of the test that all groups have the same score."""
        return float(self.test.pvalue)

    @property
    def null_hypothesis(self) -> str:
        """The hypothesis in words."""
        return self.test.null_hypothesis

    def summary(self) -> str:
        """The answer in two sentences.

        Examples:
            >>> from cxmetrics import NPS_GROUPS, Counts, nps
            >>> counts = Counts(NPS_GROUPS, [[20, 30, 50], [10, 20, 70], [30, 50, 120]])
            >>> print(consistency(nps(Grouped({"shop": ["N", "S", "W"]}, counts))).summary())
            NPS is not the same in 3 groups (p = 0.017).
            Around a mean of 45.3 points they differ by a standard deviation of 13.1 points \
(95% CI: 2.9 to 94.0).
        """
        low, high = map(self._text, self.interval)
        level = level_text(self.confidence_level)
        percent = self.unit == "percentage points"
        mean = with_unit(self._text(self.mean), "%" if percent else self.unit)
        if self.pvalue <= 1 - self.confidence_level:
            return (
                f"{self.metric} is not the same in {self.n_groups:,} groups "
                f"({p_text(self.pvalue)}).\nAround a mean of {mean} they differ by a standard "
                f"deviation of {self._with_unit(self.value)} ({level} CI: {low} to {high})."
            )
        if not self.interval.high:
            return (
                f"{self.metric} may be the same in {self.n_groups:,} groups "
                f"({p_text(self.pvalue)}).\nAround a mean of {mean} they differ by less than "
                f"chance alone would have it."
            )
        return (
            f"{self.metric} may be the same in {self.n_groups:,} groups ({p_text(self.pvalue)}).\n"
            f"Around a mean of {mean} they may as well differ by a standard deviation of up to "
            f"{self._with_unit(self.interval.high)} ({level} CI: {low} to {high})."
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys."""
        return {
            "metric": self.metric,
            "unit": self.unit,
            "value": self.value,
            "low": self.interval.low,
            "high": self.interval.high,
            "confidence_level": self.confidence_level,
            "statistic": self.statistic,
            "df": self.df,
            "pvalue": self.pvalue,
            "i2": self.i2,
            "i2_low": self.i2_interval.low,
            "i2_high": self.i2_interval.high,
            "mean": self.mean,
            "mean_std_error": self.mean_std_error,
            "lowest": self.lowest,
            "highest": self.highest,
            "n_groups": self.n_groups,
            "n": self.n,
            "method": self.method,
        }

    def __str__(self) -> str:
        low, high = map(self._text, self.interval)
        level = level_text(self.confidence_level)
        return (
            f"{self.metric} of {self.n_groups:,} groups: standard deviation "
            f"{self._with_unit(self.value)} [{low}, {high}] ({level} Q-profile, "
            f"same score: {p_text(self.pvalue)}, n={self.n:,})"
        )

    def _text(self, value: float) -> str:
        return format(value, self.spec)

    def _with_unit(self, value: float) -> str:
        return with_unit(self._text(value), self.unit)

    def _table(self) -> Table:
        return Table.of(self.to_dict(), 1)

    def _display(self, *, detailed: bool) -> Table:
        numbers = {
            "std. deviation": self.value,
            "low": self.interval.low,
            "high": self.interval.high,
            "mean": self.mean,
            "lowest": self.lowest,
            "highest": self.highest,
        }
        formats = dict.fromkeys(numbers, self.spec)
        columns: dict[str, Any] = dict(numbers)
        if detailed:
            columns["I²"], formats["I²"] = self.i2, ".0%"
        columns |= {"groups": self.n_groups, "n": self.n, "p": p_cells(self.test.pvalue)[0]}
        formats |= {"groups": ",", "n": ",", "p": ""}
        how = f"{level_text(self.confidence_level)} Q-profile interval"
        caption = f"{self.metric} between groups{in_unit(self.unit)}, {how}"
        return Table.of(columns, 1, caption=caption, formats=formats)


def consistency(
    estimates: Grouped[Estimate],
    *,
    method: ConsistencyMethod = "paule-mandel",
    confidence_level: float = 0.95,
) -> Consistency:
    """Whether the same score is delivered across channels, shops or teams.

    Estimates of groups differ by chance, even if all deliver the same. The test asks
    whether they differ by more than that. The standard deviation between groups says by
    how much their *true* scores differ, in the unit of the score; unlike a p-value it
    does not grow with the number of answers.

    The test is the score test of equal scores. The interval is made from standard errors,
    and leaves equal parts to both sides; where the p-value is close to the level, it may
    start at 0 although the test rejects.

    Args:
        estimates: One estimate per group, of any metric; with weights or clusters too.
        method: `"paule-mandel"`, the default: the standard deviation at which the groups
            scatter as they should; `"dersimonian-laird"`, its first step from 0.
        confidence_level: Confidence level of the interval.

    Returns:
        The standard deviation between groups, from 0 to half the range of the score, with
        its interval and the test. Groups without answers do not count. Where groups are
        more alike than chance would have it, the interval is 0 to 0, with a warning.

    Raises:
        MismatchError: If these are not grouped estimates.
        ArgumentError: If there are not at least two groups with answers, or an option is
            not one there is.
        OverlappingClustersError: If groups share clusters, so that they are not
            independent.

    References:
        DerSimonian, R. and Laird, N. (1986). Meta-analysis in clinical trials. Controlled
        Clinical Trials 7, 177-188.

        Higgins, J. P. T. and Thompson, S. G. (2002). Quantifying heterogeneity in a
        meta-analysis. Statistics in Medicine 21, 1539-1558.

        Paule, R. C. and Mandel, J. (1982). Consensus values and weighting factors. Journal
        of Research of the National Bureau of Standards 87, 377-385.

        Viechtbauer, W. (2007). Confidence intervals for the amount of heterogeneity in
        meta-analysis. Statistics in Medicine 26, 37-52.

    Examples:
        >>> from cxmetrics import datasets, nps
        >>> areas = datasets.airport()["recommend"].total(over=["year", "flight"])
        >>> print(consistency(nps(areas)))
        NPS of 7 groups: standard deviation 5.4 points [2.7, 13.3] (95% Q-profile, same score: \
p < 0.001, n=5,396)
    """
    check_grouped(estimates, "consistency")
    check_option(method, "method", get_args(ConsistencyMethod))
    confidence_level = check_confidence_level(confidence_level)
    batch = estimates.batch
    check_all_apart(batch)
    keep = batch.basis.speaks
    groups = int(keep.sum())
    if groups < 2:  # noqa: PLR2004
        message = f"`estimates` must have at least two groups with answers, not {groups}."
        fail(ArgumentError, message)
    values, (lowest, highest) = np.ravel(batch.value)[keep], batch.basis.bounds
    variances = group_variances(batch, keep, borrowed=BORROWED)
    scatter = Scatter(values, variances, (highest - lowest) / 2)
    tau = scatter.paule_mandel() if method == "paule-mandel" else scatter.dersimonian_laird()
    interval = scatter.profile(confidence_level)
    if not interval.high:
        msg = "An interval has no width: the groups are more alike than chance would have it."
        warn(msg, ZeroWidthWarning)
    weights = 1 / (variances + tau**2)
    return Consistency(
        value=tau,
        interval=interval,
        confidence_level=confidence_level,
        test=equality_test(batch),
        df=groups - 1,
        i2=scatter.i2(tau),
        i2_interval=Interval(*map(scatter.i2, interval)),
        mean=float(weights @ values / weights.sum()),
        mean_std_error=float(weights.sum() ** -0.5),
        lowest=float(values.min()),
        highest=float(values.max()),
        n_groups=groups,
        n=int(np.ravel(batch.n)[keep].sum()),
        method=method,
        metric=batch.metric,
        unit="percentage points" if batch.unit == "%" else batch.unit,
        spec=batch.basis.spec,
    )


class Scatter(NamedTuple):
    """Scores of groups with their squared standard errors, and how they scatter.

    Args:
        values: The scores.
        variances: Their squared standard errors, above 0.
        most: The largest standard deviation that true scores can have.
    """

    values: FloatArray
    variances: FloatArray
    most: float

    def q(self, tau: float) -> float:
        """Cochran's Q, if the true scores have the standard deviation `tau`; it falls with it."""
        weights = 1 / (self.variances + tau**2)
        mean = weights @ self.values / weights.sum()
        return float(weights @ (self.values - mean) ** 2)

    def at(self, q: float) -> float:
        """The standard deviation at which Q has a value, as far as there is one."""
        if self.q(0) <= q:
            return 0.0
        # No group has a larger weight than 1/τ², so Q is at most the sum of squares over τ².
        squares = float(((self.values - self.values.mean()) ** 2).sum())
        most = float(min(self.most, 1.001 * (squares / q) ** 0.5))
        if self.q(most) >= q:
            return most
        return float(
            scipy.optimize.brentq(
                lambda tau: self.q(tau) - q, 0, most, xtol=1e-13 * most, rtol=1e-14
            )
        )

    def paule_mandel(self) -> float:
        """The standard deviation at which Q is what it should be."""
        return self.at(len(self.values) - 1)

    def dersimonian_laird(self) -> float:
        """By the expectation of Q with the weights of equal scores."""
        weights = 1 / self.variances
        excess = self.q(0) - (len(self.values) - 1)
        factor = weights.sum() - (weights**2).sum() / weights.sum()
        return min(float(np.sqrt(max(0, excess / factor))), self.most)

    def profile(self, confidence_level: float) -> Interval:
        """The standard deviations at which Q is neither too large nor too small."""
        tail, df = (1 - confidence_level) / 2, len(self.values) - 1
        few, many = scipy.special.chdtri(df, 1 - tail), scipy.special.chdtri(df, tail)
        return Interval(self.at(float(many)), self.at(float(few)))

    def i2(self, tau: float) -> float:
        """The share of the variance that is between groups, at their typical variance."""
        weights = 1 / self.variances
        total = weights.sum()
        typical = (len(weights) - 1) * total / (total**2 - (weights**2).sum())
        return float(tau**2 / (tau**2 + typical))
