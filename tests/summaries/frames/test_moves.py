"""Paths from logs of events, in every engine: those that a walk through sorted lists has."""

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import Moves, tabulate_moves
from cxmetrics.errors import ArgumentError, CxMetricsError, TooFewResponsesError, UnknownKeyError
from cxmetrics.summaries.frames import moves as module
from tests.summaries.frames.engines import every_engine, frame_in

# Ann's last two events are at one time; Bob comes once; Cem is in two shops, one unnamed.
EVENTS: list[tuple[Any, ...]] = [
    ("Ann", "web", 1, "N"),
    ("Cem", "phone", 9, None),
    ("Ann", "shop", 5, "N"),
    ("Bob", "phone", 2, "S"),
    ("Ann", "phone", 5, "N"),
    ("Cem", "web", 4, "N"),
    ("Dee", "web", 7, "S"),
    ("Dee", "phone", 8, "S"),
    ("Dee", "shop", 9, "S"),
]
DATA = Path(__file__).parents[1] / "data"
LOG = json.loads((DATA / "touchpoint_log.json").read_text(encoding="utf-8"))
PM4PY = json.loads((DATA / "touchpoint_log_pm4py.json").read_text(encoding="utf-8"))
"""What pm4py says of the log, as the file tells."""


def columns(events: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    whose, what, hour, shop = map(list, zip(*events, strict=True))
    days = [datetime(2026, 3, 1, h) for h in hour]  # noqa: DTZ001 (as in most logs)
    return {"customer": whose, "touchpoint": what, "hour": hour, "time": days, "shop": shop}


def tabulated(frame: Any, **options: Any) -> Any:
    asked: dict[str, Any] = {"customer": "customer", "touchpoint": "touchpoint", "time": "time"}
    return tabulate_moves(frame, **asked | options)


def walked(events: list[tuple[Any, ...]]) -> Moves:
    """Sort the events of every customer, and walk along them."""
    whose: dict[Any, list[Any]] = {}
    for customer, touchpoint, when, _ in events:
        whose.setdefault(customer, []).append((when, touchpoint))
    ways = Counter(tuple(name for _, name in sorted(each)) for each in whose.values())
    return Moves.from_paths(ways)


@every_engine
def test_every_engine_finds_the_paths(engine: str) -> None:
    moves = tabulated(frame_in(engine, pa.table(columns(EVENTS))))

    assert moves == walked(EVENTS)
    assert moves.paths == [
        ("phone",),
        ("web", "phone"),
        ("web", "phone", "shop"),
    ]
    assert moves.customers.tolist() == [1, 1, 2]


@every_engine
def test_every_engine_groups(engine: str) -> None:
    grouped = tabulated(frame_in(engine, pa.table(columns(EVENTS))), by="shop", time="hour")

    assert list(grouped) == ["N", "S", None]
    for shop in grouped:
        assert grouped[shop] == walked([event for event in EVENTS if event[3] == shop])


def test_several_keys() -> None:
    frame = pl.DataFrame(columns(EVENTS)).with_columns(half=pl.col("hour") > 4)
    grouped = tabulated(frame, by=["shop", "half"])

    assert next(iter(grouped)) == ("N", False)
    assert grouped["S", True] == walked([event for event in EVENTS if event[0] == "Dee"])


@given(
    events=st.lists(
        st.tuples(
            st.integers(0, 4), st.sampled_from("abcdefghijklmnop"), st.integers(0, 20), st.none()
        ),
        min_size=1,
        max_size=120,
    ),
    seed=st.randoms(),
)
def test_paths_are_those_of_a_walk_in_any_order(events: Any, seed: Any) -> None:
    shuffled = list(events)
    seed.shuffle(shuffled)

    for each in (events, shuffled):
        assert tabulated(pl.DataFrame(columns(each)), time="hour") == walked(events)


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from("abc"), st.integers(0, 9), st.none()),
        min_size=2,
        max_size=30,
    )
)
def test_merging_is_tabulating_together(events: Any) -> None:
    parts = [[e for e in events if e[0] % 2 == k] for k in (0, 1)]
    merged = sum(tabulated(pl.DataFrame(columns(part))) for part in parts if part)

    assert merged == tabulated(pl.DataFrame(columns(events)))


def test_a_log_as_pandas_reckons_it() -> None:
    """Moves and paths of the log of 40 customers, counted with shift and groupby."""
    log = pd.DataFrame(LOG["rows"], columns=LOG["columns"])
    log["time"] = pd.to_datetime(log["time"])
    moves = tabulated(log)
    ordered = log.sort_values(["customer", "time", "touchpoint"])
    ordered["to"] = ordered.groupby("customer")["touchpoint"].shift(-1).fillna("end")
    counts = ordered.groupby(["touchpoint", "to"]).size()
    ways = ordered.groupby("customer")["touchpoint"].agg(tuple).value_counts()
    names = [*moves.touchpoints, "end"]

    for i, start in enumerate(moves.touchpoints):
        for j, end in enumerate(names):
            assert moves.transitions[i, j] == counts.get((start, end), 0)
    assert dict(zip(moves.paths, moves.customers.tolist(), strict=True)) == ways.to_dict()


def test_a_log_as_pm4py_reckons_it() -> None:
    """Moves, first and last touchpoints, and the number of different paths."""
    log = pl.DataFrame(LOG["rows"], schema=LOG["columns"], orient="row")
    moves = tabulated(log.with_columns(pl.col("time").str.to_datetime()))
    counted = {
        (source, target): int(moves.transitions[i, j])
        for i, source in enumerate([*moves.touchpoints, "start"])
        for j, target in enumerate([*moves.touchpoints, "end"])
        if moves.transitions[i, j]
    }
    theirs = {(source, target): n for source, target, n in PM4PY["moves"]}
    theirs |= {("start", name): n for name, n in PM4PY["first"].items()}
    theirs |= {(name, "end"): n for name, n in PM4PY["last"].items()}

    assert counted == theirs
    assert len(moves.paths) == PM4PY["variants"]


def test_long_paths_and_few_customers() -> None:
    """More events than there is room for at first, on few and on many touchpoints."""
    for names in (2, 40, 999):
        steps = [f"{k % names:03}" for k in range(1_000)]
        frame = pl.DataFrame({"customer": 1, "touchpoint": steps, "time": range(1_000)})

        assert tabulated(frame).paths == [tuple(steps)]


def test_days_and_numbers_are_times() -> None:
    log = columns(EVENTS) | {"day": [date(2026, 1, h) for h in columns(EVENTS)["hour"]]}

    for time in ("day", "hour", "time"):
        assert tabulated(pl.DataFrame(log), time=time) == walked(EVENTS)


@pytest.mark.parametrize(
    ("changes", "options", "error", "message"),
    [
        (
            {},
            {"customer": "custmer"},
            UnknownKeyError,
            "There is no column 'custmer'.\nHint: did you mean 'customer'?",
        ),
        (
            {"customer": [None, *"abcdefgh"]},
            {},
            ArgumentError,
            "Each event must have a customer (1 of 9 lack it).",
        ),
        (
            {"touchpoint": [None, None, *"abcdefg"]},
            {},
            ArgumentError,
            "Each event must have a touchpoint (2 of 9 lack it).",
        ),
        (
            {"hour": [None, float("nan"), *range(7)]},
            {"time": "hour"},
            ArgumentError,
            "Each event must have a time (2 of 9 lack it).",
        ),
        ({"touchpoint": range(9)}, {}, ArgumentError, "Each touchpoint must be a name, not 0."),
        (
            {"hour": [f"{k} o'clock" for k in range(9)]},
            {"time": "hour"},
            ArgumentError,
            (
                "`time` must be a column of times or numbers, not 'hour' of type String.\n"
                "Hint: did you mean to make times of it first?"
            ),
        ),
    ],
)
def test_errors(
    changes: dict[str, Any], options: dict[str, Any], error: type[CxMetricsError], message: str
) -> None:
    log = columns(EVENTS) | {name: list(column) for name, column in changes.items()}

    with pytest.raises(error) as raised:
        tabulated(pl.DataFrame(log, strict=False), **options)

    assert str(raised.value) == message


def test_a_log_without_events_or_with_robots() -> None:
    frame = pl.DataFrame(columns(EVENTS))
    with pytest.raises(TooFewResponsesError) as raised:
        tabulated(frame[:0])
    assert str(raised.value) == "`frame` must have at least one event, not 0."

    robot = pl.DataFrame({"customer": 1, "touchpoint": ["a"] * 1_001, "time": range(1_001)})
    with pytest.raises(ArgumentError) as refused:
        tabulated(robot)
    assert str(refused.value) == (
        "Each customer must have at most 1,000 events, not 1,001.\n"
        "Hint: did you mean to leave out robots?"
    )


def test_groups_and_paths_must_fit_in_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CELLS", 8)
    with pytest.raises(ArgumentError) as raised:
        tabulated(pl.DataFrame(columns(EVENTS)), by="shop")

    assert str(raised.value) == "Groups and their paths must fit in a table, not 3 groups by 3."
