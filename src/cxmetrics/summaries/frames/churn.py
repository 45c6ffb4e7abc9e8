"""tabulate_churn: columns that tell when customers came and left → who was lost in a period."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import IntArray
from cxmetrics.errors import ArgumentError
from cxmetrics.scale import YES_NO
from cxmetrics.summaries.answers import is_missing
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.frames.cells import groups_of
from cxmetrics.summaries.frames.question import Question, as_names, check_dates
from cxmetrics.summaries.frames.times import microseconds, microseconds_at
from cxmetrics.summaries.frames.values import floats
from cxmetrics.summaries.grouped import Grouped

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

KEPT, LOST, ELSEWHEN, NEVER_JOINED, LEFT_FIRST = FATES = range(5)
"""What became of a customer in the period; the last two are mistakes."""


@overload
def tabulate_churn(
    frame: Any, *, joined: str, left: str, start: date, end: date, by: None = None
) -> Counts: ...
@overload
def tabulate_churn(
    frame: Any, *, joined: str, left: str, start: date, end: date, by: str | Iterable[str]
) -> Grouped[Counts]: ...
def tabulate_churn(
    frame: Any,
    *,
    joined: str,
    left: str,
    start: date,
    end: date,
    by: str | Iterable[str] | None = None,
) -> Counts | Grouped[Counts]:
    """Count the customers at the start of a period, and who of them left before its end.

    Those who joined within the period count nowhere: they were not there to be lost from
    the start.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not, with a
            row per customer. Of one that is not in memory, only counts are collected.
        joined: The column of dates or times at which customers joined.
        left: The column of dates or times at which they left; missing for those who are
            still customers.
        start: First day of the period, or the time at which it begins. Times are read as
            they are written, in the time zone of their column; if one of the columns has
            only days, both are read as days.
        end: The day after the last one, or the time from which it is over: March ends on
            April 1.
        by: The column, or columns, that name the groups.

    Returns:
        Counts on YES_NO of the customers at the start, 1 for those who left in the
        period, as `churn_rate` and `retention_rate` take them; with `by`, a Grouped of
        them. A group that had no customers at the start stays, with none.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If `end` is not after `start`, a column has no dates, `joined` is
            missing, or somebody left before joining.

    Examples:
        >>> import polars as pl
        >>> from datetime import date
        >>> from cxmetrics import churn_rate
        >>> customers = pl.DataFrame(
        ...     {
        ...         "came": [date(2025, 1, 5), date(2025, 2, 1), date(2025, 3, 9)],
        ...         "went": [None, date(2025, 3, 31), date(2025, 3, 20)],
        ...     }
        ... )
        >>> march = tabulate_churn(
        ...     customers,
        ...     joined="came",
        ...     left="went",
        ...     start=date(2025, 3, 1),
        ...     end=date(2025, 4, 1),
        ... )
        >>> print(churn_rate(march))
        Churn 50.0% [9.5, 90.5] (95% score, n=2)
    """
    begins, ends = _checked_time(start, "start"), _checked_time(end, "end")
    if not begins < ends:
        fail(ArgumentError, f"`end` must be after `start`, {start}, not {end}.")
    asked = {"joined": joined, "left": left}
    question = Question.of(frame, asked, as_names(by, "by"), None, (), None, None)
    times = question.table.with_columns(**_times(question, asked))
    fates = times.with_columns(fate=_fate(begins, ends))
    table = replace(question, table=fates, asked=("fate",)).cells()
    groups = groups_of(question, table)
    n = np.zeros((groups.size, len(FATES)), np.int64)
    at = groups.codes, floats(table["fate"]).astype(np.intp)
    np.add.at(n, at, floats(table["rows"]).astype(np.int64))
    _check_fates(n.sum(axis=0))
    batch = Counts(YES_NO, n[:, [KEPT, LOST]])
    return Grouped(groups.keys, batch) if question.names else batch[0]


def _checked_time(when: Any, name: str) -> datetime:
    """A day is the time at which it begins."""
    if not isinstance(when, date) or is_missing(when):
        hint = f"did you mean date.fromisoformat({when!r:.40})?" if isinstance(when, str) else ""
        fail(ArgumentError, f"`{name}` must be a date or a datetime, not {when!r:.40}.", hint)
    if not isinstance(when, datetime):
        return datetime.combine(when, time())
    if when.tzinfo is not None:
        message = f"`{name}` must be without a time zone, as times of the columns are read"
        hint = f"did you mean {name}={name}.replace(tzinfo=None)?"
        fail(ArgumentError, f"{message}, not in {when.tzinfo}.", hint)
    return datetime.combine(when.date(), when.time())


def _fate(start: datetime, end: datetime) -> "nw.Expr":
    """What became of each customer in the period; of a time that is missing nothing is true."""
    import narwhals.stable.v2 as nw

    came, went = nw.col("joined"), nw.col("left")
    begins, ends = microseconds_at(start), microseconds_at(end)
    fate = nw.when((went >= begins) & (went < ends)).then(nw.lit(LOST)).otherwise(nw.lit(KEPT))
    for condition, code in (
        ((came >= begins) | (went < begins), ELSEWHEN),
        (went < came, LEFT_FIRST),
        (came.is_null(), NEVER_JOINED),
    ):
        fate = nw.when(condition).then(nw.lit(code)).otherwise(fate)
    return fate


def _times(question: Question, asked: Mapping[str, str]) -> "dict[str, nw.Expr]":
    """The columns in microseconds; if one of them has only days, both as days.

    Else who joined at noon and left on that day would have left first.
    """
    import narwhals.stable.v2 as nw

    types = question.table.select(*asked).collect_schema()
    for argument, dtype in types.items():
        check_dates(dtype, argument, asked[argument])
    has_days = nw.Date in types.values()
    return {name: microseconds(nw.col(name).dt, is_day=has_days) for name in asked}


def _check_fates(n: IntArray) -> None:
    """Everybody must have joined, and nobody may have left before."""
    total = f"{n.sum():,}"
    if n[NEVER_JOINED]:
        message = f"Each `joined` must be a date, not missing ({n[NEVER_JOINED]:,} of {total})."
        fail(ArgumentError, message)
    if n[LEFT_FIRST]:
        message = f"Each `left` must not be before `joined` ({n[LEFT_FIRST]:,} of {total} are)."
        fail(ArgumentError, message)
