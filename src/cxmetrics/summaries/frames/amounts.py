"""tabulate_amounts, tabulate_revenue: columns of amounts of any data frame → their moments."""

from collections.abc import Iterable
from typing import Any, overload

import numpy as np

from cxmetrics._typing import Period
from cxmetrics.summaries.frames.deviations import Deviations
from cxmetrics.summaries.frames.question import arrays_of, as_names
from cxmetrics.summaries.frames.values import floats
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.moments import Moments, checked_names
from cxmetrics.summaries.revenue import AMOUNTS, TOP, Largest, Revenue


@overload
def tabulate_amounts(
    frame: Any,
    columns: str | Iterable[str],
    *,
    by: None = None,
    weights: str | None = None,
    period: None = None,
) -> Moments: ...
@overload
def tabulate_amounts(
    frame: Any,
    columns: str | Iterable[str],
    *,
    by: str | Iterable[str],
    weights: str | None = None,
    period: tuple[str, Period] | None = None,
) -> Grouped[Moments]: ...
@overload
def tabulate_amounts(
    frame: Any,
    columns: str | Iterable[str],
    *,
    by: str | Iterable[str] | None = None,
    weights: str | None = None,
    period: tuple[str, Period],
) -> Grouped[Moments]: ...
def tabulate_amounts(
    frame: Any,
    columns: str | Iterable[str],
    *,
    by: str | Iterable[str] | None = None,
    weights: str | None = None,
    period: tuple[str, Period] | None = None,
) -> Moments | Grouped[Moments]:
    """Sum up columns of amounts of a data frame, inside the engine that holds it.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not, with a
            row per customer.
        columns: The column, or columns, of the amounts.
        by: The column, or columns, that name the groups.
        weights: The column of sampling weights.
        period: A column of dates or times and "day", "week", "month", "quarter" or
            "year": a further key of that name, with the first day of the period.

    Returns:
        The moments; with `by` or `period`, a Grouped of them.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If a column has no numbers, an amount is missing or beyond 1e100, or
            a weight is negative or not finite.

    Examples:
        >>> import polars as pl
        >>> orders = pl.DataFrame({"shop": ["N", "N", "S"], "spend": [20, 35, 50]})
        >>> print(tabulate_amounts(orders, "spend", by="shop"))
        Moments of spend
        shop  n  mean_spend  std_spend
        N     2        27.5    10.6066
        S     1          50          –
    """
    names, amounts = as_names(by, "by"), checked_names(as_names(columns, "columns"))
    if period is None:
        numbers = [*amounts] if weights is None else [*amounts, weights]
        arrays = arrays_of(frame, numbers, names)
        if arrays is not None:
            return Moments.of(
                {name: arrays[name] for name in amounts},
                by={name: arrays[name] for name in names} or None,
                weights=None if weights is None else arrays[weights],
            )
    asked = Deviations.of(frame, [(name, "columns") for name in amounts], names, weights, period)
    table = asked.sums()
    groups = asked.groups(table)
    batch = asked.moments(amounts, table).regrouped(groups.codes, groups.size)
    return Grouped(groups.keys, batch) if groups.keys else batch[0]


@overload
def tabulate_revenue(
    frame: Any, start: str, end: str, *, by: None = None, weights: str | None = None
) -> Revenue: ...
@overload
def tabulate_revenue(
    frame: Any, start: str, end: str, *, by: str | Iterable[str], weights: str | None = None
) -> Grouped[Revenue]: ...
def tabulate_revenue(
    frame: Any,
    start: str,
    end: str,
    *,
    by: str | Iterable[str] | None = None,
    weights: str | None = None,
) -> Revenue | Grouped[Revenue]:
    """Sum up the revenue of accounts at the start and the end, inside the engine that holds it.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not, with a
            row per account. Of Dask, which does not rank, keys and revenue at the start
            are collected to find the largest.
        start: The column of the revenue at the start; 0 for an account that was not there.
        end: The column of the revenue at the end; 0 for an account that left.
        by: The column, or columns, that name the groups.
        weights: The column of sampling weights.

    Returns:
        The revenue; with `by`, a Grouped of it.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If a column has no numbers, an amount is missing or negative, or a
            weight is negative or not finite.

    Examples:
        >>> import polars as pl
        >>> accounts = pl.DataFrame(
        ...     {"plan": ["pro", "pro", "basic"], "january": [100, 50, 80], "june": [120, 50, 0]}
        ... )
        >>> print(tabulate_revenue(accounts, "january", "june", by="plan"))
        Revenue from the start to the end of a period
        plan   n  start  expansion  contraction  lost  end  n_new  new
        basic  1     80          0            0    80    0      0    0
        pro    2    150         20            0     0  170      0    0
    """
    names = as_names(by, "by")
    arrays = arrays_of(frame, [start, end] if weights is None else [start, end, weights], names)
    if arrays is not None:
        return Revenue.of(
            arrays[start],
            arrays[end],
            by={name: arrays[name] for name in names} or None,
            weights=None if weights is None else arrays[weights],
        )
    asked = Deviations.of_flows(frame, start, end, names, weights)
    table = asked.sums()
    groups = asked.groups(table)
    largest = asked.largest(TOP)
    amounts, codes = floats(largest["amount"]), asked.codes(groups, largest)
    batch = Revenue(
        moments=asked.moments(AMOUNTS, table).regrouped(groups.codes, groups.size),
        largest=Largest.of(amounts, codes, groups.size),
        n_new=np.bincount(groups.codes, floats(table["n_new"]), groups.size),
        new=np.bincount(groups.codes, floats(table["new"]), groups.size),
    )
    return Grouped(groups.keys, batch) if groups.keys else batch[0]
