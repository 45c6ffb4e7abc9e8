"""Times of any column in microseconds, in arithmetic that every engine knows."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cxmetrics._checks import fail
from cxmetrics.errors import ArgumentError
from cxmetrics.summaries.frames.question import number_of_period

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

TimeUnit: TypeAlias = Literal["second", "minute", "hour", "day"]

SECONDS: dict[str, int] = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = date(1970, 1, 1).toordinal()


def timed(table: "nw.LazyFrame[Any]", source: str) -> "nw.LazyFrame[Any]":
    """A table whose column "time" has times or numbers; what has no end is none.

    Args:
        table: The table.
        source: What the user calls the column.
    """
    import narwhals.stable.v2 as nw

    dtype = _type_of_time(table)
    if not (dtype.is_numeric() or isinstance(dtype, nw.Date | nw.Datetime)):
        came = f"{source!r} of type {dtype}"
        hint = "did you mean to make times of it first?"
        fail(ArgumentError, f"`time` must be a column of times or numbers, not {came}.", hint)
    if not dtype.is_float():
        return table
    time = nw.col("time")
    return table.with_columns(time=nw.when(time.is_finite()).then(time))


def in_numbers(
    table: "nw.LazyFrame[Any]", source: str, unit: TimeUnit
) -> tuple["nw.LazyFrame[Any]", int]:
    """The same with times in numbers, and how many of them make a unit; of numbers, 1.

    Times of a zone are in UTC, so that clocks that are put back do not matter. A database
    tells times in the zone of its session.

    Args:
        table: The table.
        source: What the user calls the column.
        unit: The unit of time.
    """
    import narwhals.stable.v2 as nw

    table, time = timed(table, source), nw.col("time")
    dtype, engine = _type_of_time(table), table.implementation
    in_session = engine.is_duckdb() or engine.is_ibis() or engine.is_spark_like()
    if dtype.is_numeric():
        return table.with_columns(time=time.cast(nw.Float64)), 1
    is_local = isinstance(dtype, nw.Datetime) and dtype.time_zone not in {None, "UTC"}
    if is_local and not in_session:
        time = time.dt.convert_time_zone("UTC")
    number = microseconds(time.dt, is_day=isinstance(dtype, nw.Date))
    return table.with_columns(time=number), SECOND * SECONDS[unit]


def _type_of_time(table: "nw.LazyFrame[Any]") -> "nw.dtypes.DType":
    return table.select("time").collect_schema()["time"]


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
