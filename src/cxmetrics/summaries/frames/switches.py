"""tabulate_switches: an event log → the scores before and after customers switch channels."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics._checks import fail
from cxmetrics.errors import ArgumentError, TooFewResponsesError
from cxmetrics.scale import Scale
from cxmetrics.summaries.answers import Reading
from cxmetrics.summaries.frames.moves import MOST_CELLS, checked_events, coded
from cxmetrics.summaries.frames.question import ANSWER, Question
from cxmetrics.summaries.frames.tabulate import positions_of
from cxmetrics.summaries.frames.times import timed
from cxmetrics.summaries.frames.values import floats, python_values
from cxmetrics.summaries.frames.waits import with_next
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.pairs import PairCounts, check_pairable

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def tabulate_switches(
    frame: Any,
    column: str,
    scale: Scale,
    *,
    customer: str,
    channel: str,
    time: str,
    missing: Any = (),
    reverse: bool = False,
) -> Grouped[PairCounts]:
    """The scores before and after customers switch from one channel to another.

    A customer switches where the next event is in another channel; both events count,
    whether they are rated or not. Of several switches of a customer between the same two
    channels in the same direction the first one counts, so that pairs are of different
    customers, and independent.

    The events of a customer are in the order of their times; those at the same time in the
    order of the names of their channels, then of their scores, lowest first and those
    without a score before them, whatever the order of the rows.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not, with a row
            per event. Of one that is not in memory, only channels, answers, and numbers of
            customers by both channels and both answers are collected.
        column: The column of the scores.
        scale: Their scale, of at most 101 points.
        customer: The column that tells whose event it is.
        channel: The column with the name of the channel, at most 1,000 of them.
        time: The column of the time: days, times or numbers.
        missing: Values that mean "no answer", such as 99 or "not used".
        reverse: Whether low answers are the good ones.

    Returns:
        The pairs by the channels "from" and "to", as `paired_difference` takes them. A
        customer who switched, but lacks a score on either side, counts as missing.
        Different switches share customers: do not add them up or compare them as if they
        were independent. Add the switches of logs that share no customer.

    Raises:
        UnknownKeyError: If there is no such column.
        ArgumentError: If an event lacks its customer, channel or time, or a channel is no
            name.
        ScaleError: If a score is neither on the scale nor missing, the scale has too many
            points, or there are too many channels.
        TooFewResponsesError: If there is no event, or nobody switched.

    Examples:
        >>> import polars as pl
        >>> from cxmetrics import ONE_TO_FIVE, csat, paired_difference
        >>> log = pl.DataFrame(
        ...     {
        ...         "customer": ["Ann", "Ann", "Bob", "Bob", "Bob", "Cem", "Cem"],
        ...         "channel": ["web", "phone", "web", "phone", "web", "web", "phone"],
        ...         "hour": [1, 3, 2, 4, 5, 4, 6],
        ...         "stars": [2, 4, 3, 5, 4, 1, None],
        ...     }
        ... )
        >>> columns = {"customer": "customer", "channel": "channel", "time": "hour"}
        >>> switches = tabulate_switches(log, "stars", ONE_TO_FIVE, **columns)
        >>> print(switches)
        Pairs of answers on scale 1-5
        from   to     n  rose  fell  incomplete
        phone  web    1     0     1           0
        web    phone  2     2     0           1
        >>> print(paired_difference(switches["web", "phone"], metric=csat))
        CSAT +100.0 percentage points [-31.5, 100.0] (95% score, p = 0.16, n=2 and 2)
    """
    reading = Reading(scale, missing, reverse)
    check_pairable(scale)
    asked = {ANSWER: column, "customer": customer, "channel": channel, "time": time}
    question = Question.of(frame, asked, (), None, (), None, None)
    events = timed(question.table, time)
    names = checked_events(events, "channel")
    answers = _read(question, reading)
    table = _first_switches(events, names, answers, scale.size + 1)
    if not len(table):
        message = "`frame` must have at least one customer who switches channels, not 0."
        fail(TooFewResponsesError, message)
    return _pairs(table, names, scale)


def _read(question: Question, reading: Reading) -> dict[Any, int]:
    """Each answer on the scale and its position, from 1: that of no answer is 0."""
    table = replace(question, asked=(ANSWER,)).cells()
    raw, size = python_values(table[ANSWER]), reading.scale.size
    places = positions_of(raw, floats(table["rows"]), reading).tolist()
    known = zip(raw, places, strict=True)
    return {answer: place + 1 for answer, place in known if place < size}


def _first_switches(
    events: "nw.LazyFrame[Any]", names: tuple[str, ...], answers: dict[Any, int], width: int
) -> "nw.DataFrame[Any]":
    """How many customers first switched from one channel and answer to another.

    Channel and answer are one number, `state`, that sorts by both.
    """
    import narwhals.stable.v2 as nw

    state = coded("channel", {name: k * width for k, name in enumerate(names)})
    states = events.with_columns(state=state + coded(ANSWER, answers))
    return (
        with_next(states, "state", ["time", "state"])
        .filter(~nw.col("next").is_null())
        .with_columns(start=nw.col("state") // width, end=nw.col("next") // width)
        .filter(nw.col("start") != nw.col("end"))
        .unique(["customer", "start", "end"], keep="first", order_by=["time"])
        .group_by("state", "next")
        .agg(nw.len().alias("rows"))
        .collect()
    )


def _pairs(table: "nw.DataFrame[Any]", names: tuple[str, ...], scale: Scale) -> Grouped[PairCounts]:
    """The pairs of each switch, from numbers of customers by both states."""
    width = scale.size + 1
    (start, before), (end, after) = (
        np.divmod(floats(table[name]).astype(np.intp), width) for name in ("state", "next")
    )
    cells, at = np.unique(start * len(names) + end, return_inverse=True)
    _check_few(len(cells), width**2)
    numbers = np.zeros((len(cells), width, width), np.int64)
    np.add.at(numbers, (at, before, after), floats(table["rows"]).astype(np.int64))
    complete = numbers[:, 1:, 1:]
    n_missing = numbers.sum(axis=(1, 2)) - complete.sum(axis=(1, 2))
    keys = zip(("from", "to"), np.divmod(cells, len(names)), strict=True)
    return Grouped(
        {side: [names[k] for k in codes] for side, codes in keys},
        PairCounts(scale=scale, table=complete, n_missing=n_missing),
    )


def _check_few(switches: int, answers: int) -> None:
    if switches * answers > MOST_CELLS:
        came = f"{switches:,} switches by {answers:,}"
        fail(ArgumentError, f"Switches and pairs of answers must fit in a table, not {came}.")
