"""tabulate_cohorts: an activity log → how many of each cohort were active, by age."""

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cxmetrics._checks import check_option, fail
from cxmetrics._typing import IntArray, Period
from cxmetrics.errors import ArgumentError, TooFewResponsesError
from cxmetrics.scale import YES_NO
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.frames.question import (
    PERIODS,
    Question,
    check_dates,
    first_day,
    number_of_period,
)
from cxmetrics.summaries.frames.values import floats

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

MOST_CELLS = 1_000_000
"""Cells of a triangle: days of nearly three years."""

CUSTOMER, JOINED, ACTIVE = "key0", "joined", "active"
"""Columns under plain names."""


class Cohorts(NamedTuple):
    """How many customers of each cohort were active at each age.

    Args:
        first_days: First day of the period in which each cohort joined, in order.
        counts: On YES_NO, a row per cohort and a column per age 0, 1, 2, ... in periods;
            nobody where an age lies beyond the last period seen.
    """

    first_days: list[date]
    counts: Counts


def tabulate_cohorts(
    frame: Any, customer: str, joined: str, active: str, period: Period
) -> Cohorts:
    """Count the customers of each cohort, and those of them who were active at each age.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not, with a
            row per customer and activity. Of one that is not in memory, only numbers of
            customers by cohort, and by cohort and age, are collected.
        customer: The column that names the customer.
        joined: The column of dates or times at which the customer joined.
        active: The column of dates or times of the activity; missing in a row that tells
            of no activity.
        period: "day", "week", "month", "quarter" or "year".

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If a column has no dates, a customer or a joining is missing, a
            customer joined on several days, or was active in a period before joining.
        TooFewResponsesError: If there is no customer.
    """
    check_option(period, "period", PERIODS)
    asked = {JOINED: joined, ACTIVE: active}
    question = Question.of(frame, asked, (customer,), None, (), None, None)
    for argument, dtype in question.table.select(*asked).collect_schema().items():
        check_dates(dtype, argument, asked[argument])
    log = _numbered(question.table, period)
    cohorts, n = _sizes(log)
    cohort, age, found = _activity(log)
    last = max([cohorts[-1], *(cohort + age)])
    _check_cells(len(cohorts), int(last - cohorts[0] + 1))
    reached = cohorts[:, None] + np.arange(last - cohorts[0] + 1) <= last
    yes = np.zeros(reached.shape, np.int64)
    yes[np.searchsorted(cohorts, cohort), age] = found
    counts = Counts(YES_NO, np.stack([np.where(reached, n[:, None], 0) - yes, yes], axis=-1))
    return Cohorts([first_day(number, period) for number in cohorts.tolist()], counts)


def _check_cells(cohorts: int, ages: int) -> None:
    """A triangle of days over decades is a mistake, or there is a wrong date."""
    if cohorts * ages > MOST_CELLS:
        came = f"{cohorts:,} cohorts by {ages:,} ages"
        message = f"A triangle must have at most {MOST_CELLS:,} cells, not {came}."
        fail(ArgumentError, message, "did you mean period='month'?")


def _numbered(table: "nw.LazyFrame[Any]", period: Period) -> "nw.LazyFrame[Any]":
    """The log with numbers of days and periods in place of dates."""
    import narwhals.stable.v2 as nw

    joined, active = nw.col(JOINED).dt, nw.col(ACTIVE).dt
    numbers = table.select(
        CUSTOMER,
        day=number_of_period(joined, "day"),
        cohort=number_of_period(joined, period),
        now=number_of_period(active, period),
    )
    # Apart, so that an engine of SQL need not spell the numbers out again.
    return numbers.with_columns(age=nw.col("now") - nw.col("cohort"))


def _sizes(log: "nw.LazyFrame[Any]") -> tuple[IntArray, IntArray]:
    """The periods in which customers joined, in order, and how many did."""
    import narwhals.stable.v2 as nw

    day = nw.col("day")
    table = (
        log.group_by(CUSTOMER)
        .agg(
            nw.col("cohort").min(),
            day.min().alias("first"),
            day.max().alias("last"),
            day.count().alias("known"),
            nw.len().alias("rows"),
        )
        .with_columns(
            again=(nw.col("last") > nw.col("first")).cast(nw.Int64),
            lacking=nw.col("rows") - nw.col("known"),
            nameless=nw.when(nw.col(CUSTOMER).is_null()).then(nw.col("rows")).otherwise(nw.lit(0)),
        )
        .group_by("cohort")
        .agg(nw.len().alias("n"), *(nw.col(name).sum() for name in MISTAKES))
        .collect()
    )
    n = floats(table["n"])
    _check_customers({name: np.nansum(floats(table[name])) for name in MISTAKES}, n.sum())
    cohort = floats(table["cohort"])
    order = np.argsort(cohort)
    return cohort[order].astype(np.int64), n[order].astype(np.int64)


MISTAKES = {
    "nameless": "Each `customer` must be known, not missing (in {count:,} rows).",
    "lacking": "Each `joined` must be a date, not missing (in {count:,} rows).",
    "again": "Each customer must have one day in `joined`, not several ({count:,} of {n:,}).",
}
"""What rows and customers must be like, in the order in which it is checked."""


def _check_customers(counts: dict[str, float], n: float) -> None:
    """Everybody has a name and joined once."""
    if not n:
        fail(TooFewResponsesError, "`frame` must have at least one customer, not 0.")
    hints = {"again": "did you mean to keep the first day of each customer?"}
    for name, message in MISTAKES.items():
        if counts[name]:
            text = message.format(count=int(counts[name]), n=int(n))
            fail(ArgumentError, text, hints.get(name, ""))


def _activity(log: "nw.LazyFrame[Any]") -> tuple[IntArray, IntArray, IntArray]:
    """Cohort and age at which customers were active, and how many were."""
    import narwhals.stable.v2 as nw

    table = (
        log.filter(~nw.col("age").is_null())
        .group_by(CUSTOMER, "cohort", "age")
        .agg(nw.len().alias("rows"))
        .group_by("cohort", "age")
        .agg(nw.len().alias("n"), nw.col("rows").sum())
        .collect()
    )
    names = "cohort", "age", "n", "rows"
    cohort, age, n, rows = (floats(table[name]).astype(np.int64) for name in names)
    if early := int(rows[age < 0].sum()):
        message = "Each `active` must not be in a period before `joined`"
        fail(ArgumentError, f"{message} (in {early:,} rows it is).")
    return cohort, age, n
