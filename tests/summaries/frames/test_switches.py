"""Scores around switches, in every engine: those that a walk through sorted lists finds."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, YES_NO, Grouped, PairCounts, Scale, tabulate_switches
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    ScaleError,
    TooFewResponsesError,
    UnknownKeyError,
)
from cxmetrics.summaries.frames import switches as module
from tests.summaries.frames.engines import every_engine, frame_in

Events = list[tuple[Any, ...]]

# Ann goes from web to phone twice; Bob has no score on the phone; Cem has two events at one
# time, and stays on the web; of Dee's events at one time, the phone comes first by its name.
EVENTS: Events = [
    ("Ann", "web", 1, 2),
    ("Bob", "phone", 6, None),
    ("Ann", "phone", 3, 4),
    ("Ann", "web", 5, 3),
    ("Cem", "web", 2, 5),
    ("Ann", "phone", 8, 1),
    ("Bob", "web", 2, 3),
    ("Cem", "web", 2, 1),
    ("Dee", "web", 4, 4),
    ("Dee", "phone", 4, 99),
    ("Dee", "shop", 9, 5),
    ("Eve", "shop", 1, 5),
    ("Cem", "phone", 7, 5),
]
CHANNELS = ["chat", "phone", "web"]

rows = st.tuples(
    st.integers(0, 5),
    st.sampled_from(CHANNELS),
    st.integers(0, 6),
    st.sampled_from([None, 1, 2, 3, 4, 5, 99]),
)


def columns(events: Events) -> dict[str, list[Any]]:
    whose, what, hour, score = map(list, zip(*events, strict=True))
    days = [datetime(2026, 3, 1, h) for h in hour]  # noqa: DTZ001 (as in most logs)
    return {"customer": whose, "channel": what, "hour": hour, "time": days, "score": score}


def in_polars(events: Events) -> pl.DataFrame:
    return pl.DataFrame(columns(events), schema_overrides={"score": pl.Int64})


def tabulated(frame: Any, column: str = "score", **options: Any) -> Grouped[PairCounts]:
    asked: dict[str, Any] = {"customer": "customer", "channel": "channel", "time": "time"}
    known: dict[str, Any] = {"scale": ONE_TO_FIVE, "missing": [99]}
    return tabulate_switches(frame, column, **asked | known | options)


def walked(events: Events) -> dict[tuple[str, str], tuple[list[Any], list[Any]]]:
    """Walk along the sorted events of each customer; scores before and after, 0 if missing."""
    whose: dict[Any, list[Any]] = {}
    for customer, channel, when, score in events:
        whose.setdefault(customer, []).append((when, channel, score if score in range(6) else 0))
    pairs: dict[tuple[str, str], tuple[list[Any], list[Any]]] = {}
    for each in whose.values():
        ordered, seen = sorted(each), set()
        for (_, start, before), (_, end, after) in pairwise(ordered):
            if start != end and (start, end) not in seen:
                seen.add((start, end))
                sides = pairs.setdefault((start, end), ([], []))
                sides[0].append(before or None)
                sides[1].append(after or None)
    return pairs


def assert_as_walked(switches: Grouped[PairCounts], events: Events) -> None:
    pairs = walked(events)
    assert list(switches) == sorted(pairs)
    for key, (before, after) in pairs.items():
        assert switches[key] == PairCounts.of(after=after, before=before, scale=ONE_TO_FIVE)


@every_engine
def test_every_engine_finds_the_scores_around_switches(engine: str) -> None:
    """By hand; Cem's last score on the web is 5, as 1 comes before it at the same time."""
    switches = tabulated(frame_in(engine, pa.table(columns(EVENTS))))

    assert switches.by == ("from", "to")
    assert list(switches) == [("phone", "web"), ("web", "phone"), ("web", "shop")]
    to_phone = PairCounts.of(before=[2, 3, 5], after=[4, None, 5], scale=ONE_TO_FIVE)
    assert switches["web", "phone"] == to_phone
    assert switches["phone", "web"] == PairCounts.of(
        before=[4, 99], after=[3, 4], scale=ONE_TO_FIVE, missing=[99]
    )
    assert switches["web", "shop"] == PairCounts.of(before=[4], after=[5], scale=ONE_TO_FIVE)


@every_engine
def test_every_engine_reads_scores_as_tabulate_does(engine: str) -> None:
    """Text, and numbers that are not whole; some customers and times are numbers."""
    log = columns(EVENTS)
    text = [None if score is None else f" {score}" for score in log["score"]]
    number = [float("nan") if score is None else float(score) for score in log["score"]]
    frame = frame_in(engine, pa.table(log | {"text": text, "number": number}))

    for column in ("text", "number"):
        assert_as_walked(tabulated(frame, column, time="hour"), EVENTS)


@every_engine
def test_every_engine_reads_yes_and_no(engine: str) -> None:
    score = [None if score is None else score > 3 for *_, score in EVENTS]
    frame = frame_in(engine, pa.table(columns(EVENTS) | {"score": score}))
    switches = tabulated(frame, scale=YES_NO, missing=())

    assert switches["web", "phone"] == PairCounts.of(
        before=[0, 0, 1], after=[1, None, 1], scale=YES_NO
    )


@given(events=st.lists(rows, min_size=2, max_size=60), seed=st.randoms())
def test_switches_are_those_of_a_walk_in_any_order(events: Events, seed: Any) -> None:
    shuffled = list(events)
    seed.shuffle(shuffled)
    if not walked(events):
        with pytest.raises(TooFewResponsesError):
            tabulated(in_polars(events))
        return

    for each in (events, shuffled):
        assert_as_walked(tabulated(in_polars(each)), events)
    assert_as_walked(tabulated(pa.table(columns(shuffled)), time="hour"), events)


@given(st.lists(rows, min_size=2, max_size=60))
def test_merging_is_tabulating_together(events: Events) -> None:
    parts = [[event for event in events if event[0] % 2 == k] for k in (0, 1)]
    merged = [tabulated(in_polars(part)) for part in parts if walked(part)]

    if merged:
        assert_as_walked(sum(merged[1:], merged[0]), events)


def test_a_scale_that_is_turned_round() -> None:
    """Of scores at the same time in the same channel, the lowest is then the first still."""
    turned = tabulated(in_polars(EVENTS), reverse=True)
    mirrored = [(*event[:3], {5: 1, 4: 2, 2: 4, 1: 5}.get(event[3], event[3])) for event in EVENTS]

    assert_as_walked(turned, mirrored)


def test_what_changes_at_a_switch() -> None:
    """All that takes pairs takes these."""
    switches = tabulated(in_polars(EVENTS))
    change = cx.paired_difference(switches["web", "phone"], metric=cx.csat)
    changes = cx.paired_difference(switches, metric=cx.csat)
    plain = cx.paired_difference([4, None, 5], [2, 3, 5], metric=cx.csat)

    assert change.to_dict() == plain.to_dict()
    assert changes["web", "phone"].value == change.value == 50
    assert switches.to_pandas()[["from", "to"]].agg(tuple, axis=1).tolist() == list(switches)


def test_many_channels() -> None:
    names = [f"{k:03}" for k in range(200)]
    frame = pl.DataFrame({"customer": 1, "channel": names, "time": range(200), "score": 5})

    assert list(tabulated(frame)) == list(pairwise(names))


def test_categories_are_channels() -> None:
    frame = pd.DataFrame(columns(EVENTS)).astype({"channel": "category"})

    assert_as_walked(tabulated(frame), EVENTS)


@pytest.mark.parametrize(
    ("changes", "options", "error", "message"),
    [
        (
            {},
            {"channel": "chanel"},
            UnknownKeyError,
            "There is no column 'chanel'.\nHint: did you mean 'channel'?",
        ),
        (
            {},
            {"column": "scores"},
            UnknownKeyError,
            "There is no column 'scores'.\nHint: did you mean 'score'?",
        ),
        (
            {"customer": [None, *range(12)]},
            {},
            ArgumentError,
            "Each event must have a customer (1 of 13 lack it).",
        ),
        (
            {"channel": [None, None, *"abcdefghijk"]},
            {},
            ArgumentError,
            "Each event must have a channel (2 of 13 lack it).",
        ),
        (
            {"hour": [None, float("nan"), *range(11)]},
            {"time": "hour"},
            ArgumentError,
            "Each event must have a time (2 of 13 lack it).",
        ),
        ({"channel": range(13)}, {}, ArgumentError, "Each channel must be a name, not 0."),
        (
            {
                "channel": [f"{k:04}" for k in range(1_001)],
                "customer": range(1_001),
                "hour": range(1_001),
                "score": [5] * 1_001,
                "time": [datetime(2026, 3, 1)] * 1_001,  # noqa: DTZ001
            },
            {},
            ScaleError,
            (
                "There must be at most 1,000 channels, not 1,001.\n"
                "Hint: did you mean a column with fewer names?"
            ),
        ),
        (
            {},
            {"missing": ()},
            ScaleError,
            (
                "Each response must be on scale 1-5, not 99 (1 of 13).\n"
                "Hint: if 99 means no answer, did you mean missing=[99]?"
            ),
        ),
        (
            {},
            {"scale": Scale(0, 101)},
            ScaleError,
            (
                "Pairs must be on a scale of at most 101 points, not 102.\n"
                "Hint: did you mean to group the answers first, as answer // 2?"
            ),
        ),
        (
            {"channel": ["web"] * 13},
            {},
            TooFewResponsesError,
            "`frame` must have at least one customer who switches channels, not 0.",
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


def test_a_log_without_events() -> None:
    with pytest.raises(TooFewResponsesError) as raised:
        tabulated(in_polars(EVENTS)[:0])

    assert str(raised.value) == "`frame` must have at least one event, not 0."


def test_an_error_off_the_scale_is_that_of_tabulate() -> None:
    frame = in_polars(EVENTS)
    with pytest.raises(ScaleError) as plain:
        cx.tabulate(frame.lazy(), "score", Scale(1, 3))
    with pytest.raises(ScaleError) as raised:
        tabulated(frame, scale=Scale(1, 3), missing=())

    assert str(raised.value) == str(plain.value)


def test_switches_and_answers_must_fit_in_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CELLS", 100)
    with pytest.raises(ArgumentError) as raised:
        tabulated(in_polars(EVENTS))

    message = "Switches and pairs of answers must fit in a table, not 3 switches by 36."
    assert str(raised.value) == message
