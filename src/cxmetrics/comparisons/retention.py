"""Retention curves compared: the log-rank test, and differences at a tenure and in the mean."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy

from cxmetrics._checks import check_type, fail
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray, IntArray
from cxmetrics.comparisons.segments import SegmentComparison, compare_segments
from cxmetrics.errors import ArgumentError, MismatchError
from cxmetrics.estimate import Test
from cxmetrics.metrics.retention import mean_tenure, retention_at
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.life_table import LifeTable

NOTHING = 1e-9
"""Share of the largest variance below which one is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionComparison(Tabular, Frozen):
    """Whether groups of customers leave at the same pace, and who leaves faster.

    Args:
        test: The log-rank test, chi-squared with `df` degrees of freedom.
        df: Groups that were at risk when customers of others left, less 1.
        n: Customers of each group.
        churned: Customers of each group who left.
        expected: How many would have, had all groups left at the same pace.
        tables: The customers by group, and by stratum if there are strata.
        strata: The column of the keys that names the strata, if there are any.
    """

    test: Test
    df: int
    n: IntArray
    churned: IntArray
    expected: FloatArray
    tables: Grouped[LifeTable] = field(metadata=SHARED, repr=False)
    strata: str | None = field(metadata=SHARED)

    @property
    def shape(self) -> tuple[int, ...]:
        """Always (): all groups make one statement."""
        return ()

    @property
    def statistic(self) -> float:
        """Statistic of the log-rank test."""
        return float(self.test.statistic)

    @property
    def pvalue(self) -> float:
        """p-value of the log-rank test."""
        return float(self.test.pvalue)

    @property
    def null_hypothesis(self) -> str:
        """The hypothesis in words."""
        return self.test.null_hypothesis

    @property
    def relative_rate(self) -> FloatArray:
        """Churned over expected: above 1 in groups that leave faster than all together."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.churned / self.expected)

    def at(self, tenure: float, **options: Any) -> SegmentComparison:
        """Differences of the retention at one tenure, whatever the strata.

        Args:
            tenure: The tenure, chosen before the curves were seen.
            options: What `compare_segments` takes, such as versus="pairs".
        """
        return compare_segments(retention_at(self._groups, tenure), **options)

    def mean(self, horizon: float, **options: Any) -> SegmentComparison:
        """Differences of the mean tenure within a horizon, whatever the strata.

        Args:
            horizon: The tenure up to which it is counted.
            options: What `compare_segments` takes, such as versus="pairs".
        """
        return compare_segments(mean_tenure(self._groups, horizon), **options)

    @property
    def _groups(self) -> Grouped[LifeTable]:
        return self.tables if self.strata is None else self.tables.total(over=self.strata)

    def summary(self) -> str:
        """The answer in two sentences.

        Examples:
            >>> plans = ["month"] * 4 + ["year"] * 4
            >>> tables = LifeTable.of([1, 2, 2, 4, 3, 5, 8, 9], [1, 1, 1, 1, 1, 1, 0, 0], by=plans)
            >>> print(compare_retention(tables).summary())
            Customers of 2 groups leave at the same pace: p = 0.029 (log-rank, statistic 4.78).
            In 'month' 2.21 times as many left as would have at one pace for all, \
in 'year' 0.48 times as many.
        """
        rates, keys = self.relative_rate, list(self._groups)
        if np.isnan(rates).all():
            return f"{self.test}.\nNo customer left."
        first, last = np.nanargmax(rates), np.nanargmin(rates)
        return (
            f"{self.test}.\nIn {keys[first]!r} {rates[first]:.2f} times as many left as would "
            f"have at one pace for all, in {keys[last]!r} {rates[last]:.2f} times as many."
        )

    def to_dict(self) -> dict[str, Any]:
        """The test, and a list per column of the groups."""
        return {
            "statistic": self.statistic,
            "df": self.df,
            "pvalue": self.pvalue,
            "method": self.test.method,
            **self._table().columns,
        }

    def _table(self) -> Table:
        columns = {
            "n": self.n,
            "churned": self.churned,
            "expected": self.expected,
            "relative_rate": self.relative_rate,
        }
        return Table.of(columns, len(self.n)).beside(self._groups.columns)

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        columns = {name.replace("_", " "): c for name, c in self._table().columns.items()}
        formats = {"n": ",", "churned": ",", "expected": ",.1f", "relative rate": ".2f"}
        return Table(columns, str(self.test), formats)


def compare_retention(
    tables: Grouped[LifeTable], *, strata: str | None = None
) -> RetentionComparison:
    """Compare how fast several groups of customers leave, over all tenures at once.

    At every tenure those who leave are held against the number that each group would have
    lost, had all at risk left alike. The log-rank test adds these up; it sees differences
    best where one group leaves faster throughout, and may miss curves that cross.

    Args:
        tables: The customers by group.
        strata: A column of the keys: groups are compared within each of its values, so
            that what the strata differ in does not count.

    Returns:
        The test with its numbers by group; `at(tenure)` and `mean(horizon)` compare the
        retention at a tenure and the mean tenure, each with intervals.

    Raises:
        MismatchError: If these are not grouped life tables, or have weights.
        ArgumentError: If there are not at least two groups with customers.
        UnknownKeyError: If there is no such column of strata.

    References:
        Mantel, N. (1966). Evaluation of survival data and two new rank order statistics
        arising in its consideration. Cancer Chemotherapy Reports 50, 163-170.

    Examples:
        >>> tables = LifeTable.of(
        ...     [3, 5, 5, 8, 9, 1, 2, 2, 4, 6],
        ...     [1, 1, 0, 0, 0, 1, 1, 1, 1, 0],
        ...     by={"plan": ["year"] * 5 + ["month"] * 5},
        ... )
        >>> print(compare_retention(tables))
        Customers of 2 groups leave at the same pace: p = 0.11 (log-rank, statistic 2.53)
        plan   n  churned  expected  relative rate
        month  5        4       2.2           1.81
        year   5        2       3.8           0.53
    """
    _check_tables(tables)
    if strata is not None:
        check_type(strata, "strata", str)
        if tables.by == (strata,):
            message = "`strata` must be a column beside that of the groups, not the only one"
            fail(ArgumentError, f"{message}, {strata!r}.")
    groups = tables if strata is None else tables.total(over=strata)
    n, churned = np.asarray(groups.batch.n), groups.batch.churned.sum(axis=-1)
    some = np.count_nonzero(n)
    if some < 2:  # noqa: PLR2004
        fail(ArgumentError, f"`tables` must have at least two groups with customers, not {some}.")
    expected, covariance = _pooled(_strata(tables, strata), list(groups))
    statistic, df = _chi_squared(churned - expected, covariance)
    within = "" if strata is None else f" within each {strata}"
    test = Test(
        statistic=statistic,
        pvalue=float(scipy.special.chdtrc(df, statistic)) if df else 1.0,
        null=0.0,
        alternative="two-sided",
        method="log-rank",
        null_hypothesis=f"Customers of {some:,} groups leave at the same pace{within}",
    )
    return RetentionComparison(
        test=test, df=df, n=n, churned=churned, expected=expected, tables=tables, strata=strata
    )


def _check_tables(tables: Any) -> None:
    """The log-rank test is made from grouped life tables, without weights."""
    if not isinstance(getattr(tables, "batch", None), LifeTable):
        hint = "did you mean LifeTable.of(tenure, churned, by=...)?"
        came = type(tables).__name__
        fail(MismatchError, f"`tables` must be grouped life tables, not {came}.", hint)
    if tables.batch.design is not None:
        hint = "did you mean compare_segments(retention_at(tables, tenure))?"
        fail(MismatchError, "Life tables with weights have no log-rank test.", hint)


def _pooled(parts: list[Grouped[LifeTable]], keys: list[Any]) -> tuple[FloatArray, FloatArray]:
    """Expected numbers, and their covariance, over all strata."""
    row = {key: i for i, key in enumerate(keys)}
    expected, covariance = np.zeros(len(row)), np.zeros((len(row), len(row)))
    for part in parts:
        rows = np.array([row[key] for key in part], np.intp)
        within, spread = log_rank(part.batch)
        expected[rows] += within
        covariance[np.ix_(rows, rows)] += spread
    return expected, covariance


def log_rank(tables: LifeTable) -> tuple[FloatArray, FloatArray]:
    """Customers that each group would have lost, had all left alike; and their covariance.

    Given how many are at risk and how many of them leave, those whom one group loses at a
    tenure are hypergeometric. Numbers are floats from here on: products of whole numbers
    of many customers would overflow.
    """
    at_risk = tables.at_risk.astype(np.float64)
    lost, together = tables.churned.sum(axis=0).astype(np.float64), at_risk.sum(axis=0)
    some = together > 0
    lost, together, at_risk = lost[some], together[some], at_risk[:, some]
    shares = at_risk / together
    spread = lost * (together - lost) / np.maximum(together - 1, 1)
    covariance = np.diag(shares @ spread) - (shares * spread) @ shares.T
    return shares @ lost, covariance


def _strata(tables: Grouped[LifeTable], strata: str | None) -> list[Grouped[LifeTable]]:
    """The groups of each stratum."""
    if strata is None:
        return [tables]
    values = dict.fromkeys(tables.columns[strata])
    return [tables.select(**{strata: value}) for value in values]


def _chi_squared(gap: FloatArray, covariance: FloatArray) -> tuple[float, int]:
    """Squared gaps over their covariance, and in how many directions they can lie."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 0))
    some = scale > 0
    if not some.any():
        return 0.0, 0
    correlation = covariance[np.ix_(some, some)] / np.outer(scale[some], scale[some])
    values, vectors = np.linalg.eigh(correlation)
    real = values > NOTHING * values[-1]
    along = vectors[:, real].T @ (gap[some] / scale[some])
    return float((along**2 / values[real]).sum()), int(real.sum())
