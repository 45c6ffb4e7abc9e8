from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ArgumentError, CxMetricsError, UnknownKeyError
from cxmetrics.summaries.frames.stages import Reached, tabulate_stages
from tests.summaries.frames.engines import every_engine, frame_in

STAGES = ("visit", "basket", "paid")
START = datetime(2026, 1, 1, 9, tzinfo=UTC).replace(tzinfo=None)

# Whose, what, hours after the start, shop. Ann comes back; Bob skips the basket; Cem has his
# basket before the visit; Dee's basket and visit are at one time; Eva only browses.
EVENTS: list[tuple[str, str, float, str | None]] = [
    ("Ann", "visit", 0, "N"),
    ("Ann", "basket", 1.5, "N"),
    ("Ann", "visit", 2, "N"),
    ("Ann", "paid", 26.9, "N"),
    ("Bob", "visit", 1, "S"),
    ("Bob", "paid", 2, "S"),
    ("Cem", "basket", 1, "S"),
    ("Cem", "visit", 3, "S"),
    ("Dee", "basket", 5, None),
    ("Dee", "visit", 5, None),
    ("Dee", "paid", 4, None),
    ("Dee", "paid", 7, None),
    ("Eva", "visit", 8, "N"),
    ("Eva", "help", 9, "N"),
]


def columns(events: list[tuple[str, str, float, str | None]]) -> dict[str, list[Any]]:
    whose, what, hours, shop = map(list, zip(*events, strict=True))
    times = [START + timedelta(hours=h) for h in hours]
    return {"customer": whose, "stage": what, "time": times, "hours": hours, "shop": shop}


def tabulated(frame: Any, **options: Any) -> Reached:
    asked: dict[str, Any] = {
        "customer": "customer",
        "stage": "stage",
        "time": "time",
        "by": None,
        "unit": "hour",
    }
    return tabulate_stages(frame, STAGES, **asked | options)


@every_engine
def test_every_engine_counts_who_reached_which_stage(engine: str) -> None:
    frame = frame_in(engine, pa.table(columns(EVENTS)))

    reached = tabulated(frame)

    assert reached.counts.counts.tolist() == [[3, 0, 2]]
    assert reached.counts.scale.groups == STAGES
    assert reached.steps.tenures.tolist() == [0, 1, 2, 25]
    assert reached.steps.churned.tolist() == [[[1, 1, 0, 0], [0, 0, 1, 1]]]
    assert not reached.steps.censored.any()


@every_engine
def test_every_engine_groups(engine: str) -> None:
    reached = tabulated(frame_in(engine, pa.table(columns(EVENTS))), by="shop")

    assert reached.groups.keys == {"shop": ["N", "S", None]}
    assert reached.counts.counts.tolist() == [[1, 0, 1], [2, 0, 0], [0, 0, 1]]
    assert reached.steps.churned.sum(axis=-1).tolist() == [[1, 1], [0, 0], [1, 1]]


def test_keys_are_told_apart_whatever_is_in_them() -> None:
    log = {
        "customer": [1, 1, 1],
        "stage": list(STAGES),
        "time": [1, 2, 3],
        "shop": ["a\x1fb", "a", "a\x1fb"],
        "desk": ["c", "b\x1fc", "c"],
    }

    reached = tabulated(frame_in("Polars", pa.table(log)), by=["shop", "desk"])

    assert reached.groups.keys == {"shop": ["a\x1fb"], "desk": ["c"]}
    assert reached.counts.counts.tolist() == [[1, 0, 0]]


def test_units_of_time_and_numbers() -> None:
    frame = frame_in("Polars", pa.table(columns(EVENTS)))

    assert tabulated(frame, unit="day").steps.tenures.tolist() == [0, 1]
    assert tabulated(frame, unit="minute").steps.tenures.tolist() == [0, 90, 120, 1524]
    assert tabulated(frame, unit="second").steps.tenures.tolist() == [0, 5400, 7200, 91440]
    assert tabulated(frame, time="hours").steps.tenures.tolist() == [0, 1, 2, 25]


def test_days_are_times() -> None:
    days = {
        "customer": [1, 1, 1],
        "stage": list(STAGES),
        "time": [date(2023, 12, 31), date(2024, 2, 29), date(2024, 3, 1)],
    }

    assert tabulated(frame_in("Polars", pa.table(days)), unit="day").steps.tenures.tolist() == [
        1,
        60,
    ]


@every_engine
@pytest.mark.parametrize("hours", [np.nan, np.inf])
def test_what_is_no_number_is_no_time(engine: str, hours: float) -> None:
    log = columns(EVENTS)
    log["hours"] = [hours, *(float(number) for number in log["hours"][1:])]

    with pytest.raises(ArgumentError) as caught:
        tabulated(frame_in(engine, pa.table(log)), time="hours")

    assert str(caught.value) == "Each event must have a time (1 of 14 lack it)."


def brute_force(events: list[tuple[str, str, float, str | None]]) -> list[int]:
    """Walk through the events of every customer, stage by stage."""
    last = []
    for name in dict.fromkeys(whose for whose, *_ in events):
        at, came = -np.inf, -1
        for k, stage in enumerate(STAGES):
            times = [t for whose, what, t, _ in events if (whose, what) == (name, stage)]
            times = [t for t in times if t >= at]
            if not times:
                break
            at, came = min(times), k
        if came >= 0:
            last.append(came)
    return [last.count(k) for k in range(len(STAGES))]


@given(
    events=st.lists(
        st.tuples(
            st.sampled_from("ABCD"),
            st.sampled_from([*STAGES, "help"]),
            st.integers(0, 6),
            st.none(),
        ),
        max_size=25,
    )
)
def test_counts_are_those_of_a_walk_in_any_order(events: Any) -> None:
    every = [("Zoe", stage, k, None) for k, stage in enumerate(STAGES)]
    log = columns([*events, *every])

    reached = tabulated(frame_in("Polars", pa.table(log)), time="hours")
    backwards = {name: column[::-1] for name, column in log.items()}

    assert reached.counts.counts[0].tolist() == brute_force([*events, *every])
    again = tabulated(frame_in("Polars", pa.table(backwards)), time="hours")
    assert (again.counts, again.steps) == (reached.counts, reached.steps)


@pytest.mark.parametrize(
    ("changes", "options", "error", "message"),
    [
        (
            {"stage": ["vist", *(stage for _, stage, *_ in EVENTS[1:])]},
            {"customer": "custmer"},
            UnknownKeyError,
            "There is no column 'custmer'.\nHint: did you mean 'customer'?",
        ),
        (
            {"stage": ["baskets" if stage == "basket" else stage for _, stage, *_ in EVENTS]},
            {},
            UnknownKeyError,
            "There is no event 'basket' in column 'stage'.\nHint: did you mean 'baskets'?",
        ),
        (
            {"customer": [None, *(whose for whose, *_ in EVENTS[1:])]},
            {},
            ArgumentError,
            "Each event must have a customer (1 of 14 lack it).",
        ),
        (
            {"time": [None, None, *(START for _ in EVENTS[2:])]},
            {},
            ArgumentError,
            "Each event must have a time (2 of 14 lack it).",
        ),
        (
            {"time": ["now" for _ in EVENTS]},
            {},
            ArgumentError,
            (
                "`time` must be a column of times or numbers, not 'time' of type String.\n"
                "Hint: did you mean to make times of it first?"
            ),
        ),
    ],
)
def test_what_is_no_event_log(
    changes: Any, options: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as caught:
        tabulated(frame_in("Polars", pa.table(columns(EVENTS) | changes)), **options)

    assert str(caught.value) == message
