"""tabulate_dwell, tabulate_time_to: an event log → how long customers stay, and wait."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args, overload

import numpy as np

from cxmetrics._checks import check_option, fail, near
from cxmetrics._typing import FloatArray, IndexArray
from cxmetrics.errors import UnknownKeyError
from cxmetrics.summaries.frames.cells import groups_of
from cxmetrics.summaries.frames.moves import checked_events
from cxmetrics.summaries.frames.question import Question, as_names
from cxmetrics.summaries.frames.times import TimeUnit, in_numbers
from cxmetrics.summaries.frames.values import floats, python_values
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.life_table import LifeTable

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def tabulate_dwell(
    frame: Any, *, customer: str, touchpoint: str, time: str, unit: TimeUnit = "day"
) -> Grouped[LifeTable]:
    """How long customers stay at each touchpoint: the time until their next event.

    The events of a customer are in the order of their times, those at the same time in the
    order of the names of their touchpoints. Of the last event of a customer there is no next
    one, so it does not count.

    Args:
        frame: A data frame of any library that Narwhals knows, with a row per event.
        customer: The column that tells whose event it is.
        touchpoint: The column with the name of the touchpoint.
        time: The column of the time: days, times or numbers.
        unit: "second", "minute", "hour" or "day", of which only whole ones count; of times
            that are numbers, 1 is the unit.

    Returns:
        Life tables by touchpoint, in which everybody leaves, as `median_tenure` takes them.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If an event lacks its customer, touchpoint or time.
        TooFewResponsesError: If there is no event.

    Examples:
        >>> import polars as pl
        >>> from cxmetrics import median_tenure
        >>> log = pl.DataFrame(
        ...     {
        ...         "customer": ["Ann", "Ann", "Ann", "Bob", "Bob"],
        ...         "touchpoint": ["chat", "call", "solved", "chat", "solved"],
        ...         "hour": [1, 4, 5, 2, 9],
        ...     }
        ... )
        >>> dwell = tabulate_dwell(log, customer="customer", touchpoint="touchpoint", time="hour")
        >>> print(median_tenure(dwell, unit="hours"))
        Median tenure in hours, 95% log-log interval
        touchpoint  value  low  high  n  missing
        call          1.0  0.0   inf  1        0
        chat          3.0  0.0   inf  2        0
    """
    import narwhals.stable.v2 as nw

    check_option(unit, "unit", get_args(TimeUnit))
    question, _, scale = _asked(frame, customer, touchpoint, time, None, unit)
    events = with_next(question.table, "time", ["time", "touchpoint"])
    table = _counted(events, ["touchpoint"], (nw.col("next") - nw.col("time")) / scale // 1)
    names = sorted(set(python_values(table["touchpoint"])))
    code = {name: k for k, name in enumerate(names)}
    codes = np.array([code[name] for name in python_values(table["touchpoint"])], np.intp)
    left = np.ones(len(table))
    return Grouped({"touchpoint": names}, _life_table(table, codes, len(names), left))


@overload
def tabulate_time_to(
    frame: Any,
    target: str,
    *,
    customer: str,
    touchpoint: str,
    time: str,
    unit: TimeUnit = "day",
    by: None = None,
) -> LifeTable: ...
@overload
def tabulate_time_to(
    frame: Any,
    target: str,
    *,
    customer: str,
    touchpoint: str,
    time: str,
    unit: TimeUnit = "day",
    by: str | Iterable[str],
) -> Grouped[LifeTable]: ...
def tabulate_time_to(
    frame: Any,
    target: str,
    *,
    customer: str,
    touchpoint: str,
    time: str,
    unit: TimeUnit = "day",
    by: str | Iterable[str] | None = None,
) -> LifeTable | Grouped[LifeTable]:
    """How long it takes customers from their first event to a touchpoint, such as the resolution.

    Args:
        frame: A data frame of any library that Narwhals knows, with a row per event.
        target: The touchpoint.
        customer: The column that tells whose event it is.
        touchpoint: The column with the name of the touchpoint.
        time: The column of the time: days, times or numbers.
        unit: "second", "minute", "hour" or "day", of which only whole ones count; of times
            that are numbers, 1 is the unit.
        by: The column, or columns, that name the groups. A customer with events in several
            groups is one customer in each of them.

    Returns:
        The life table, as `median_tenure` and `retention_curve` take it: who has come to the
        touchpoint has left it; who has not was still waiting at the last time in the log.
        With `by`, a Grouped of them.

    Raises:
        UnknownKeyError: If there is no such column or touchpoint.
        ArgumentError: If an event lacks its customer, touchpoint or time.
        TooFewResponsesError: If there is no event.

    Examples:
        >>> import polars as pl
        >>> from cxmetrics import median_tenure
        >>> log = pl.DataFrame(
        ...     {
        ...         "customer": ["Ann", "Ann", "Bob", "Bob", "Cem"],
        ...         "what": ["chat", "solved", "chat", "solved", "call"],
        ...         "hour": [1, 5, 2, 9, 3],
        ...     }
        ... )
        >>> columns = {"customer": "customer", "touchpoint": "what", "time": "hour"}
        >>> waits = tabulate_time_to(log, "solved", **columns)
        >>> print(waits)
        Life table of 3 customers, 2 churned
        tenure  at risk  churned  censored
             4        3        1         0
             6        2        0         1
             7        1        1         0
    """
    import narwhals.stable.v2 as nw

    check_option(unit, "unit", get_args(TimeUnit))
    question, names, scale = _asked(frame, customer, touchpoint, time, by, unit)
    if target not in names:
        fail(
            UnknownKeyError, f"`target` must be a touchpoint, not {target!r}.", near(target, names)
        )
    events = question.table
    last = floats(events.select(nw.col("time").max()).collect()["time"])[0]
    came = nw.when(nw.col("touchpoint") == target).then(nw.col("time"))
    each = (
        events.with_columns(came=came)
        .group_by(*question.keys, "customer")
        .agg(nw.col("time").min(), nw.col("came").min())
        .with_columns(left=(~nw.col("came").is_null()).cast(nw.Int64))
    )
    until = nw.when(nw.col("left") == 1).then(nw.col("came")).otherwise(nw.lit(float(last)))
    table = _counted(each, [*question.keys, "left"], (until - nw.col("time")) / scale // 1)
    groups = groups_of(question, table)
    batch = _life_table(table, groups.codes, groups.size, floats(table["left"]))
    return Grouped(groups.keys, batch) if question.names else batch[0]


def _asked(
    frame: Any,
    customer: str,
    touchpoint: str,
    time: str,
    by: str | Iterable[str] | None,
    unit: TimeUnit,
) -> tuple[Question, tuple[str, ...], int]:
    """The events, with times as numbers; the touchpoints; how many of them make a unit."""
    asked = {"customer": customer, "touchpoint": touchpoint, "time": time}
    question = Question.of(frame, asked, as_names(by, "by"), None, (), None, None)
    table, scale = in_numbers(question.table, time, unit)
    return replace(question, table=table), checked_events(table), scale


def with_next(events: "nw.LazyFrame[Any]", column: str, order: list[str]) -> "nw.LazyFrame[Any]":
    """The events with what the customer's next one in this order has in a column."""
    import narwhals.stable.v2 as nw

    if events.implementation.is_dask():  # it has no windows that are ordered
        events = events.collect().lazy()
    later = nw.col(column).shift(-1)
    if events.implementation.is_pyarrow():  # nor has this one
        ordered = events.collect().sort("customer", *order)
        same = nw.col("customer") == nw.col("customer").shift(-1)
        return ordered.with_columns(next=nw.when(same).then(later)).lazy()
    return events.with_columns(next=later.over("customer", order_by=order))


def _counted(table: "nw.LazyFrame[Any]", keys: list[str], whole: "nw.Expr") -> "nw.DataFrame[Any]":
    """How many rows there are by key and whole units of time."""
    import narwhals.stable.v2 as nw

    return (
        table.with_columns(whole=whole)
        .filter(~nw.col("whole").is_null())
        .group_by(*keys, "whole")
        .agg(nw.len().alias("rows"))
        .collect()
    )


def _life_table(
    table: "nw.DataFrame[Any]", codes: IndexArray, size: int, left: FloatArray
) -> LifeTable:
    """The life table of each group, from numbers of customers by tenure."""
    tenures, place = np.unique(floats(table["whole"]).astype(np.int64), return_inverse=True)
    numbers = np.zeros((2, size, len(tenures)), np.int64)
    at = (1 - left.astype(np.intp), codes, place)
    np.add.at(numbers, at, floats(table["rows"]).astype(np.int64))
    return LifeTable(tenures, *numbers)
