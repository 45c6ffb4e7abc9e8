"""The one door for data frames, of whatever library they are."""

from collections.abc import Iterable, Mapping
from typing import Any

from cxmetrics._checks import fail, near
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.summaries.answers import one_dimensional


def columns_of(frame: Any, names: Iterable[str]) -> dict[str, list[Any]]:
    """Columns of a data frame in memory, or of a mapping of arrays, as lists.

    Args:
        frame: A frame of any library that Narwhals knows, or a mapping from names
            to one-dimensional array-likes.
        names: The columns to read; no other one is touched.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If the frame is lazy.
    """
    import narwhals.stable.v2 as nw

    table = frame if isinstance(frame, Mapping) else nw.from_native(frame, pass_through=True)
    if isinstance(table, nw.LazyFrame):
        hint = "did you mean to collect it first?"
        fail(ArgumentError, "`frame` must be in memory, not lazy.", hint)
    if not isinstance(table, Mapping | nw.DataFrame):
        kind = type(frame).__name__
        msg = f"`frame` must be a data frame or a mapping of columns, not {kind}."
        raise TypeError(msg)
    known = list(table.columns if isinstance(table, nw.DataFrame) else table)
    columns = {}
    for name in names:
        if name not in known:
            fail(UnknownKeyError, f"There is no column {name!r}.", near(name, known))
        column = table[name]
        whole = isinstance(column, nw.Series)
        columns[name] = column.to_list() if whole else one_dimensional(column, name).tolist()
    return columns
