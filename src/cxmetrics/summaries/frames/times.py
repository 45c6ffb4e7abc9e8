"""Times of any column in microseconds, in arithmetic that every engine knows."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cxmetrics._checks import fail
from cxmetrics.errors import ArgumentError
from cxmetrics.summaries.frames.question import number_of_period

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = date(1970, 1, 1).toordinal()


def time_of(dtype: "nw.dtypes.DType", name: str, source: str) -> "nw.Expr":
    """A column of days or times in microseconds; of numbers, as it is.

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
    return microseconds(column.dt, is_day=isinstance(dtype, nw.Date))


def microseconds(when: Any, *, is_day: bool) -> "nw.Expr":
    """Microseconds since 1970, as days or times are written; of a day, to its midnight.

    They are floats, as whole numbers of some engines can't be missing, and exact for
    nearly three centuries to both sides.
    """
    import narwhals.stable.v2 as nw

    time: Any = DAY * (number_of_period(when, "day").cast(nw.Float64) - EPOCH)
    if not is_day:
        seconds = 3_600.0 * when.hour() + 60.0 * when.minute() + when.second()
        time = time + SECOND * seconds + when.microsecond()
    return time  # type: ignore[no-any-return]


def microseconds_at(when: datetime) -> int:
    """The same of one time in Python."""
    return (when - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001
