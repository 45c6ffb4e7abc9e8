"""Choosing rows of a data frame: the latest answer of each customer, and draws of customers."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from cxmetrics._checks import check_positive, check_rng, fail, near
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.summaries.frames.columns import columns_of
from cxmetrics.summaries.frames.question import as_names, lazy
from cxmetrics.summaries.labels import Groups

Frame = TypeVar("Frame")

ROW = "_row_number"


def latest_per(frame: Frame, customer: str, when: str) -> Frame:
    """The latest row of each customer: one answer per customer, so that answers are independent.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not.
        customer: The column that names the customer. Rows without a customer are all
            kept: nothing tells that they are of the same one.
        when: The column of times, or of anything that sorts; a missing time is the
            earliest.

    Returns:
        A frame of the same library with the same columns. Of rows of the same time, the
        last one is kept; an engine whose tables have no order, such as DuckDB or Spark,
        keeps any one of them. A frame in memory keeps its order.

    Raises:
        UnknownKeyError: If there is no such column.

    Examples:
        >>> import polars as pl
        >>> answers = pl.DataFrame(
        ...     {"customer": ["Ann", "Bob", "Ann"], "day": [1, 1, 2], "recommend": [3, 9, 8]}
        ... )
        >>> latest_per(answers, "customer", "day")["recommend"].to_list()
        [9, 8]
    """
    import narwhals.stable.v2 as nw

    table, order = lazy(frame), [when]
    columns = table.collect_schema().names()
    for name in (customer, when):
        if name not in columns:
            fail(UnknownKeyError, f"There is no column {name!r}.", near(name, columns))
    given: Any = nw.from_native(frame, eager_only=True, pass_through=True)
    in_memory = isinstance(given, nw.DataFrame)
    if in_memory:
        table, order = given.with_row_index(ROW).lazy(), [when, ROW]
    named = table.filter(~nw.col(customer).is_null())
    latest = named.unique([customer], keep="last", order_by=order)
    kept = nw.concat([latest, table.filter(nw.col(customer).is_null())])
    result = kept.sort(ROW).drop(ROW).collect() if in_memory else kept
    native: Frame = nw.to_native(result)
    return native


def draw_sample(
    frame: Frame,
    per_segment: int | Mapping[Any, int],
    *,
    by: str | Iterable[str],
    rng: "np.random.Generator | int",
) -> Frame:
    """Draw customers at random from each segment, such as those to invite to a survey.

    Args:
        frame: One row per customer, in memory.
        per_segment: How many to draw from every segment, or a mapping from segments to
            numbers; segments that it does not name have none drawn.
        by: The column, or columns, that name the segments. With several, a segment is
            a tuple.
        rng: Generator of the random numbers, or a seed for one. The same seed draws the
            same customers from the same frame.

    Returns:
        The rows that were drawn, without replacement, in the order of the frame. Answers
        of such a sample need a weight, of the size of their segment over the number
        drawn from it, unless all segments are drawn in proportion.

    Raises:
        ArgumentError: If a segment has fewer customers than are to be drawn, or the frame
            is not in memory.
        UnknownKeyError: If there is no such column or segment.

    Examples:
        >>> import polars as pl
        >>> customers = pl.DataFrame({"customer": range(100), "region": ["N", "S"] * 50})
        >>> invited = draw_sample(customers, 5, by="region", rng=1)
        >>> invited["region"].value_counts(sort=True)["count"].to_list()
        [5, 5]
    """
    import narwhals.stable.v2 as nw

    columns = columns_of(frame, as_names(by, "by"))
    table: nw.DataFrame[Any] = nw.from_native(frame, eager_only=True)
    groups, rng = Groups.of(columns, len(table)), check_rng(rng)
    segments = [key[0] if len(key) == 1 else key for key in zip(*groups.keys.values(), strict=True)]
    wanted = (
        per_segment if isinstance(per_segment, Mapping) else dict.fromkeys(segments, per_segment)
    )
    drawn = []
    for segment, number in wanted.items():
        if segment not in segments:
            fail(UnknownKeyError, f"There is no segment {segment!r}.", near(segment, segments))
        size = check_positive(number, "per_segment")
        rows = np.flatnonzero(groups.codes == segments.index(segment))
        if size > len(rows):
            came = f"{size:,} for {len(rows):,} in {segment!r}"
            fail(ArgumentError, f"`per_segment` must be at most what a segment has, not {came}.")
        drawn.append(rng.choice(rows, size, replace=False))
    chosen = np.sort(np.concatenate([np.zeros(0, np.intp), *drawn]))
    native: Frame = nw.to_native(table[chosen.tolist()])
    return native
