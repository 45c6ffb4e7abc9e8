"""Retention by tenure: the curve, and the numbers that are read off it."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import scipy

from cxmetrics._checks import check_confidence_level, check_number, check_type, fail
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import AnyArray, FloatArray, IndexArray, IntArray, Ints
from cxmetrics.errors import ArgumentError, TooFewResponsesError
from cxmetrics.estimate import Estimate, level_text
from cxmetrics.intervals.method import Interval
from cxmetrics.intervals.retention import (
    KeptBasis,
    MeanTenure,
    RetentionAt,
    TenureQuantile,
    product_limit,
)
from cxmetrics.likelihood.product_limit import Kept, band_critical_value
from cxmetrics.metrics.by_group import by_group
from cxmetrics.summaries.life_table import LifeTable

RetentionMethod: TypeAlias = Literal["log-log", "score", "normal"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionCurve(Tabular, Frozen):
    """Share of the customers who are there after each tenure, with its interval.

    Shares are proportions, 0...1, one per tenure; leading axes are a batch. Beyond the
    longest tenure that was seen they are NaN, unless all customers had left.

    Args:
        tenures: The tenures at which anything happens, the same for all rows of a batch.
        survival: Share who are there after each tenure.
        std_error: Its standard error, by Greenwood.
        interval: Pointwise confidence interval, `interval.low` to `interval.high`.
        confidence_level: Confidence level of the interval, as a proportion.
        table: The customers.
    """

    tenures: AnyArray = field(metadata=SHARED)
    survival: FloatArray
    std_error: FloatArray
    interval: Interval
    confidence_level: float = field(metadata=SHARED)
    table: LifeTable = field(repr=False)

    @classmethod
    def of(cls, table: LifeTable, confidence_level: float) -> Self:
        """The curve of a life table."""
        curve = _curve(table)
        with np.errstate(invalid="ignore"):
            error = curve.value * np.sqrt(curve.log_variance)
        return cls(
            tenures=table.tenures,
            survival=curve.value,
            std_error=np.where(curve.value == 0, 0.0, error),
            interval=Interval(*curve.log_log_limits(_z(confidence_level))),
            confidence_level=confidence_level,
            table=table,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single curve."""
        return self.table.shape

    @property
    def n(self) -> Ints:
        """Number of customers."""
        return self.table.n

    @property
    def at_risk(self) -> IntArray:
        """Number of customers who were seen at each tenure, those included who left at it."""
        return self.table.at_risk

    @property
    def churned(self) -> IntArray:
        """Number of customers who left at each tenure."""
        return self.table.churned

    def band(self, confidence_level: float | None = None) -> Interval:
        """Limits within which the whole curve lies with this confidence.

        Pointwise intervals hold for one tenure that was chosen beforehand. The band holds
        for all of them at once, so whatever is read off a curve may be read off it.

        Args:
            confidence_level: Confidence level; that of the curve by default.

        References:
            Nair, V. N. (1984). Confidence bands for survival functions with censored data:
            a comparative study. Technometrics 26, 265-275; here for the tenures there are,
            whose critical value is computed by the sums of Armitage, McPherson and Rowe
            (1969), Journal of the Royal Statistical Society A 132, 235-244.

        Examples:
            >>> curve = retention_curve(LifeTable.from_survivors([1000, 869, 743, 653]))
            >>> low, high = curve.band()
            >>> low.round(3), high.round(3)
            (array([0.842, 0.71 , 0.617]), array([0.892, 0.773, 0.686]))
        """
        level = self.confidence_level if confidence_level is None else confidence_level
        level = check_confidence_level(level)
        curve = _curve(self.table)
        clocks = np.where(np.isnan(curve.value), np.inf, curve.log_variance)
        rows = clocks.reshape(np.size(self.n), len(self.tenures))
        z = np.array([band_critical_value(clock, level) for clock in rows])
        return Interval(*curve.log_log_limits(z.reshape(*self.shape, 1)))

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        return self.of(self.table.take(rows), self.confidence_level)

    def to_dict(self) -> dict[str, Any]:
        """Lists by column, one value per tenure."""
        columns = {"tenure": self.tenures, **self._columns()}
        return {name: column.tolist() for name, column in columns.items()}

    def _columns(self) -> dict[str, Any]:
        """All that is told of each tenure."""
        return {
            "at_risk": self.at_risk,
            "churned": self.churned,
            "survival": self.survival,
            "std_error": self.std_error,
            "low": self.interval.low,
            "high": self.interval.high,
        }

    def _table(self) -> Table:
        """A row per tenure; of a batch, a row per row, with columns per tenure."""
        columns = self._columns()
        if not self.shape:
            return Table.of({"tenure": self.tenures, **columns}, len(self.tenures))
        return Table.wide(columns, self.tenures.tolist())

    def _display(self, *, detailed: bool) -> Table:
        how = f"{level_text(self.confidence_level)} log-log interval"
        if self.shape:
            columns = {"n": self.n, "churned": self.churned.sum(axis=-1)}
            flat = {name: np.ravel(column) for name, column in columns.items()}
            formats = dict.fromkeys(columns, ",")
            return Table.of(flat, np.size(self.n), caption="Retention curves", formats=formats)
        names = ["at_risk", "churned", "survival", *["std_error"] * detailed, "low", "high"]
        own = self._columns()
        columns = {name.replace("_", " "): own[name] for name in names}
        formats = {name: "," if c.dtype.kind == "i" else ".3f" for name, c in columns.items()}
        return Table.of(
            {"tenure": self.tenures, **columns},
            len(self.tenures),
            caption=f"Retention of {self.n:,} customers, {how}",
            formats=formats | {"tenure": "" if self.tenures.dtype.kind == "i" else ".6g"},
        )


def _curve(table: LifeTable) -> Kept:
    """The share of the customers who are there after each tenure of a table."""
    curve = product_limit(table)
    return Kept(*(part[..., 1:] for part in curve.kept(curve.at_risk)))


def _z(confidence_level: float) -> FloatArray:
    """The critical value of a two-sided interval."""
    return np.asarray(-scipy.special.ndtri((1 - confidence_level) / 2))


@by_group
def retention_curve(table: LifeTable, *, confidence_level: float = 0.95) -> RetentionCurve:
    """Share of the customers who are there after each tenure.

    Customers who have not left yet count for as long as they were seen, and not beyond.

    Args:
        table: The customers, or grouped life tables.
        confidence_level: Confidence level of the pointwise interval.

    Returns:
        The curve in proportions, 0...1, with an interval at every tenure; `band()` gives
        limits for all tenures at once.

    Raises:
        TooFewResponsesError: If there is no customer.

    References:
        Greenwood, M. (1926). The natural duration of cancer. Reports on Public Health and
        Medical Subjects 33, HMSO.

        Kalbfleisch, J. D. and Prentice, R. L. (1980). The Statistical Analysis of Failure
        Time Data. Wiley.

        Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete
        observations. Journal of the American Statistical Association 53, 457-481.

    Examples:
        >>> print(retention_curve(LifeTable.of([2, 3, 3, 5, 8], [1, 1, 0, 1, 0])))
        Retention of 5 customers, 95% log-log interval
        tenure  at risk  churned  survival    low   high
             2        5        1     0.800  0.204  0.969
             3        4        1     0.600  0.126  0.882
             5        2        1     0.300  0.012  0.719
             8        1        0     0.300  0.012  0.719
    """
    _check_table(table)
    return RetentionCurve.of(table, check_confidence_level(confidence_level))


@by_group
def retention_at(
    table: LifeTable,
    tenure: float,
    *,
    label: str = "",
    confidence_level: float = 0.95,
    method: RetentionMethod = "log-log",
) -> Estimate:
    """Percentage of the customers who are there after a tenure.

    Args:
        table: The customers, or grouped life tables.
        tenure: The tenure, in the unit of the table.
        label: Name of the metric; by default "Retention after 12" and the like.
        confidence_level: Confidence level of the interval.
        method: `"log-log"`, the default; `"score"`: Wilson's interval of as many customers
            as vary like these; or `"normal"`, which is too short near 0 and 100%. Where
            all customers stayed, or none, the first two are Wilson's interval.

    Returns:
        The retention in percent. Of grouped tables, NaN for a group of which nobody was
        seen for so long.

    Raises:
        TooFewResponsesError: If there is no customer.
        ArgumentError: If nobody was seen for as long as `tenure`, or an option is not one
            there is.

    References:
        Rothman, K. J. (1978). Estimation of confidence limits for the cumulative
        probability of survival in life table analysis. Journal of Chronic Diseases 31,
        557-560.

    Examples:
        >>> table = LifeTable.from_survivors([1000, 869, 743, 653])
        >>> print(retention_at(table, 2))
        Retention after 2 74.3% [71.5, 76.9] (95% log-log, n=1,000)
    """
    _check_table(table)
    tenure = _check_tenure(tenure, "tenure")
    return _estimate(
        RetentionAt(table=table, tenure=tenure),
        metric=label or f"Retention after {tenure:g}",
        unit="%",
        confidence_level=confidence_level,
        method=method,
    )


@by_group
def mean_tenure(
    table: LifeTable,
    horizon: float,
    *,
    unit: str = "",
    label: str = "",
    confidence_level: float = 0.95,
    method: RetentionMethod = "log-log",
) -> Estimate:
    """Mean tenure of the customers within a horizon: how long they stay of so long.

    It is the area under the retention curve up to the horizon. The mean without a horizon
    would need a model of those who are still there.

    Args:
        table: The customers, or grouped life tables.
        horizon: The tenure up to which it is counted, in the unit of the table.
        unit: Unit of the tenures, such as "months".
        label: Name of the metric; by default "Mean tenure within 12" and the like.
        confidence_level: Confidence level of the interval.
        method: `"log-log"`, the default, or `"score"`: as for `retention_at`, of the share
            of the horizon, and with Student's t, as the variance comes from the customers
            too; or `"normal"`, which covers far too seldom where few leave.

    Returns:
        The mean tenure, in the unit of the tenures. Its standard error is that of the
        estimate, not the standard deviation of the tenures.

    Raises:
        TooFewResponsesError: If there is no customer.
        ArgumentError: If nobody was seen for as long as the horizon, it is not above 0, or
            an option is not one there is.

    References:
        Irwin, J. O. (1949). The standard error of an estimate of expectation of life.
        Journal of Hygiene 47, 188-189.

    Examples:
        >>> table = LifeTable.from_survivors([1000, 869, 743, 653])
        >>> print(mean_tenure(table, 3, unit="years"))
        Mean tenure within 3 2.61 years [2.57, 2.65] (95% log-log, n=1,000)
    """
    _check_table(table)
    horizon = _check_tenure(horizon, "horizon")
    if not horizon > 0:
        fail(ArgumentError, f"`horizon` must be above 0, not {horizon:g}.")
    return _estimate(
        MeanTenure(table=table, horizon=horizon),
        metric=label or f"Mean tenure within {horizon:g}",
        unit=unit,
        confidence_level=confidence_level,
        method=method,
    )


@by_group
def median_tenure(
    table: LifeTable,
    *,
    unit: str = "",
    label: str = "Median tenure",
    confidence_level: float = 0.95,
) -> Estimate:
    """The tenure after which at most half of the customers are there.

    Args:
        table: The customers, or grouped life tables.
        unit: Unit of the tenures, such as "months".
        label: Name of the metric.
        confidence_level: Confidence level of the interval.

    Returns:
        The median tenure; infinite where more than half of the customers stayed to the
        end. The interval has the tenures at which the curve may have come down to a half,
        which may be any once nobody is seen any more. It has no standard error.

    Raises:
        TooFewResponsesError: If there is no customer.

    References:
        Brookmeyer, R. and Crowley, J. (1982). A confidence interval for the median survival
        time. Biometrics 38, 29-41.

    Examples:
        >>> table = LifeTable.from_survivors([1000, 631, 468, 382])
        >>> print(median_tenure(table, unit="years"))
        Median tenure 2.0 years [2.0, 2.0] (95% log-log, n=1,000)
    """
    _check_table(table)
    basis = TenureQuantile(table=table, left=0.5)
    return Estimate.of(
        basis, metric=label, unit=unit, confidence_level=confidence_level, method="log-log"
    )


def _estimate(basis: KeptBasis, **options: Any) -> Estimate:
    """The estimate, if customers were seen for long enough."""
    table = basis.table
    if not table.shape and np.isnan(basis.value):
        longest = max([0, *table.tenures[product_limit(table).known[1:]].tolist()])
        message = f"Nobody was seen for longer than {longest:g}, so that what comes later"
        hint = "did you mean a model, fit_retention(table)?"
        fail(ArgumentError, f"{message} is not known.", hint)
    return Estimate.of(basis, **options)


def _check_table(table: Any) -> None:
    """There must be a life table, and customers in it outside of a batch."""
    check_type(table, "table", LifeTable)
    if not table.shape and not table.n:
        fail(TooFewResponsesError, "`table` must have at least one customer, not 0.")


def _check_tenure(tenure: Any, name: str) -> float:
    """A tenure is a number from 0."""
    number = check_number(tenure, name)
    if number < 0:
        fail(ArgumentError, f"`{name}` must be at least 0, not {number:g}.")
    return number
