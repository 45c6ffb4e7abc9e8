"""tabulate_moves: an event log → the paths that customers took, and how long moves took."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import IntArray
from cxmetrics.errors import ArgumentError, TooFewResponsesError
from cxmetrics.summaries.frames.cells import groups_of
from cxmetrics.summaries.frames.events import check_none_lacks, counted_events
from cxmetrics.summaries.frames.question import Question, as_names
from cxmetrics.summaries.frames.times import timed
from cxmetrics.summaries.frames.values import floats
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.moves import Moves, checked_touchpoints, sorted_names
from cxmetrics.summaries.sequences import distinct, per_number, unpacked

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

MOST_EVENTS = 1_000
"""Events of one customer: more of them are a robot's, or the column is the wrong one."""

USUAL = 50
"""Events of one customer that there is room for at first."""

FEW = 32
"""Names that are compared one after the other."""

MOST_CELLS = 1 << 27
"""Of a table of groups and paths: a gigabyte."""


@overload
def tabulate_moves(
    frame: Any, *, customer: str, touchpoint: str, time: str, by: None = None
) -> Moves: ...
@overload
def tabulate_moves(
    frame: Any, *, customer: str, touchpoint: str, time: str, by: str | Iterable[str]
) -> Grouped[Moves]: ...
def tabulate_moves(
    frame: Any,
    *,
    customer: str,
    touchpoint: str,
    time: str,
    by: str | Iterable[str] | None = None,
) -> Moves | Grouped[Moves]:
    """The paths of customers through the touchpoints, from a log of events.

    The events of a customer are in the order of their times; those at the same time in the
    order of the names of their touchpoints, whatever the order of the rows.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not, with a row
            per event. Of one that is not in memory, only the different paths and their
            numbers of customers are collected.
        customer: The column that tells whose event it is.
        touchpoint: The column with the name of the touchpoint, at most 1,000 of them; or
            that of a channel, for moves between channels.
        time: The column of the time: days, times or numbers.
        by: The column, or columns, that name the groups. A customer with events in several
            groups has a path in each of them.

    Returns:
        The moves; with `by`, a Grouped of them.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If an event lacks its customer, touchpoint or time, a touchpoint is
            no name, or a customer has more than 1,000 events.
        ScaleError: If there are too many touchpoints.
        TooFewResponsesError: If there is no event.

    Examples:
        >>> import polars as pl
        >>> log = pl.DataFrame(
        ...     {
        ...         "customer": ["Ann", "Ann", "Bob", "Bob", "Bob", "Cem"],
        ...         "touchpoint": ["web", "shop", "web", "phone", "shop", "phone"],
        ...         "hour": [1, 3, 2, 4, 5, 4],
        ...     }
        ... )
        >>> print(tabulate_moves(log, customer="customer", touchpoint="touchpoint", time="hour"))
        Moves of 3 customers on 3 different paths
        from   phone  shop  web  end
        start      1     0    2    –
        phone      0     1    0    1
        shop       0     0    0    2
        web        1     1    0    0
    """
    asked = {"customer": customer, "touchpoint": touchpoint, "time": time}
    question = Question.of(frame, asked, as_names(by, "by"), None, (), None, None)
    events = timed(question.table, time)
    names = checked_events(events)
    keys = question.keys if question.names else []
    code = coded("touchpoint", {name: k for k, name in enumerate(names, start=1)})
    table = _paths(_in_order(events.with_columns(code=code), keys), keys, len(names))
    groups, numbers = groups_of(question, table), _numbers(table)
    first, inverse = distinct(numbers)
    if groups.size * len(first) > MOST_CELLS:
        came = f"{groups.size:,} groups by {len(first):,}"
        fail(ArgumentError, f"Groups and their paths must fit in a table, not {came}.")
    at = groups.codes * len(first) + inverse
    customers = np.bincount(at, floats(table["rows"]), groups.size * len(first)).astype(np.int64)
    batch = Moves.in_order(
        names, *unpacked(numbers[first], len(names)), customers.reshape(groups.size, len(first))
    )
    return Grouped(groups.keys, batch) if question.names else batch[0]


def checked_events(events: "nw.LazyFrame[Any]", what: str = "touchpoint") -> tuple[str, ...]:
    """The touchpoints, sorted, if every event has one, and a customer and a time.

    Args:
        events: The events.
        what: The column of the touchpoints, and what one of them is called.
    """
    names, rows = counted_events(events, what)
    if not names:
        fail(TooFewResponsesError, "`frame` must have at least one event, not 0.")
    is_nameless = np.array([name is None for name in names])
    check_none_lacks(what, rows[is_nameless].sum(), rows.sum())
    return checked_touchpoints(sorted_names(names, what), what)


def coded(column: str, codes: Mapping[Any, int]) -> "nw.Expr":
    """The code of each value of a column; of any other value, 0."""
    import narwhals.stable.v2 as nw

    values = list(codes)

    def code(low: int, high: int) -> "nw.Expr":
        """That of one of these values; many of them are halved, or the nest would be too deep."""
        if high - low > FEW:
            middle = (low + high) // 2
            first = nw.col(column).is_in(values[low:middle])
            return nw.when(first).then(code(low, middle)).otherwise(code(middle, high))
        found = nw.lit(0)
        for value in values[low:high]:
            is_it = nw.col(column) == value
            found = nw.when(is_it).then(nw.lit(codes[value])).otherwise(found)
        return found

    return code(0, len(values))


def _in_order(events: "nw.LazyFrame[Any]", keys: list[str]) -> "nw.LazyFrame[Any]":
    """The events with how many the customer had before, by time and touchpoint."""
    import narwhals.stable.v2 as nw

    whose = [*keys, "customer"]
    if events.implementation.is_dask():  # it has no windows that are ordered
        events = events.collect().lazy()
    if events.implementation.is_pyarrow():  # nor has this one
        ordered = events.collect().sort(*whose, "time", "code").with_row_index("at")
        at = nw.col("at").cast(nw.Int64)
        return ordered.with_columns(before=at - at.min().over(*whose)).lazy()
    # Of a column of its own: pandas forgets what it counts when it comes to the order.
    counted = nw.col("one").cum_count().over(*whose, order_by=["time", "code"])
    return events.with_columns(one=nw.lit(1)).with_columns(before=counted - 1)


def _paths(events: "nw.LazyFrame[Any]", keys: list[str], size: int) -> "nw.DataFrame[Any]":
    """Each path of each group as numbers that sort as it does, and how many customers took it.

    An engine adds up the digits of each customer, and counts customers by these sums. If
    a customer has more events than there is room for, it is asked once more.
    """
    import narwhals.stable.v2 as nw

    bits, per = per_number(size)
    width = -(-USUAL // per)
    before = nw.col("before")
    part, shift = before // per, bits * (per - 1 - before % per)
    digit = nw.col("code") * nw.lit(2.0) ** shift
    while True:
        columns = [f"part{k}" for k in range(width)]
        parts = {
            name: nw.when(nw.col("part") == k).then(nw.col("digit")).otherwise(nw.lit(0.0))
            for k, name in enumerate(columns)
        }
        table = (
            events.with_columns(part=part, digit=digit)
            .with_columns(**parts)
            .group_by(*keys, "customer")
            .agg(*(nw.col(name).sum() for name in columns), nw.len().alias("events"))
            .group_by(*keys, *columns)
            .agg(nw.len().alias("rows"), nw.col("events").max())
            .collect()
        )
        longest = int(floats(table["events"]).max())
        if longest <= per * width:
            return table
        if longest > MOST_EVENTS:
            message = f"Each customer must have at most {MOST_EVENTS:,} events, not {longest:,}."
            fail(ArgumentError, message, "did you mean to leave out robots?")
        width = -(-longest // per)


def _numbers(table: "nw.DataFrame[Any]") -> IntArray:
    """The numbers of all paths, a row each."""
    columns = [name for name in table.columns if name.startswith("part")]
    return np.column_stack([floats(table[name]).astype(np.int64) for name in columns])
