"""Cohort retention: of those who joined together, who was active how long after."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cxmetrics._checks import check_whole, fail
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import AnyArray, BoolArray, FloatArray, IntArray, Period
from cxmetrics.errors import ArgumentError
from cxmetrics.estimate import Estimate, level_text
from cxmetrics.intervals.method import Interval
from cxmetrics.metrics.linear import score_estimate
from cxmetrics.summaries.frames.cohorts import tabulate_cohorts
from cxmetrics.summaries.grouped import Grouped

IN_PERCENT = np.array([0.0, 100.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CohortRetention(Tabular, Frozen):
    """The cohort triangle: a row per cohort, a column per age.

    Arrays have the shape cohorts × ages. An age that a cohort had not reached in the last
    period seen is not observed: its retention is NaN, with 0 to 100% as its interval.

    Args:
        cohorts: First day of the period in which each cohort joined, in order.
        ages: Periods since joining: 0, 1, 2, ...
        period: "day", "week", "month", "quarter" or "year".
        estimate: The retention of all cells, as a batch.
    """

    cohorts: AnyArray = field(metadata=SHARED)
    ages: IntArray = field(metadata=SHARED)
    period: Period = field(metadata=SHARED)
    estimate: Estimate = field(repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): the triangle is one statement."""
        return ()

    @property
    def sizes(self) -> IntArray:
        """Number of customers of each cohort."""
        return np.asarray(self.estimate.n)[:, 0]

    @property
    def observed(self) -> BoolArray:
        """Which cohorts had reached which age in the last period seen."""
        return ~np.isnan(self.retention)

    @property
    def active(self) -> IntArray:
        """Number of customers of each cohort who were active at each age."""
        return np.asarray(self.estimate.score.counts.counts[..., 1])

    @property
    def retention(self) -> FloatArray:
        """Percentage of each cohort that was active at each age; NaN where not observed."""
        return np.asarray(self.estimate.value)

    @property
    def interval(self) -> Interval:
        """Wilson's interval of each percentage."""
        return self.estimate.interval

    @property
    def confidence_level(self) -> float:
        """Confidence level of the intervals, as a proportion."""
        return self.estimate.confidence_level

    def age(self, periods: int) -> Grouped[Estimate]:
        """The retention after so many periods, by cohort, of those cohorts that are so old.

        Cohorts have no customer in common, so `trend` and `compare_segments` tell whether
        customers who joined later stay more often.

        Raises:
            ArgumentError: If no cohort is so old.
        """
        number = check_whole(periods, "periods")
        if number not in self.ages:
            fail(ArgumentError, f"`periods` must be 0 to {self.ages[-1]}, not {number}.")
        reached = self.observed[:, number]
        unit = self.period if number == 1 else f"{self.period}s"
        metric = f"Retention after {number} {unit}"
        estimate = replace(self.estimate[reached, number], metric=metric)
        return Grouped({"cohort": self.cohorts[reached].tolist()}, estimate)

    def to_dict(self) -> dict[str, Any]:
        """Lists by column, one value per cohort and age."""
        return self._table().columns

    def _table(self) -> Table:
        cohorts, ages = np.meshgrid(self.cohorts, self.ages, indexing="ij")
        columns = {
            "cohort": cohorts,
            "age": ages,
            "n": self.estimate.n,
            "active": self.active,
            "value": self.retention,
            "low": self.interval.low,
            "high": self.interval.high,
            "observed": self.observed,
        }
        return Table.of({name: np.ravel(cells) for name, cells in columns.items()}, ages.size)

    def _display(self, *, detailed: bool) -> Table:
        columns: dict[str, Any] = {"cohort": self.cohorts, "n": self.sizes}
        formats = {"n": ","}
        for age in self.ages.tolist():
            column: Any = self.retention[:, age]
            spec = ".1f"
            if detailed:
                limits = (np.asarray(limit)[:, age] for limit in self.interval)
                column, spec = _with_limits(column, *limits), ""
            columns[str(age)], formats[str(age)] = column, spec
        how = f", {level_text(self.confidence_level)} {self.estimate.method} intervals"
        return Table.of(
            columns,
            len(self.cohorts),
            caption=f"Retention in %, by {self.period}s since joining{how * detailed}",
            formats=formats,
        )


def _with_limits(values: FloatArray, low: FloatArray, high: FloatArray) -> list[str | None]:
    """Percentages with their intervals, of those that are observed."""
    rows = zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    return [None if np.isnan(v) else f"{v:.1f} [{lo:.1f}, {hi:.1f}]" for v, lo, hi in rows]


def cohort_retention(
    frame: Any,
    customer: str,
    joined: str,
    active: str,
    *,
    period: Period = "month",
    confidence_level: float = 0.95,
) -> CohortRetention:
    """Percentage of those who joined in the same period who were active k periods later.

    It counts activity in a period, not staying until it: who pauses counts again when back,
    so a row may rise. For customers who leave once and for all, take `retention_curve`.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not, with a
            row per customer and activity.
        customer: The column that names the customer.
        joined: The column of dates or times at which the customer joined.
        active: The column of dates or times of the activity; missing in a row that tells of
            none, such as that of a customer who was never active.
        period: "day", "week", "month", "quarter" or "year"; weeks begin on Monday.
        confidence_level: Confidence level of the intervals.

    Returns:
        The triangle, in percent. The last period of joining or activity is taken for
        complete: leave out one that is not over. Cells of later periods are not observed,
        which is not the same as 0.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If a column has no dates, a customer or a joining is missing, a
            customer joined on several days, or was active in a period before joining.
        TooFewResponsesError: If there is no customer.

    References:
        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
        inference. Journal of the American Statistical Association 22, 209-212.

    Examples:
        >>> import polars as pl
        >>> from datetime import date
        >>> log = pl.DataFrame(
        ...     {
        ...         "customer": ["Ann", "Ann", "Bob", "Cem", "Cem", "Dee"],
        ...         "joined": [date(2025, 1, 7)] * 3 + [date(2025, 2, 1)] * 3,
        ...         "order": [date(2025, m, 9) for m in (1, 3, 2, 2, 3, 2)],
        ...     }
        ... )
        >>> triangle = cohort_retention(log, "customer", "joined", "order")
        >>> print(triangle)
        Retention in %, by months since joining
        cohort      n      0     1     2
        2025-01-01  2   50.0  50.0  50.0
        2025-02-01  2  100.0  50.0     –
        >>> print(triangle.age(1))
        Retention after 1 month in %, 95% score interval
        cohort      value  low  high  n  missing
        2025-01-01   50.0  9.5  90.5  2        0
        2025-02-01   50.0  9.5  90.5  2        0
    """
    cohorts, counts = tabulate_cohorts(frame, customer, joined, active, period)
    estimate = score_estimate(
        counts,
        IN_PERCENT,
        groups=(("not active", 1), ("active", 1)),
        metric="Retention",
        unit="%",
        confidence_level=confidence_level,
        method="score",
    )
    return CohortRetention(
        cohorts=np.array(cohorts, "datetime64[D]"),
        ages=np.arange(counts.shape[1]),
        period=period,
        estimate=estimate,
    )
