"""tabulate_tenure: columns of any data frame that tell who left and when → life tables."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from cxmetrics._typing import Period
from cxmetrics.summaries.frames.cells import checked_counts, checked_weights, groups_of
from cxmetrics.summaries.frames.question import Question, arrays_of, as_names
from cxmetrics.summaries.frames.values import floats, python_values
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.life_table import LifeTable
from cxmetrics.summaries.tenures import Customers

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


@overload
def tabulate_tenure(
    frame: Any,
    tenure: str,
    churned: str,
    *,
    entry: str | None = None,
    weights: str | None = None,
    by: None = None,
    count: str | None = None,
    period: None = None,
) -> LifeTable: ...
@overload
def tabulate_tenure(
    frame: Any,
    tenure: str,
    churned: str,
    *,
    entry: str | None = None,
    weights: str | None = None,
    by: str | Iterable[str],
    count: str | None = None,
    period: tuple[str, Period] | None = None,
) -> Grouped[LifeTable]: ...
@overload
def tabulate_tenure(
    frame: Any,
    tenure: str,
    churned: str,
    *,
    entry: str | None = None,
    weights: str | None = None,
    by: str | Iterable[str] | None = None,
    count: str | None = None,
    period: tuple[str, Period],
) -> Grouped[LifeTable]: ...
def tabulate_tenure(
    frame: Any,
    tenure: str,
    churned: str,
    *,
    entry: str | None = None,
    weights: str | None = None,
    by: str | Iterable[str] | None = None,
    count: str | None = None,
    period: tuple[str, Period] | None = None,
) -> LifeTable | Grouped[LifeTable]:
    """Count customers by their tenure, inside the engine that holds them.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not, with a
            row per customer: pandas, Polars, PyArrow, a DuckDB relation, Dask, PySpark,
            Ibis. Of one that is not in memory, only groups and their sums are collected.
        tenure: The column of tenures: numbers from 0, in any unit. Tenures in days or
            months stay a small table; of real numbers there may be one per customer.
        churned: The column that tells whether the customer left at that tenure, true or
            1; who was still there when last seen is false or 0.
        entry: The column of tenures the customers already had when first under
            observation; 0 for those seen from the start.
        weights: The column of sampling weights: how many customers a row stands for.
        by: The column, or columns, that name the groups.
        count: A column of frequencies: how many customers a row is about, where the frame
            is a table of counts itself.
        period: A column of dates or times, such as that of the first order, and "day",
            "week", "month", "quarter" or "year": a further key of that name, with the
            first day of the period.

    Returns:
        The life table; with `by` or `period`, a Grouped of them, all on the same tenures.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If a tenure or an entry is missing or not a number from 0 to 2**53,
            an entry is not before the tenure, `churned` is neither true nor false, or a
            weight or a frequency is not a number from 0.

    Examples:
        >>> import polars as pl
        >>> customers = pl.DataFrame(
        ...     {
        ...         "plan": ["basic", "basic", "plus", "plus"],
        ...         "months": [2, 5, 5, 9],
        ...         "left": [True, False, True, False],
        ...     }
        ... )
        >>> tables = tabulate_tenure(customers, "months", "left", by="plan")
        >>> print(tables)
        Life tables
        plan   n  churned  censored
        basic  2        1         1
        plus   2        1         1
        >>> tables["plus"].at_risk.tolist()
        [2, 2, 1]
    """
    names = as_names(by, "by")
    asked = {"tenure": tenure, "churned": churned} | ({} if entry is None else {"entry": entry})
    if count is None and period is None:
        numbers = [name for name in (tenure, entry, weights) if name is not None]
        arrays = arrays_of(frame, numbers, names, [churned])
        if arrays is not None:
            return LifeTable.of(
                **{argument: arrays[name] for argument, name in asked.items()},
                weights=None if weights is None else arrays[weights],
                by={name: arrays[name] for name in names} or None,
            )
    question = Question.of(frame, asked, names, weights, (), count, period)
    table = question.cells()
    groups = groups_of(question, table)
    batch = LifeTable.of_customers(_customers(question, table), groups)
    return Grouped(groups.keys, batch) if question.names else batch[0]


def _customers(question: Question, table: "nw.DataFrame[Any]") -> Customers:
    """What came out of an engine, by the rules of raw tenures."""
    rows = floats(table["rows"])
    n = checked_counts(table, rows) if question.counted else rows
    columns = {name: _values(table[name]) for name in question.asked}
    customers = Customers.read(**columns, times=n.astype(np.int64))
    if not question.weighted:
        return customers
    return customers.weighted(*checked_weights(table, np.ones(len(n), np.bool_), n, rows))


def _values(column: "nw.Series[Any]") -> Any:
    """Numbers and booleans as numpy has them, all else as Python values."""
    import narwhals.stable.v2 as nw

    is_plain = column.dtype.is_integer() or column.dtype.is_float() or column.dtype == nw.Boolean
    return column.to_numpy() if is_plain and not column.null_count() else python_values(column)
