"""Times of any column as seconds, in arithmetic that every engine knows."""

from typing import TYPE_CHECKING, Any

from cxmetrics._checks import fail
from cxmetrics.errors import ArgumentError
from cxmetrics.summaries.frames.question import number_of_period

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

DAY = 86_400


def seconds_of(dtype: "nw.dtypes.DType", name: str, source: str) -> "nw.Expr":
    """A column of days or times as seconds; of numbers, as it is.

    Args:
        dtype: Type of the column.
        name: Its plain name.
        source: What the user calls it.
    """
    import narwhals.stable.v2 as nw

    column = nw.col(name)
    if dtype.is_numeric():
        return column.cast(nw.Float64)
    if not isinstance(dtype, nw.Date | nw.Datetime):
        came = f"{source!r} of type {dtype}"
        hint = "did you mean to make times of it first?"
        fail(ArgumentError, f"`time` must be a column of times or numbers, not {came}.", hint)
    seconds: Any = DAY * number_of_period(column.dt, "day").cast(nw.Float64)
    if isinstance(dtype, nw.Datetime):
        within = column.dt
        seconds = seconds + 3_600.0 * within.hour() + 60.0 * within.minute() + within.second()
        seconds = seconds + within.microsecond() / 1e6
    return seconds  # type: ignore[no-any-return]
