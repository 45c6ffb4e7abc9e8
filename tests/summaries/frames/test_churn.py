"""The laws of tabulate_churn, in every engine: it counts what a loop over lists would count."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmetrics import YES_NO, Counts, churn_rate, retention_rate
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.summaries.frames import tabulate_churn
from tests.strategies import stays
from tests.summaries.frames.engines import IN_MEMORY, ZONE, every_engine, frame_in
from tests.summaries.frames.survey import COLUMNS as SURVEY
from tests.summaries.frames.survey import any_of, assert_same, names

MARCH: dict[str, Any] = {"start": date(2024, 3, 1), "end": date(2024, 4, 1)}


def test_worked_example() -> None:
    """By hand: Ann, Bob and Cid were there on March 1, and Bob left in March.

    Ann left on April 1, when March was over; Dan joined on March 1, and Eve in March, though
    she left again; Fay had left in February.
    """
    customers = pl.DataFrame(
        {
            "name": ["Ann", "Bob", "Cid", "Dan", "Eve", "Fay"],
            "joined": [
                date(2023, 1, 1),
                date(2024, 2, 29),
                date(2020, 6, 1),
                date(2024, 3, 1),
                date(2024, 3, 5),
                date(2022, 1, 1),
            ],
            "left": [
                date(2024, 4, 1),
                date(2024, 3, 1),
                None,
                None,
                date(2024, 3, 9),
                date(2024, 2, 29),
            ],
        }
    )

    march = tabulate_churn(customers, joined="joined", left="left", **MARCH)

    assert march == Counts(YES_NO, [2, 1])
    assert churn_rate(march).value == pytest.approx(100 / 3)
    assert retention_rate(march).value == pytest.approx(200 / 3)


# -- Every engine

FIRST = datetime(2023, 12, 30, 22)  # noqa: DTZ001 (as it is written)
CAME = any_of([FIRST + timedelta(hours=hours) for hours in (0, 2, 26, 700, 1500, 2200)])
STAYED = any_of([None, *(timedelta(hours=hours) for hours in (0, 1, 25, 26, 700, 1474, 2000))])
WENT = [None if time is None else came + time for came, time in zip(CAME, STAYED, strict=True)]
COLUMNS: dict[str, list[Any]] = {
    "came": CAME,
    "went": WENT,
    "day": [came.date() for came in CAME],
    "last day": [None if went is None else went.date() for went in WENT],
    "never": [datetime(9999, 12, 31)] * len(CAME),  # noqa: DTZ001
    **{name: SURVEY[name] for name in ("shop", "floor", "half")},
    "month": [came.date().replace(day=1) for came in CAME],
}
BERLIN = ZoneInfo(ZONE)
ZONED = {
    f"{name} here": [None if when is None else when.replace(tzinfo=BERLIN) for when in column]
    for name, column in (("came", CAME), ("went", WENT))
}
TABLE = pa.table(
    {name: pa.array(column, from_pandas=False) for name, column in COLUMNS.items()}
    | {name: pa.array(column, pa.timestamp("us", ZONE)) for name, column in ZONED.items()}
)
ROWS = len(CAME)
JANUARY = {"start": date(2024, 1, 1), "end": date(2024, 2, 1)}
NIGHT = {"start": datetime(2023, 12, 31, 0), "end": datetime(2024, 1, 1, 0, 30)}  # noqa: DTZ001

CASES: dict[str, dict[str, Any]] = {
    "of times": {},
    "of days": {"joined": "day", "left": "last day"},
    "of a day and a time": {"joined": "day"},
    "of a time and a day": {"left": "last day", "by": "floor"},
    "of zoned times": {"joined": "came here", "left": "went here"},
    "of zoned and other times": {"joined": "came here", "left": "last day", "by": "shop"},
    "left in an age to come": {"left": "never"},
    "between times": NIGHT,
    "between a day and a time": NIGHT | {"start": date(2023, 12, 31), "by": "floor"},
    "before anybody came": {"start": date(2000, 1, 1), "end": date(2001, 1, 1), "by": "shop"},
    "by text": {"by": "shop"},
    "by whole numbers": {"by": "floor"},
    "by months": {"by": "month"},
    "by several": {"by": ["floor", "shop", "half"]},
}


def counted(
    columns: dict[str, list[Any]], *, joined: str, left: str, start: date, end: date, by: Any = None
) -> Any:
    """What must be found, from plain lists with an entry per customer."""
    begins, ends = midnight(start), midnight(end)
    answers: list[int | None] = []
    for came, went in zip(columns[joined], columns[left], strict=True):
        was_there = midnight(came) < begins and (went is None or midnight(went) >= begins)
        answers.append(int(went is not None and midnight(went) < ends) if was_there else None)
    labels = {name: columns[name] for name in names(by)}
    if labels:
        return Counts.of(answers, YES_NO, by=labels).map(plain)
    return plain(Counts.of(answers, YES_NO))


def midnight(when: date) -> datetime:
    """A time as it is written; a day is the time at which it begins."""
    if isinstance(when, datetime):
        return when.replace(tzinfo=None)
    return datetime(when.year, when.month, when.day)  # noqa: DTZ001


def plain(counts: Counts) -> Counts:
    """The same without those who count nowhere."""
    return Counts(YES_NO, counts.counts)


@every_engine
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_engine_counts_what_lists_would_say(engine: str, case: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"joined": "came", "left": "went"} | JANUARY | case

    found = tabulate_churn(frame_in(engine, TABLE), **asked)

    assert_same(found, counted(COLUMNS | ZONED, **asked))


@every_engine
def test_counting_apart_and_adding_is_counting_together(engine: str) -> None:
    parts = (slice(30), slice(30, ROWS), slice(ROWS))
    one, two, both = (
        tabulate_churn(
            frame_in(engine, TABLE[rows]), joined="came", left="went", by="shop", **JANUARY
        )
        for rows in parts
    )

    assert_same(one + two, both)
    assert_same(two + one, both)


@every_engine
def test_an_empty_frame_has_no_customers(engine: str) -> None:
    asked: dict[str, Any] = {"joined": "came", "left": "went"} | JANUARY
    frame = frame_in(engine, TABLE[:0])

    assert tabulate_churn(frame, **asked) == Counts.empty(YES_NO)
    assert tabulate_churn(frame, by="shop", **asked).columns == {"shop": []}


# -- Laws


@given(stays())
def test_any_customers_in_any_order_are_counted_alike_in_memory(rows: dict[str, list[Any]]) -> None:
    types = {"joined": pa.date32(), "left": pa.date32(), "plan": pa.string()}
    table = pa.table({name: pa.array(rows[name][::-1], kind) for name, kind in types.items()})
    asked: dict[str, Any] = {"joined": "joined", "left": "left", "by": "plan"} | MARCH

    for engine in IN_MEMORY:
        assert_same(tabulate_churn(frame_in(engine, table), **asked), counted(rows, **asked))


@given(stays(), st.lists(st.dates(date(2024, 1, 1), date(2024, 6, 1)), min_size=3, max_size=3))
def test_those_kept_and_those_who_join_are_there_next_time(
    rows: dict[str, list[Any]], times: list[date]
) -> None:
    start, middle, end = sorted(times)
    assume(start < middle < end)
    frame = pl.DataFrame(rows, schema={"joined": pl.Date, "left": pl.Date, "plan": pl.String})
    came, went = pl.col("joined"), pl.col("left")
    joiners = frame.filter(came.is_between(start, middle, closed="left"))
    stayed = joiners.filter(went.is_null() | (went >= middle)).height

    one, two = (
        tabulate_churn(frame, joined="joined", left="left", start=first, end=last)
        for first, last in ((start, middle), (middle, end))
    )

    assert two.n == one.counts[0] + stayed


# -- Edges


def test_a_group_without_customers_at_the_start_stays() -> None:
    frame = pl.DataFrame(
        {"plan": ["old", "new"], "joined": [date(2023, 1, 1), date(2024, 3, 7)]}
    ).with_columns(left=pl.lit(None, pl.Date))

    churn = churn_rate(tabulate_churn(frame, joined="joined", left="left", by="plan", **MARCH))

    assert list(churn) == ["new", "old"]
    assert (churn["new"].n, churn["new"].interval) == (0, (0, 100))


def test_categories_keep_their_order() -> None:
    plan = pl.Series("plan", ["basic", "plus"], pl.Enum(["plus", "basic"]))
    frame = pl.DataFrame([plan]).with_columns(joined=date(2024, 1, 1), left=date(2024, 3, 2))

    assert list(tabulate_churn(frame, joined="joined", left="left", by="plan", **MARCH)) == [
        "plus",
        "basic",
    ]


def test_nanoseconds_and_timestamps_of_pandas() -> None:
    joined = np.array(["2024-02-29T23:59:59.999999999", "2024-03-01"], "datetime64[ns]")
    left = np.array(["2024-03-31T23:59:59.999999999", "NaT"], "datetime64[ns]")
    frame = pd.DataFrame({"joined": joined, "left": left})
    start, end = pd.Timestamp(2024, 3, 1), pd.Timestamp(2024, 4, 1)

    found = tabulate_churn(frame, joined="joined", left="left", start=start, end=end)

    assert found == Counts(YES_NO, [0, 1])


# -- Errors

FEW = pa.table(
    {
        "joined": [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)],
        "left": [None, date(2024, 3, 2), date(2024, 1, 3)],
        "gap": [date(2024, 1, 1), None, None],
        "early": [None, date(2024, 1, 1), date(2024, 1, 2)],
        "at noon": [None, datetime(2024, 1, 2, 12), datetime(2024, 1, 2, 12)],  # noqa: DTZ001
        "at one": [datetime(2024, 1, 2, 13)] * 3,  # noqa: DTZ001
        "shop": ["N", "S", "N"],
        "months": [1, 2, 3],
    }
)
BEFORE = "Each `left` must not be before `joined`"
MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"left": "early"}, ArgumentError, f"{BEFORE} (2 of 3 are)."),
    ({"left": "early", "by": "shop"}, ArgumentError, f"{BEFORE} (2 of 3 are)."),
    ({"left": "at noon"}, ArgumentError, f"{BEFORE} (1 of 3 are)."),
    ({"joined": "at one", "left": "at noon"}, ArgumentError, f"{BEFORE} (2 of 3 are)."),
    ({"joined": "gap"}, ArgumentError, "Each `joined` must be a date, not missing (2 of 3)."),
    *(
        (
            {argument: "lefd"},
            UnknownKeyError,
            "There is no column 'lefd'.\nHint: did you mean 'left'?",
        )
        for argument in ("joined", "left", "by")
    ),
    (
        {"joined": "shop"},
        ArgumentError,
        (
            "`joined` must be a column of dates or times, not 'shop' of type String.\n"
            "Hint: did you mean to make dates of it first?"
        ),
    ),
    (
        {"left": "months"},
        ArgumentError,
        (
            "`left` must be a column of dates or times, not 'months' of type Int64.\n"
            "Hint: did you mean to make dates of it first?"
        ),
    ),
]


@every_engine
@pytest.mark.parametrize(
    ("asked", "error", "message"), MISTAKES, ids=[str(asked) for asked, _, _ in MISTAKES]
)
def test_every_engine_has_the_same_words_for_a_mistake(
    engine: str, asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        tabulate_churn(
            frame_in(engine, FEW), **{"joined": "joined", "left": "left"} | MARCH | asked
        )

    assert type(raised.value) is error
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("period", "message"),
    [
        (
            {"end": date(2024, 3, 1)},
            "`end` must be after `start`, 2024-03-01, not 2024-03-01.",
        ),
        (
            {"end": datetime(2024, 2, 29, 12)},  # noqa: DTZ001
            "`end` must be after `start`, 2024-03-01, not 2024-02-29 12:00:00.",
        ),
        (
            {"start": "2024-03-01"},
            (
                "`start` must be a date or a datetime, not '2024-03-01'.\n"
                "Hint: did you mean date.fromisoformat('2024-03-01')?"
            ),
        ),
        ({"end": None}, "`end` must be a date or a datetime, not None."),
        ({"end": pd.NaT}, "`end` must be a date or a datetime, not NaT."),
        (
            {"end": datetime(2024, 4, 1, tzinfo=BERLIN)},
            (
                "`end` must be without a time zone, as times of the columns are read, "
                "not in Europe/Berlin.\nHint: did you mean end=end.replace(tzinfo=None)?"
            ),
        ),
    ],
)
def test_what_is_no_period(period: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        tabulate_churn(FEW, joined="joined", left="left", **MARCH | period)

    assert str(raised.value) == message
