"""Cohorts in every engine: what is counted is what plain lists would say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics._typing import Period
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    TooFewResponsesError,
    UnknownKeyError,
)
from cxmetrics.summaries.frames.cohorts import Cohorts, tabulate_cohorts
from tests.strategies import activity_logs
from tests.summaries.frames.engines import IN_MEMORY, ZONE, every_engine, frame_in
from tests.summaries.frames.survey import first_day

PERIODS: tuple[Period, ...] = get_args(Period)

START = datetime.fromisoformat("2023-11-20 23:30")

rng = np.random.default_rng(5)
LOG: dict[str, list[Any]] = {"who": [], "number": [], "day": [], "joined": [], "active": []}
for who in range(25):
    joined = START + timedelta(days=int(rng.integers(0, 120)))
    for gap in [None, *rng.exponential(40, rng.integers(0, 6)).tolist()]:
        LOG["who"].append(f"customer {who}")
        LOG["number"].append(float(who))
        LOG["day"].append(joined.date())
        LOG["joined"].append(joined)
        LOG["active"].append(None if gap is None else joined + timedelta(days=gap))
# What is written down in UTC is read as the clocks in Berlin have it.
LOG["zoned"] = [None if t is None else t.replace(tzinfo=UTC) for t in LOG["active"]]
TABLE = pa.table(LOG | {"zoned": pa.array(LOG["zoned"], pa.timestamp("us", ZONE))})


def number(when: date, period: Period) -> int:
    """Periods from a common start."""
    months = 12 * when.year + when.month - 1
    days = when.toordinal() - 1
    parts = {"day": days, "week": days // 7, "month": months, "quarter": months // 3}
    return parts.get(period, when.year)


def assert_counted(found: Cohorts, log: dict[str, list[Any]], *asked: Any) -> None:
    """The cells are those of plain lists; what is beyond the last period has nobody."""
    customer, joined, active, period = asked
    members: dict[date, set[Any]] = {}
    cells: dict[tuple[date, int], set[Any]] = {}
    for who, came, when in zip(*(log[name] for name in (customer, joined, active)), strict=True):
        first = first_day(came, period)
        assert first is not None
        members.setdefault(first, set()).add(who)
        if when is not None:
            cells.setdefault((first, number(when, period) - number(first, period)), set()).add(who)
    last = max(number(when, period) for name in (joined, active) for when in log[name] if when)
    assert found.first_days == sorted(members)
    for first, row in zip(found.first_days, found.counts.counts.tolist(), strict=True):
        for age, (no, yes) in enumerate(row):
            is_reached = number(first, period) + age <= last
            assert no + yes == (len(members[first]) if is_reached else 0)
            assert yes == len(cells.pop((first, age), ()))
    assert not cells


@every_engine
@pytest.mark.parametrize("period", PERIODS)
def test_every_engine_counts_what_lists_would_say(engine: str, period: Period) -> None:
    found = tabulate_cohorts(frame_in(engine, TABLE), "who", "day", "active", period)

    assert_counted(found, LOG, "who", "day", "active", period)


@every_engine
def test_customers_may_have_any_label_and_times_any_zone(engine: str) -> None:
    frame, berlin = frame_in(engine, TABLE), ZoneInfo(ZONE)
    zoned = [t and t.astimezone(berlin).replace(tzinfo=None) for t in LOG["zoned"]]

    weeks = tabulate_cohorts(frame, "number", "joined", "active", "week")
    days = tabulate_cohorts(frame, "who", "joined", "zoned", "day")

    assert_counted(weeks, LOG, "number", "joined", "active", "week")
    assert_counted(days, LOG | {"zoned": zoned}, "who", "joined", "zoned", "day")


@given(activity_logs(), st.sampled_from(PERIODS), st.sampled_from(IN_MEMORY))
def test_any_log_in_any_order_is_counted_alike_in_memory(
    log: dict[str, list[Any]], period: Period, engine: str
) -> None:
    table = pa.table(
        {
            "customer": pa.array(log["customer"][::-1]),
            "joined": pa.array(log["joined"][::-1], pa.date32()),
            "active": pa.array(log["active"][::-1], pa.date32()),
        }
    )

    found = tabulate_cohorts(frame_in(engine, table), "customer", "joined", "active", period)

    assert_counted(found, log, "customer", "joined", "active", period)


# ------------------------------------------------------------------------ errors

DAY = date(2025, 1, 1)
COMPLETE = {"customer": ["a", "a", "b"], "joined": [DAY] * 3, "active": [DAY, None, DAY]}


@every_engine
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"customer": ["a", None, None]},
            "Each `customer` must be known, not missing (in 2 rows).",
        ),
        ({"joined": [DAY, None, DAY]}, "Each `joined` must be a date, not missing (in 1 rows)."),
        (
            {"joined": [DAY, DAY + timedelta(days=1), DAY]},
            (
                "Each customer must have one day in `joined`, not several (1 of 2).\n"
                "Hint: did you mean to keep the first day of each customer?"
            ),
        ),
        (
            {"active": [DAY, date(2024, 12, 31), None]},
            "Each `active` must not be in a period before `joined` (in 1 rows it is).",
        ),
    ],
)
def test_what_is_no_log_is_explained(engine: str, wrong: dict[str, Any], message: str) -> None:
    columns = COMPLETE | wrong
    dates = {name: pa.array(columns[name], pa.date32()) for name in ("joined", "active")}
    table = pa.table({"customer": pa.array(columns["customer"], pa.string()), **dates})

    with pytest.raises(ArgumentError) as error:
        tabulate_cohorts(frame_in(engine, table), "customer", "joined", "active", "month")

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"active": "activ"},
            UnknownKeyError,
            "There is no column 'activ'.\nHint: did you mean 'active'?",
        ),
        (
            {"joined": "customer"},
            ArgumentError,
            (
                "`joined` must be a column of dates or times, not 'customer' of type String.\n"
                "Hint: did you mean to make dates of it first?"
            ),
        ),
        (
            {"period": "months"},
            ArgumentError,
            (
                "`period` must be 'day', 'week', 'month', 'quarter' or 'year', not 'months'.\n"
                "Hint: did you mean 'month'?"
            ),
        ),
        (
            {"frame": pl.DataFrame(COMPLETE).clear()},
            TooFewResponsesError,
            "`frame` must have at least one customer, not 0.",
        ),
        (
            {
                "frame": pl.DataFrame(
                    {"customer": range(400), "joined": [DAY] * 400, "active": [DAY] * 400}
                ).with_columns(
                    pl.col("joined") + pl.duration(days=10 * pl.col("customer")),
                    pl.col("active") + pl.duration(days=10 * pl.col("customer")),
                ),
                "period": "day",
            },
            ArgumentError,
            (
                "A triangle must have at most 1,000,000 cells, not 400 cohorts by 3,991 ages.\n"
                "Hint: did you mean period='month'?"
            ),
        ),
    ],
)
def test_wrong_columns_are_explained(
    options: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    asked: dict[str, Any] = {name: name for name in COMPLETE}
    asked |= {"frame": pl.DataFrame(COMPLETE), "period": "month"} | options

    with pytest.raises(error) as caught:
        tabulate_cohorts(**asked)

    assert str(caught.value) == message
