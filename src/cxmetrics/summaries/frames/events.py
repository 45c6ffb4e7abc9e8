"""Events of a log: each of them has a customer and a time."""

from typing import TYPE_CHECKING, Any

from cxmetrics._checks import fail
from cxmetrics._typing import FloatArray
from cxmetrics.errors import ArgumentError
from cxmetrics.summaries.frames.values import floats, python_values

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def counted_events(events: "nw.LazyFrame[Any]", column: str) -> tuple[list[Any], FloatArray]:
    """What a column tells of events, None for nothing, and how many there are of each.

    Args:
        events: The events, with columns "customer" and "time".
        column: The column of what happened.

    Raises:
        ArgumentError: If an event lacks its customer or its time.
    """
    import narwhals.stable.v2 as nw

    known = (
        events.group_by(column)
        .agg(
            nw.len().alias("rows"),
            nw.col("customer").count().alias("customers"),
            nw.col("time").count().alias("times"),
        )
        .collect()
    )
    rows = floats(known["rows"])
    for what in ("customer", "time"):
        check_none_lacks(what, (rows - floats(known[f"{what}s"])).sum(), rows.sum())
    return python_values(known[column]), rows


def check_none_lacks(what: str, lacking: float, events: float) -> None:
    """Events must all have something."""
    if lacking:
        message = f"Each event must have a {what} ({lacking:,.0f} of {events:,.0f} lack it)."
        fail(ArgumentError, message)
