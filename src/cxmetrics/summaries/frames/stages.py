"""tabulate_stages: an event log → how far each customer came, and how long each step took."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cxmetrics._checks import fail, near
from cxmetrics.errors import UnknownKeyError
from cxmetrics.scale import Scale
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.frames.cells import groups_of
from cxmetrics.summaries.frames.events import counted_events
from cxmetrics.summaries.frames.question import Question, as_names
from cxmetrics.summaries.frames.times import TimeUnit, in_numbers
from cxmetrics.summaries.frames.values import floats
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.life_table import LifeTable

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

CAME = -1
"""Instead of a step: the row tells the last stage of a customer."""


class Reached(NamedTuple):
    """How far customers came, and how long each step took those who made it.

    Args:
        groups: The groups, in order.
        counts: Customers by the last stage they reached, a row per group.
        steps: Whole units of time from each stage to the next, groups × steps; everybody
            in them has arrived.
    """

    groups: Groups
    counts: Counts
    steps: LifeTable


def tabulate_stages(
    frame: Any,
    stages: tuple[str, ...],
    *,
    customer: str,
    stage: str,
    time: str,
    by: str | Iterable[str] | None,
    unit: TimeUnit,
) -> Reached:
    """Count customers by the last stage they reached, in the order of the stages.

    A stage is reached at its first event that is not before the stage before it was
    reached. Events at the same time are in the order of the stages.

    Args:
        frame: A data frame of any library that Narwhals knows, with a row per event.
        stages: Names of the stages, in order.
        customer: The column that tells whose event it is.
        stage: The column with the name of the stage; other events do not matter.
        time: The column of the time: days, times or numbers.
        by: The column, or columns, that name the groups. A customer with events in
            several groups is one customer in each of them.
        unit: Unit of time of the steps; parts of it are left out. Of numbers, one unit is 1.

    Raises:
        UnknownKeyError: If there is no such column, or no event of a stage.
        ArgumentError: If a time or a customer is missing.
    """
    asked = {"customer": customer, "stage": stage, "time": time}
    question = Question.of(frame, asked, as_names(by, "by"), None, (), None, None)
    events, scale = in_numbers(question.table, time, unit)
    _check_stages(events, stages, stage)
    rows = _rows(_reached(events, stages, question.keys), question.keys, len(stages), scale)
    table = replace(question, table=rows, asked=("step", "number")).cells()
    groups = groups_of(question, table)
    step, number, times = (
        floats(table[name]).astype(np.int64) for name in ("step", "number", "rows")
    )
    came, went = step == CAME, step != CAME
    last = np.zeros((groups.size, len(stages)), np.int64)
    np.add.at(last, (groups.codes[came], number[came]), times[came])
    units, place = np.unique(number[went], return_inverse=True)
    arrived = np.zeros((groups.size, len(stages) - 1, len(units)), np.int64)
    np.add.at(arrived, (groups.codes[went], step[went], place), times[went])
    counts = Counts(Scale(0, len(stages) - 1, stages), last)
    return Reached(groups, counts, LifeTable(units, arrived, np.zeros_like(arrived)))


def _check_stages(events: "nw.LazyFrame[Any]", stages: tuple[str, ...], column: str) -> None:
    """Every stage must have events, and every event a customer and a time."""
    known, _ = counted_events(events, "stage")
    names = [name for name in known if name is not None]
    for name in stages:
        if name not in names:
            message = f"There is no event {name!r} in column {column!r}."
            fail(UnknownKeyError, message, near(name, names))


def _reached(
    events: "nw.LazyFrame[Any]", stages: tuple[str, ...], keys: list[str]
) -> "nw.LazyFrame[Any]":
    """A row per customer and group who reached the first stage: when each one, and the last."""
    import narwhals.stable.v2 as nw

    # A missing key is a group too, but nothing joins on what is missing.
    texts = {f"{key}_text": nw.col(key).cast(nw.String).fill_null("") for key in keys}
    gaps = {f"{key}_gap": nw.col(key).is_null() for key in keys}
    events = events.with_columns(**texts, **gaps)
    whose = [*texts, *gaps, "customer"]
    of_first = events.filter(nw.col("stage") == stages[0])
    reached = of_first.group_by(*keys, *whose).agg(nw.col("time").min().alias("t0"))
    last = nw.lit(0)
    for i, name in enumerate(stages[1:], start=1):
        later = (
            events.filter(nw.col("stage") == name)
            .join(reached.select(*whose, f"t{i - 1}"), on=whose, how="inner")
            .filter(nw.col("time") >= nw.col(f"t{i - 1}"))
            .group_by(*whose)
            .agg(nw.col("time").min().alias(f"t{i}"))
        )
        reached = reached.join(later, on=whose, how="left")
        last = last + (~nw.col(f"t{i}").is_null()).cast(nw.Int64)
    return reached.with_columns(last=last)


def _rows(
    reached: "nw.LazyFrame[Any]", keys: list[str], size: int, scale: int
) -> "nw.LazyFrame[Any]":
    """A row per customer with the last stage, and one per step with the units that it took.

    They are in one table, so that an engine finds out once when who reached what.
    """
    import narwhals.stable.v2 as nw

    def part(rows: "nw.LazyFrame[Any]", step: int, number: "nw.Expr") -> "nw.LazyFrame[Any]":
        return rows.select(*keys, nw.lit(step).alias("step"), number.cast(nw.Int64).alias("number"))

    parts = [part(reached, CAME, nw.col("last"))]
    for i in range(size - 1):
        took = ((nw.col(f"t{i + 1}") - nw.col(f"t{i}")) / scale).floor()
        parts.append(part(reached.filter(~nw.col(f"t{i + 1}").is_null()), i, took))
    return nw.concat(parts)
